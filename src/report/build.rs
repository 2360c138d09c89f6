//! Makes the report of what the checks say: states, endings, score, verdict.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kready_checks::{
    frame::Check,
    inventory::{Evidence, Inventory, Picture, Role, Unjudged, WorkloadKind},
    model::{
        Evaluation, Finding, NotApplicable, ObjectRef, Outcome, Pillar, Severity, Text, Unknown,
    },
};

use super::{
    annotations::Annotations,
    audited::{Audited, JudgedFor},
    baseline::Baseline,
    causes, components, field_lines,
    fingerprint::{Fingerprint, Numbering},
    first, gaps,
    model::{
        BaselineResult, CheckResult, Counts, Ending, FindingResult, Grade, PillarResult, Report,
        Skipped, State, Tool, UnjudgedResult, Verdict,
    },
    outline::{BySeverity, Place},
    places::{self, Teams},
    policy::Policy,
    score::{self, Compliance, Unseen, Weighed},
    since, tally, verdict,
    waivers::Declared,
    waiving::Waiving,
    warnings,
};
use crate::collect::Collected;

/// Weighs what the checks say.
///
/// `skipped` lists the checks that did not run; `platform` is the name of the platform that was recognised.
pub(crate) fn build(
    collected: &Collected,
    picture: &Picture<'_>,
    mut results: Vec<(&'static Check, Evaluation)>,
    mut skipped: Vec<Skipped>,
    policy: &Policy,
    tool: Tool,
    platform: Option<String>,
) -> Report {
    let inventory = &collected.inventory;
    let annotations = annotations(collected, &results, &skipped, policy);
    let mut waiving = Waiving::of(collected, policy, &annotations);
    field_lines::locate(collected, &mut results);
    let mut checks: Vec<CheckResult> = results
        .into_iter()
        .map(|(check, evaluation)| judge(check, evaluation, policy, &mut waiving))
        .collect();
    checks.sort_by_key(|result| (result.check.pillar, result.check.id));
    skipped.sort_by_key(|skipped| skipped.id);

    let weighed = weighed(&checks);
    let score = score::cluster(&weighed, Unseen::LeftOut);
    for (index, (result, weighed_as)) in checks.iter_mut().zip(&weighed).enumerate() {
        result.weight = weighed_as.weight;
        result.compliance = weighed_as.compliance.share();
        result.containers = tally::containers(result);
        if result.ending == Ending::Fail {
            result.gain = score.and_then(|score| score::gain(&weighed, index, score));
        }
    }
    let score_at_least = score::cluster(&weighed, Unseen::Failed);
    let coverage = score::coverage(&weighed);
    let (verdict, reasons) = verdict::of(&verdict::Grounds {
        checks: &checks,
        gate: &policy.gate,
        nothing_decided: !weighed
            .iter()
            .any(|check| matches!(check.compliance, Compliance::Decided(_)) && check.weight > 0),
        nothing_judged: !collected
            .worlds()
            .any(|world| checks.iter().any(|check| judges(check, world))),
        score,
        score_at_least,
        coverage,
        unread: &collected.unread,
    });
    let grade = score.map(|score| grade(&checks, score, score_at_least, verdict));

    let teams = Teams::of(collected, &policy.team_labels);
    own(&mut checks, &teams);
    causes::tell(&mut checks, picture);
    let since = policy
        .baseline
        .as_ref()
        .map(|baseline| since::of(baseline, &checks, inventory));
    let mended = since.as_ref().map(|since| fixed(since, &checks));
    let mut gate = policy.gate.clone();
    gate.baseline = policy
        .baseline
        .as_ref()
        .map(|baseline| baseline.file.clone());
    let of_workloads = checks.iter().filter(|check| check.unit() == "workload");
    let judged_workloads = of_workloads.map(|check| check.examined).max();
    let mut audited = Audited {
        judged_for: JudgedFor::of(collected, policy.target_minor),
        selection: policy.selection.clone(),
        ..Audited::of(collected, picture, platform)
    };
    audited.cluster.judged_workloads = judged_workloads.unwrap_or_default();
    Report {
        tool,
        config: policy.config.clone(),
        profile: policy.profile.unwrap_or_default(),
        verdict,
        reasons,
        gate,
        score,
        grade,
        score_at_least,
        coverage,
        counts: counts(&checks, mended.as_ref()),
        gating: tally::of(&checks, |check| check.gates),
        open: tally::of(&checks, |_| true),
        do_first: first::actions(&checks, picture),
        namespaces: namespaces(collected, &checks, &teams),
        teams: places::counted(&checks, [], |result| result.team.as_ref()),
        warnings: warnings::all(
            collected,
            policy,
            &annotations,
            audited.cluster.uid.as_deref(),
        ),
        notices: warnings::notices(collected, picture, policy),
        pillars: Pillar::ALL
            .into_iter()
            .map(|each| pillar(each, &checks, &weighed))
            .collect(),
        components: components::if_read(collected, picture),
        gaps: gaps::all(collected, &checks, &policy.rights),
        unread: collected.unread.clone(),
        unjudged: unjudged(collected),
        waivers: waiving.results(&checks, inventory),
        declarations: policy.declarations.iter().map(Declared::listed).collect(),
        baseline: since,
        audited,
        checks,
        skipped,
        max_findings: policy.max_findings,
        took: None,
    }
}

/// What each check brings to the score.
fn weighed(checks: &[CheckResult]) -> Vec<Weighed> {
    let each = checks.iter().map(|result| {
        Weighed::of(
            result.check.pillar,
            result.severity,
            &result.ending,
            result.partial.is_some(),
            result.examined,
            result.failing,
        )
    });
    each.collect()
}

/// Says of every finding which team owns its object.
fn own(checks: &mut [CheckResult], teams: &Teams<'_>) {
    // Findings of one object follow one another, and share it.
    let mut last: Option<(*const ObjectRef, Option<Text>)> = None;
    for result in checks.iter_mut().flat_map(|check| &mut check.findings) {
        let Some(object) = &result.finding.object else {
            continue;
        };
        let known = last.take().filter(|(of, _)| *of == Arc::as_ptr(object));
        let (_, team) =
            last.insert(known.unwrap_or_else(|| (Arc::as_ptr(object), teams.owner(object))));
        result.team.clone_from(team);
    }
}

/// How the namespaces fare that were audited.
fn namespaces(collected: &Collected, checks: &[CheckResult], teams: &Teams<'_>) -> Vec<Place> {
    let seen = collected.worlds().flat_map(Inventory::namespaces);
    let mut namespaces = places::counted(checks, seen, |result| result.finding.namespace());
    let scores = places::scores(checks);
    for namespace in &mut namespaces {
        namespace.score = scores.get(&namespace.name).copied();
        namespace.team = teams.of_namespace(&namespace.name);
    }
    namespaces
}

/// How many objects no check is asked of, by kind.
fn unjudged(collected: &Collected) -> Vec<UnjudgedResult> {
    let mut counts: BTreeMap<&Unjudged, usize> = BTreeMap::new();
    for (unjudged, count) in collected.worlds().flat_map(|world| &world.unjudged) {
        *counts.entry(unjudged).or_default() += count;
    }
    let each = counts.into_iter().map(|(unjudged, count)| UnjudgedResult {
        api_version: unjudged.api_version.to_string(),
        kind: unjudged.kind.to_string(),
        why: unjudged.why,
        count,
    });
    each.collect()
}

/// Whether a check judged a workload, an object of the whole cluster, or the cluster itself.
fn judges(result: &CheckResult, inventory: &Inventory) -> bool {
    let decided = matches!(result.ending, Ending::Pass { .. } | Ending::Fail);
    let mut examined = result
        .check
        .evidence()
        .filter(|(role, _)| *role == Role::Examined)
        .map(|(_, evidence)| evidence)
        .peekable();
    decided
        && result.examined > 0
        && (examined.peek().is_none()
            || examined.any(|evidence| match evidence {
                Evidence::Objects(kind) => {
                    let counts = WorkloadKind::ALL.iter().any(|each| each.kind() == kind)
                        || !kind.resource().namespaced;
                    counts && inventory.count(evidence) > 0
                }
                _ => true,
            }))
}

/// The annotations that ask for a waiver, where they count.
fn annotations(
    collected: &Collected,
    results: &[(&'static Check, Evaluation)],
    skipped: &[Skipped],
    policy: &Policy,
) -> Annotations {
    if !policy.annotations {
        return Annotations::default();
    }
    let find_check = |name: &str| {
        let asked = results.iter().map(|(check, _)| *check);
        let skipped = || skipped.iter().map(|skipped| skipped.id);
        asked
            .chain(kready_checks::builtin())
            .find(|check| check.is_called(name))
            .map(|check| check.id)
            .or_else(|| skipped().find(|id| *id == name))
    };
    Annotations::of(collected, collected.inventory.now, &find_check)
}

/// Gives every finding its state, and the check its ending.
fn judge(
    check: &'static Check,
    evaluation: Evaluation,
    policy: &Policy,
    waiving: &mut Waiving<'_>,
) -> CheckResult {
    let Evaluation {
        outcome,
        examined,
        undecided,
        findings,
        note,
        placed,
    } = evaluation;
    let counting = subjects(&findings, |finding| !finding.excused);
    let mut excused = subjects(&findings, |finding| finding.excused);
    excused.retain(|subject| counting.binary_search(subject).is_err());
    let examined = examined.saturating_sub(excused.len());
    let excused = in_namespaces(&findings, &excused);

    let mut failing = Vec::new();
    let mut failing_in = BTreeMap::new();
    let mut results = Vec::with_capacity(findings.len());
    let mut numbering = Numbering::of(check.id);
    let mut earlier: Vec<Numbering<'_>> =
        check.aliases.iter().copied().map(Numbering::of).collect();
    let mut former = BTreeSet::new();
    let mut findings = findings.into_iter().peekable();
    while let Some(finding) = findings.next() {
        let fingerprint = numbering.fingerprint(&finding);
        let as_before: Vec<(&str, Fingerprint)> = earlier
            .iter_mut()
            .map(|names| (names.check(), names.fingerprint(&finding)))
            .collect();
        former.extend(as_before.iter().map(|(_, print)| *print));
        let found = |of: &dyn Fn(&Baseline, &str, Fingerprint) -> bool| {
            policy.baseline.as_ref().map(|baseline| {
                of(baseline, check.id, fingerprint)
                    || as_before
                        .iter()
                        .any(|(name, print)| of(baseline, name, *print))
            })
        };
        let waiver = (!finding.excused)
            .then(|| waiving.waive(check, &finding))
            .flatten();
        let state = match waiver {
            _ if finding.excused => State::System,
            Some(_) => State::Waived,
            None if found(&Baseline::knows) == Some(true) => State::Known,
            None => State::Open,
        };
        let new = state == State::Open && found(&Baseline::has) == Some(false);
        // Two pods of one owner with the same finding share it: it counts once, and both are its subjects.
        let stands = matches!(state, State::Open | State::Known);
        let namespace = finding.namespace().filter(|_| stands).cloned();
        let mut fails = |subject: u32| {
            failing.extend(stands.then_some(subject));
            failing_in.extend(namespace.clone().map(|namespace| (subject, namespace)));
        };
        fails(finding.subject);
        while let Some(twin) = findings.next_if(|other| same(&finding, other)) {
            fails(twin.subject);
        }
        results.push(FindingResult {
            finding,
            fingerprint,
            state,
            new,
            waiver,
            caused_by: None,
            team: None,
        });
    }
    results.shrink_to_fit();
    failing.sort_unstable();
    failing.dedup();

    let (ending, partial, message) = ended(outcome, note, &results, failing.is_empty(), examined);
    let severity = policy.severity(check);
    CheckResult {
        check,
        severity,
        ending,
        message,
        partial,
        examined,
        failing: failing.len(),
        undecided,
        containers: None,
        gates: verdict::gates(check, severity, &policy.gate, policy.baseline.as_ref()),
        weight: 0,
        compliance: None,
        gain: None,
        placed: places::placed(&placed, &excused, &failing_in),
        findings: results,
        former,
    }
}

/// The grade of a score that was reached with these checks.
fn grade(checks: &[CheckResult], score: f64, least: Option<f64>, verdict: Verdict) -> Grade {
    let lowest = least.map_or(score, |least| least.min(score));
    let standing = checks.iter().filter(|check| check.ending == Ending::Fail);
    let worst = standing.map(|check| check.severity).max();
    score::grade(lowest, worst, verdict != Verdict::NotReady)
}

/// How a check ended, why it was not decided in full, and what a person should know of that.
fn ended(
    outcome: Outcome,
    note: Option<String>,
    results: &[FindingResult],
    stands_sound: bool,
    examined: usize,
) -> (Ending, Option<Unknown>, Option<String>) {
    match outcome {
        Outcome::Pass => (Ending::Pass { waived: false }, None, note),
        Outcome::NotApplicable(reason) => (Ending::NotApplicable(reason), None, note),
        Outcome::Unknown(why) => (Ending::Unknown(why.unknown), None, Some(why.message)),
        Outcome::Fail { partial } if !stands_sound => match partial {
            Some(why) => (Ending::Fail, Some(why.unknown), Some(why.message)),
            None => (Ending::Fail, None, note),
        },
        Outcome::Fail { partial: Some(why) } => {
            (Ending::Unknown(why.unknown), None, Some(why.message))
        }
        Outcome::Fail { partial: None } => {
            let waived = results.iter().any(|finding| finding.state == State::Waived);
            if examined == 0 {
                (Ending::NotApplicable(NotApplicable::System), None, note)
            } else {
                (Ending::Pass { waived }, None, note)
            }
        }
    }
}

/// The subjects of some findings, sorted.
fn subjects(findings: &[Finding], which: impl Fn(&Finding) -> bool) -> Vec<u32> {
    let mut subjects: Vec<u32> = findings
        .iter()
        .filter(|finding| which(finding))
        .map(|finding| finding.subject)
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// The namespaces of some subjects, sorted; of a subject of the whole cluster there is none.
fn in_namespaces<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    subjects: &[u32],
) -> BTreeMap<u32, Text> {
    if subjects.is_empty() {
        return BTreeMap::new();
    }
    findings
        .into_iter()
        .filter(|finding| subjects.binary_search(&finding.subject).is_ok())
        .filter_map(|finding| Some((finding.subject, finding.namespace()?.clone())))
        .collect()
}

/// Whether two findings are the same but for their subject.
fn same(one: &Finding, other: &Finding) -> bool {
    one.object == other.object
        && one.fault == other.fault
        && one.seen == other.seen
        && one.excused == other.excused
}

/// How many findings of the older report are gone, by the severity that their check has now.
fn fixed(since: &BaselineResult, checks: &[CheckResult]) -> BySeverity {
    let mut counts = none_of_any();
    for change in &since.checks {
        if let Some(result) = checks.iter().find(|result| result.check.id == change.id) {
            *counts.entry(result.severity).or_default() += change.fixed;
        }
    }
    counts
}

fn none_of_any() -> BySeverity {
    Severity::ALL
        .into_iter()
        .map(|severity| (severity, 0))
        .collect()
}

fn counts(checks: &[CheckResult], mended: Option<&BySeverity>) -> Counts {
    let count = |which: &dyn Fn(&FindingResult) -> bool| {
        let mut by_severity = none_of_any();
        for result in checks {
            *by_severity.entry(result.severity).or_default() += result
                .findings
                .iter()
                .filter(|finding| which(finding))
                .count();
        }
        by_severity
    };
    let in_state = |state: State| count(&|finding| finding.state == state);
    Counts {
        open: in_state(State::Open),
        new: mended.map(|_| count(&|finding| finding.new)),
        waived: in_state(State::Waived),
        known: in_state(State::Known),
        system: in_state(State::System),
        mended: mended.cloned(),
    }
}

fn pillar(pillar: Pillar, checks: &[CheckResult], weighed: &[Weighed]) -> PillarResult {
    let mut result = PillarResult {
        pillar,
        score: score::pillar(weighed, pillar, Unseen::LeftOut),
        coverage: score::coverage(weighed.iter().filter(|check| check.pillar == pillar)),
        pass: 0,
        fail: 0,
        not_applicable: 0,
        unknown: 0,
        worst_open: None,
    };
    for check in checks.iter().filter(|check| check.check.pillar == pillar) {
        match check.ending {
            Ending::Pass { .. } => result.pass += 1,
            Ending::Fail => result.fail += 1,
            Ending::NotApplicable(_) => result.not_applicable += 1,
            Ending::Unknown(_) => result.unknown += 1,
        }
        if check.open().next().is_some() {
            result.worst_open = result.worst_open.max(Some(check.severity));
        }
    }
    result
}

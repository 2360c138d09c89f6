//! From what the checks say to the report: states, endings, score, verdict.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{
    frame::Check,
    inventory::{
        Inventory, Listed, Reading,
        kinds::{Deployment, Namespace, Node, Pod},
    },
    knowledge,
    model::{Evaluation, Finding, NotApplicable, Outcome, Pillar, Severity},
};

use super::{
    BaselineResult, BySeverity, CheckResult, Cluster, Counts, Ending, FindingResult, Gate,
    PillarResult, Profile, Report, Skipped, State, Tool, WaiverResult,
    baseline::Baseline,
    components, fingerprint, gaps,
    score::{self, Standing, Unseen, Weighed},
    verdict,
    waivers::{Declared, Waiver},
};
use crate::collect::{Collected, Warning};

/// What the user decided about the weighing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// The configuration file that was used.
    pub(crate) config: Option<String>,
    /// What the user says that the cluster is for.
    pub(crate) profile: Option<Profile>,
    /// Severities that the user set, by check; they beat the profile.
    pub(crate) severities: BTreeMap<String, Severity>,
    /// What the verdict is held against.
    pub(crate) gate: Gate,
    /// What is accepted for a time.
    pub(crate) waivers: Vec<Waiver>,
    /// What is solved outside the cluster.
    pub(crate) declarations: Vec<Declared>,
    /// The older report.
    pub(crate) baseline: Option<Baseline>,
    /// How many findings of a check the report lists; all unless set.
    pub(crate) max_findings: Option<usize>,
}

impl Policy {
    /// The severity of a check: the user's if there is one, else the profile's.
    pub(crate) fn severity(&self, check: &Check) -> Severity {
        self.severities
            .get(check.id)
            .copied()
            .unwrap_or_else(|| self.profile.unwrap_or_default().severity(check))
    }
}

/// Weighs what the checks say.
///
/// `skipped` lists the checks that did not run; `platform` is what the knowledge takes the cluster for.
pub(crate) fn build(
    collected: &Collected,
    results: Vec<(&'static Check, Evaluation)>,
    mut skipped: Vec<Skipped>,
    policy: &Policy,
    tool: Tool,
    platform: Option<String>,
) -> Report {
    let inventory = &collected.inventory;
    let now = inventory.now;
    let mut matched = vec![0; policy.waivers.len()];
    let mut checks: Vec<CheckResult> = results
        .into_iter()
        .map(|(check, evaluation)| judge(check, evaluation, inventory, policy, &mut matched))
        .collect();
    checks.sort_by_key(|result| (result.check.pillar, result.check.id));
    skipped.sort_by_key(|skipped| skipped.id);

    let weighed: Vec<Weighed> = checks
        .iter()
        .map(|result| {
            Weighed::of(
                result.check.pillar,
                result.severity,
                &result.ending,
                result.partial.is_some(),
                result.examined,
                result.failing,
            )
        })
        .collect();
    let score = score::cluster(&weighed, Unseen::LeftOut);
    for (index, result) in checks.iter_mut().enumerate() {
        if result.ending == Ending::Fail {
            result.gain = score.and_then(|score| score::gain(&weighed, index, score));
        }
    }
    let score_at_least = score::cluster(&weighed, Unseen::Failed);
    let coverage = score::coverage(&weighed);
    let (verdict, reasons) = verdict::of(&verdict::Grounds {
        checks: &checks,
        gate: &policy.gate,
        baseline: policy.baseline.as_ref(),
        nothing_decided: !weighed
            .iter()
            .any(|check| matches!(check.standing, Standing::Decided(_)) && check.weight > 0),
        score_at_least,
        coverage,
    });

    let mended = policy
        .baseline
        .as_ref()
        .map(|baseline| mended(baseline, &checks, inventory));
    let mut gate = policy.gate.clone();
    gate.baseline = policy
        .baseline
        .as_ref()
        .map(|baseline| baseline.file.clone());
    Report {
        tool,
        time: now,
        source: collected.source,
        files: collected.files.clone(),
        config: policy.config.clone(),
        profile: policy.profile.unwrap_or_default(),
        cluster: cluster(collected, platform),
        namespaces: namespaces(inventory),
        excluded: excluded(inventory),
        verdict,
        reasons,
        gate,
        score,
        score_at_least,
        coverage,
        counts: counts(&checks, mended.as_ref()),
        warnings: warnings(collected, policy),
        notices: notices(inventory, policy),
        pillars: Pillar::ALL
            .into_iter()
            .map(|each| pillar(each, &checks, &weighed))
            .collect(),
        components: components::if_read(collected),
        gaps: gaps::all(collected, &checks),
        waivers: waivers(policy, &matched, &checks, inventory),
        declarations: policy.declarations.iter().map(Declared::listed).collect(),
        baseline: policy.baseline.as_ref().map(|baseline| BaselineResult {
            mended: mended.iter().flatten().map(|(_, count)| count).sum(),
            ..since(baseline, &checks)
        }),
        checks,
        skipped,
        max_findings: policy.max_findings,
    }
}

/// What became of each waiver.
fn waivers(
    policy: &Policy,
    matched: &[usize],
    checks: &[CheckResult],
    inventory: &Inventory,
) -> Vec<WaiverResult> {
    policy
        .waivers
        .iter()
        .zip(matched)
        .map(|(waiver, matched)| WaiverResult {
            check: waiver.check.clone(),
            objects: waiver
                .objects
                .iter()
                .map(|pattern| pattern.text().to_owned())
                .collect(),
            reason: waiver.grant.reason.clone(),
            owner: waiver.grant.owner.clone(),
            expires: waiver.grant.expires.to_string(),
            matched: *matched,
            state: waiver.state(
                inventory.now,
                *matched,
                fully_seen(waiver, checks, inventory),
            ),
        })
        .collect()
}

/// What the older report lacks.
fn since(baseline: &Baseline, checks: &[CheckResult]) -> BaselineResult {
    BaselineResult {
        file: baseline.file.clone(),
        new: checks
            .iter()
            .flat_map(|result| &result.findings)
            .filter(|finding| finding.new)
            .count(),
        mended: 0,
        unknown_checks: checks
            .iter()
            .map(|result| result.check.id)
            .filter(|id| !baseline.knows_check(id))
            .collect(),
    }
}

/// Gives every finding its state, and the check its ending.
fn judge(
    check: &'static Check,
    evaluation: Evaluation,
    inventory: &Inventory,
    policy: &Policy,
    matched: &mut [usize],
) -> CheckResult {
    let Evaluation {
        outcome,
        examined,
        undecided,
        findings,
        note,
    } = evaluation;
    let counting = subjects(&findings, |finding| !finding.excused);
    let excused = subjects(&findings, |finding| finding.excused)
        .iter()
        .filter(|subject| counting.binary_search(subject).is_err())
        .count();
    let examined = examined.saturating_sub(excused);

    let mut failing = Vec::new();
    let mut results = Vec::with_capacity(findings.len());
    let mut numbering = fingerprint::Numbering::of(check.id);
    let mut findings = findings.into_iter().peekable();
    while let Some(finding) = findings.next() {
        let fingerprint = numbering.fingerprint(&finding);
        let state = if finding.excused {
            State::System
        } else if waive(check, &finding, inventory, policy, matched) {
            State::Waived
        } else if policy
            .baseline
            .as_ref()
            .is_some_and(|baseline| baseline.knows(check.id, &fingerprint.to_string()))
        {
            State::Known
        } else {
            State::Open
        };
        let new = state == State::Open
            && policy
                .baseline
                .as_ref()
                .is_some_and(|baseline| !baseline.has(check.id, &fingerprint.to_string()));
        // What two pods of one owner say in the same words is one finding, of the subjects of both.
        let stands = matches!(state, State::Open | State::Known);
        failing.extend(stands.then_some(finding.subject));
        while let Some(twin) = findings.next_if(|other| same(&finding, other)) {
            failing.extend(stands.then_some(twin.subject));
        }
        results.push(FindingResult {
            finding,
            fingerprint,
            state,
            new,
        });
    }
    results.shrink_to_fit();
    failing.sort_unstable();
    failing.dedup();

    let (ending, partial, message) = match outcome {
        Outcome::Pass => (Ending::Pass { waived: false }, None, note),
        Outcome::NotApplicable(reason) => (Ending::NotApplicable(reason), None, note),
        Outcome::Unknown(why) => (Ending::Unknown(why.unknown), None, Some(why.message)),
        Outcome::Fail { partial } if !failing.is_empty() => match partial {
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
    };
    CheckResult {
        check,
        severity: policy.severity(check),
        ending,
        message,
        partial,
        examined,
        failing: failing.len(),
        undecided,
        gain: None,
        findings: results,
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

/// Whether two findings differ in nothing but the subject that they were filed under.
fn same(one: &Finding, other: &Finding) -> bool {
    one.object == other.object
        && one.fault == other.fault
        && one.seen == other.seen
        && one.excused == other.excused
}

/// Whether a waiver in force covers a finding; every waiver that is about it counts it.
fn waive(
    check: &Check,
    finding: &Finding,
    inventory: &Inventory,
    policy: &Policy,
    matched: &mut [usize],
) -> bool {
    let mut waived = false;
    for (waiver, matched) in policy.waivers.iter().zip(matched) {
        if waiver.covers(check.id, finding) {
            *matched += 1;
            waived |= !waiver.grant.has_expired(inventory.now);
        }
    }
    waived
}

/// Whether a waiver that matched nothing can be called unused: its check ran over everything and was decided.
fn fully_seen(waiver: &Waiver, checks: &[CheckResult], inventory: &Inventory) -> bool {
    let everything = inventory.scope.namespaces.is_none() && inventory.scope.excluded.is_empty();
    everything
        && checks
            .iter()
            .find(|result| result.check.id == waiver.check)
            .is_some_and(|result| match result.ending {
                Ending::Pass { .. } => true,
                Ending::Fail => result.partial.is_none(),
                Ending::NotApplicable(reason) => {
                    !matches!(reason, NotApplicable::Mode | NotApplicable::Scope)
                }
                Ending::Unknown(_) => false,
            })
}

/// By severity, how many findings of the older report are gone where the check is now fully decided.
fn mended(baseline: &Baseline, checks: &[CheckResult], inventory: &Inventory) -> BySeverity {
    let mut counts = none_of_any();
    let scope = &inventory.scope;
    let excluded: Vec<globset::GlobMatcher> = scope
        .excluded
        .iter()
        .filter_map(|pattern| globset::Glob::new(pattern).ok())
        .map(|glob| glob.compile_matcher())
        .collect();
    // What lies outside the scope was not looked at, and is not mended by that.
    let in_scope = |namespace: Option<&str>| match namespace.filter(|name| !name.is_empty()) {
        Some(namespace) => {
            scope
                .namespaces
                .as_ref()
                .is_none_or(|names| names.contains(namespace))
                && !excluded.iter().any(|glob| glob.is_match(namespace))
        }
        None => true,
    };
    for result in checks {
        let decided = match result.ending {
            Ending::Pass { .. } => true,
            Ending::Fail => result.partial.is_none(),
            _ => false,
        };
        if !decided {
            continue;
        }
        let present: BTreeSet<String> = result
            .findings
            .iter()
            .map(|finding| finding.fingerprint.to_string())
            .collect();
        let gone = baseline
            .standing(result.check.id)
            .filter(|(fingerprint, namespace)| {
                in_scope(*namespace) && !present.contains(*fingerprint)
            })
            .count();
        *counts.entry(result.severity).or_default() += gone;
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
    };
    for check in checks.iter().filter(|check| check.check.pillar == pillar) {
        match check.ending {
            Ending::Pass { .. } => result.pass += 1,
            Ending::Fail => result.fail += 1,
            Ending::NotApplicable(_) => result.not_applicable += 1,
            Ending::Unknown(_) => result.unknown += 1,
        }
    }
    result
}

fn warnings(collected: &Collected, policy: &Policy) -> Vec<Warning> {
    let now = collected.inventory.now;
    let mut warnings = collected.warnings.clone();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning {
            code: code.to_owned(),
            message,
        });
    };
    for declared in &policy.declarations {
        if declared.grant.has_expired(now) {
            warn(
                "declaration-expired",
                format!(
                    "the declaration of {} expired on {} and no longer counts",
                    declared.capability, declared.grant.expires
                ),
            );
        }
    }
    let uid = uid(&collected.inventory);
    if let Some(baseline) = &policy.baseline
        && let (Some(then), Some(now)) = (&baseline.cluster, &uid)
        && then != now
    {
        warn(
            "baseline-of-another-cluster",
            format!("{} is the report of another cluster", baseline.file),
        );
    }
    warnings.sort();
    warnings.dedup();
    warnings
}

/// What a reader may want to do.
fn notices(inventory: &Inventory, policy: &Policy) -> Vec<Warning> {
    let mut notices = Vec::new();
    if policy.profile.is_none() && knowledge::is_local(inventory) {
        notices.push(Warning {
            code: "profile-suggested".to_owned(),
            message: "this cluster runs on one machine: if nobody depends on it, --profile dev makes checks of high availability and observability informative only".to_owned(),
        });
    }
    notices
}

/// The objects of a kind, when any part of it was read.
fn read<K: Listed>(inventory: &Inventory) -> Option<&[K]> {
    let listing = inventory.listing::<K>();
    let seen = listing.reading == Reading::Read
        && (listing.gaps.is_empty() || !listing.items().is_empty());
    seen.then(|| listing.items())
}

fn uid(inventory: &Inventory) -> Option<String> {
    inventory
        .find::<Namespace>("", "kube-system")
        .map(|namespace| namespace.metadata().uid.to_string())
        .filter(|uid| !uid.is_empty())
}

/// The namespaces that belong to Kubernetes itself.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// The labels that name a node's zone, the current one first.
const ZONES: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// The namespaces that were asked for, resolved; none means all.
pub(super) fn namespaces(inventory: &Inventory) -> Option<Vec<String>> {
    let names = inventory.scope.namespaces.as_ref()?;
    Some(names.iter().map(ToString::to_string).collect())
}

/// The namespaces, or their patterns, that were excluded.
pub(super) fn excluded(inventory: &Inventory) -> Vec<String> {
    let excluded = &inventory.scope.excluded;
    excluded.iter().map(ToString::to_string).collect()
}

/// Which cluster it is, and how large.
pub(super) fn cluster(collected: &Collected, platform: Option<String>) -> Cluster {
    let inventory = &collected.inventory;
    let nodes = read::<Node>(inventory);
    let workloads_read =
        read::<Pod>(inventory).is_some() || read::<Deployment>(inventory).is_some();
    Cluster {
        uid: uid(inventory),
        identity: collected.cluster.clone(),
        version: inventory
            .facts
            .version
            .seen()
            .map(|version| version.git_version.clone()),
        platform,
        nodes: nodes.map(<[_]>::len),
        pods: read::<Pod>(inventory).map(<[_]>::len),
        namespaces: read::<Namespace>(inventory).map(<[_]>::len),
        zones: nodes.map(|nodes| {
            nodes
                .iter()
                .filter_map(|node| {
                    ZONES
                        .iter()
                        .find_map(|label| node.metadata().labels.get(label))
                })
                .collect::<BTreeSet<_>>()
                .len()
        }),
        workloads: workloads_read.then(|| {
            inventory
                .workloads()
                .filter_map(Result::ok)
                .filter(|workload| !SYSTEM.contains(&workload.namespace().as_str()))
                .count()
        }),
    }
}

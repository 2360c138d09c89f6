//! Everything around the findings: the answer, what to do first, pillars, namespaces, and what follows the findings.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::model::Severity;
use serde::Serialize;

use super::{
    rest::{Checks, Component, groups, unjudged},
    words::{capitalised, decimal},
};
use crate::{
    render::audited,
    report::{About, BySeverity, CheckResult, Place, Profile, Report, State, Verdict, WaiverState},
    words::{counted, one_or_many},
};

#[derive(Serialize)]
pub(super) struct Page {
    version: String,
    time: String,
    title: String,
    subtitle: String,
    verdict: &'static str,
    verdict_class: &'static str,
    reasons: Vec<String>,
    grade: Option<&'static str>,
    score: Option<String>,
    least: Option<String>,
    coverage: Option<String>,
    decided: String,
    warnings: Vec<String>,
    first: Vec<Step>,
    pillars: Vec<Pillar>,
    open: [usize; 5],
    fail: usize,
    pass: usize,
    unknown: usize,
    /// Findings in other states, in words.
    others: String,
    gaps: Vec<Gap>,
    namespaces: Vec<Namespace>,
    teams: bool,
    scores: bool,
    /// How many findings are listed.
    total: usize,
    /// The namespaces of findings.
    names: Vec<Name>,
    states: Vec<OneState>,
    waivers: Vec<Waiver>,
    declarations: Vec<Declared>,
    groups: Vec<Checks>,
    components: Vec<Component>,
    ended: usize,
    unread: Vec<Unread>,
    unjudged: String,
    facts: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct Step {
    object: String,
    wrong: String,
    fix: Fix,
    closes: String,
    checks: Vec<Linked>,
    more: usize,
}

/// What to do, and the command that does it or shows more.
#[derive(Serialize)]
pub(super) struct Fix {
    text: String,
    command: Option<String>,
}

impl Fix {
    /// As a sentence.
    fn of(fix: &str) -> Self {
        let clause = Self::clause(fix);
        Self {
            text: capital(&clause.text),
            ..clause
        }
    }

    /// A command stands at the end of a sentence, after a colon.
    pub(super) fn clause(fix: &str) -> Self {
        const PROGRAMS: [&str; 2] = ["kubectl ", "kready "];
        if PROGRAMS.iter().any(|program| fix.starts_with(program)) && !fix.contains("; ") {
            return Self {
                text: String::new(),
                command: Some(fix.to_owned()),
            };
        }
        let command = PROGRAMS
            .into_iter()
            .filter_map(|program| fix.find(&format!(": {program}")))
            .min()
            .filter(|at| !fix[*at..].contains("; "));
        Self {
            text: fix[..command.unwrap_or(fix.len())].to_owned(),
            command: command.map(|at| fix[at + 2..].to_owned()),
        }
    }
}

/// A check with a place to go to.
#[derive(Serialize)]
struct Linked {
    id: &'static str,
    linked: bool,
}

#[derive(Serialize)]
struct Pillar {
    id: &'static str,
    name: String,
    score: Option<String>,
    worst: &'static str,
    open: [usize; 5],
    fail: usize,
    pass: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct Gap {
    what: String,
    why: String,
    namespaces: String,
    message: String,
    remedy: Option<Fix>,
    checks: String,
}

#[derive(Serialize)]
struct Namespace {
    name: String,
    filter: String,
    team: String,
    score: Option<String>,
    open: [usize; 5],
}

/// A namespace as the filter knows it: `:shop`, so that there is one for objects without.
#[derive(Serialize)]
struct Name {
    name: String,
    filter: String,
}

#[derive(Serialize)]
struct OneState {
    id: &'static str,
    words: &'static str,
}

#[derive(Serialize)]
struct Waiver {
    check: String,
    objects: String,
    matched: String,
    state: &'static str,
    until: String,
    owner: String,
    reason: String,
}

#[derive(Serialize)]
struct Declared {
    capability: String,
    expires: String,
    owner: String,
    reason: String,
}

#[derive(Serialize)]
struct Unread {
    place: String,
    message: String,
    remedy: Fix,
}

impl Page {
    pub(super) fn of(report: &Report) -> Self {
        let (verdict, verdict_class) = match report.verdict {
            Verdict::Ready => ("READY", "ready"),
            Verdict::NotReady => ("NOT READY", "not-ready"),
            Verdict::Inconclusive => ("INCONCLUSIVE", "inconclusive"),
        };
        let count = |which: fn(&crate::report::PillarResult) -> usize| {
            report.pillars.iter().map(which).sum::<usize>()
        };
        let (title, subtitle) = titles(report);
        let least = report.score_at_least.map(decimal);
        let score = report.score.map(decimal);
        let components = report.components.as_deref().unwrap_or_default();
        Self {
            version: report.tool.version.clone(),
            time: time(report),
            title,
            subtitle,
            verdict,
            verdict_class,
            reasons: reasons(report),
            grade: report.grade.map(crate::report::Grade::id),
            least: least.filter(|least| score.as_ref() != Some(least)),
            score,
            coverage: report.coverage.map(decimal),
            decided: format!(
                "{} of {}",
                report.decided(),
                counted(report.applicable(), "check")
            ),
            warnings: report
                .warnings
                .iter()
                .chain(&report.notices)
                .map(|warning| warning.message.clone())
                .collect(),
            first: first(report),
            pillars: pillars(report),
            open: numbers(&report.counts.open),
            fail: count(|pillar| pillar.fail),
            pass: count(|pillar| pillar.pass),
            unknown: count(|pillar| pillar.unknown),
            others: others(report),
            gaps: gaps(report),
            namespaces: report.namespaces.iter().filter_map(namespace).collect(),
            teams: report.namespaces.iter().any(|place| place.team.is_some()),
            scores: report.namespaces.iter().any(|place| place.score.is_some()),
            total: listed(report).count(),
            names: names(report),
            states: states(report),
            waivers: report.waivers.iter().map(Waiver::of).collect(),
            declarations: report
                .declarations
                .iter()
                .map(|declared| Declared {
                    capability: declared.capability.clone(),
                    expires: declared.expires.clone(),
                    owner: declared.owner.clone(),
                    reason: declared.reason.clone(),
                })
                .collect(),
            groups: groups(report),
            ended: components.iter().filter(|it| it.ended).count(),
            components: components.iter().map(Component::of).collect(),
            unread: report
                .unread
                .iter()
                .map(|unread| Unread {
                    place: unread.place(),
                    message: unread.message.clone(),
                    remedy: Fix::of(&unread.remedy),
                })
                .collect(),
            unjudged: unjudged(report),
            facts: facts(report),
        }
    }
}

/// People need no seconds.
fn time(report: &Report) -> String {
    let time = report.audited.time.to_string();
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time,
    }
}

/// What was audited; where it is, and how large.
fn titles(report: &Report) -> (String, String) {
    let audited = &report.audited;
    let identity = &audited.cluster.identity;
    let (title, place) = match (&identity.context, &identity.server, &audited.files[..]) {
        (Some(context), server, _) => (context.clone(), server.as_deref()),
        (None, Some(server), _) => (server.clone(), None),
        (None, None, []) => ("a cluster".to_owned(), None),
        (None, None, [file]) => (file.clone(), None),
        (None, None, files) => (counted(files.len(), "file"), None),
    };
    let known = audited::facts(audited, false);
    let facts = ["version", "size", "scope"]
        .into_iter()
        .filter_map(|name| known.iter().find(|(known, _)| *known == name))
        .map(|(_, value)| value.as_str());
    let subtitle: Vec<&str> = place.into_iter().chain(facts).collect();
    (title, subtitle.join(" · "))
}

fn reasons(report: &Report) -> Vec<String> {
    if !report.reasons.is_empty() {
        let reasons = report.reasons.iter();
        return reasons
            .map(|reason| match reason.code {
                // The checks themselves follow below.
                "open-findings" => failing(report),
                _ => sentence(&reason.message),
            })
            .collect();
    }
    vec![match report.gate.fail_on {
        None => "Findings do not gate (--fail-on never).".to_owned(),
        Some(Severity::Critical) => "No critical check fails.".to_owned(),
        Some(least) if report.baseline.is_some() => {
            format!("No check of severity {least} or above has a new finding.")
        }
        Some(least) => format!("No check of severity {least} or above fails."),
    }]
}

/// `23 of 103 checks fail on 20 objects: 2 critical, 21 high.`
fn failing(report: &Report) -> String {
    let gating = &report.gating;
    let severities: Vec<String> = gating
        .checks
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let on = match gating.objects {
        0 => String::new(),
        objects => format!(" on {}", counted(objects, "object")),
    };
    let open = &report.open;
    let all = if open.failing() > gating.failing() {
        format!(
            "; {} with those of lower severity, on {}",
            open.failing(),
            counted(open.objects, "object")
        )
    } else {
        String::new()
    };
    format!(
        "{} of {} {}{on}: {}{all}.",
        gating.failing(),
        counted(report.decided(), "check"),
        one_or_many(gating.failing(), "fails", "fail"),
        severities.join(", ")
    )
}

fn sentence(clause: &str) -> String {
    let text = capital(clause);
    if text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}

/// The text with a capital letter at its beginning; names of fields and the like stay as they are.
fn capital(text: &str) -> String {
    let word = text.split([' ', ':']).next().unwrap_or_default();
    if !word.chars().all(|c| c.is_lowercase() || c == '-') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

fn numbers(counts: &BySeverity) -> [usize; 5] {
    Severity::ALL.map(|severity| counts.get(&severity).copied().unwrap_or_default())
}

fn first(report: &Report) -> Vec<Step> {
    const SHOWN: usize = 5;
    const CLOSED_SHOWN: usize = 5;
    let actions = report.do_first.iter().take(SHOWN);
    actions
        .map(|action| Step {
            object: match &action.about {
                About::Cluster => "The cluster".to_owned(),
                About::Object(object) => object.to_string(),
                About::Objects {
                    count,
                    kinds,
                    example,
                } => format!("{count} {kinds}, such as {example}"),
            },
            wrong: action.wrong.clone(),
            fix: Fix::of(&action.fix),
            closes: capital(&action.brings_in_full()),
            checks: action
                .checks
                .iter()
                .take(CLOSED_SHOWN)
                .map(|id| linked(report, id))
                .collect(),
            more: action.checks.len().saturating_sub(CLOSED_SHOWN),
        })
        .collect()
}

fn linked(report: &Report, id: &'static str) -> Linked {
    let has_findings = |check: &CheckResult| check.check.id == id && !check.findings.is_empty();
    Linked {
        id,
        linked: report.checks.iter().any(has_findings),
    }
}

fn pillars(report: &Report) -> Vec<Pillar> {
    let mut open: BTreeMap<_, [usize; 5]> = BTreeMap::new();
    for check in &report.checks {
        let index = Severity::ALL.iter().position(|it| *it == check.severity);
        if let Some(index) = index {
            open.entry(check.check.pillar).or_default()[index] += check.open().count();
        }
    }
    let mut pillars: Vec<_> = report.pillars.iter().collect();
    pillars.sort_by_key(|pillar| std::cmp::Reverse(open.get(&pillar.pillar).copied()));
    pillars
        .into_iter()
        .map(|pillar| Pillar {
            id: pillar.pillar.id(),
            name: capitalised(pillar.pillar.id()),
            score: pillar.score.map(decimal),
            worst: pillar.worst_open.map_or("none", Severity::id),
            open: open.get(&pillar.pillar).copied().unwrap_or_default(),
            fail: pillar.fail,
            pass: pillar.pass,
            unknown: pillar.unknown,
        })
        .collect()
}

fn others(report: &Report) -> String {
    let counts = &report.counts;
    let parts: Vec<String> = [
        (Some(&counts.known), "known from the baseline"),
        (Some(&counts.waived), "waived"),
        (
            Some(&counts.system),
            "normal for system and platform components",
        ),
        (counts.mended.as_ref(), "fixed since the baseline"),
    ]
    .into_iter()
    .filter_map(|(counts, words)| {
        let total: usize = counts?.values().sum();
        (total > 0).then(|| format!("{total} {words}"))
    })
    .collect();
    parts.join(", ")
}

fn gaps(report: &Report) -> Vec<Gap> {
    report
        .gaps
        .iter()
        .map(|gap| Gap {
            what: gap.resource.clone(),
            why: gap.reason.id().replace('-', " "),
            namespaces: gap.namespaces.join(", "),
            message: gap.message.clone(),
            remedy: (!gap.remedy.is_empty()).then(|| Fix::of(&gap.remedy)),
            checks: gap.checks.join(", "),
        })
        .collect()
}

fn namespace(place: &Place) -> Option<Namespace> {
    let open = numbers(&place.open);
    (open != [0; 5]).then(|| Namespace {
        name: place.name.to_string(),
        filter: format!(":{}", place.name),
        team: place
            .team
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        score: place.score.map(decimal),
        open,
    })
}

fn listed(report: &Report) -> impl Iterator<Item = &crate::report::FindingResult> {
    let checks = report.checks.iter();
    checks.flat_map(|check| check.listed(report.max_findings))
}

fn names(report: &Report) -> Vec<Name> {
    let names: BTreeSet<&str> = listed(report)
        .map(|finding| {
            let object = finding.finding.object.as_deref();
            object.map_or("", |object| object.namespace.as_str())
        })
        .collect();
    names
        .into_iter()
        .map(|name| Name {
            name: match name {
                "" => "none: of the whole cluster".to_owned(),
                name => name.to_owned(),
            },
            filter: format!(":{name}"),
        })
        .collect()
}

fn states(report: &Report) -> Vec<OneState> {
    let there: BTreeSet<State> = listed(report).map(|finding| finding.state).collect();
    State::ALL
        .into_iter()
        .filter(|state| there.contains(state))
        .map(|state| OneState {
            id: state.id(),
            words: match state {
                State::Open => "open",
                State::System => "excused",
                _ => state.id(),
            },
        })
        .collect()
}

impl Waiver {
    fn of(waiver: &crate::report::WaiverResult) -> Self {
        let day = &waiver.expires;
        Self {
            check: waiver.check.clone(),
            objects: match &waiver.objects[..] {
                [] => "the cluster".to_owned(),
                objects => objects.join(", "),
            },
            matched: counted(waiver.matched, "finding"),
            state: waiver.state.id(),
            until: match waiver.state {
                WaiverState::Active => format!("until {day}"),
                WaiverState::Expiring => format!("expires on {day}"),
                WaiverState::Expired => format!("expired on {day}, no longer waives"),
                WaiverState::Unused => format!("matched nothing, until {day}"),
            },
            owner: waiver.owner.clone(),
            reason: waiver.reason.clone(),
        }
    }
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let mut facts = audited::facts(&report.audited, true);
    if let Some(config) = &report.config {
        facts.push(("config", config.clone()));
    }
    if report.profile == Profile::Dev {
        facts.push((
            "profile",
            "dev: checks of high availability and observability are of severity info".to_owned(),
        ));
    }
    let gate = &report.gate;
    let mut wanted = vec![match gate.fail_on {
        Some(least) => format!("no open finding of severity {least} or above"),
        None => "findings do not gate".to_owned(),
    }];
    if gate.min_score > 0.0 {
        wanted.push(format!("a score of {} or more", gate.min_score));
    }
    wanted.push(format!("{} % decided", gate.min_coverage));
    facts.push(("gate", wanted.join(", ")));
    if let Some(baseline) = &report.baseline {
        facts.push((
            "baseline",
            format!(
                "{}: {} new, {} fixed since",
                baseline.file, baseline.new, baseline.mended
            ),
        ));
    }
    facts.push(("made by", format!("kready {}", report.tool.version)));
    facts.push(("knowledge", report.tool.knowledge.clone()));
    facts.push(("checks", report.tool.checks.clone()));
    facts
}

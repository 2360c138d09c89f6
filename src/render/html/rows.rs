//! The checks with findings, and a row for each finding.

use std::cmp::Reverse;

use kready_checks::{
    frame::Heading,
    model::{Impact, Severity, many},
};
use serde::Serialize;

use super::{
    page::Fix,
    prose,
    words::{capitalised, heading},
};
use crate::{
    render::evidence::words,
    report::{CheckResult, FindingResult, Report, SourceKind, State},
    words::counted,
};

/// Checks under one heading.
pub(super) struct Group<'a> {
    /// When a failure is felt; none for checks without an open finding.
    impact: Option<Impact>,
    /// The most urgent first.
    pub(super) checks: Vec<&'a CheckResult>,
}

impl Group<'_> {
    pub(super) fn heading(&self, report: &Report) -> &'static str {
        match self.impact {
            Some(Impact::Broken) if report.audited.source == SourceKind::Files => "Can't work",
            Some(impact) => heading(impact),
            None => "Nothing open: known, waived or excused",
        }
    }

    /// Whether nothing in it is to be done.
    pub(super) fn is_idle(&self) -> bool {
        self.impact.is_none()
    }

    pub(super) fn size(&self) -> String {
        counted(self.checks.len(), "check")
    }
}

/// All checks with findings.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let impacts = Impact::ALL.map(Some).into_iter().chain([None]);
    let mut groups: Vec<Group<'_>> = impacts
        .map(|impact| Group {
            impact,
            checks: Vec::new(),
        })
        .collect();
    for check in &report.checks {
        if check.findings.is_empty() {
            continue;
        }
        let impact = check.open().next().map(|_| check.impact());
        if let Some(group) = groups.iter_mut().find(|group| group.impact == impact) {
            group.checks.push(check);
        }
    }
    for group in &mut groups {
        group.checks.sort_by_key(|check| {
            (
                Reverse(check.open().any(|finding| finding.new)),
                Reverse(check.severity),
                Reverse(check.failing),
                check.check.id,
            )
        });
    }
    groups.retain(|group| !group.checks.is_empty());
    groups
}

/// The listed findings of a check by their state, and how many there are.
pub(super) fn by_state<'a>(
    report: &Report,
    check: &'a CheckResult,
) -> Vec<(State, usize, Vec<&'a FindingResult>)> {
    let of_state = |state| {
        let listed = check.listed(report.max_findings);
        let findings: Vec<_> = listed.filter(|finding| finding.state == state).collect();
        (state, findings.len(), findings)
    };
    let mut states: Vec<_> = State::ALL.into_iter().map(of_state).collect();
    states.retain(|(_, count, _)| *count > 0);
    states
}

/// What stands above findings that aren't open.
pub(super) const fn state_heading(state: State) -> Option<&'static str> {
    match state {
        State::Open => None,
        State::Known => Some("known from the baseline"),
        State::Waived => Some("waived"),
        State::System => Some("excused: normal for a system or platform component"),
    }
}

/// A check with findings.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    /// From 0 for critical on.
    rank: usize,
    pillar: &'static str,
    pillar_name: String,
    /// How much of what was looked at fails.
    count: String,
    new: bool,
    partial: Option<&'a str>,
    fix: Fix,
    /// How many of its findings follow from others.
    causes: Option<String>,
    summary: String,
    why: String,
    remediation: String,
    docs: String,
    standards: String,
}

impl<'a> Shown<'a> {
    pub(super) fn of(report: &Report, group: &Group<'_>, check: &'a CheckResult) -> Self {
        let rule = check.check;
        let mut objects: Vec<_> = check
            .findings
            .iter()
            .filter(|finding| group.impact.is_none() || finding.state == State::Open)
            .map(|finding| finding.finding.object.as_deref())
            .collect();
        objects.dedup();
        // With several objects there is none to name.
        let fix = match objects[..] {
            [only] => rule.fix_of(only),
            _ => rule.fix_of(None),
        };
        let section = |heading| prose::html(rule.section(heading).unwrap_or_default());
        let caused = check.open().filter(|finding| finding.caused_by.is_some());
        let caused = caused.count();
        let hidden = check.findings.len() - check.listed(report.max_findings).count();
        let mut notes = Vec::new();
        if caused > 0 {
            notes.push(format!(
                "{} from another check's finding, and goes with it.",
                match caused {
                    1 => "1 finding follows".to_owned(),
                    _ => format!("{caused} findings follow, each"),
                }
            ));
        }
        if hidden > 0 {
            notes.push(format!(
                "{} not listed here (--max-findings).",
                match hidden {
                    1 => "1 more finding is".to_owned(),
                    _ => format!("{hidden} more findings are"),
                }
            ));
        }
        Self {
            id: rule.id,
            title: rule.title,
            severity: check.severity.id(),
            rank: Severity::ALL
                .iter()
                .position(|severity| *severity == check.severity)
                .unwrap_or_default(),
            pillar: rule.pillar.id(),
            pillar_name: capitalised(rule.pillar.id()),
            count: count(check),
            new: check.open().any(|finding| finding.new),
            partial: check.partial.and(check.message.as_deref()),
            fix: Fix::clause(&fix),
            causes: (!notes.is_empty()).then(|| notes.join(" ")),
            summary: prose::html(rule.summary()),
            why: section(Heading::Why),
            remediation: section(Heading::Remediation),
            docs: rule.page_url(),
            standards: rule
                .standards
                .iter()
                .map(|standard| format!("{} {}", standard.name(), standard.control()))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

/// `7 of 40 workloads`.
fn count(check: &CheckResult) -> String {
    if check.failing == 0 {
        return counted(check.findings.len(), "finding");
    }
    let unit = check.unit();
    let mut findings = check.findings.iter();
    if unit == "cluster" || findings.all(|finding| finding.finding.object.is_none()) {
        return "the cluster".to_owned();
    }
    let unit = match check.examined {
        1 => unit.to_owned(),
        _ => many(unit),
    };
    format!("{} of {} {unit}", check.failing, check.examined)
}

/// A finding.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    state: &'static str,
    new: bool,
    namespace: &'a str,
    kind: &'a str,
    object: String,
    container: &'a str,
    seen: String,
    expected: String,
    /// Where it stands in the audited files.
    place: Option<String>,
    /// What it follows from.
    cause: Option<&'static str>,
}

impl<'a> Row<'a> {
    pub(super) fn of(report: &Report, result: &'a FindingResult) -> Self {
        let finding = &result.finding;
        let (seen, expected) = words(result);
        let object = finding.object.as_deref();
        let (namespace, kind) = object.map_or(("", ""), |object| {
            (object.namespace.as_str(), object.kind.as_str())
        });
        let cause = result.caused_by.as_ref().and_then(|cause| {
            let mut checks = report.checks.iter();
            checks.find(|check| check.check.id == cause.check)
        });
        Self {
            state: result.state.id(),
            new: result.new,
            namespace,
            kind,
            object: match object {
                None => "the cluster".to_owned(),
                Some(object) if namespace.is_empty() => object.name.to_string(),
                Some(object) => format!("{namespace}/{}", object.name),
            },
            container: finding.fault.container.as_deref().unwrap_or_default(),
            seen,
            expected,
            place: finding
                .source
                .as_ref()
                .map(|source| format!("{}:{}", source.file, source.line)),
            cause: cause.map(|check| check.check.title),
        }
    }
}

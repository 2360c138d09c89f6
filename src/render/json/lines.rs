//! The report as JSON lines, for what collects logs: each line tells by itself what it is about.

use std::io;

use kready_checks::model::{Impact, Severity};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    common::{Object, Severities, Tool},
    report::{Cause, FileLine, grades},
};
use crate::report::{
    self, API_VERSION, EndingKind, Fingerprint, Grade, Report, SCORING, State, Verdict, round_down,
};

/// Gives out one line after another: the verdict first, so that an audit without findings says something too.
pub(super) fn of(
    report: &Report,
    mut write: impl FnMut(&Line<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let stamp = Stamp::of(report);
    write(&Line::Report(ReportLine::of(report, &stamp)))?;
    for check in &report.checks {
        let facts = CheckFacts::of(check);
        for finding in check.listed(report.max_findings) {
            write(&Line::Finding(FindingLine::of(
                report, finding, check, &facts, &stamp,
            )))?;
        }
    }
    Ok(())
}

/// A line of `kready audit -o jsonl`: its `kind` says what it is.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Line")]
pub(super) enum Line<'a> {
    Report(ReportLine<'a>),
    Finding(FindingLine<'a>),
}

/// When, and of what: the same on every line of an audit.
struct Stamp<'a> {
    time: String,
    cluster: ClusterName<'a>,
}

impl<'a> Stamp<'a> {
    fn of(report: &'a Report) -> Self {
        let cluster = &report.audited.cluster;
        Self {
            time: report.audited.time.to_string(),
            cluster: ClusterName {
                uid: cluster.uid.as_deref(),
                context: cluster.identity.context.as_deref(),
                server: cluster.identity.server.as_deref(),
            },
        }
    }
}

/// Which cluster it is; all null for manifests.
#[derive(Clone, Copy, Serialize, JsonSchema)]
struct ClusterName<'a> {
    /// The UID of the kube-system namespace.
    uid: Option<&'a str>,
    /// The kubeconfig's context.
    context: Option<&'a str>,
    /// The API server's address.
    server: Option<&'a str>,
}

/// The first line: the answer, in numbers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportLine<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    #[schemars(extend("const" = "Report"))]
    kind: &'static str,
    /// The input's time, RFC 3339: the same on every line of an audit.
    #[schemars(extend("format" = "date-time"))]
    time: &'a str,
    cluster: ClusterName<'a>,
    tool: Tool<'a>,
    #[schemars(extend("enum" = Verdict::ALL.map(Verdict::id)))]
    verdict: &'static str,
    /// Why it is not a better one, each in one sentence, the most important first.
    reasons: Vec<&'a str>,
    /// The version of the way in which scores are made.
    #[schemars(extend("const" = SCORING))]
    scoring: u32,
    /// From 0 to 100; null when too little was decided.
    score: Option<f64>,
    /// The score if everything that could not be seen were bad.
    score_at_least: Option<f64>,
    #[schemars(extend("enum" = grades()))]
    grade: Option<&'static str>,
    /// The decided share of the weight, from 0 to 100; null without any weight.
    coverage: Option<f64>,
    /// How many checks ended how.
    checks: Outcomes,
    /// Findings by state and severity.
    findings: States,
    /// The checks that could not be decided.
    unknown: Vec<&'static str>,
    /// How many kinds of object could not be seen in full.
    gaps: usize,
    /// How many findings of a check have a line at most; null when all have.
    max_findings: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Outcomes {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Findings")]
struct States {
    open: Severities,
    /// Open, and not in the older report; null without one.
    new: Option<Severities>,
    known: Severities,
    waived: Severities,
    system: Severities,
}

impl<'a> ReportLine<'a> {
    fn of(report: &'a Report, stamp: &'a Stamp<'a>) -> Self {
        let ended = |kind| {
            let checks = report.checks.iter();
            checks.filter(move |check| check.ending.kind() == kind)
        };
        Self {
            api_version: API_VERSION,
            kind: "Report",
            time: &stamp.time,
            cluster: stamp.cluster,
            tool: Tool::of(&report.tool),
            verdict: report.verdict.id(),
            reasons: report.reasons.iter().map(|why| &*why.message).collect(),
            scoring: SCORING,
            score: report.score.map(round_down),
            score_at_least: report.score_at_least.map(round_down),
            grade: report.grade.map(Grade::id),
            coverage: report.coverage.map(round_down),
            checks: Outcomes {
                pass: ended(EndingKind::Pass).count(),
                fail: ended(EndingKind::Fail).count(),
                not_applicable: ended(EndingKind::NotApplicable).count(),
                unknown: ended(EndingKind::Unknown).count(),
            },
            findings: States {
                open: Severities::of(&report.counts.open),
                new: report.counts.new.as_ref().map(Severities::of),
                known: Severities::of(&report.counts.known),
                waived: Severities::of(&report.counts.waived),
                system: Severities::of(&report.counts.system),
            },
            unknown: ended(EndingKind::Unknown)
                .map(|check| check.check.id)
                .collect(),
            gaps: report.gaps.len(),
            max_findings: report.max_findings,
        }
    }
}

/// What is the same on every line of a check, and made once.
struct CheckFacts {
    docs: String,
}

impl CheckFacts {
    fn of(check: &report::CheckResult) -> Self {
        Self {
            docs: check.check.page_url(),
        }
    }
}

/// Every other line: a finding, with what is known of its check.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindingLine<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    #[schemars(extend("const" = "Finding"))]
    kind: &'static str,
    /// The input's time, RFC 3339: the same on every line of an audit.
    #[schemars(extend("format" = "date-time"))]
    time: &'a str,
    cluster: ClusterName<'a>,
    /// The check's id.
    check: &'static str,
    pillar: &'static str,
    /// The user's severity if there is one, else the profile's.
    #[schemars(extend("enum" = Severity::ALL.map(Severity::id)))]
    severity: &'static str,
    /// When it is felt.
    #[schemars(extend("enum" = Impact::ALL.map(Impact::id)))]
    impact: &'static str,
    /// What is wrong, as a clause.
    title: &'static str,
    /// Whether the verdict depends on the check.
    gates: bool,
    /// The team that owns the object; null when nothing names one.
    team: Option<&'a str>,
    /// The object that a person edits; null for a finding about the cluster.
    object: Option<Object<'a>>,
    /// The container at fault.
    container: Option<&'a str>,
    /// The field at fault, list entries by their name.
    path: Option<&'a str>,
    /// What is there.
    seen: &'a str,
    /// What should be there.
    expected: &'a str,
    /// What to do, in one line.
    fix: String,
    /// The address of the check's page.
    #[schemars(extend("format" = "uri"))]
    docs: &'a str,
    #[schemars(extend("enum" = State::ALL.map(State::id)))]
    state: &'static str,
    /// Whether the older report lacks it; null without one.
    new: Option<bool>,
    /// The same in the next audit, after a restart, a rollout and in another order.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
    /// The finding that explains it, and with which it goes; null for one that stands for itself.
    caused_by: Option<Cause>,
    /// Where the object is in the files that were audited.
    source: Option<FileLine<'a>>,
}

impl<'a> FindingLine<'a> {
    fn of(
        report: &Report,
        result: &'a report::FindingResult,
        check: &'a report::CheckResult,
        facts: &'a CheckFacts,
        stamp: &'a Stamp<'a>,
    ) -> Self {
        let finding = &result.finding;
        Self {
            api_version: API_VERSION,
            kind: "Finding",
            time: &stamp.time,
            cluster: stamp.cluster,
            check: check.check.id,
            pillar: check.check.pillar.id(),
            severity: check.severity.id(),
            impact: check.impact().id(),
            title: check.check.title,
            gates: check.gates,
            team: result.team.as_deref(),
            object: finding.object.as_deref().map(Object::of),
            container: finding.fault.container.as_deref(),
            path: finding.fault.path.as_deref(),
            seen: &finding.seen,
            expected: &finding.fault.expected,
            fix: check.check.fix_of(finding.object.as_deref()),
            docs: &facts.docs,
            state: result.state.id(),
            new: report.baseline.as_ref().map(|_| result.new),
            fingerprint: result.fingerprint,
            caused_by: Cause::of(result),
            source: FileLine::of(finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::{escape, json, samples};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        json::lines(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_line_keeps_to_the_published_schema() {
        let validator = jsonschema::validator_for(&json::lines_schema()).unwrap();
        for (name, report) in samples::all() {
            let text = written(&report);
            assert!(!text.contains(|c| c != '\n' && escape::is_unsafe(c)));
            let lines: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            for line in &lines {
                let errors: Vec<String> = validator
                    .iter_errors(line)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{name}: {errors:#?}");
                // Each tells by itself when and of what.
                assert_eq!(line["time"], lines[0]["time"]);
                assert_eq!(line["cluster"], lines[0]["cluster"]);
            }
            assert_eq!(lines[0]["kind"], "Report");
            assert_eq!(lines[0]["verdict"], report.verdict.id());
            let findings = report.checks.iter().map(|check| check.findings.len());
            assert_eq!(lines.len(), 1 + findings.sum::<usize>(), "{name}");
            assert!(lines[1..].iter().all(|line| line["kind"] == "Finding"));
        }
        let mut line: Value = serde_json::from_str(&written(&samples::clean())).unwrap();
        line["verdict"] = "Fine".into();
        assert!(!validator.is_valid(&line));
    }

    #[test]
    fn a_finding_has_the_facts_of_its_check() {
        insta::assert_snapshot!(written(&samples::gaps()));
    }

    #[test]
    fn a_bound_holds_for_lines_too() {
        let mut report = samples::large(450);
        report.max_findings = Some(3);
        let text = written(&report);
        assert_eq!(text.lines().count(), 1 + 45 * 3);
        assert!(text.starts_with('{') && text.contains("\"maxFindings\":3"));
    }
}

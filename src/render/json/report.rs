//! The report as JSON.

use std::{borrow::Cow, num::NonZero};

use kready_checks::{
    frame::Heading,
    model::{Impact, Severity, Unknown},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::{
    beside::{Declaration, Skipped, Unjudged, Unread, Waiver},
    common::{
        AuditScope, Cluster, Control, Gap, InputSource, Object, Severities, Tool, Warning,
        severities,
    },
    components::ComponentEntry,
    outline::{Action, Failing, Namespace, Team},
};
use crate::report::{
    self, API_VERSION, Ending, EndingKind, Fingerprint, Grade, Profile, Report, SCORING, State,
    Verdict, round_down,
};

/// What no severity is, so that no finding gates.
const NEVER: &str = "never";

/// What may gate: a severity and all above it, or nothing.
fn gating() -> Vec<&'static str> {
    let severities = Severity::ALL.map(Severity::id);
    severities.into_iter().chain([NEVER]).collect()
}

/// Four decimals: a share of a hundred thousand subjects is told apart from all of them.
fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

/// Two decimals: what fixing one outage of many adds is more than nothing.
fn hundredths(gain: f64) -> f64 {
    (gain * 100.0).round() / 100.0
}

pub(super) fn grades() -> Vec<Option<&'static str>> {
    let grades = Grade::ALL.map(|grade| Some(grade.id()));
    grades.into_iter().chain([None]).collect()
}

/// What `kready audit -o json` writes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportDocument<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    /// What this document is.
    #[schemars(extend("const" = "Report"))]
    kind: &'static str,
    tool: Tool<'a>,
    /// The input's time, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    source: InputSource<'a>,
    /// The Kubernetes version that manifests are judged for; null when the cluster's own counts.
    judged_for: Option<JudgedFor>,
    /// The configuration file that was used.
    config: Option<&'a str>,
    /// What the cluster is for, as the user says: with `dev`, checks of high availability and observability are of
    /// severity info, unless the user set another one.
    #[schemars(extend("enum" = Profile::ALL.map(Profile::id)))]
    profile: &'static str,
    cluster: Cluster<'a>,
    scope: AuditScope<'a>,
    /// The answer.
    #[schemars(extend("enum" = Verdict::ALL.map(Verdict::id)))]
    verdict: &'static str,
    /// Why the verdict is not a better one, the most important reason first.
    reasons: Vec<Reason<'a>>,
    gate: Gate<'a>,
    /// The version of the way in which scores are made: numbers of two versions can't be compared.
    #[schemars(extend("const" = SCORING))]
    scoring: u32,
    /// From 0 to 100, one decimal rounded down; null when checks of less than 10 points were decided.
    score: Option<f64>,
    /// The score's lower bound in one letter: A from 90, B from 80, C from 70, D from 60, else F; at most D while a
    /// critical finding stands, at most B while a high one does or the verdict is `NotReady`. Null without a score.
    #[schemars(extend("enum" = grades()))]
    grade: Option<&'static str>,
    /// The score if everything that could not be seen were bad.
    score_at_least: Option<f64>,
    /// The decided share of the weight, from 0 to 100; null without any weight.
    coverage: Option<f64>,
    /// How many of the selected checks only a cluster can answer: they don't count in the coverage of manifests.
    needs_cluster: usize,
    counts: Counts,
    /// What changed since the older report; null without one.
    baseline: Option<Since<'a>>,
    failing: Failing,
    /// What to do first: one action for each object or cause, the most urgent first, no more than ten.
    do_first: Vec<Action<'a>>,
    /// The namespaces that were audited, the worst first.
    namespaces: Vec<Namespace<'a>>,
    /// The teams whose objects have findings, the worst first.
    teams: Vec<Team<'a>>,
    warnings: Vec<Warning<'a>>,
    /// What a reader may want to do.
    notices: Vec<Warning<'a>>,
    pillars: Vec<Pillar>,
    /// How many findings of a check are listed at most; null when all are. Numbers and verdict count all of them.
    max_findings: Option<usize>,
    /// Every selected check.
    checks: Vec<Check<'a>>,
    /// Every check that was not selected.
    skipped: Vec<Skipped>,
    /// Every component of which something was seen, by role and name; null when the selected checks did not make kready
    /// read all the kinds in which components show themselves.
    components: Option<Vec<ComponentEntry<'a>>>,
    gaps: Vec<Gap<'a>>,
    /// Files, or parts of them, that could not be read; the verdict is then at best Inconclusive.
    unread: Vec<Unread<'a>>,
    /// Objects of manifests that no check is asked of, by kind.
    unjudged: Vec<Unjudged<'a>>,
    waivers: Vec<Waiver<'a>>,
    declarations: Vec<Declaration<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Reason<'a> {
    /// Kebab-case, stable.
    code: &'static str,
    /// The checks that it is about.
    checks: &'a [&'static str],
    /// One sentence for a person.
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Gate<'a> {
    /// The least severity that gates.
    #[schemars(extend("enum" = gating()))]
    fail_on: &'static str,
    /// The least score.
    min_score: f64,
    /// The least coverage.
    min_coverage: f64,
    /// The file of the older report.
    baseline: Option<&'a str>,
    /// Whether an audit in which nothing was judged may be ready.
    allow_empty: bool,
}

/// Numbers of findings by state and severity.
#[derive(Serialize, JsonSchema)]
struct Counts {
    /// Neither waived, nor known, nor excused.
    open: Severities,
    /// Open, and not in the older report; null without one.
    new: Option<Severities>,
    /// Waived.
    waived: Severities,
    /// In the older report too.
    known: Severities,
    /// Excused system and platform components.
    system: Severities,
    /// In the older report, and gone; null without one.
    fixed: Option<Severities>,
    /// The same as `fixed`, under its earlier name.
    mended: Option<Severities>,
}

/// What changed since the older report.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Since<'a> {
    /// The file of the older report.
    file: &'a str,
    /// When it was made, RFC 3339; null when it does not tell.
    time: Option<String>,
    /// Open findings that it lacks.
    new: usize,
    /// Findings that it has, too.
    known: usize,
    /// Findings of it that are gone; only checks that are now fully decided count.
    fixed: usize,
    /// The checks with known findings that are critical or broken now.
    grave: Vec<&'static str>,
    /// Checks that it did not know.
    unknown_checks: &'a [&'static str],
    /// The checks with something new, known or fixed.
    checks: Vec<Changed>,
}

/// What became of the findings of a check since the older report.
#[derive(Serialize, JsonSchema)]
struct Changed {
    id: &'static str,
    new: usize,
    known: usize,
    fixed: usize,
}

impl<'a> Since<'a> {
    fn of(baseline: &'a report::BaselineResult, report: &'a Report) -> Self {
        let changed = baseline.checks.iter().map(|changed| Changed {
            id: changed.id,
            new: changed.new,
            known: changed.known,
            fixed: changed.fixed,
        });
        Self {
            file: &baseline.file,
            time: baseline.time.map(|time| time.to_string()),
            new: baseline.new,
            known: baseline.checks.iter().map(|changed| changed.known).sum(),
            fixed: baseline.mended,
            grave: report
                .grave_and_known()
                .map(|result| result.check.id)
                .collect(),
            unknown_checks: &baseline.unknown_checks,
            checks: changed.collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Pillar {
    id: &'static str,
    /// From 0 to 100; null without decided weight.
    score: Option<f64>,
    /// From 0 to 100; null without weight.
    coverage: Option<f64>,
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
    /// The gravest severity of its open findings; null without any.
    #[schemars(extend("enum" = severities()))]
    worst_open: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Check<'a> {
    id: &'static str,
    pillar: &'static str,
    /// The user's severity if there is one, else the profile's.
    #[schemars(extend("enum" = Severity::ALL.map(Severity::id)))]
    severity: &'static str,
    /// When a failure is felt.
    #[schemars(extend("enum" = Impact::ALL.map(Impact::id)))]
    impact: &'static str,
    title: &'static str,
    /// What is wrong where it fails: Markdown.
    summary: &'static str,
    /// What to do, in one line; `{object}` stands for the object as kubectl takes it: `deployment/cart -n shop`.
    fix: &'static str,
    /// How to fix what it finds: Markdown.
    remediation: &'static str,
    /// The address of its page.
    #[schemars(extend("format" = "uri"))]
    docs: String,
    /// The controls of published standards that it decides.
    standards: Vec<Control>,
    #[schemars(extend("enum" = EndingKind::ALL.map(EndingKind::id)))]
    outcome: &'static str,
    /// Why it is not applicable or unknown, `waived` for a pass that waivers made, or what a partial failure could not see.
    reason: Option<&'static str>,
    /// What a person should know of the outcome.
    message: Option<&'a str>,
    /// Whether it failed without seeing everything.
    partial: bool,
    /// What one of its subjects is called: `workload`, `Ingress`; `cluster` for a question about the whole cluster.
    unit: &'a str,
    /// How many subjects count.
    examined: usize,
    /// How many of them have a finding that is open or known.
    failing: usize,
    /// How many subjects could not be decided.
    undecided: usize,
    /// How many containers have a finding that is open or known; null when no finding names a container.
    containers: Option<usize>,
    /// Whether the verdict depends on it.
    gates: bool,
    /// What it weighs in its pillar's score.
    weight: u32,
    /// What it brings to that score, from 0 to 1: 1 for a pass; null unless it was decided.
    compliance: Option<f64>,
    /// What fixing it adds to the cluster's score; null unless it fails.
    gain: Option<f64>,
    /// How many findings there are: more than are listed when their number was bounded.
    findings_total: usize,
    findings: Findings<'a>,
}

/// The findings of a check, each made when it is written: there may be very many of them.
struct Findings<'a> {
    of: &'a report::CheckResult,
    most: Option<usize>,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.of.listed(self.most).map(Finding::of))
    }
}

impl JsonSchema for Findings<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Vec<Finding<'static>>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<Finding<'static>>>::json_schema(generator)
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
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
    /// Survives a restart, a rollout and another order.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
    #[schemars(extend("enum" = State::ALL.map(State::id)))]
    state: &'static str,
    /// Which of `waivers` covers it, counted from zero, if it is waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<u32>,
    /// The finding that explains it, and with which it goes; null for one that stands for itself. The cause has no cause.
    caused_by: Option<Cause>,
    /// The team that owns the object, by a label of it or of its namespace; null when none names one.
    team: Option<&'a str>,
    /// Where the object stands in the files that were audited.
    source: Option<FileLine<'a>>,
}

/// The finding that explains another one.
#[derive(Serialize, JsonSchema)]
pub(super) struct Cause {
    /// Its check.
    check: &'static str,
    /// Its fingerprint.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Place")]
pub(super) struct FileLine<'a> {
    /// The file that was audited; of what was rendered the folder of the chart or the kustomization.
    file: &'a str,
    /// The line on which the object begins; of what was rendered a line of the outcome.
    line: u32,
    /// The line of the field at fault, or of the nearest one above it that is there; null where it can't be told.
    field_line: Option<u32>,
    /// What the object was made of: the template that Helm names, or the kustomization that was rendered.
    template: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct JudgedFor {
    /// `1.36`.
    version: String,
    /// Whether the user named it; else it is the newest that this kready knows.
    named: bool,
}

impl<'a> ReportDocument<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Report",
            tool: Tool::of(&report.tool),
            time: report.audited.time.to_string(),
            source: InputSource::of(&report.audited),
            judged_for: report.audited.judged_for.map(|judged| JudgedFor {
                version: judged.version(),
                named: judged.named,
            }),
            config: report.config.as_deref(),
            profile: report.profile.id(),
            cluster: Cluster::of(&report.audited.cluster),
            scope: AuditScope::of(
                report.audited.namespaces.as_deref(),
                &report.audited.excluded,
                &report.audited.cluster,
            ),
            verdict: report.verdict.id(),
            reasons: report.reasons.iter().map(Reason::of).collect(),
            gate: Gate {
                fail_on: report.gate.fail_on.map_or(NEVER, Severity::id),
                min_score: report.gate.min_score,
                min_coverage: report.gate.min_coverage,
                baseline: report.gate.baseline.as_deref(),
                allow_empty: report.gate.allow_empty,
            },
            scoring: SCORING,
            score: report.score.map(round_down),
            grade: report.grade.map(Grade::id),
            score_at_least: report.score_at_least.map(round_down),
            coverage: report.coverage.map(round_down),
            needs_cluster: report.need_cluster(),
            counts: Counts::of(&report.counts),
            baseline: report
                .baseline
                .as_ref()
                .map(|baseline| Since::of(baseline, report)),
            failing: Failing::of(report),
            do_first: report.do_first.iter().map(Action::of).collect(),
            namespaces: report.namespaces.iter().map(Namespace::of).collect(),
            teams: report.teams.iter().map(Team::of).collect(),
            warnings: report.warnings.iter().map(Warning::of).collect(),
            notices: report.notices.iter().map(Warning::of).collect(),
            pillars: report.pillars.iter().map(Pillar::of).collect(),
            max_findings: report.max_findings,
            checks: report
                .checks
                .iter()
                .map(|result| Check::of(result, report.max_findings))
                .collect(),
            skipped: report.skipped.iter().map(Skipped::of).collect(),
            components: report
                .components
                .as_ref()
                .map(|components| components.iter().map(ComponentEntry::of).collect()),
            gaps: report.gaps.iter().map(Gap::of).collect(),
            unread: report.unread.iter().map(Unread::of).collect(),
            unjudged: report.unjudged.iter().map(Unjudged::of).collect(),
            waivers: report.waivers.iter().map(Waiver::of).collect(),
            declarations: report.declarations.iter().map(Declaration::of).collect(),
        }
    }
}

impl<'a> Reason<'a> {
    fn of(reason: &'a report::Reason) -> Self {
        Self {
            code: reason.code,
            checks: &reason.checks,
            message: &reason.message,
        }
    }
}

impl Counts {
    fn of(counts: &report::Counts) -> Self {
        Self {
            open: Severities::of(&counts.open),
            new: counts.new.as_ref().map(Severities::of),
            waived: Severities::of(&counts.waived),
            known: Severities::of(&counts.known),
            system: Severities::of(&counts.system),
            fixed: counts.mended.as_ref().map(Severities::of),
            mended: counts.mended.as_ref().map(Severities::of),
        }
    }
}

impl Pillar {
    fn of(pillar: &report::PillarResult) -> Self {
        Self {
            id: pillar.pillar.id(),
            score: pillar.score.map(round_down),
            coverage: pillar.coverage.map(round_down),
            pass: pillar.pass,
            fail: pillar.fail,
            not_applicable: pillar.not_applicable,
            unknown: pillar.unknown,
            worst_open: pillar.worst_open.map(Severity::id),
        }
    }
}

impl<'a> Check<'a> {
    fn of(result: &'a report::CheckResult, most: Option<usize>) -> Self {
        let reason = match result.ending {
            Ending::Pass { waived } => waived.then_some("waived"),
            Ending::Fail => result.partial.map(Unknown::id),
            Ending::NotApplicable(reason) => Some(reason.id()),
            Ending::Unknown(reason) => Some(reason.id()),
        };
        Self {
            id: result.check.id,
            pillar: result.check.pillar.id(),
            severity: result.severity.id(),
            impact: result.check.impact.id(),
            title: result.check.title,
            summary: result.check.summary(),
            fix: result.check.fix,
            remediation: result
                .check
                .section(Heading::Remediation)
                .unwrap_or_default(),
            docs: result.check.page_url(),
            standards: Control::all(result.check.standards),
            outcome: result.ending.kind().id(),
            reason,
            message: result.message.as_deref(),
            partial: result.partial.is_some(),
            unit: result.unit(),
            examined: result.examined,
            failing: result.failing,
            undecided: result.undecided,
            containers: result.containers,
            gates: result.gates,
            weight: result.weight,
            compliance: result.compliance.map(rounded),
            gain: result.gain.map(hundredths),
            findings_total: result.findings.len(),
            findings: Findings { of: result, most },
        }
    }
}

impl Cause {
    pub(super) fn of(result: &report::FindingResult) -> Option<Self> {
        result.caused_by.as_ref().map(|cause| Self {
            check: cause.check,
            fingerprint: cause.fingerprint,
        })
    }
}

impl<'a> FileLine<'a> {
    pub(super) fn of(finding: &'a kready_checks::model::Finding) -> Option<Self> {
        finding.source.as_ref().map(|source| Self {
            file: &source.file,
            line: source.line,
            field_line: source.field_line.map(NonZero::get),
            template: source.template.as_deref(),
        })
    }
}

impl<'a> Finding<'a> {
    fn of(result: &'a report::FindingResult) -> Self {
        let finding = &result.finding;
        Self {
            object: finding.object.as_deref().map(Object::of),
            container: finding.fault.container.as_deref(),
            path: finding.fault.path.as_deref(),
            seen: &finding.seen,
            expected: &finding.fault.expected,
            fingerprint: result.fingerprint,
            state: result.state.id(),
            waiver: result.waiver,
            caused_by: Cause::of(result),
            team: result.team.as_deref(),
            source: FileLine::of(finding),
        }
    }
}

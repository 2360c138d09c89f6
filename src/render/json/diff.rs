//! The difference of two reports as JSON.

use kready_checks::model::Severity;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{
    self, API_VERSION, Change, Difference, Fingerprint, Grade, State, Verdict, round_down,
};

/// What `kready diff -o json` writes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DiffDocument<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    /// What this document is.
    #[schemars(extend("const" = "Diff"))]
    kind: &'static str,
    old: Side<'a>,
    new: Side<'a>,
    /// The least severity that gates; null for `never`.
    #[schemars(extend("enum" = severities()))]
    fail_on: Option<&'static str>,
    counts: Counts,
    /// Every check with a finding that is new, fixed, still open or no longer counted: the gravest first.
    checks: Vec<Check<'a>>,
    /// What can't be compared, or only with care.
    incomparable: Vec<Incomparable<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ComparedReport")]
struct Side<'a> {
    /// The file, as it was given.
    file: &'a str,
    /// When the report was made, RFC 3339.
    time: Option<String>,
    #[schemars(extend("enum" = verdicts()))]
    verdict: Option<&'static str>,
    #[schemars(extend("enum" = grades()))]
    grade: Option<String>,
    /// Null when it was made in another way than this program makes it.
    score: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Changes")]
struct Counts {
    /// Findings that stand now, and did not before.
    new: usize,
    /// How many of the new ones make the exit code 1.
    gating: usize,
    /// Findings that are gone.
    fixed: usize,
    /// Findings that stand in both.
    open: usize,
    /// Findings that stood before, and are waived or excused now.
    waived: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ComparedCheck")]
struct Check<'a> {
    id: &'a str,
    title: &'a str,
    /// The severity in the newer report.
    #[schemars(extend("enum" = Severity::ALL.map(Severity::id)))]
    severity: &'static str,
    /// Whether what is new of it makes the exit code 1.
    gates: bool,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ComparedFinding")]
struct Finding<'a> {
    #[schemars(extend("enum" = Change::ALL.map(Change::id)))]
    change: &'static str,
    /// The object that a person edits; null for a finding about the cluster.
    object: Option<Object<'a>>,
    /// The container at fault.
    container: Option<&'a str>,
    /// The field at fault.
    path: Option<&'a str>,
    /// What is there, or was there last.
    seen: Option<&'a str>,
    /// As in the reports; of a renamed check as under the name of today.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
    /// Its state in the older report; null when it is not there.
    #[schemars(extend("enum" = states()))]
    before: Option<&'static str>,
    /// Its state in the newer report; null when it is not there.
    #[schemars(extend("enum" = states()))]
    now: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ComparedObject")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// Null for cluster-scoped objects.
    namespace: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Incomparable<'a> {
    /// Kebab-case, stable.
    #[schemars(extend("enum" = Difference::ALL.map(Difference::id)))]
    code: &'static str,
    /// The checks that it is about; none when it is about the reports as a whole.
    checks: &'a [String],
    /// How many findings it is about.
    findings: usize,
    /// One sentence for a person.
    message: &'a str,
}

fn severities() -> Vec<Option<&'static str>> {
    let all = Severity::ALL.map(|severity| Some(severity.id()));
    all.into_iter().chain([None]).collect()
}

fn verdicts() -> Vec<Option<&'static str>> {
    let all = Verdict::ALL.map(|verdict| Some(verdict.id()));
    all.into_iter().chain([None]).collect()
}

fn grades() -> Vec<Option<&'static str>> {
    let all = Grade::ALL.map(|grade| Some(grade.id()));
    all.into_iter().chain([None]).collect()
}

fn states() -> Vec<Option<&'static str>> {
    let all = State::ALL.map(|state| Some(state.id()));
    all.into_iter().chain([None]).collect()
}

impl<'a> DiffDocument<'a> {
    pub(super) fn of(diff: &'a report::Diff) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Diff",
            old: Side::of(&diff.old),
            new: Side::of(&diff.new),
            fail_on: diff.fail_on.map(Severity::id),
            counts: Counts {
                new: diff.count(Change::New),
                gating: diff.gating(),
                fixed: diff.count(Change::Fixed),
                open: diff.count(Change::Open),
                waived: diff.count(Change::Waived),
            },
            checks: diff.checks.iter().map(Check::of).collect(),
            incomparable: diff
                .incomparable
                .iter()
                .map(|it| Incomparable {
                    code: it.why.id(),
                    checks: &it.checks,
                    findings: it.findings,
                    message: &it.message,
                })
                .collect(),
        }
    }
}

impl<'a> Side<'a> {
    fn of(side: &'a report::Side) -> Self {
        Self {
            file: &side.file,
            time: side.time.map(|time| time.to_string()),
            verdict: side.verdict.map(Verdict::id),
            grade: side.grade.map(String::from),
            score: side.score.map(round_down),
        }
    }
}

impl<'a> Check<'a> {
    fn of(check: &'a report::CheckDiff) -> Self {
        Self {
            id: &check.id,
            title: &check.title,
            severity: check.severity.id(),
            gates: check.gates,
            findings: check.findings.iter().map(Finding::of).collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(finding: &'a report::DiffFinding) -> Self {
        Self {
            change: finding.change.id(),
            object: finding.object.as_ref().map(|object| Object {
                api_version: &object.api_version,
                kind: &object.kind,
                namespace: object.namespace.as_deref(),
                name: &object.name,
            }),
            container: finding.container.as_deref(),
            path: finding.path.as_deref(),
            seen: finding.seen.as_deref(),
            fingerprint: finding.fingerprint,
            before: finding.before.map(State::id),
            now: finding.now.map(State::id),
        }
    }
}

//! What sums a report up: what to do first, how much fails, how namespaces and teams fare.

use kready_checks::model::{Impact, Severity};
use schemars::JsonSchema;
use serde::Serialize;

use super::common::{Object, Severities, severities};
use crate::report::{self, About, round_down};

/// One thing to do, and what it closes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action<'a> {
    /// The object that it is about, or the first of several; null when it is about the cluster.
    object: Option<Object<'a>>,
    /// How many objects share the fault: more than one where one action is about all of them, 0 for the cluster.
    objects: usize,
    /// What is wrong, in words.
    wrong: &'a str,
    /// What to do, in one line.
    fix: &'a str,
    /// The gravest severity of the findings that it closes.
    #[schemars(extend("enum" = Severity::ALL.map(Severity::id)))]
    severity: &'static str,
    /// When the fault is felt.
    #[schemars(extend("enum" = Impact::ALL.map(Impact::id)))]
    impact: &'static str,
    /// Whether the verdict depends on it.
    gates: bool,
    /// The checks of which it closes findings; it is about the first one.
    checks: &'a [&'static str],
    /// How many findings it closes.
    findings: usize,
    /// Those of `checks` that find nothing else, and so pass when it is done; the others still fail.
    passing: &'a [&'static str],
    /// Other checks about which the verdict depends on the object, and whose findings stay.
    also: &'a [&'static str],
}

impl<'a> Action<'a> {
    pub(super) fn of(action: &'a report::Action) -> Self {
        let (object, objects) = match &action.about {
            About::Cluster => (None, 0),
            About::Object(object) => (Some(object), 1),
            About::Objects { count, example, .. } => (Some(example), *count),
        };
        Self {
            object: object.map(|object| Object::of(object)),
            objects,
            wrong: &action.wrong,
            fix: &action.fix,
            severity: action.severity.id(),
            impact: action.impact.id(),
            gates: action.gates,
            checks: &action.checks,
            findings: action.findings,
            passing: &action.passing,
            also: &action.also,
        }
    }
}

/// How many checks fail, of how many, on how many objects.
#[derive(Serialize, JsonSchema)]
pub(super) struct Failing {
    /// How many of the selected checks were decided: they pass or fail.
    decided: usize,
    /// How many of them apply: those that were decided, and those that could not be.
    applicable: usize,
    /// The checks that gate: while one of them fails, the verdict is not ready.
    gating: Tally,
    /// All checks.
    open: Tally,
}

/// How many checks have open findings.
#[derive(Serialize, JsonSchema)]
struct Tally {
    /// How many checks have open findings.
    failing: usize,
    /// The checks by their severity.
    checks: Severities,
    /// How many open findings they have.
    findings: usize,
    /// On how many objects; the cluster as a whole is not among them.
    objects: usize,
}

impl Failing {
    pub(super) fn of(report: &report::Report) -> Self {
        Self {
            decided: report.decided(),
            applicable: report.applicable(),
            gating: Tally::of(&report.gating),
            open: Tally::of(&report.open),
        }
    }
}

impl Tally {
    fn of(tally: &report::Tally) -> Self {
        Self {
            failing: tally.failing(),
            checks: Severities::of(&tally.checks),
            findings: tally.findings,
            objects: tally.objects,
        }
    }
}

/// How a namespace fares.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Namespace<'a> {
    name: &'a str,
    /// The team that owns it, by its labels; null when none names one.
    team: Option<&'a str>,
    /// Its open findings.
    open: Severities,
    /// Its findings that the older report has too.
    known: Severities,
    /// The gravest severity of its open findings; null without any.
    #[schemars(extend("enum" = severities()))]
    worst_open: Option<&'static str>,
    /// How many checks have open findings in it.
    checks: usize,
    /// How many objects have open findings.
    objects: usize,
    /// From 0 to 100, one decimal rounded down: made like the cluster's score, of the subjects in this namespace alone;
    /// questions about the whole cluster don't count. Null when checks of less than 10 points were decided there.
    score: Option<f64>,
}

impl<'a> Namespace<'a> {
    pub(super) fn of(place: &'a report::Place) -> Self {
        Self {
            name: &place.name,
            team: place.team.as_deref(),
            open: Severities::of(&place.open),
            known: Severities::of(&place.known),
            worst_open: place.worst_open().map(Severity::id),
            checks: place.checks,
            objects: place.objects,
            score: place.score.map(round_down),
        }
    }
}

/// How the objects of a team fare that have findings.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Team<'a> {
    name: &'a str,
    /// The open findings on its objects.
    open: Severities,
    /// The findings on them that the older report has too.
    known: Severities,
    /// The gravest severity of the open findings; null without any.
    #[schemars(extend("enum" = severities()))]
    worst_open: Option<&'static str>,
    /// How many checks have open findings on its objects.
    checks: usize,
    /// How many of its objects have open findings.
    objects: usize,
}

impl<'a> Team<'a> {
    pub(super) fn of(place: &'a report::Place) -> Self {
        Self {
            name: &place.name,
            open: Severities::of(&place.open),
            known: Severities::of(&place.known),
            worst_open: place.worst_open().map(Severity::id),
            checks: place.checks,
            objects: place.objects,
        }
    }
}

//! What to do first: one action for each object or cause, the most urgent first.

use std::{collections::HashMap, sync::Arc};

use kready_checks::{
    model::{Impact, ObjectRef, Severity},
    wire::Time,
};

use super::model::CheckResult;

/// How many actions a report has at most.
pub(crate) const MOST_ACTIONS: usize = 10;

/// One thing to do, and what it closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// What it is about.
    pub(crate) about: About,
    /// What is wrong, in words.
    pub(crate) wrong: String,
    /// What to do, in one line.
    pub(crate) fix: String,
    /// The checks of which it closes findings; it is about the first one.
    pub(crate) checks: Vec<&'static str>,
    /// How many findings it closes.
    pub(crate) findings: usize,
    /// The gravest severity of them.
    pub(crate) severity: Severity,
    /// When the fault is felt.
    pub(crate) impact: Impact,
    /// Whether the verdict depends on it.
    pub(crate) gates: bool,
}

/// What an action is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The cluster as a whole.
    Cluster,
    /// One object.
    Object(Arc<ObjectRef>),
    /// Several objects with the same fault.
    Objects {
        /// How many there are.
        count: usize,
        /// What they are called: `Deployments`, `objects` when they are of several kinds.
        kinds: String,
        /// The first of them.
        example: Arc<ObjectRef>,
    },
}

/// The actions, the most urgent first; where nothing gates, those for the gravest open findings.
pub(super) fn actions(checks: &[CheckResult], _now: Time) -> Vec<Action> {
    let mut at: HashMap<Option<&ObjectRef>, usize> = HashMap::new();
    let mut actions: Vec<Action> = Vec::new();
    let mut order: Vec<&CheckResult> = checks.iter().collect();
    order.sort_by_key(|check| {
        (
            !check.gates,
            std::cmp::Reverse(check.severity),
            check.impact(),
        )
    });
    for check in order {
        for result in check.open() {
            let object = result.finding.object.as_ref();
            let index = *at.entry(object.map(|object| &**object)).or_insert_with(|| {
                actions.push(Action {
                    about: object.map_or(About::Cluster, |object| About::Object(object.clone())),
                    wrong: check.check.title.to_owned(),
                    fix: check.check.fix_of(object.map(|object| &**object)),
                    checks: Vec::new(),
                    findings: 0,
                    severity: check.severity,
                    impact: check.impact(),
                    gates: check.gates,
                });
                actions.len() - 1
            });
            let action = &mut actions[index];
            action.findings += 1;
            if !action.checks.contains(&check.check.id) {
                action.checks.push(check.check.id);
            }
        }
    }
    actions.truncate(MOST_ACTIONS);
    actions
}

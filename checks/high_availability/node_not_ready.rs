//! A node that the cluster can't use.

use crate::{
    inventory::types::Condition,
    kubernetes::settled::{FIVE_MINUTES, told},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "node-not-ready",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a node is not ready",
    fix: "find out why, and repair or replace it: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    docs: include_str!("node_not_ready.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_nodes(|node| {
        let findings: Vec<Finding> = node
            .status
            .conditions
            .iter()
            .filter(|condition| is_bad(condition) && cx.has_held(condition, FIVE_MINUTES))
            .map(|condition| {
                Finding::on(node)
                    .at(format!("status.conditions[type={}]", condition.kind))
                    .saw(seen(condition), wanted(condition))
            })
            .collect();
        Ok(findings.into())
    })
}

fn is_bad(condition: &Condition) -> bool {
    match condition.kind.as_str() {
        "Ready" => !condition.is_true(),
        "NetworkUnavailable" => condition.is_true(),
        _ => false,
    }
}

fn wanted(condition: &Condition) -> &'static str {
    if condition.kind == "Ready" {
        "True"
    } else {
        "False"
    }
}

fn seen(condition: &Condition) -> String {
    let said = [condition.reason.as_str(), &condition.message];
    told(&condition.status, condition.last_transition_time, said)
}

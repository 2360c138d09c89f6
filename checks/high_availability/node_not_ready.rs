//! A node that the cluster can't use.

use crate::{
    inventory::types::Condition,
    kubernetes::{
        settled::{FIVE_MINUTES, told},
        topology::{is_fake, why_none},
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "node-not-ready",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a node is not ready",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    docs: include_str!("node_not_ready.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let managed = cx.are_nodes_managed();
    if managed == Ok(true) {
        return Err(NotApplicable::Managed.into());
    }
    let nodes = cx.seen::<Node>();
    let real = nodes
        .iter()
        .filter(|node| node.metadata.deletion_timestamp.is_none() && !is_fake(node));
    let sheet = Sheet::over(real, |node| {
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
        if !findings.is_empty() {
            managed.clone()?;
        }
        Ok(findings)
    });
    Ok(sheet.when_empty(why_none(nodes)))
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

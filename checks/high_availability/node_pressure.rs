//! A node that runs short of memory, disk or process ids.

use crate::{
    inventory::types::Condition,
    kubernetes::{
        settled::told,
        topology::{is_fake, is_ready, why_none},
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "node-pressure",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a node is under pressure",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    docs: include_str!("node_pressure.md"),
    run,
    ..Check::BASE
};

/// What the kubelet says when a resource runs short. It waits some minutes before it takes it back, so that no further
/// time has to pass here.
const PRESSURES: &[&str] = &["MemoryPressure", "DiskPressure", "PIDPressure"];

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
        // What a node said before it fell silent is old.
        if !is_ready(node) {
            return Ok(None);
        }
        let pressures: Vec<&Condition> = node
            .status
            .conditions
            .iter()
            .filter(|condition| PRESSURES.contains(&condition.kind.as_str()) && condition.is_true())
            .collect();
        let Some(first) = pressures.first() else {
            return Ok(None);
        };
        managed.clone()?;
        let path = match pressures.as_slice() {
            [one] => format!("status.conditions[type={}]", one.kind),
            _ => "status.conditions".to_owned(),
        };
        let expected = match pressures.as_slice() {
            [_] => format!("no {}", first.kind),
            _ => "none of these".to_owned(),
        };
        let seen: Vec<String> = pressures.iter().map(|condition| seen(condition)).collect();
        Ok(Some(
            Finding::on(node).at(path).saw(seen.join("; "), expected),
        ))
    });
    Ok(sheet.when_empty(why_none(nodes)))
}

fn seen(condition: &Condition) -> String {
    let said = [&condition.message, &condition.reason]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("", |text| text.as_str());
    told(&condition.kind, condition.last_transition_time, [said, ""])
}

//! A node that runs short of memory, disk or process ids.

use crate::{
    inventory::types::Condition,
    kubernetes::{
        settled::{FIVE_MINUTES, told},
        topology::is_ready,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "node-pressure",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a node is under pressure",
    fix: "find out what uses the resource, and limit it: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    docs: include_str!("node_pressure.md"),
    run,
    ..Check::BASE
};

/// What the kubelet says when a resource runs short.
const PRESSURES: &[&str] = &["MemoryPressure", "DiskPressure", "PIDPressure"];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_nodes(|node| {
        // What a node said before it fell silent is old.
        if !is_ready(node) {
            return Ok(Judgement::Sound);
        }
        let pressures: Vec<&Condition> = node
            .status
            .conditions
            .iter()
            .filter(|condition| {
                PRESSURES.contains(&condition.kind.as_str())
                    && condition.is_true()
                    && cx.has_held(condition, FIVE_MINUTES)
            })
            .collect();
        let Some(first) = pressures.first() else {
            return Ok(Judgement::Sound);
        };
        let path = match pressures.as_slice() {
            [one] => format!("status.conditions[type={}]", one.kind),
            _ => "status.conditions".to_owned(),
        };
        let expected = match pressures.as_slice() {
            [_] => format!("no {}", first.kind),
            _ => "none of these".to_owned(),
        };
        let seen: Vec<String> = pressures.iter().map(|condition| seen(condition)).collect();
        let finding = Finding::on(node).at(path);
        Ok(finding.saw(seen.join("; "), expected).into())
    })
}

fn seen(condition: &Condition) -> String {
    let said = [&condition.message, &condition.reason]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("", |text| text.as_str());
    told(&condition.kind, condition.last_transition_time, [said, ""])
}

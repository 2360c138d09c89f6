//! A pod for which no node has room.

use crate::{
    inventory::types::{Condition, Pod, condition},
    kubernetes::settled::{FIVE_MINUTES, since},
    model::{clause, share},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "pod-unschedulable",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a pod fits on no node",
    fix: "lower its requests or constraints, or add a node with as much free as it asks for",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("pod_unschedulable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_live_pods(|workload, pods| {
        let waiting: Vec<(&Pod, &Condition)> = pods
            .iter()
            .filter_map(|pod| Some((*pod, unschedulable(pod)?)))
            .filter(|(pod, condition)| {
                let since = condition
                    .last_transition_time
                    .or(pod.metadata.creation_timestamp);
                cx.has_lasted(since, FIVE_MINUTES)
            })
            .collect();
        let longest = waiting
            .iter()
            .min_by_key(|(pod, condition)| (condition.last_transition_time, &pod.metadata.name));
        let Some((pod, condition)) = longest else {
            return Ok(Judgement::Sound);
        };
        let seen = format_args!(
            "no node for {}; {} has been waiting{}: {}",
            share(waiting.len(), pods.len()),
            pod.metadata.name,
            since(condition.last_transition_time),
            clause(&condition.message)
        );
        let finding = Finding::on(workload).saw(seen, "a node for every pod");
        Ok(finding.into())
    }))
}

/// Why the scheduler found no node; placeholders that hold room for others wait on purpose.
fn unschedulable(pod: &Pod) -> Option<&Condition> {
    let placeholder = pod.spec.priority.is_some_and(|priority| priority < 0);
    condition(&pod.status.conditions, "PodScheduled").filter(|scheduled| {
        pod.status.phase == "Pending"
            && !placeholder
            && scheduled.status == "False"
            && scheduled.reason == "Unschedulable"
    })
}

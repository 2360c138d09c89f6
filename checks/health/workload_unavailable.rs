//! Nothing of a workload runs.

use crate::{
    kubernetes::{
        availability::{down, what_holds_most_up},
        settled::FIVE_MINUTES,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "workload-unavailable",
    pillar: Pillar::Health,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "no replica of a workload is available",
    mode: Mode::Live,
    needs: &[
        examined::<Deployment>(),
        examined::<StatefulSet>(),
        examined::<DaemonSet>(),
        examined::<ReplicaSet>(),
        examined::<ReplicationController>(),
        examined::<Rollout>(),
        examined::<CloneSet>(),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    docs: include_str!("workload_unavailable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_relevant_workloads(|workload| {
        let Some(state) = workload.availability().filter(|state| state.desired >= 1) else {
            return Ok(None);
        };
        if state.available > 0 || (!state.observed && workload.live_pods().next().is_none()) {
            return Ok(Some(None));
        }
        // A pod that was not seen may have become unready only now.
        cx.sees_workloads_in(workload.namespace())?;
        let down_since = workload.unavailable_since();
        if !cx.has_lasted(down_since, FIVE_MINUTES) || cx.is_provider_managed(workload.metadata)? {
            return Ok(Some(None));
        }
        let cause = match workload.replica_failure() {
            Some(failure) => failure.message.trim_end_matches('.').to_owned(),
            None => what_holds_most_up(workload.live_pods())
                .unwrap_or_else(|| "there is no pod".to_owned()),
        };
        Ok(Some(Some(
            Finding::on(workload).at(workload.within(state.field)).saw(
                format_args!(
                    "0 of {}{}: {cause}",
                    state.desired,
                    down(down_since, workload.live_pods())
                ),
                "at least 1",
            ),
        )))
    }))
}

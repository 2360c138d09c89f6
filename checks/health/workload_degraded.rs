//! Some of a workload's replicas don't run.

use crate::{
    inventory::types::{Pod, condition},
    kubernetes::{
        availability::{down, unready_since},
        has_ended,
        settled::{TEN_MINUTES, newest},
    },
    model::clause,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "workload-degraded",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a workload has fewer available replicas than it asks for",
    fix: "find out why replicas are missing: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined_all(CONTROLLERS),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("workload_degraded.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let Some(state) = workload.availability().filter(|state| state.desired >= 1) else {
            return Ok(Judgement::NotASubject);
        };
        let rolling_out = !state.observed
            || workload
                .progress()
                .is_some_and(|progress| !progress.is_complete());
        // None at all is an outage, and another check's.
        if state.available <= 0 || state.available >= state.desired || rolling_out {
            return Ok(Judgement::Sound);
        }
        cx.sees_workloads_in(workload.namespace())?;
        // Where fewer run than should, those that are ending are waited for.
        let unready = workload.held_up_pods(state.desired);
        let pods = workload.pods().filter(|pod| !has_ended(pod)).count();
        let missing = usize::try_from(state.desired)
            .unwrap_or(0)
            .saturating_sub(pods);
        if workload.has_unseen_pods() || unready.is_empty() && missing == 0 {
            // The status was not read at the same moment as the pods, or they have yet to be ready for long enough.
            return Ok(Judgement::Sound);
        }
        let since = if unready.is_empty() {
            last_change(workload)
        } else {
            longest(&unready)
        };
        let settled = TEN_MINUTES + workload.min_ready_seconds();
        if !cx.has_lasted(since, settled) {
            return Ok(Judgement::Sound);
        }
        // Nobody knows for how long a pod that is not there has been missing.
        let known = !unready.is_empty() || workload.replica_failure().is_some();
        let cause = cx
            .what_holds_most_up(unready.iter().copied())
            .unwrap_or_else(|| why_missing(workload, missing));
        let seen = format_args!(
            "{} of {}{}: {cause}",
            state.available,
            state.desired,
            down(since.filter(|_| known), unready)
        );
        let finding = Finding::on(workload).at(workload.within(state.field));
        Ok(finding.saw(seen, state.desired).into())
    }))
}

/// When the first of these pods stopped being ready; none when that is not known.
fn longest(unready: &[&Pod]) -> Option<Time> {
    let since: Option<Vec<Time>> = unready.iter().map(|pod| unready_since(pod)).collect();
    since?.into_iter().min()
}

/// When a pod last became ready or began to go, or the controller began to miss or to fail.
fn last_change(workload: &Workload<'_>) -> Option<Time> {
    let pods = workload.pods().map(unready_since);
    let available = condition(workload.conditions(), "Available");
    let reported = available
        .into_iter()
        .chain(workload.replica_failure())
        .map(|condition| condition.last_transition_time);
    newest(
        pods.chain(reported)
            .chain([workload.metadata.creation_timestamp]),
    )
}

fn why_missing(workload: &Workload<'_>, missing: usize) -> String {
    match workload.replica_failure() {
        Some(failure) => clause(&failure.message).to_owned(),
        None if missing == 1 => "1 pod is missing".to_owned(),
        None => format!("{missing} pods are missing"),
    }
}

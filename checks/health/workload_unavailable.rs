//! Nothing of a workload runs.

use crate::{kubernetes::availability::down, model::clause, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "workload-unavailable",
    pillar: Pillar::Health,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "no replica of a workload is available",
    fix: "find out why no replica is available: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined_all(CONTROLLERS),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("workload_unavailable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let Some(state) = workload.availability().filter(|state| state.desired >= 1) else {
            return Ok(Judgement::NotASubject);
        };
        if state.available > 0 || (!state.observed && workload.live_pods().next().is_none()) {
            return Ok(Judgement::Sound);
        }
        // A pod that was not seen may have become unready only now.
        cx.sees_workloads_in(workload.namespace())?;
        let down_since = workload.unavailable_since();
        if !cx.is_settled(down_since) || workload.is_unseen_in_motion() {
            return Ok(Judgement::Sound);
        }
        let cause = match workload.replica_failure() {
            Some(failure) => clause(&failure.message).to_owned(),
            None => cx
                .what_holds_most_up(workload.held_up_pods(state.desired))
                .unwrap_or_else(|| "it has no pod".to_owned()),
        };
        let seen = format_args!(
            "0 of {}{}: {cause}",
            state.desired,
            down(down_since, workload.live_pods())
        );
        let finding = Finding::on(workload).at(workload.within(state.field));
        Ok(finding.saw(seen, "at least 1").into())
    }))
}

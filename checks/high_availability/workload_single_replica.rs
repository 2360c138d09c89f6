//! One replica: every eviction, drain or crash is an outage.

use crate::{
    inventory::{IntParam, Param},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "workload-single-replica",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a served workload runs a single replica",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(REPLICATED),
        correlated::<Service>(),
        correlated_all(AUTOSCALERS),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[Standard::Eks("reliability/application")],
    params: &[Param::Int(MINIMUM)],
    excuse: Excuse::Provider,
    docs: include_str!("workload_single_replica.md"),
    run,
    ..Check::BASE
};

const MINIMUM: IntParam = IntParam {
    name: "minimum",
    default: 2,
    about: "the fewest replicas that are accepted",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minimum = cx.int(MINIMUM);
    Ok(cx.judge_workloads(|workload| {
        if !workload.kind.is_replicated() {
            return Ok(Judgement::NotASubject);
        }
        let replicas = workload.declared_replicas().unwrap_or(1);
        if replicas == 0 || i64::from(replicas) >= minimum {
            return Ok(Judgement::Sound);
        }
        if !cx.is_served(workload)? || cx.autoscaler_of(workload)?.is_some() {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(workload).at(workload.within("spec.replicas"));
        Ok(finding
            .saw(replicas, format_args!("at least {minimum}"))
            .into())
    }))
}

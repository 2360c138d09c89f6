//! One replica: every eviction, drain or crash is an outage.

use super::replicas::{MINIMUM, OBSTACLES, too_few};
use crate::{
    inventory::{MadeWorkload, Param},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "workload-single-replica",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a workload behind a Service runs a single replica",
    fix: "run at least two replicas, on different nodes",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(REPLICATED),
        correlated_all(SERVED),
        correlated_all(AUTOSCALERS),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
        OBSTACLES,
    ],
    standards: &[Standard::Eks("reliability/application")],
    params: &[Param::Int(MINIMUM)],
    excuse: Excuse::Provider,
    docs: include_str!("workload_single_replica.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minimum = cx.int(MINIMUM);
    let mut sheet = cx.judge_workloads(|workload| {
        if !workload.kind.is_replicated() {
            return Ok(Judgement::NotASubject);
        }
        let replicas = workload.declared_replicas().unwrap_or(1);
        if i64::from(replicas) >= minimum || cx.autoscaler_of(workload)?.is_some() {
            return Ok(Judgement::Sound);
        }
        let redundancy = cx.redundancy_of(workload)?;
        if redundancy.gap == Gap::Bearable {
            return Ok(Judgement::Sound);
        }
        Ok(too_few(cx, workload, replicas, minimum, redundancy.alone))
    });
    for made in cx.made_workloads() {
        let judgement = Ok(of_made(cx, made, minimum));
        sheet.judge_in(&made.object.namespace, judgement);
    }
    Ok(sheet)
}

/// A custom resource of manifests: its operator makes a workload, and a Service that leads clients to it.
fn of_made(cx: &Context<'_>, made: &MadeWorkload, minimum: i64) -> Judgement {
    let own = made.asked.replicas;
    let Some(replicas) = cx
        .made_replicas(made)
        .filter(|_| own.is_some_and(|own| own > 0))
    else {
        return Judgement::NotASubject;
    };
    if replicas >= minimum {
        return Judgement::Sound;
    }
    let finding = Finding::on(made).at(made.replicas_at());
    finding
        .saw(replicas, format_args!("at least {minimum}"))
        .into()
}

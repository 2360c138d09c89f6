//! One replica of what works in the background: while it is away, its work waits.

use super::replicas::{MINIMUM, OBSTACLES, too_few};
use crate::{inventory::Param, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "background-workload-single-replica",
    pillar: Pillar::HighAvailability,
    severity: Severity::Low,
    impact: Impact::Fragile,
    title: "a background workload runs a single replica",
    fix: "run two replicas, with leader election for a controller, or waive the finding",
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
    docs: include_str!("background_workload_single_replica.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minimum = cx.int(MINIMUM);
    Ok(cx.judge_workloads(|workload| {
        let declared = workload.declared_replicas();
        let Some(declared) = declared.filter(|_| workload.kind.is_replicated()) else {
            return Ok(Judgement::NotASubject);
        };
        let replicas = match cx.autoscaler_of(workload)? {
            // What is no number of replicas is the autoscaler's fault.
            Some(autoscaler) => autoscaler.floor().max(0),
            None => declared,
        };
        // One that goes down to none is started when there is work.
        if replicas == 0 {
            return Ok(Judgement::NotASubject);
        }
        if i64::from(replicas) >= minimum {
            return Ok(Judgement::Sound);
        }
        let redundancy = cx.redundancy_of(workload)?;
        if redundancy.gap == Gap::Noticed {
            return Ok(Judgement::Sound);
        }
        Ok(too_few(cx, workload, replicas, minimum, redundancy.alone))
    }))
}

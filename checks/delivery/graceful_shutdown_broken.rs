//! A pod that is killed while clients still talk to it.

use crate::{
    inventory::{IntParam, Param},
    knowledge::{Availability, is_injected},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "graceful-shutdown-broken",
    pillar: Pillar::Delivery,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a serving pod is killed before its requests finish",
    fix: "set terminationGracePeriodSeconds well above the time that the preStop hook takes",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated_all(SERVED),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("reliability/application")],
    params: &[Param::Int(MINIMUM)],
    excuse: Excuse::Provider,
    docs: include_str!("graceful_shutdown_broken.md"),
    run,
    ..Check::BASE
};

/// What the API gives to a pod that does not say, in seconds.
const DEFAULT_GRACE: i64 = 30;

const MINIMUM: IntParam = IntParam {
    name: "minimum",
    default: 2,
    about: "the shortest accepted grace period, in seconds",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minimum = cx.int(MINIMUM);
    Ok(cx.judge_workloads(|workload| {
        if !cx.is_served(workload)? {
            return Ok(Judgement::NotASubject);
        }
        if grace_of(workload) < minimum
            && cx.availability_of(workload)? != Availability::Unrecognised
        {
            // Who makes a component knows what it has to end.
            return Ok(Judgement::Sound);
        }
        Ok(judge(workload, minimum).into())
    }))
}

fn grace_of(workload: &Workload<'_>) -> i64 {
    let declared = workload.spec.termination_grace_period_seconds;
    declared.unwrap_or(DEFAULT_GRACE)
}

fn judge(workload: &Workload<'_>, minimum: i64) -> Vec<Finding> {
    let grace = grace_of(workload);
    if grace < minimum {
        return vec![
            Finding::on(workload)
                .at(workload.at("terminationGracePeriodSeconds"))
                .saw(
                    format_args!("{grace} s"),
                    format_args!("at least {minimum} s"),
                ),
        ];
    }
    workload
        .long_running_containers()
        .filter(|view| !is_injected(view))
        .filter_map(|view| {
            let hook = view.container.lifecycle.as_ref()?.pre_stop.as_ref()?;
            let (field, sleeps) = match (&hook.sleep, hook.exec.sleeps()) {
                (Some(sleep), _) => (
                    "lifecycle.preStop.sleep.seconds",
                    sleep.seconds.saturating_mul(1000),
                ),
                (None, Some(sleeps)) => ("lifecycle.preStop.exec.command", sleeps),
                (None, None) => return None,
            };
            (sleeps >= grace.saturating_mul(1000)).then(|| {
                Finding::on(workload)
                    .container(&view.container.name)
                    .at(view.at(field))
                    .saw(
                        format_args!(
                            "a sleep of {} s in a grace period of {grace} s",
                            sleeps / 1000
                        ),
                        "a sleep that leaves time to shut down",
                    )
            })
        })
        .collect()
}

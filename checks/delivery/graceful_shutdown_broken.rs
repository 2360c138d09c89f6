//! A pod that is killed while clients still talk to it.

use crate::{knowledge::is_injected, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "graceful-shutdown-broken",
    pillar: Pillar::Delivery,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a served pod is killed before it can end what it began",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<Service>(),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("reliability/application")],
    excuse: Excuse::Provider,
    docs: include_str!("graceful_shutdown_broken.md"),
    run,
    ..Check::BASE
};

/// What the API gives to a pod that does not say, in seconds.
const DEFAULT_GRACE: i64 = 30;

/// The least, in seconds, in which traffic is led elsewhere and requests end.
const LEAST: i64 = 10;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        if !cx.is_served(workload)? {
            return Ok(Judgement::NotASubject);
        }
        Ok(judge(workload).into())
    }))
}

fn judge(workload: &Workload<'_>) -> Vec<Finding> {
    let declared = workload.spec.termination_grace_period_seconds;
    let grace = declared.unwrap_or(DEFAULT_GRACE);
    if grace < LEAST {
        return vec![
            Finding::on(workload)
                .at(workload.at("terminationGracePeriodSeconds"))
                .saw(
                    format_args!("{grace} s"),
                    format_args!("at least {LEAST} s"),
                ),
        ];
    }
    workload
        .long_running_containers()
        .filter(|view| !is_injected(view))
        .filter_map(|view| {
            let hook = view.container.lifecycle.as_ref()?.pre_stop.as_ref()?;
            let (field, seconds) = match (&hook.sleep, hook.exec.sleeps()) {
                (Some(sleep), _) => ("lifecycle.preStop.sleep.seconds", sleep.seconds),
                (None, Some(seconds)) => ("lifecycle.preStop.exec.command", seconds),
                (None, None) => return None,
            };
            (seconds >= grace).then(|| {
                Finding::on(workload)
                    .container(&view.container.name)
                    .at(view.at(field))
                    .saw(
                        format_args!("a sleep of {seconds} s, and {grace} s until it is killed"),
                        "a sleep that leaves time to end",
                    )
            })
        })
        .collect()
}

//! A new version that does not get through.

use crate::{
    inventory::types::{Condition, condition},
    kubernetes::{
        availability::{down, unready_since},
        settled::{TEN_MINUTES, newest, since},
    },
    model::clause,
    prelude::*,
    wire::MINUTE,
};

pub(super) static CHECK: Check = Check {
    id: "rollout-stalled",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a rollout makes no progress",
    fix: "find out why new pods don't become ready, or roll back: kubectl rollout undo {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Deployment>(),
        examined::<StatefulSet>(),
        examined::<DaemonSet>(),
        correlated::<Lease>(),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("rollout_stalled.md"),
    run,
    ..Check::BASE
};

/// The lease by which the controllers of workloads show that they work, as namespace and name.
const LEASE: (&str, &str) = ("kube-system", "kube-controller-manager");

const FIFTEEN_MINUTES: i64 = 15 * MINUTE;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let Some(state) = workload.availability().filter(|_| rolls_out(workload)) else {
            return Ok(Judgement::NotASubject);
        };
        let finding = if !state.observed {
            unobserved(cx, workload)?
        } else if state.desired < 1 {
            None
        } else if let Some(deployment) = workload.held_by::<Deployment>() {
            let progressing = condition(&deployment.status.conditions, "Progressing")
                .filter(|progressing| progressing.status == "False" && !deployment.spec.paused);
            progressing
                .filter(|progressing| cx.is_settled(progressing.last_transition_time))
                .map(|progressing| overdue(cx, workload, state.desired, progressing))
        } else {
            behind(cx, workload, state.desired)?
        };
        Ok(finding.into())
    }))
}

fn rolls_out(workload: &Workload<'_>) -> bool {
    matches!(
        workload.kind,
        WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet
    )
}

/// Its controller has not looked at the newest specification, and no controller works.
///
/// Nothing records when a specification changed, and every controller is behind for a moment. The lease that controllers
/// renew every few seconds tells the two apart.
fn unobserved(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Option<Finding>, Why> {
    if !cx.has_lasted(workload.metadata.creation_timestamp, TEN_MINUTES) {
        return Ok(None);
    }
    let Some(lease) = cx.named::<Lease>(LEASE.0, LEASE.1)? else {
        return Err(Why::new(
            Unknown::Hidden,
            format!(
                "{} is behind its specification; without Lease {}/{} it is unknown whether controllers work",
                workload.reference(),
                LEASE.0,
                LEASE.1
            ),
        ));
    };
    let renewed = lease.spec.renew_time;
    if !cx.has_lasted(renewed, TEN_MINUTES) {
        return Ok(None);
    }
    let generation = workload.metadata.generation;
    Ok(Some(
        Finding::on(workload)
            .at(workload.within("status.observedGeneration"))
            .saw(
                format_args!(
                    "{}: its controller has not seen generation {generation}, and kube-controller-manager has not renewed its lease{}",
                    workload.observed_generation(),
                    since(renewed)
                ),
                generation,
            ),
    ))
}

/// The controller of a Deployment has given up waiting.
fn overdue(
    cx: &Context<'_>,
    workload: &Workload<'_>,
    desired: i32,
    progressing: &Condition,
) -> Finding {
    let cause = cx
        .what_holds_most_up(workload.held_up_pods(desired))
        .or_else(|| {
            let failure = workload.replica_failure()?;
            Some(clause(&failure.message).to_owned())
        })
        .unwrap_or_else(|| clause(&progressing.message).to_owned());
    let updated = workload
        .progress()
        .map(|progress| format!("; {} of {} pods are new", progress.updated, progress.wanted))
        .unwrap_or_default();
    Finding::on(workload)
        .at(workload.within("status.conditions[type=Progressing]"))
        .saw(
            format_args!(
                "False ({}){}{updated}: {cause}",
                progressing.reason,
                since(progressing.last_transition_time)
            ),
            "True",
        )
}

/// Pods of an older template remain, and for a while nothing has happened to any pod.
fn behind(cx: &Context<'_>, workload: &Workload<'_>, desired: i32) -> Result<Option<Finding>, Why> {
    let Some(progress) = workload
        .progress()
        .filter(|progress| !progress.is_complete())
    else {
        return Ok(None);
    };
    cx.sees_workloads_in(workload.namespace())?;
    let held_up = workload.held_up_pods(desired);
    let pods = workload.live_pods().count();
    let missing = usize::try_from(desired).is_ok_and(|desired| pods < desired);
    if held_up.is_empty() && !missing || workload.has_unseen_pods() {
        // Nothing holds it up: it has only just begun.
        return Ok(None);
    }
    let moved = newest(
        workload
            .pods()
            .flat_map(|pod| [unready_since(pod), pod.metadata.creation_timestamp])
            .chain([workload.metadata.creation_timestamp]),
    );
    let settled = FIFTEEN_MINUTES + workload.min_ready_seconds();
    if !cx.has_lasted(moved, settled) {
        return Ok(None);
    }
    let cause = cx
        .what_holds_most_up(held_up.iter().copied())
        .unwrap_or_else(|| "pods are missing".to_owned());
    let still = match down(moved, held_up) {
        since if since.is_empty() => since,
        since => format!(", no progress{since}"),
    };
    Ok(Some(
        Finding::on(workload)
            .at(workload.within(progress.field))
            .saw(
                format_args!(
                    "{} of {} pods are new{still}: {cause}",
                    progress.updated, progress.wanted
                ),
                progress.wanted,
            ),
    ))
}

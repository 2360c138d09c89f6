//! A pod that runs and gets no traffic.

use crate::{
    inventory::types::{Condition, Container, Pod, Probe, condition},
    kubernetes::{
        path_of_container,
        settled::{FIVE_MINUTES, since},
    },
    model::{clause, share},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "pod-not-ready",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a running pod is not ready",
    fix: "fix what fails its readiness probe or gate: describe the pod, and read its logs",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("pod_not_ready.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_live_pods(|workload, pods| {
        if !workload.is_long_running() {
            return Ok(Judgement::Sound);
        }
        let mut unready: Vec<(&Pod, &Condition)> = pods
            .iter()
            .filter_map(|pod| Some((*pod, unready(pod)?)))
            .filter(|(pod, condition)| cx.has_held(condition, patience(pod)))
            .collect();
        unready
            .sort_by_key(|(pod, condition)| (condition.last_transition_time, &pod.metadata.name));
        let Some((pod, condition)) = unready.first() else {
            return Ok(Judgement::Sound);
        };
        let cause = Cause::of(pod, condition);
        let finding = Finding::on(workload).saw(
            format_args!(
                "{} not ready; {}{}: {}",
                share(unready.len(), pods.len()),
                pod.metadata.name,
                since(condition.last_transition_time),
                cause.told
            ),
            "pods that are ready",
        );
        let finding = match cause.container {
            Some(name) => finding
                .container(name)
                .at_known(path_of_container(workload, name)),
            None if cause.gates => finding.at(workload.at("readinessGates")),
            None => finding,
        };
        Ok(finding.into())
    }))
}

/// The condition by which a running pod is not ready, unless one of its containers waits, which other checks report.
fn unready(pod: &Pod) -> Option<&Condition> {
    let status = &pod.status;
    let waits = || {
        let containers = status.init_container_statuses.iter();
        containers
            .chain(&status.container_statuses)
            .any(|container| container.state.waiting.is_some())
    };
    condition(&status.conditions, "Ready")
        .filter(|ready| status.phase == "Running" && ready.status == "False" && !waits())
}

/// How many seconds a pod may be unready: five minutes, or as long as its probes let a container start.
fn patience(pod: &Pod) -> i64 {
    let startup = |container: &Container| {
        let until_failed = |probe: &Probe| {
            let or = |value: i32, default: i64| {
                if value > 0 { i64::from(value) } else { default }
            };
            let delay = i64::from(probe.initial_delay_seconds.max(0));
            delay + or(probe.failure_threshold, 3) * or(probe.period_seconds, 10)
        };
        let startup = container
            .startup_probe
            .as_ref()
            .map_or(0, |probe| until_failed(probe));
        let readiness = container
            .readiness_probe
            .as_ref()
            .map_or(0, |probe| i64::from(probe.initial_delay_seconds.max(0)));
        startup + readiness
    };
    pod.spec
        .init_containers
        .iter()
        .chain(&pod.spec.containers)
        .map(startup)
        .fold(FIVE_MINUTES, i64::max)
}

/// Why a pod is not ready.
struct Cause<'a> {
    container: Option<&'a Text>,
    gates: bool,
    told: String,
}

impl<'a> Cause<'a> {
    fn of(pod: &'a Pod, ready: &Condition) -> Self {
        let status = &pod.status;
        // An init container that has come to its end is ready; a native sidecar is by its probe.
        let containers = status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses);
        let unready: Vec<_> = containers.filter(|container| !container.ready).collect();
        if let Some(first) = unready.first() {
            let names: Vec<&str> = unready.iter().map(|it| it.name.as_str()).collect();
            let told = match &first.state.terminated {
                Some(end) => format!("{} ended with exit code {}", first.name, end.exit_code),
                None => format!("{} not ready", names.join(" and ")),
            };
            return Self {
                container: Some(&first.name),
                gates: false,
                told,
            };
        }
        let gates: Vec<String> = pod
            .spec
            .readiness_gates
            .iter()
            .filter_map(|gate| {
                let kind = &gate.condition_type;
                match condition(&status.conditions, kind) {
                    None => Some(format!("readiness gate {kind} was never set")),
                    Some(found) if found.is_true() => None,
                    Some(found) => Some(format!("readiness gate {kind} is {}", found.status)),
                }
            })
            .collect();
        let told = if gates.is_empty() {
            let reason = [&ready.message, &ready.reason]
                .into_iter()
                .find(|text| !text.is_empty())
                .map_or("no reason given", |text| clause(text));
            format!("its containers are ready: {reason}")
        } else {
            format!("its containers are ready, and {}", gates.join(", "))
        };
        Self {
            container: None,
            gates: !gates.is_empty(),
            told,
        }
    }
}

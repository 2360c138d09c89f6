//! A container that starts and dies, again and again.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{ContainerStatus, Pod},
    kubernetes::path_of_container,
    model::{grouped, share},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "container-crash-looping",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a container is crash-looping",
    fix: "find the cause: kubectl logs {object} --previous",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("container_crash_looping.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_live_pods(|workload, pods| {
        let mut looping: BTreeMap<&Text, Vec<(&ContainerStatus, &Pod)>> = BTreeMap::new();
        for pod in pods {
            for container in pod
                .status
                .every_container()
                .filter(|container| is_looping(container))
            {
                looping
                    .entry(&container.name)
                    .or_default()
                    .push((container, pod));
            }
        }
        let findings = looping.into_iter().filter_map(|(name, found)| {
            let (worst, pod) = found
                .iter()
                .max_by_key(|(container, _)| container.restart_count)?;
            let finding = Finding::on(workload).container(name).saw(
                format_args!(
                    "CrashLoopBackOff in {}; {} restarted {} times{}",
                    share(found.len(), pods.len()),
                    pod.metadata.name,
                    grouped(usize::try_from(worst.restart_count).unwrap_or_default()),
                    last_end(worst)
                ),
                if is_init(pod, name) {
                    "an init container that ends with exit code 0"
                } else {
                    "a container that keeps running"
                },
            );
            Some(finding.at_known(path_of_container(workload, name)))
        });
        Ok(findings.collect::<Vec<_>>().into())
    }))
}

/// Whether it has died twice at least: once may have been a dependency that was not there yet.
fn is_looping(container: &ContainerStatus) -> bool {
    let waiting = container.state.waiting.as_ref();
    waiting.is_some_and(|waiting| waiting.reason == "CrashLoopBackOff")
        && container.restart_count >= 2
}

/// Whether it is an init container that has to come to an end, unlike a native sidecar.
fn is_init(pod: &Pod, name: &str) -> bool {
    pod.spec
        .init_containers
        .iter()
        .any(|container| container.name == name && container.restart_policy != "Always")
}

fn last_end(container: &ContainerStatus) -> String {
    let Some(end) = &container.last_state.terminated else {
        return String::new();
    };
    let how = match (end.signal, end.reason.as_str()) {
        (0, "") => String::new(),
        (0, reason) => format!(" ({reason})"),
        (signal, _) => format!(" (signal {signal})"),
    };
    let when = end
        .finished_at
        .map(|time| format!(" at {time}"))
        .unwrap_or_default();
    format!(", last with exit code {}{how}{when}", end.exit_code)
}

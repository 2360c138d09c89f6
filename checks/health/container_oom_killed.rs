//! A container that was killed because memory ran out.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{ContainerStateTerminated, ContainerStatus, Pod},
    kubernetes::{is_live, path_of_container},
    model::{grouped, share},
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "container-oom-killed",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a container was killed because it ran out of memory",
    fix: "set the memory request and limit above what the container uses, or fix its leak",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("container_oom_killed.md"),
    run,
    ..Check::BASE
};

/// How long a kill counts, in seconds: a day.
const RECENT: i64 = 24 * 60 * 60;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // Pods that have ended count as well: a Job's pod that was killed is not started again.
    let mut ended: BTreeMap<u32, (Workload<'_>, Vec<&Pod>)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for pod in cx.seen::<Pod>() {
        if is_live(pod)
            || pod.metadata.deletion_timestamp.is_some()
            || kills(cx, pod).next().is_none()
        {
            continue;
        }
        match cx.workload_of(pod) {
            Ok(Some(workload)) => {
                let (_, pods) = ended
                    .entry(workload.subject())
                    .or_insert_with(|| (workload, Vec::new()));
                pods.push(pod);
            }
            Ok(None) => {}
            Err(why) => unknown.push(why),
        }
    }
    let mut sheet = cx.judge_live_pods(|workload, pods| {
        let (_, ended) = ended.remove(&workload.subject()).unzip();
        let all: Vec<&Pod> = pods
            .iter()
            .copied()
            .chain(ended.into_iter().flatten())
            .collect();
        Ok(judge(cx, workload, &all))
    });
    for (subject, (workload, pods)) in ended {
        // None of its pods is live, and so the frame did not ask for it.
        let judgement = Ok(judge(cx, &workload, &pods));
        let judgement = cx.excusing_workload(&workload, judgement);
        sheet.judge_as(subject, workload.namespace(), judgement);
    }
    for why in unknown {
        sheet.undecided(why);
    }
    Ok(sheet)
}

struct Kill<'a> {
    pod: &'a Pod,
    container: &'a ContainerStatus,
    at: Option<Time>,
}

fn judge(cx: &Context<'_>, workload: &Workload<'_>, pods: &[&Pod]) -> Judgement {
    let mut killed: BTreeMap<&Text, Vec<Kill<'_>>> = BTreeMap::new();
    for kill in pods.iter().flat_map(|pod| kills(cx, pod)) {
        killed.entry(&kill.container.name).or_default().push(kill);
    }
    let finding = |(name, kills): (&Text, Vec<Kill<'_>>)| {
        let last = kills
            .iter()
            .max_by_key(|kill| (kill.at, &kill.pod.metadata.name))?;
        let when = last.at.map(|at| format!(" at {at}")).unwrap_or_default();
        let restarts = match last.container.restart_count {
            0 => String::new(),
            1 => ", restarted once".to_owned(),
            count => {
                let count = usize::try_from(count).unwrap_or_default();
                format!(", restarted {} times", grouped(count))
            }
        };
        let (limit, field, wanted) = limit(last.pod, name);
        let finding = Finding::on(workload).container(name).saw(
            format_args!(
                "OOMKilled in {}, last in {}{when}{restarts}, {limit}",
                share(kills.len(), pods.len()),
                last.pod.metadata.name
            ),
            wanted,
        );
        let path = path_of_container(workload, name);
        Some(finding.at_known(path.map(|path| format!("{path}{field}"))))
    };
    let findings: Vec<Finding> = killed.into_iter().filter_map(finding).collect();
    findings.into()
}

/// The containers of a pod that were killed within a day because memory ran out, each once.
fn kills<'a>(cx: &Context<'_>, pod: &'a Pod) -> impl Iterator<Item = Kill<'a>> {
    let now = cx.now();
    let recent = move |end: &&ContainerStateTerminated| {
        end.reason == "OOMKilled" && end.finished_at.is_none_or(|at| now.since(at) < RECENT)
    };
    pod.status.every_container().filter_map(move |container| {
        let ends = [&container.state, &container.last_state];
        let end = ends
            .into_iter()
            .filter_map(|state| state.terminated.as_ref())
            .find(recent)?;
        Some(Kill {
            pod,
            container,
            at: end.finished_at,
        })
    })
}

/// What held a container's memory, the field at fault within the container, and what should be there.
fn limit(pod: &Pod, name: &str) -> (String, &'static str, &'static str) {
    let lists = [
        &pod.spec.init_containers,
        &pod.spec.containers,
        &pod.spec.ephemeral_containers,
    ];
    let own = lists
        .into_iter()
        .flatten()
        .find(|container| container.name == name)
        .and_then(|container| container.resources.limits.get("memory"));
    let of_pod = pod.spec.resources.as_ref();
    let of_pod = of_pod.and_then(|resources| resources.limits.get("memory"));
    match (own, of_pod) {
        (Some(limit), _) => (
            format!("memory limit {limit}"),
            ".resources.limits.memory",
            "a memory limit above what the container uses",
        ),
        (None, Some(limit)) => (
            format!("memory limit {limit} for the whole pod"),
            "",
            "a memory limit above what the pod uses",
        ),
        (None, None) => (
            "no memory limit: the node ran out".to_owned(),
            ".resources.requests.memory",
            "a memory request that covers what the container uses",
        ),
    }
}

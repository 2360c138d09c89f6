//! Cluster DNS that goes with one pod or one node: without names nothing finds anything.

use std::collections::BTreeSet;

use crate::{
    inventory::types::Pod,
    kubernetes::{
        availability::{unready_since, was_ready_lately},
        has_ended, is_live, selects, selects_all,
        settled::newest,
        topology::is_schedulable_worker,
    },
    model::{Text, not_applicable},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cluster-dns-single-replica",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "cluster DNS depends on one pod or one node",
    fix: "run at least two replicas of cluster DNS, on different nodes",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<Service>(),
        correlated_all(WORKLOADS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("scalability/cluster-services")],
    docs: include_str!("cluster_dns_single_replica.md"),
    run,
    ..Check::BASE
};

/// Where the Service of cluster DNS stands.
const DNS: &[(&str, &str)] = &[
    ("kube-system", "kube-dns"),
    ("openshift-dns", "dns-default"),
];

/// The label that the Service bears wherever it has another name.
const DNS_LABEL: (&str, &str) = ("k8s-app", "kube-dns");

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let Some(service) = dns(cx)? else {
        return Err(not_applicable(NotApplicable::Absent));
    };
    let namespace = &service.metadata.namespace;
    cx.sees_workloads_in(namespace)?;
    let workloads: Vec<Workload<'_>> = cx
        .workloads_in(namespace)
        .filter(|workload| workload.is_long_running() && selects(service, workload))
        .filter(|workload| workload.declared_replicas() != Some(0))
        .collect();
    let (pods, ending): (Vec<&Pod>, Vec<&Pod>) = cx
        .pods_for(service)
        .filter(|pod| !has_ended(pod) && selects_all(&service.spec.selector, &pod.metadata.labels))
        .partition(|pod| is_live(pod));
    // Nobody in the cluster is to answer: it is done elsewhere.
    let Some(first) = workloads.first() else {
        return Err(not_applicable(NotApplicable::Absent));
    };
    // One that the provider looks after answers the question before any pod is counted.
    for workload in &workloads {
        if cx.is_provider_managed(workload.metadata)? {
            return Ok(Sheet::cluster(None));
        }
    }
    let schedulable = cx
        .correlated::<Node>()?
        .iter()
        .filter(|node| is_schedulable_worker(node, cx.now()))
        .count();
    if schedulable < 2
        && workloads
            .iter()
            .all(|workload| workload.kind == WorkloadKind::DaemonSet)
    {
        return Err(not_applicable(NotApplicable::Topology));
    }
    let was_ready = |pod: &&Pod| was_ready_lately(pod, cx.now());
    let mut ready: Vec<&Pod> = pods.iter().copied().filter(was_ready).collect();
    // One that was asked to end only now stands for the one that takes its place, until that is there.
    let wanted = workloads
        .iter()
        .filter_map(Workload::availability)
        .map(|state| usize::try_from(state.desired).unwrap_or(0))
        .sum::<usize>();
    let awaited = wanted.saturating_sub(pods.len());
    ready.extend(ending.into_iter().filter(was_ready).take(awaited));
    // While a single one is replaced, there are two for a moment.
    if wanted == 1 {
        ready.truncate(1);
    }
    let moved = newest(cx.pods_for(service).map(unready_since));
    let nodes: BTreeSet<&Text> = ready.iter().map(|pod| &pod.node_name).collect();
    let seen = match (ready.len(), pods.len()) {
        (0, _) => "no Ready pod".to_owned(),
        (1, 1) => "only 1 pod".to_owned(),
        (1, all) => format!("only 1 Ready pod of {all}"),
        (count, _) => match nodes.first() {
            Some(node) if nodes.len() == 1 && schedulable >= 2 && cx.is_settled(moved) => {
                format!("all {count} Ready pods on node {node}")
            }
            _ => return Ok(Sheet::cluster(None)),
        },
    };
    let finding = Finding::on(first)
        .at_known(
            first
                .declared_replicas()
                .map(|_| first.within("spec.replicas")),
        )
        .saw(seen, "2 or more Ready pods on different nodes");
    Ok(Sheet::cluster(Some(finding)))
}

/// The Service of cluster DNS, when something in the cluster answers for it.
fn dns<'a>(cx: &Context<'a>) -> Result<Option<&'a Service>, Why> {
    let mut found = None;
    for (namespace, name) in DNS {
        if let Some(service) = cx.named::<Service>(namespace, name)? {
            found = Some(service);
            break;
        }
    }
    let found = match found {
        Some(service) => Some(service),
        None => cx
            .correlated_in::<Service>("kube-system")?
            .iter()
            .find(|service| {
                let (key, value) = DNS_LABEL;
                service.metadata.labels.is(key, value)
                    && service.spec.ports.iter().any(|port| port.port == 53)
            }),
    };
    Ok(found.filter(|service| !service.spec.selector.is_empty()))
}

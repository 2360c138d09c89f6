//! Replicas that share one node although there are others.

use std::{cell::OnceCell, collections::HashMap};

use crate::{
    kubernetes::{
        confined::{Confinement, may_be_confined},
        scheduling::accepts,
        settled::{asked_to_end, newest},
        topology::{is_virtual, was_ready_lately},
    },
    model::any_or_why,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "replicas-on-single-node",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "all replicas of a workload run on one node",
    fix: "add a topologySpreadConstraint, then restart: kubectl rollout restart {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined_all(WORKLOADS),
        correlated::<Node>(),
        correlated::<Namespace>(),
        correlated::<PersistentVolumeClaim>(),
        correlated::<PersistentVolume>(),
        correlated_all(COMPONENTS),
    ],
    standards: &[Standard::Eks("reliability/application")],
    excuse: Excuse::Provider,
    docs: include_str!("replicas_on_single_node.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let open: OnceCell<Vec<&Node>> = OnceCell::new();
    // Many templates want the same of their nodes.
    #[expect(
        clippy::mutable_key_type,
        reason = "what is shared is mutable in nothing but the digest that it remembers of itself"
    )]
    let mut taken: HashMap<_, Result<bool, Why>> = HashMap::new();
    Ok(cx.judge_workloads(|workload| {
        let replicated = match workload.kind {
            WorkloadKind::DaemonSet => false,
            WorkloadKind::Pod => workload.is_operated(),
            _ => true,
        };
        if !replicated || !workload.is_long_running() {
            return Ok(Judgement::NotASubject);
        }
        // Two pods of a single replica run side by side while it is replaced.
        let single = workload.kind != WorkloadKind::Pod
            && workload.declared_replicas().is_none_or(|count| count < 2);
        let Some((node, count)) = only_node(workload).filter(|_| !single) else {
            return Ok(Judgement::Sound);
        };
        // While pods are replaced, those that are left may share a node for a moment.
        if !cx.is_settled(last_move(workload)) {
            return Ok(Judgement::Sound);
        }
        cx.correlated_in::<Pod>(workload.namespace())?;
        let nodes = cx.correlated::<Node>()?;
        // A virtual node stands for more than one machine.
        let is_machine = cx
            .named::<Node>("", node)?
            .is_some_and(|node| !is_virtual(node));
        if !is_machine {
            return Ok(Judgement::Sound);
        }
        let open = open.get_or_init(|| {
            let open = nodes.iter().filter(|node| {
                !node.spec.unschedulable && was_ready_lately(node, cx.now()) && !is_virtual(node)
            });
            open.collect()
        });
        let spec = workload.spec;
        let wants = (
            &spec.node_name,
            &spec.node_selector,
            &spec.affinity,
            &spec.tolerations,
        );
        let taken = taken
            .entry(wants)
            .or_insert_with(|| are_taken_by_two(open, workload, None));
        if !taken.clone()? {
            return Ok(Judgement::Sound);
        }
        // One pod that may run elsewhere is enough.
        let elsewhere = running_pods(workload).map(|pod| {
            if !may_be_confined(pod) {
                return Ok(true);
            }
            let confinement = cx.confinement_of(pod)?;
            are_taken_by_two(open, workload, Some(&confinement))
        });
        if !any_or_why(elsewhere)? {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(workload)
            .at(workload.at("topologySpreadConstraints"))
            .saw(
                format_args!("{count} running pods, all on node {node}"),
                "pods on at least 2 of the nodes that can run them",
            );
        Ok(finding.into())
    }))
}

/// The node on which all of a workload's running pods are, and how many; none for fewer than two.
fn only_node<'a>(workload: &Workload<'a>) -> Option<(&'a Text, usize)> {
    let mut nodes = running_pods(workload).map(|pod| &pod.node_name);
    let first = nodes.next().filter(|node| !node.is_empty())?;
    let mut count = 1;
    for node in nodes {
        if node != first {
            return None;
        }
        count += 1;
    }
    (count >= 2).then_some((first, count))
}

/// When a pod of a workload was last made, or asked to end.
fn last_move(workload: &Workload<'_>) -> Option<Time> {
    let moves = workload
        .pods()
        .map(|pod| asked_to_end(pod).max(pod.metadata.creation_timestamp));
    newest(moves)
}

fn running_pods<'a>(workload: &Workload<'a>) -> impl Iterator<Item = &'a Pod> + use<'a> {
    let pods = workload.live_pods();
    pods.filter(|pod| pod.status.phase == "Running")
}

/// Whether at least two of the nodes take a pod of a workload, which something else may confine as well.
fn are_taken_by_two(
    nodes: &[&Node],
    workload: &Workload<'_>,
    confinement: Option<&Confinement<'_>>,
) -> Result<bool, Why> {
    let mut unseen = Doubt::default();
    let mut taking = nodes.iter().filter(|node| {
        let admitted = || confinement.map_or(Ok(true), |confinement| confinement.admits(node));
        let taken = accepts(node, workload.spec).and_then(|taken| Ok(taken && admitted()?));
        unseen.note(taken) == Some(true)
    });
    if taking.nth(1).is_some() {
        return Ok(true);
    }
    unseen.or(false)
}

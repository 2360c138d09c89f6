//! Nodes without the agent that runs on the others: what happens there is not recorded.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::types::{Pod, PodSpec, condition},
    knowledge::Component,
    kubernetes::{
        availability::was_ready_lately,
        is_live,
        scheduling::{accepts_daemon, is_selected},
        settled::newest,
        topology::{is_ready, is_schedulable_worker},
    },
    model::{Text, listed, not_applicable},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "telemetry-agent-coverage-incomplete",
    pillar: Pillar::Observability,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "an agent for metrics, logs or threats does not run on every node",
    fix: "let its DaemonSet tolerate every taint, and select only the operating system",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<DaemonSet>(),
        correlated::<Node>(),
        correlated_all(COMPONENTS),
        correlated_all(WORKLOADS),
    ],
    standards: &[Standard::Aks("07.04.02")],
    docs: include_str!("telemetry_agent_coverage_incomplete.md"),
    run,
    ..Check::BASE
};

/// What an agent on every node provides.
const TELEMETRY: &[&str] = &[
    "container-metrics",
    "log-collection",
    "metrics-collection",
    "node-metrics",
    "runtime-threat-detection",
];

/// How many nodes a finding names.
const NAMED: usize = 3;

/// One agent's DaemonSets, and the nodes on which one of them has a Ready pod, or one that is still coming up.
#[derive(Default)]
struct Agent<'a> {
    sets: Vec<Workload<'a>>,
    covered: BTreeSet<&'a Text>,
    unready: BTreeSet<&'a Text>,
    /// Whether pods came or went while they were read, or have yet to come to their nodes.
    moves: bool,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    let mut agents: BTreeMap<&'static str, Agent<'_>> = BTreeMap::new();
    // What may be one more DaemonSet of an agent may cover more nodes.
    let mut unclear = Doubt::default();
    for workload in cx.workloads().flatten() {
        let Some(set) = workload.held_by::<DaemonSet>() else {
            continue;
        };
        if set.metadata.deletion_timestamp.is_some() || is_for_windows(workload.spec) {
            continue;
        }
        match cx.components_of(set) {
            Ok(components) => {
                if let Some(component) = components.into_iter().find(|it| is_telemetry(it)) {
                    let agent = agents.entry(component.name).or_default();
                    agent.add(cx, workload);
                }
            }
            Err(why) => {
                sheet.undecided(why.clone());
                unclear.add(why);
            }
        }
    }
    if agents.is_empty() {
        return Ok(sheet);
    }
    let nodes: Vec<&Node> = match cx.platform() {
        // Its nodes are the provider's, and it puts its own agents on them.
        Ok(platform) if platform.id == "gke-autopilot" => {
            return Err(not_applicable(NotApplicable::Managed));
        }
        Ok(_) => cx
            .correlated::<Node>()?
            .iter()
            .filter(|node| {
                is_schedulable_worker(node, cx.now()) && is_linux(node) && is_settled(cx, node)
            })
            .collect(),
        Err(why) => return Err(why.into()),
    };
    let unclear = unclear.into_option();
    for (name, mut agent) in agents {
        // The one that runs on most nodes speaks for all of them.
        agent
            .sets
            .sort_by_cached_key(|set| std::cmp::Reverse(set.live_pods().count()));
        let seen = agent.is_seen(cx);
        for (place, workload) in agent.sets.iter().enumerate() {
            let judged = seen
                .clone()
                .and_then(|()| judge(cx, name, &agent, workload, place == 0, &nodes));
            match (judged, &unclear) {
                (Ok(Judgement::Faults(_)), Some(why)) => sheet.undecided(why.clone()),
                (judged, _) => sheet.judge_as(workload.subject(), workload.namespace(), judged),
            }
        }
    }
    Ok(sheet)
}

fn is_telemetry(component: &Component) -> bool {
    // What is only known as the platform may be any part of it.
    component.category != "platform"
        && component
            .provides
            .iter()
            .any(|capability| TELEMETRY.contains(capability))
}

impl<'a> Agent<'a> {
    fn add(&mut self, cx: &Context<'a>, workload: Workload<'a>) {
        for pod in workload.pods() {
            if pod.node_name.is_empty() {
                // One that was made only now has yet to be given its node.
                self.moves |= was_ready_lately(pod, cx.now());
                continue;
            }
            if was_ready_lately(pod, cx.now()) {
                self.covered.insert(&pod.node_name);
            } else if is_live(pod) {
                self.unready.insert(&pod.node_name);
            }
        }
        self.moves |= workload.has_unseen_pods();
        self.sets.push(workload);
    }

    /// Makes sure that its pods were seen, which are known by namespace, and with them what its other DaemonSets cover.
    fn is_seen(&self, cx: &Context<'a>) -> Result<(), Why> {
        for set in &self.sets {
            cx.correlated_in::<Pod>(set.namespace())?;
        }
        cx.correlated::<DaemonSet>().map(|_| ())
    }
}

fn judge(
    cx: &Context<'_>,
    name: &str,
    agent: &Agent<'_>,
    workload: &Workload<'_>,
    speaks: bool,
    nodes: &[&Node],
) -> Result<Judgement, Why> {
    if !speaks || agent.moves {
        return Ok(Judgement::Sound);
    }
    let missed: Vec<&Node> = nodes
        .iter()
        .copied()
        .filter(|node| !agent.covered.contains(&node.metadata.name))
        .collect();
    // The provider's agent is sound even when nobody can tell why it misses nodes, and the frame would ask too late.
    if missed.is_empty() || cx.is_provider_managed(workload.metadata)? {
        return Ok(Judgement::Sound);
    }
    let mut reasons: BTreeMap<&'static str, Vec<&Text>> = BTreeMap::new();
    for node in &missed {
        let reason = if agent.unready.contains(&node.metadata.name) {
            "its pod is not Ready"
        } else if accepts_daemon(node, workload.spec)? {
            "it has no pod"
        } else if is_selected(node, workload.spec)? {
            "it does not tolerate a taint"
        } else {
            "its node selector does not match"
        };
        reasons.entry(reason).or_default().push(&node.metadata.name);
    }
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(reason, nodes)| format!("{reason} on {}", some_of(&nodes)))
        .collect();
    let finding = Finding::on(workload).at("spec.template.spec").saw(
        format_args!(
            "no Ready pod of {name} on {} of {} nodes: {}",
            missed.len(),
            nodes.len(),
            reasons.join("; ")
        ),
        "a Ready pod on every schedulable Linux node",
    );
    Ok(finding.into())
}

fn some_of(nodes: &[&Text]) -> String {
    listed(nodes.iter().map(|name| name.as_str()), NAMED, " and ")
}

fn is_linux(node: &Node) -> bool {
    let declared = node.metadata.labels.get("kubernetes.io/os");
    let system = declared.unwrap_or(&node.status.node_info.operating_system);
    system.is_empty() || system == "linux"
}

fn is_for_windows(spec: &PodSpec) -> bool {
    spec.node_selector.is("kubernetes.io/os", "windows")
        || spec.os.as_ref().is_some_and(|os| os.name == "windows")
}

/// Whether a node has been there, and Ready, for so long that its agents should be as well.
fn is_settled(cx: &Context<'_>, node: &Node) -> bool {
    let ready = condition(&node.status.conditions, "Ready");
    let since = newest([
        node.metadata.creation_timestamp,
        ready.and_then(|ready| ready.last_transition_time),
    ]);
    is_ready(node) && cx.is_settled(since)
}

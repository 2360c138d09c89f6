//! A cluster so full that the next pod, or the next drain, finds no room.

use crate::{
    knowledge::Capability,
    kubernetes::{
        capacity::{Fill, Use},
        topology::is_schedulable_worker,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cluster-capacity-exhausted",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "what pods request leaves hardly any room on the nodes",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<Node>(),
        correlated::<Pod>(),
        correlated_all(COMPONENTS),
        correlated::<ConfigMap>(),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("reliability/dataplane")],
    docs: include_str!("cluster_capacity_exhausted.md"),
    run,
    ..Check::BASE
};

/// From how many hundredths of cpu or memory on there is hardly any room.
const FULL: i128 = 90;

/// The same of the pods that one node may have.
const FULL_OF_PODS: i128 = 95;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let nodes = cx.correlated::<Node>()?;
    if nodes.is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    if cx.are_nodes_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    let workers: Vec<&Node> = nodes
        .iter()
        .filter(|node| is_schedulable_worker(node))
        .collect();
    if workers.is_empty() {
        return Err(NotApplicable::Topology.into());
    }
    let nodes = Fill::of(&workers, cx.correlated::<Pod>()?);
    let mut verdict = Verdict::default();
    for (node, slots) in &nodes.pods {
        if let Some(full) = verdict.full(slots, FULL_OF_PODS) {
            let count = |nanos: i128| nanos / UNIT;
            verdict
                .findings
                .push(Finding::on(*node).at("status.allocatable.pods").saw(
                    format_args!(
                        "{} of {} pods ({full} %)",
                        count(slots.asked),
                        count(slots.allocatable)
                    ),
                    format_args!("less than {FULL_OF_PODS} %"),
                ));
        }
    }
    for (resource, unit, of_it, in_tenths) in [
        ("cpu", "cores", &nodes.cpu, cores as fn(i128) -> String),
        ("memory", "GiB of memory", &nodes.memory, gibibytes),
    ] {
        let Some(full) = verdict.full(of_it, FULL) else {
            continue;
        };
        match is_watched(cx) {
            Err(why) => verdict.miss(why),
            Ok(Watched::Well) => {}
            Ok(Watched::Not(trouble)) => verdict.findings.push(
                Finding::cluster()
                    .at(format!("status.allocatable.{resource}"))
                    .saw(
                        format_args!(
                            "{} of {} {unit} are requested ({full} %), on {}{trouble}",
                            in_tenths(of_it.asked),
                            in_tenths(of_it.allocatable),
                            of_nodes(workers.len()),
                        ),
                        format_args!("less than {FULL} %, or a node autoscaler at work"),
                    ),
            ),
        }
    }
    let Verdict { findings, why } = verdict;
    let mut sheet = Sheet::new();
    if why.is_none() || !findings.is_empty() {
        sheet.examine(Ok(findings));
    }
    if let Some(why) = why {
        sheet.undecided(why);
    }
    Ok(sheet)
}

/// What was found, and what could not be told.
#[derive(Default)]
struct Verdict {
    findings: Vec<Finding>,
    why: Option<Why>,
}

impl Verdict {
    fn miss(&mut self, why: Why) {
        self.why = self.why.take().into_iter().chain([why]).min();
    }

    /// The share in whole percent, when it is at least so many: what is known of the requests is enough for that, while
    /// what nodes have must be known in full.
    fn full(&mut self, of_it: &Use, percent: i128) -> Option<i128> {
        let reached = of_it.reaches(percent);
        let unread = of_it
            .unread_allocatable
            .as_ref()
            .or(of_it.unread_request.as_ref().filter(|_| !reached));
        if let Some(unread) = unread {
            self.miss(Why::new(Unknown::Unreadable, unread.clone()));
            return None;
        }
        reached.then(|| of_it.percent())
    }
}

/// Whether something adds nodes.
enum Watched {
    Well,
    /// Nothing does, or it is not well: what is to be said of it.
    Not(String),
}

fn is_watched(cx: &Context<'_>) -> Result<Watched, Why> {
    Ok(match cx.node_autoscalers()? {
        Capability::Absent(_) => Watched::Not(String::new()),
        Capability::Present(names) => match cx.autoscaler_trouble()? {
            None => Watched::Well,
            Some(trouble) => Watched::Not(format!("; of {}: {trouble}", names.join(", "))),
        },
    })
}

/// One unit, in billionths.
const UNIT: i128 = 1_000_000_000;

fn cores(nanos: i128) -> String {
    tenths(nanos, UNIT)
}

fn gibibytes(nanos: i128) -> String {
    tenths(nanos, UNIT << 30)
}

fn tenths(nanos: i128, unit: i128) -> String {
    let tenths = nanos.saturating_mul(10) / unit;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn of_nodes(count: usize) -> String {
    if count == 1 {
        "1 worker node".to_owned()
    } else {
        format!("{count} worker nodes")
    }
}

//! A cluster so full that the next pod, or the next drain, finds no room.

use crate::{
    knowledge::Capability,
    kubernetes::{
        capacity::{Fill, Use},
        settled::FIVE_MINUTES,
    },
    model::counted,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cluster-capacity-exhausted",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "pod requests leave hardly any room on the nodes",
    fix: "add nodes, or lower requests that are far above what is used",
    tier: 1,
    since: "0.1.0",
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

/// The percentage of cpu or memory from which there is hardly any room.
const FULL: i128 = 90;

/// The same for the pods that one node may have.
const FULL_OF_PODS: i128 = 95;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // Whose the nodes are comes before what kind they are.
    if !cx.correlated::<Node>()?.is_empty() && cx.are_nodes_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    let (_, workers) = cx.worker_nodes()?;
    if workers.is_empty() {
        return Err(NotApplicable::Topology.into());
    }
    let settled = cx.now().plus(-FIVE_MINUTES);
    let nodes = Fill::of(&workers, cx.correlated::<Pod>()?, settled);
    let mut faults = Faults::new();
    for (node, slots) in &nodes.pods {
        if let Some(full) = full(slots, FULL_OF_PODS, &mut faults) {
            let count = |nanos: i128| nanos / UNIT;
            faults.add(Finding::on(*node).at("status.allocatable.pods").saw(
                format_args!(
                    "{} of {} pods ({full}%)",
                    count(slots.asked),
                    count(slots.allocatable)
                ),
                format_args!("less than {FULL_OF_PODS}%"),
            ));
        }
    }
    for (resource, unit, of_it, in_tenths) in [
        ("cpu", "cores", &nodes.cpu, cores as fn(i128) -> String),
        ("memory", "GiB of memory", &nodes.memory, gibibytes),
    ] {
        let Some(full) = full(of_it, FULL, &mut faults) else {
            continue;
        };
        match is_watched(cx) {
            Err(why) => faults.miss(why),
            Ok(Watched::Well) => {}
            Ok(Watched::Not(trouble)) => faults.add(
                Finding::cluster()
                    .at(format!("status.allocatable.{resource}"))
                    .saw(
                        format_args!(
                            "{} of {} {unit} are requested ({full}%), on {}{trouble}",
                            in_tenths(of_it.asked),
                            in_tenths(of_it.allocatable),
                            counted(workers.len(), "worker node"),
                        ),
                        format_args!("less than {FULL}%, or a node autoscaler that works"),
                    ),
            ),
        }
    }
    let mut sheet = Sheet::new();
    sheet.judge(faults.judgement());
    Ok(sheet)
}

/// The share in whole percent, when it is at least so many: what is known of the requests is enough for that, while
/// what nodes have must be known in full.
fn full(of_it: &Use, percent: i128, faults: &mut Faults) -> Option<i128> {
    let reached = of_it.reaches(percent);
    let unread = of_it
        .unread_allocatable
        .as_ref()
        .or(of_it.unread_request.as_ref().filter(|_| !reached));
    if let Some(unread) = unread {
        faults.miss(Why::new(Unknown::Unreadable, unread.clone()));
        return None;
    }
    reached.then(|| of_it.percent())
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
            Some(trouble) => Watched::Not(format!("; {}: {trouble}", names.join(", "))),
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

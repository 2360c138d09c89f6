//! One machine carries everything.

use crate::{
    kubernetes::topology::{is_schedulable_worker, is_virtual},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "single-worker-node",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "fewer than two nodes can run workloads",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    standards: &[
        Standard::Eks("reliability/dataplane"),
        Standard::Aks("02.02.02"),
    ],
    docs: include_str!("single_worker_node.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // A node that was not seen may be a worker.
    let nodes = cx.correlated::<Node>()?;
    if nodes.is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    if nodes.iter().all(is_virtual) {
        return Err(NotApplicable::Topology.into());
    }
    if cx.are_nodes_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    let workers: Vec<&Node> = nodes
        .iter()
        .filter(|node| is_schedulable_worker(node))
        .collect();
    let finding = match workers.as_slice() {
        [] => Finding::cluster().saw(
            format_args!(
                "{}, and none is ready, not cordoned and free of the control plane's taint",
                of_nodes(nodes.len())
            ),
            "at least 2 nodes that can run workloads",
        ),
        [only] => Finding::cluster().saw(
            format_args!(
                "{} alone among {}",
                only.metadata.name,
                of_nodes(nodes.len())
            ),
            "at least 2 nodes that can run workloads",
        ),
        _ => {
            let sheet = Sheet::cluster(None);
            return Ok(if workers.len() == 2 {
                sheet.note("there are exactly two: when one fails, the other carries everything")
            } else {
                sheet
            });
        }
    };
    Ok(Sheet::cluster(Some(finding)))
}

fn of_nodes(count: usize) -> String {
    if count == 1 {
        "1 node".to_owned()
    } else {
        format!("{count} nodes")
    }
}

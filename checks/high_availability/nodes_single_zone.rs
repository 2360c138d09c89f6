//! Several machines in one building.

use std::collections::BTreeSet;

use crate::{
    kubernetes::topology::{is_schedulable_worker, is_virtual, zone},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "nodes-single-zone",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "all worker nodes are in one zone",
    fix: "add worker nodes in a second and third zone",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    standards: &[
        Standard::Eks("reliability/dataplane"),
        Standard::Aks("02.02.02"),
    ],
    docs: include_str!("nodes_single_zone.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // A node that was not seen may stand in another zone.
    let nodes = cx.correlated::<Node>()?;
    if nodes.is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    if cx.are_nodes_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    let workers: Vec<&Node> = nodes
        .iter()
        .filter(|node| is_schedulable_worker(node, cx.now()))
        .collect();
    let zones: BTreeSet<&Text> = workers.iter().filter_map(|node| zone(node)).collect();
    let labelled = workers.iter().all(|node| zone(node).is_some());
    match (zones.first(), zones.len()) {
        (Some(only), 1) if labelled && workers.len() > 1 => {
            Ok(Sheet::cluster(Some(Finding::cluster().saw(
                format_args!("all {} worker nodes in zone {only}", workers.len()),
                "worker nodes in at least 2 zones",
            ))))
        }
        // `single-worker-node` reports it, but where nodes are virtual and neither question arises.
        _ if workers.len() < 2 && !nodes.iter().all(is_virtual) => {
            Err(NotApplicable::Reported.into())
        }
        (_, 0 | 1) => Err(NotApplicable::Topology.into()),
        (_, count) => {
            let sheet = Sheet::cluster(None);
            Ok(if count == 2 {
                sheet.note("there are exactly two zones: if one fails, half of the nodes are lost")
            } else {
                sheet
            })
        }
    }
}

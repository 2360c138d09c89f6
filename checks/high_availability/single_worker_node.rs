//! One machine carries everything.

use crate::{model::counted, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "single-worker-node",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "fewer than two nodes can run workloads",
    fix: "add worker nodes, or bring back those that are cordoned or not ready",
    tier: 1,
    since: "0.1.0",
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
    let (nodes, workers) = cx.worker_nodes()?;
    let finding = match workers.as_slice() {
        [] => Finding::cluster().saw(
            format_args!(
                "{}, but none is ready, not cordoned and without the control-plane taint",
                counted(nodes.len(), "node")
            ),
            "at least 2 nodes that can run workloads",
        ),
        [only] => Finding::cluster().saw(
            format_args!(
                "only {} of {}",
                only.metadata.name,
                counted(nodes.len(), "node")
            ),
            "at least 2 nodes that can run workloads",
        ),
        _ => {
            let sheet = Sheet::cluster(None);
            return Ok(if workers.len() == 2 {
                sheet.note("there are exactly two: if one fails, the other carries everything")
            } else {
                sheet
            });
        }
    };
    Ok(Sheet::cluster(Some(finding)))
}

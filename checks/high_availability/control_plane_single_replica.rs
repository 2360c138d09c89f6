//! One API server: its machine's end is the cluster's standstill.

use crate::{
    inventory::control_plane::{ControlPlaneComponent, component_of},
    kubernetes::{availability::was_ready_lately, topology::is_control_plane},
    prelude::*,
    wire::MINUTE,
};

pub(super) static CHECK: Check = Check {
    id: "control-plane-single-replica",
    pillar: Pillar::HighAvailability,
    severity: Severity::Critical,
    impact: Impact::Fragile,
    title: "the control plane has a single API server",
    fix: "run three control-plane nodes behind one address",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        correlated::<Lease>(),
        correlated::<Pod>(),
        correlated::<Node>(),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Eks("reliability/controlplane"),
        Standard::Aks("02.02.03"),
    ],
    docs: include_str!("control_plane_single_replica.md"),
    run,
    ..Check::BASE
};

const NAMESPACE: &str = "kube-system";

/// An API server renews its Lease every ten seconds; one that has not for so many seconds is gone.
const GONE: i64 = 5 * MINUTE;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    if cx.is_control_plane_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    // The first source that shows any decides, so each one before it must have been seen.
    let (count, source) = match by_leases(cx)? {
        0 => match by_pods(cx)? {
            0 => (by_nodes(cx)?, "control-plane nodes"),
            pods => (pods, "Ready pods of kube-apiserver"),
        },
        leases => (leases, "Leases of API servers"),
    };
    if count == 0 {
        return Err(Why::new(
            Unknown::Hidden,
            "neither Leases nor pods nor nodes show the API servers",
        )
        .into());
    }
    Ok(Sheet::cluster((count == 1).then(|| {
        Finding::cluster().saw(
            format_args!("1, counted by {source}"),
            "at least 2 API servers, preferably 3",
        )
    })))
}

fn by_leases(cx: &Context<'_>) -> Result<usize, Why> {
    let now = cx.now();
    Ok(cx
        .correlated_in::<Lease>(NAMESPACE)?
        .iter()
        .filter(|lease| {
            let labels = &lease.metadata.labels;
            labels.is("apiserver.kubernetes.io/identity", "kube-apiserver")
        })
        .filter(|lease| {
            lease
                .spec
                .renew_time
                .is_some_and(|renewed| now.since(renewed) < GONE)
        })
        .count())
}

fn by_pods(cx: &Context<'_>) -> Result<usize, Why> {
    Ok(cx
        .correlated_in::<Pod>(NAMESPACE)?
        .iter()
        .filter(|pod| component_of(pod) == Some(ControlPlaneComponent::ApiServer))
        .filter(|pod| was_ready_lately(pod, cx.now()))
        .count())
}

fn by_nodes(cx: &Context<'_>) -> Result<usize, Why> {
    let nodes = cx.correlated::<Node>()?;
    Ok(nodes.iter().filter(|node| is_control_plane(node)).count())
}

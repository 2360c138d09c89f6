//! Machines could be had by a call, and nothing makes that call.

use crate::{knowledge::Capability, kubernetes::topology::is_virtual, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "node-autoscaler-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "nothing adds nodes when pods have no room",
    fix: "install Cluster Autoscaler or Karpenter, or declare what adds nodes",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<Node>(),
        correlated_all(COMPONENTS),
        correlated::<ConfigMap>(),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("autoscaling"), Standard::Aks("07.06.01")],
    capability: Some("node-autoscaling"),
    docs: include_str!("node_autoscaler_missing.md"),
    run,
    ..Check::BASE
};

/// How providers begin the ids of machines that can be had on demand.
const CLOUDS: &[&str] = &[
    "aws://",
    "azure://",
    "civo://",
    "digitalocean://",
    "exoscale://",
    "external-cloudstack://",
    "gce://",
    "hcloud://",
    "ibm://",
    "linode://",
    "oci://",
    "ocid1.",
    "openstack://",
    "ovhcloud://",
    "qcloud://",
    "scaleway://",
    "vultr://",
];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // A node that was not seen may be a cloud's.
    let nodes = cx.correlated::<Node>()?;
    if nodes.is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    let machines = || nodes.iter().filter(|node| !is_virtual(node));
    let Some(node) = machines().find(|node| is_of_a_cloud(cx, &node.spec.provider_id)) else {
        return Err(NotApplicable::Topology.into());
    };
    Ok(match cx.node_autoscalers()? {
        Capability::Present(names) => {
            Sheet::cluster(None).note(format!("nodes are added by {}", names.join(", ")))
        }
        // The cluster that hosts a control plane adds nodes for it.
        Capability::Absent(_)
            if cx.platform()?.id == "openshift" && cx.is_control_plane_managed()? =>
        {
            return Err(NotApplicable::Managed.into());
        }
        Capability::Absent(idle) => {
            let seen = if idle.is_empty() {
                "no node autoscaler".to_owned()
            } else {
                format!("{} shows no sign of working", idle.join(", "))
            };
            Sheet::cluster(Some(Finding::cluster().saw(
                format_args!(
                    "{seen}; nodes are cloud machines, such as {} ({})",
                    node.metadata.name, node.spec.provider_id
                ),
                "a node autoscaler; if yours runs outside the cluster, declare it under declarations in kready.yaml",
            )))
        }
    })
}

fn is_of_a_cloud(cx: &Context<'_>, provider_id: &str) -> bool {
    // Cluster API can make more machines on vSphere.
    let cluster_api = || {
        let discovery = cx.discovery().seen();
        discovery.is_some_and(|discovery| discovery.has_group("cluster.x-k8s.io"))
    };
    CLOUDS.iter().any(|start| provider_id.starts_with(start))
        || provider_id.starts_with("vsphere://") && cluster_api()
}

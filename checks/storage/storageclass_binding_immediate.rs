//! A disk is made in one zone before anybody knows in which the pod can run.

use std::collections::BTreeSet;

use crate::{
    kubernetes::topology::{has_control_plane_taint, is_virtual, zone},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "storageclass-binding-immediate",
    pillar: Pillar::Storage,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a StorageClass creates zonal disks before their pods are scheduled",
    fix: "create another class with volumeBindingMode: WaitForFirstConsumer, and make it the default",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<StorageClass>(), correlated::<Node>()],
    standards: &[
        Standard::Aks("07.07.06"),
        Standard::Eks("reliability/dataplane"),
    ],
    docs: include_str!("storageclass_binding_immediate.md"),
    run,
    ..Check::BASE
};

/// The parameters that make a disk one of several zones: the name in lower case, and what its value tells.
type MultiZone = fn(name: &str, value: &str) -> bool;

/// Provisioners of disks that live in one zone, and which parameters take them out of it.
const ZONAL: &[(&str, MultiZone)] = &[
    ("ebs.csi.aws.com", never),
    ("ebs.csi.eks.amazonaws.com", never),
    ("kubernetes.io/aws-ebs", never),
    ("pd.csi.storage.gke.io", regional_disk),
    ("kubernetes.io/gce-pd", regional_disk),
    ("disk.csi.azure.com", redundant_disk),
    ("kubernetes.io/azure-disk", redundant_disk),
    ("cinder.csi.openstack.org", never),
    ("kubernetes.io/cinder", never),
    ("csi.vsphere.vmware.com", never),
    ("kubernetes.io/vsphere-volume", never),
    ("blockvolume.csi.oraclecloud.com", never),
    ("vpc.block.csi.ibm.io", never),
    ("diskplugin.csi.alibabacloud.com", never),
    ("com.tencent.cloud.csi.cbs", never),
    ("csi.scaleway.com", never),
];

fn never(_: &str, _: &str) -> bool {
    false
}

fn regional_disk(name: &str, value: &str) -> bool {
    name == "replication-type" && value == "regional-pd"
        || name == "type" && value == "hyperdisk-balanced-high-availability"
}

fn redundant_disk(name: &str, value: &str) -> bool {
    matches!(name, "skuname" | "storageaccounttype") && value.ends_with("_zrs")
}

/// Labels of what a platform puts into a cluster, and puts there again when it is deleted.
const OF_THE_PLATFORM: &[&str] = &[
    "addonmanager.kubernetes.io/mode",
    "components.gke.io/component-name",
    "kubernetes.io/cluster-service",
];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    if cx.seen::<StorageClass>().is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    let nodes = cx.correlated::<Node>()?;
    // Nodes that are cordoned or not ready now will take pods again.
    let zones: BTreeSet<&Text> = nodes
        .iter()
        .filter(|node| !has_control_plane_taint(node) && !is_virtual(node))
        .filter_map(zone)
        .collect();
    if zones.len() < 2 {
        return Err(NotApplicable::Topology.into());
    }
    let sheet = cx.judge::<StorageClass>(|class| Ok(judge(class, zones.len())));
    Ok(sheet.when_empty(NotApplicable::Topology))
}

fn judge(class: &StorageClass, zones: usize) -> Judgement {
    let Some((_, multi_zone)) = ZONAL.iter().find(|(name, _)| *name == class.provisioner) else {
        return Judgement::NotASubject;
    };
    let mode = class.volume_binding_mode.as_str();
    if mode == "WaitForFirstConsumer" {
        return Judgement::Sound;
    }
    let spans_zones = class
        .parameters
        .iter()
        .any(|(name, value)| multi_zone(&name.to_lowercase(), &value.to_lowercase()));
    let of_the_platform = OF_THE_PLATFORM
        .iter()
        .any(|label| class.metadata.labels.has(label));
    if spans_zones || is_pinned(class) || of_the_platform && !class.is_default() {
        return Judgement::Sound;
    }
    let seen = if mode.is_empty() {
        "unset, which means Immediate"
    } else {
        mode
    };
    let seen = format_args!("{seen}, with nodes in {zones} zones");
    let finding = Finding::on(class).at("volumeBindingMode");
    finding.saw(seen, "WaitForFirstConsumer").into()
}

/// Whether the class says itself in which one zone its volumes are.
fn is_pinned(class: &StorageClass) -> bool {
    let terms = &class.allowed_topologies;
    let values: BTreeSet<&Text> = terms
        .iter()
        .flat_map(|term| &term.match_label_expressions)
        .filter(|expression| expression.key.ends_with("zone"))
        .flat_map(|expression| &expression.values)
        .collect();
    values.len() == 1
}

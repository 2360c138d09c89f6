//! What was audited: which cluster, how large, from where, and what of it.

use std::collections::BTreeSet;

use kready_checks::{
    inventory::{
        Evidence, Inventory, Kind, Listed, Origin, Picture, Reading, Visit, WorkloadKind,
        kinds::{Deployment, Namespace, Node, Pod},
    },
    knowledge::releases,
    wire::Time,
};

use crate::collect::{ClusterIdentity, Collected, SourceKind};

/// The namespaces that belong to Kubernetes itself.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// The labels that name a node's zone, the current one first.
const ZONES: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// What was audited.
#[derive(Clone, Debug)]
pub(crate) struct Audited {
    /// The input's time.
    pub(crate) time: Time,
    /// Where the input came from.
    pub(crate) source: SourceKind,
    /// The files that were read.
    pub(crate) files: Vec<String>,
    /// The charts and kustomizations that were rendered, each judged by itself.
    pub(crate) rendered: Vec<String>,
    /// Which cluster it is.
    pub(crate) cluster: Cluster,
    /// The namespaces that the user asked for, patterns resolved; none means all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// The namespaces that the user excluded, as names or patterns.
    pub(crate) excluded: Vec<String>,
    /// How much was read of manifests; none for a cluster.
    pub(crate) manifests: Option<Manifests>,
    /// The Kubernetes version that manifests are judged for; none when the cluster's own counts.
    pub(crate) judged_for: Option<JudgedFor>,
    /// Which checks the user chose, in words: `critical hardening checks`; none when they chose none.
    pub(crate) selection: Option<String>,
}

/// How much was read of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manifests {
    /// Objects, whether checks apply to them or not.
    pub(crate) objects: usize,
    /// The files that they came from; rendered ones are not among them.
    pub(crate) files: usize,
}

/// The Kubernetes version that manifests are judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JudgedFor {
    /// `36` of `1.36`.
    pub(crate) minor: u32,
    /// Whether the user named it; the newest that is known counts otherwise.
    pub(crate) named: bool,
}

impl JudgedFor {
    /// None where the input tells its own version.
    pub(super) fn of(collected: &Collected, named: Option<u32>) -> Option<Self> {
        let told = collected.inventory.facts.version.seen().is_some();
        let manifests = collected.source == SourceKind::Files && !told;
        manifests.then(|| Self {
            minor: named.unwrap_or_else(releases::newest),
            named: named.is_some(),
        })
    }

    /// `1.36`.
    pub(crate) fn version(self) -> String {
        format!("1.{}", self.minor)
    }
}

impl Audited {
    /// Describes what was collected; `platform` is the name of the platform that was recognised.
    pub(super) fn of(
        collected: &Collected,
        picture: &Picture<'_>,
        platform: Option<String>,
    ) -> Self {
        let inventory = &collected.inventory;
        let scope = &inventory.scope;
        Self {
            time: inventory.now,
            source: collected.source,
            files: collected.files.clone(),
            rendered: collected
                .rendered
                .iter()
                .map(|rendered| rendered.root.clone())
                .collect(),
            cluster: cluster(collected, picture, platform),
            namespaces: scope
                .namespaces
                .as_ref()
                .map(|names| names.iter().map(ToString::to_string).collect()),
            excluded: scope.excluded.iter().map(ToString::to_string).collect(),
            manifests: (collected.source == SourceKind::Files).then(|| manifests(collected)),
            judged_for: None,
            selection: None,
        }
    }
}

fn manifests(collected: &Collected) -> Manifests {
    let objects = |world: &Inventory| {
        let kinds = Kind::ALL.iter().map(|kind| Evidence::Objects(*kind));
        let judged: usize = kinds.map(|kind| world.count(kind)).sum();
        judged + world.unjudged.values().sum::<usize>()
    };
    Manifests {
        objects: collected.worlds().map(objects).sum(),
        files: collected.places.len(),
    }
}

/// Which cluster was audited.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cluster {
    /// The UID of the kube-system namespace.
    pub(crate) uid: Option<String>,
    /// Context, server and user.
    pub(crate) identity: ClusterIdentity,
    /// The server's version as it writes it.
    pub(crate) version: Option<String>,
    /// The platform's name.
    pub(crate) platform: Option<String>,
    /// How many nodes were seen; none when they were not read.
    pub(crate) nodes: Option<usize>,
    /// How many pods were seen; none when they were not read.
    pub(crate) pods: Option<usize>,
    /// How many namespaces were seen; none when they were not read.
    pub(crate) namespaces: Option<usize>,
    /// How many zones the nodes name; none when they were not read.
    pub(crate) zones: Option<usize>,
    /// How many workloads were seen, of a live cluster outside system namespaces; none when they were not read.
    pub(crate) workloads: Option<usize>,
    /// How many workloads were seen anywhere; none when some may have been missed.
    pub(crate) all_workloads: Option<usize>,
    /// How many workloads the check judged that judged the most: pods of nobody are among them.
    pub(crate) judged_workloads: usize,
}

impl Cluster {
    /// How many workloads the checks were asked of: no part of it is larger.
    pub(crate) fn workloads_in_all(&self) -> Option<usize> {
        let seen = self.all_workloads.max(self.workloads)?;
        Some(seen.max(self.judged_workloads))
    }
}

/// Which cluster it is, and how large.
fn cluster(collected: &Collected, picture: &Picture<'_>, platform: Option<String>) -> Cluster {
    let inventory = &collected.inventory;
    let nodes = read::<Node>(inventory);
    let workloads_read =
        read::<Pod>(inventory).is_some() || read::<Deployment>(inventory).is_some();
    let rendered: Vec<Picture<'_>> = collected
        .rendered
        .iter()
        .map(|rendered| Picture::of(&rendered.inventory))
        .collect();
    let pictures = || std::iter::once(picture).chain(&rendered);
    let live = inventory.origin == Origin::Live;
    Cluster {
        judged_workloads: 0,
        all_workloads: (collected.unread.is_empty() && workloads_were_seen(inventory))
            .then(|| pictures().map(|picture| picture.workloads().count()).sum()),
        uid: uid(inventory),
        identity: collected.cluster.clone(),
        version: inventory
            .facts
            .version
            .seen()
            .map(|version| version.git_version.to_string()),
        platform,
        nodes: nodes.map(<[_]>::len),
        pods: read::<Pod>(inventory).map(<[_]>::len),
        namespaces: read::<Namespace>(inventory).map(<[_]>::len),
        zones: nodes.map(|nodes| {
            nodes
                .iter()
                .filter_map(|node| {
                    ZONES
                        .iter()
                        .find_map(|label| node.metadata().labels.get(label))
                })
                .collect::<BTreeSet<_>>()
                .len()
        }),
        // Manifests that lie in kube-system are as much a person's as others.
        workloads: workloads_read.then(|| {
            pictures()
                .flat_map(Picture::workloads)
                .filter_map(Result::ok)
                .filter(|workload| !live || !SYSTEM.contains(&workload.namespace().as_str()))
                .count()
        }),
    }
}

/// Whether every kind of workload that was asked for was read in full.
fn workloads_were_seen(inventory: &Inventory) -> bool {
    struct Seen<'a>(&'a Inventory);
    impl Visit for Seen<'_> {
        type Output = bool;
        fn visit<K: Listed>(self) -> bool {
            self.0.listing::<K>().gaps.is_empty()
        }
    }
    WorkloadKind::ALL
        .iter()
        .all(|kind| kind.kind().visit(Seen(inventory)))
}

/// The objects of a kind; none when no part of the kind was read.
fn read<K: Listed>(inventory: &Inventory) -> Option<&[K]> {
    let listing = inventory.listing::<K>();
    let seen = listing.reading == Reading::Read
        && (listing.gaps.is_empty() || !listing.items().is_empty());
    seen.then(|| listing.items())
}

fn uid(inventory: &Inventory) -> Option<String> {
    inventory
        .find::<Namespace>("", "kube-system")
        .map(|namespace| namespace.metadata().uid.to_string())
        .filter(|uid| !uid.is_empty())
}

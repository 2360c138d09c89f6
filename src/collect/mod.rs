//! Makes an inventory of a cluster: from the live API, or from files, snapshots and the demo.

pub(crate) mod demo;
pub(crate) mod files;
pub(crate) mod live;
mod scope;
pub(crate) mod snapshot;

use std::collections::BTreeSet;

use kready_checks::{
    inventory::{Evidence, Inventory},
    model::Text,
};
use serde::{Deserialize, Serialize};

pub(crate) use scope::ScopeRequest;

/// Where an inventory came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SourceKind {
    /// The API of a running cluster.
    #[default]
    Live,
    /// Manifests.
    Files,
    /// A file that an earlier run saved.
    Snapshot,
    /// The snapshot inside the program.
    Demo,
}

/// Which cluster was audited, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClusterIdentity {
    /// The kubeconfig's context.
    pub(crate) context: Option<String>,
    /// The API server's address, without any credential.
    pub(crate) server: Option<String>,
    /// The user as whom the API server authenticates kready.
    pub(crate) identity: Option<String>,
}

/// Something a reader should know that is not a gap: an insecure connection, an ignored file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Warning {
    /// Kebab-case, stable: `tls-unverified`, `files-without-objects`.
    pub(crate) code: String,
    /// One sentence for a person.
    pub(crate) message: String,
}

/// What a collector hands over.
#[derive(Debug)]
pub(crate) struct Collected {
    /// What was seen.
    pub(crate) inventory: Inventory,
    /// Where it came from.
    pub(crate) source: SourceKind,
    /// The files that were read, as they were given.
    pub(crate) files: Vec<String>,
    /// Which cluster it is.
    pub(crate) cluster: ClusterIdentity,
    /// What a reader should know.
    pub(crate) warnings: Vec<Warning>,
    /// What was asked for: the union of the selected checks' needs.
    pub(crate) evidence: BTreeSet<Evidence>,
    /// The checks that a snapshot was made for; replayed unless a selection is given.
    pub(crate) selection: Option<Vec<String>>,
    /// When not all namespaces could be read, those that could: with `-n` and this list an audit is complete.
    pub(crate) readable_namespaces: Option<BTreeSet<Text>>,
}

impl Collected {
    /// An inventory without anything known about it.
    pub(crate) fn new(inventory: Inventory, source: SourceKind) -> Self {
        Self {
            inventory,
            source,
            files: Vec::new(),
            cluster: ClusterIdentity::default(),
            warnings: Vec::new(),
            evidence: BTreeSet::new(),
            selection: None,
            readable_namespaces: None,
        }
    }
}

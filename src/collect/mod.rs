//! Makes an inventory of a cluster: from the live API, or from files, snapshots and the demo.

pub(crate) mod demo;
pub(crate) mod files;
pub(crate) mod live;
mod scope;
pub(crate) mod snapshot;
mod unread;
mod warning;

use std::collections::BTreeSet;

use kready_checks::{
    inventory::{Evidence, Inventory},
    model::{Text, credentials::without_credentials},
};
use serde::{Deserialize, Serialize};

use crate::{every::every, place::Place};

pub(crate) use scope::ScopeRequest;
pub(crate) use unread::{Unread, UnreadReason, unread_in_words};
pub(crate) use warning::{Warning, WarningCode};

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

impl SourceKind {
    /// All sources, the default first.
    pub(crate) const ALL: [Self; 4] = every!(SourceKind: Live, Files, Snapshot, Demo);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Files => "files",
            Self::Snapshot => "snapshot",
            Self::Demo => "demo",
        }
    }
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

impl ClusterIdentity {
    /// What is said of a cluster, as far as it may be shown.
    pub(crate) fn new(
        context: Option<String>,
        server: Option<String>,
        identity: Option<String>,
    ) -> Self {
        let clean = |text: Option<String>| text.map(|text| without_credentials(&text).into_owned());
        Self {
            context: clean(context),
            server: clean(server),
            identity: clean(identity),
        }
    }
}

/// What a chart or a kustomization became: an input of its own, in which names are those of no other.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// Its folder as it is shown.
    pub(crate) root: String,
    /// What it holds.
    pub(crate) inventory: Inventory,
}

/// What a collector hands over.
#[derive(Debug)]
pub(crate) struct Collected {
    /// What was seen.
    pub(crate) inventory: Inventory,
    /// What was rendered, each judged by itself.
    pub(crate) rendered: Vec<Rendered>,
    /// What could not be read of the files.
    pub(crate) unread: Vec<Unread>,
    /// Where it came from.
    pub(crate) source: SourceKind,
    /// The files that were read, as they were given.
    pub(crate) files: Vec<String>,
    /// The files that objects came from, and where they are.
    pub(crate) places: Vec<(String, Place)>,
    /// What of the files can be looked at again.
    pub(crate) texts: files::Texts,
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
    /// The inventories that are judged, each by itself: what was rendered stands beside the rest, if there is any.
    pub(crate) fn worlds(&self) -> impl Iterator<Item = &Inventory> {
        let own = self.rendered.is_empty() || !self.inventory.is_empty();
        let rendered = self.rendered.iter().map(|rendered| &rendered.inventory);
        own.then_some(&self.inventory).into_iter().chain(rendered)
    }

    /// An inventory without anything known about it.
    pub(crate) fn new(inventory: Inventory, source: SourceKind) -> Self {
        Self {
            inventory,
            rendered: Vec::new(),
            unread: Vec::new(),
            source,
            files: Vec::new(),
            places: Vec::new(),
            texts: files::Texts::default(),
            cluster: ClusterIdentity::default(),
            warnings: Vec::new(),
            evidence: BTreeSet::new(),
            selection: None,
            readable_namespaces: None,
        }
    }
}

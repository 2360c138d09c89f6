//! The header of a snapshot: all of an inventory that is no object, and how much of each kind was seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    facts::{ClusterFacts, Discovery, Fact, ServerVersion},
    kinds::Kind,
    listing::{Gap, Reading},
    text::Text,
    values::Time,
};

/// The `apiVersion` of a snapshot's header.
pub const API_VERSION: &str = "kready.dev/v1";

/// The `kind` of a snapshot's header.
pub const KIND: &str = "Snapshot";

/// The newest schema that this program writes and understands.
pub const SCHEMA: u32 = 1;

/// How much of one kind a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingHeader {
    /// Whether it was asked for.
    pub reading: Reading,
    /// What of it was not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// The namespaces that an audit was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeHeader {
    /// The namespaces that were asked for, resolved; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<BTreeSet<Text>>,
    /// The namespaces, or their patterns, that were excluded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Text>,
}

/// The first document of a snapshot.
///
/// One written by hand may name what it is about and nothing else: what it does not mention was seen, and is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotHeader {
    /// `kready.dev/v1`.
    #[serde(default)]
    pub api_version: String,
    /// `Snapshot`.
    pub kind: String,
    /// The schema: a field added later is a gap in an older file.
    #[serde(default = "schema")]
    pub schema: u32,
    /// The version of the program that wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tool: String,
    /// The API server's time.
    pub time: Time,
    /// Which cluster it is: context, server, identity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cluster: BTreeMap<String, String>,
    /// The namespaces that it is about.
    #[serde(default)]
    pub scope: ScopeHeader,
    /// The namespaces that could be read, where those of the whole cluster could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable_namespaces: Option<BTreeSet<Text>>,
    /// The checks that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Vec<String>>,
    /// What a reader should know, as code and message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<(String, String)>,
    /// What is no object.
    #[serde(default)]
    pub facts: Option<ClusterFacts>,
    /// By resource (`pods`, `deployments.apps`) how much was seen; without it, everything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listings: Option<BTreeMap<String, ListingHeader>>,
}

const fn schema() -> u32 {
    SCHEMA
}

impl SnapshotHeader {
    /// The facts; of a header written by hand those that it does not mention are seen and not there.
    pub fn facts(&self) -> ClusterFacts {
        let mut facts = self.facts.clone().unwrap_or_default();
        if self.listings.is_none() {
            fill(&mut facts.version, || {
                Fact::Seen(ServerVersion {
                    git_version: "v1.36.0".into(),
                    major: "1".into(),
                    minor: "36".into(),
                })
            });
            fill(&mut facts.discovery, || Fact::Seen(Discovery::default()));
            fill(&mut facts.livez, || Fact::NotServed);
            fill(&mut facts.readyz, || Fact::NotServed);
            fill(&mut facts.flagz, || Fact::NotServed);
            fill(&mut facts.api_certificates, || Fact::NotServed);
        }
        facts
    }

    /// How much of a kind was seen.
    pub fn listing(&self, kind: Kind) -> ListingHeader {
        match &self.listings {
            None => ListingHeader {
                reading: Reading::Read,
                gaps: Vec::new(),
            },
            Some(listings) => listings
                .get(&kind.facts().resource())
                .cloned()
                .unwrap_or_default(),
        }
    }
}

fn fill<T>(fact: &mut Fact<T>, otherwise: impl FnOnce() -> Fact<T>) {
    if matches!(fact, Fact::NotCollected) {
        *fact = otherwise();
    }
}

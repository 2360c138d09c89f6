//! What can be seen of a cluster that is no object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::listing::{Gap, GapReason};
use crate::{
    model::{Text, Why},
    wire::Time,
};

/// One fact, or why it was not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact<T> {
    /// Nobody asked for it.
    #[default]
    NotCollected,
    /// It was seen.
    Seen(T),
    /// The server does not have it.
    NotServed,
    /// It was not seen.
    Gap(Gap),
}

impl<T> Fact<T> {
    /// The fact; none when the server does not have it; else why it was not seen.
    pub fn get(&self, what: &str) -> Result<Option<&T>, Why> {
        match self {
            Self::Seen(fact) => Ok(Some(fact)),
            Self::NotServed => Ok(None),
            Self::Gap(gap) => Err(gap.why(what)),
            Self::NotCollected => Err(Gap::new(GapReason::NotCollected, "").why(what)),
        }
    }

    /// The fact, when it was seen.
    pub const fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(fact) => Some(fact),
            _ => None,
        }
    }

    /// What was not seen.
    pub const fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Gap(gap) => Some(gap),
            _ => None,
        }
    }
}

/// The answer to `/version`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerVersion {
    /// `v1.36.3`, with the platform's suffix.
    pub git_version: Text,
    /// `1`.
    #[serde(default)]
    pub major: Text,
    /// `36`, with a plus sign where the platform adds one.
    #[serde(default)]
    pub minor: Text,
}

/// The answer to a health endpoint with `?verbose`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// The HTTP status.
    pub status: u16,
    /// The names of the checks that failed: `etcd`, `informer-sync`.
    pub failed: Vec<Text>,
}

impl HealthReport {
    /// Reads the answer of `/livez?verbose` or `/readyz?verbose`.
    pub fn parse(status: u16, body: &str) -> Self {
        let failed = body
            .lines()
            .filter_map(|line| line.strip_prefix("[-]"))
            .filter_map(|line| line.split_whitespace().next())
            .map(Text::from)
            .collect();
        Self { status, failed }
    }
}

/// The flags of one component, by name without dashes.
pub type Flags = BTreeMap<Text, Text>;

/// What the API server serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discovery {
    /// Group, then version (the preferred one first), then the plural names of its resources.
    pub groups: BTreeMap<Text, Vec<(Text, Vec<ApiResource>)>>,
    /// Groups whose server did not answer discovery.
    #[serde(default)]
    pub stale: BTreeSet<Text>,
}

/// A resource that is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiResource {
    /// The name in URLs: `deployments`, or `deployments/scale`.
    pub name: Text,
    /// `Deployment`.
    pub kind: Text,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether it can be listed.
    #[serde(default)]
    pub listable: bool,
}

impl Discovery {
    /// Whether a group is served.
    pub fn has_group(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// The versions of a group, the preferred one first.
    pub fn versions(&self, group: &str) -> impl Iterator<Item = &Text> {
        self.groups
            .get(group)
            .into_iter()
            .flatten()
            .map(|(version, _)| version)
    }

    /// The version in which a resource is served, the preferred one first.
    pub fn resource(&self, group: &str, name: &str) -> Option<(&Text, &ApiResource)> {
        self.groups
            .get(group)?
            .iter()
            .find_map(|(version, resources)| {
                let resource = resources.iter().find(|resource| resource.name == name)?;
                Some((version, resource))
            })
    }

    /// The resource of a kind, in whichever version has it.
    pub fn of_kind(&self, group: &str, kind: &str) -> Option<(&Text, &ApiResource)> {
        self.groups
            .get(group)?
            .iter()
            .find_map(|(version, resources)| {
                let resource = resources
                    .iter()
                    .find(|resource| resource.kind == kind && !resource.name.contains('/'))?;
                Some((version, resource))
            })
    }
}

/// One certificate, DER as it came in the handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// The subject's distinguished name.
    pub subject: Text,
    /// The issuer's distinguished name.
    pub issuer: Text,
    /// From when it is valid.
    pub not_before: Option<Time>,
    /// Until when it is valid.
    pub not_after: Option<Time>,
    /// The signature algorithm: `sha256WithRSAEncryption`, or its object identifier.
    pub signature: Text,
    /// The size of an RSA key in bits.
    #[serde(default)]
    pub rsa_bits: Option<u32>,
    /// Why it could not be understood.
    #[serde(default)]
    pub error: Option<Text>,
}

/// All facts that are no objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterFacts {
    /// The answer to `/version`.
    pub version: Fact<ServerVersion>,
    /// What is served.
    pub discovery: Fact<Discovery>,
    /// The answer to `/livez?verbose`.
    pub livez: Fact<HealthReport>,
    /// The answer to `/readyz?verbose`.
    pub readyz: Fact<HealthReport>,
    /// The API server's flags, as `/flagz` shows them.
    pub flagz: Fact<Flags>,
    /// The certificates of the API endpoint, the leaf first.
    pub api_certificates: Fact<Vec<Certificate>>,
}

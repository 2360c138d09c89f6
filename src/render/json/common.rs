//! What several JSON documents have in common: who made them, of which input, and what could not be seen of it.

use kready_checks::{
    inventory::GapReason,
    model::{ObjectRef, Severity, Standard},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{self, BySeverity, SourceKind};

#[derive(Serialize, JsonSchema)]
pub(super) struct Tool<'a> {
    /// The program's version.
    version: &'a str,
    /// A digest of the registry: two reports with the same one asked the same questions.
    checks: &'a str,
    /// The date of the knowledge.
    knowledge: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
pub(super) struct InputSource<'a> {
    /// Where the input came from.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = SourceKind::ALL.map(SourceKind::id)))]
    kind: &'static str,
    /// The files that were read.
    files: &'a [String],
    /// The charts and kustomizations that were rendered, each judged by itself.
    rendered: &'a [String],
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Cluster<'a> {
    /// The UID of the kube-system namespace.
    uid: Option<&'a str>,
    /// The kubeconfig's context.
    context: Option<&'a str>,
    /// The API server's address.
    server: Option<&'a str>,
    /// The API server's version.
    version: Option<&'a str>,
    /// The platform, when it is recognised.
    platform: Option<&'a str>,
    /// How many nodes there are; null when they were not read.
    nodes: Option<usize>,
    /// How many pods there are; null when they were not read.
    pods: Option<usize>,
    /// How many namespaces there are; null when they were not read.
    namespaces: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Scope")]
pub(super) struct AuditScope<'a> {
    /// The namespaces that were asked for; null means all.
    namespaces: Option<&'a [String]>,
    /// The namespaces, or their patterns, that were excluded.
    excluded: &'a [String],
    /// The user that the API server takes kready for.
    identity: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Warning<'a> {
    /// Kebab-case, stable.
    code: &'a str,
    /// One sentence for a person.
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Gap<'a> {
    /// The resource, as RBAC names it, or a path.
    resource: &'a str,
    /// In which namespaces; everywhere when empty.
    namespaces: &'a [String],
    #[schemars(extend("enum" = GapReason::ALL.map(GapReason::id)))]
    reason: &'static str,
    message: &'a str,
    /// What fixes it.
    remedy: &'a str,
    /// The checks that wait for it.
    checks: &'a [&'static str],
}

impl<'a> Tool<'a> {
    pub(super) fn of(tool: &'a report::Tool) -> Self {
        Self {
            version: &tool.version,
            checks: &tool.checks,
            knowledge: &tool.knowledge,
        }
    }
}

impl<'a> InputSource<'a> {
    pub(super) fn of(audited: &'a report::Audited) -> Self {
        Self {
            kind: audited.source.id(),
            files: &audited.files,
            rendered: &audited.rendered,
        }
    }
}

impl<'a> Cluster<'a> {
    pub(super) fn of(cluster: &'a report::Cluster) -> Self {
        Self {
            uid: cluster.uid.as_deref(),
            context: cluster.identity.context.as_deref(),
            server: cluster.identity.server.as_deref(),
            version: cluster.version.as_deref(),
            platform: cluster.platform.as_deref(),
            nodes: cluster.nodes,
            pods: cluster.pods,
            namespaces: cluster.namespaces,
        }
    }
}

impl<'a> AuditScope<'a> {
    pub(super) fn of(
        namespaces: Option<&'a [String]>,
        excluded: &'a [String],
        cluster: &'a report::Cluster,
    ) -> Self {
        Self {
            namespaces,
            excluded,
            identity: cluster.identity.identity.as_deref(),
        }
    }
}

impl<'a> Warning<'a> {
    pub(super) fn of(warning: &'a report::Warning) -> Self {
        Self {
            code: warning.code(),
            message: &warning.message,
        }
    }
}

impl<'a> Gap<'a> {
    pub(super) fn of(gap: &'a report::GapResult) -> Self {
        Self {
            resource: &gap.resource,
            namespaces: &gap.namespaces,
            reason: gap.reason.id(),
            message: &gap.message,
            remedy: &gap.remedy,
            checks: &gap.checks,
        }
    }
}

pub(super) fn severities() -> Vec<Option<&'static str>> {
    let severities = Severity::ALL.map(|severity| Some(severity.id()));
    severities.into_iter().chain([None]).collect()
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Severities {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl Severities {
    pub(super) fn of(counts: &BySeverity) -> Self {
        let of = |severity| counts.get(&severity).copied().unwrap_or_default();
        Self {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// Null for cluster-scoped objects.
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> Object<'a> {
    pub(super) fn of(object: &'a ObjectRef) -> Self {
        Self {
            api_version: &object.api_version,
            kind: &object.kind,
            namespace: Some(object.namespace.as_str()).filter(|name| !name.is_empty()),
            name: &object.name,
        }
    }
}

/// A control of a published standard.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Control {
    /// The standard's short name.
    #[schemars(extend("enum" = Standard::ALL.map(|(name, _)| name)))]
    standard: &'static str,
    /// The control within the standard.
    control: &'static str,
}

impl Control {
    /// Each of these standards' controls.
    pub(crate) fn all(standards: &[Standard]) -> Vec<Self> {
        let each = standards.iter().map(|standard| Self {
            standard: standard.name(),
            control: standard.control(),
        });
        each.collect()
    }
}

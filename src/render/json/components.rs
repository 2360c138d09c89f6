//! What a cluster has, as JSON.

use kready_checks::knowledge::{Status, Verdict, VersionSource, releases};
use schemars::JsonSchema;
use serde::Serialize;

use super::common::{AuditScope, Cluster, Gap, InputSource, Tool, Warning};
use crate::{
    every::every,
    report::{API_VERSION, Census, ComponentResult},
};

/// How sure it can be that a component is there, the surest first.
const VERDICTS: [Verdict; 3] = every!(Verdict: Confirmed, Installed, Hint);

/// What can have become of a component.
const STATUSES: [Status; 4] = every!(Status: Active, Successor, Dormant, Retired);

/// Where versions can be read, the best place first.
const VERSION_SOURCES: [VersionSource; 5] =
    every!(VersionSource: Server, Node, Image, AppLabel, ChartLabel);

/// The same as identifiers; null stands for a component without a version.
fn version_sources() -> Vec<Option<&'static str>> {
    let sources = VERSION_SOURCES.map(VersionSource::id).map(Some);
    sources.into_iter().chain([None]).collect()
}

/// What `kready components -o json` writes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ComponentsDocument<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    /// What this document is.
    #[schemars(extend("const" = "Components"))]
    kind: &'static str,
    tool: Tool<'a>,
    /// The input's time, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    source: InputSource<'a>,
    cluster: Cluster<'a>,
    scope: AuditScope<'a>,
    warnings: Vec<Warning<'a>>,
    knowledge: KnowledgeAge<'a>,
    /// Every component of which something was seen, by role and name.
    components: Vec<ComponentEntry<'a>>,
    gaps: Vec<Gap<'a>>,
}

impl<'a> ComponentsDocument<'a> {
    pub(super) fn of(census: &'a Census) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Components",
            tool: Tool::of(&census.tool),
            time: census.audited.time.to_string(),
            source: InputSource::of(&census.audited),
            cluster: Cluster::of(&census.audited.cluster),
            scope: AuditScope::of(
                census.audited.namespaces.as_deref(),
                &census.audited.excluded,
                &census.audited.cluster,
            ),
            warnings: census.warnings.iter().map(Warning::of).collect(),
            knowledge: KnowledgeAge {
                date: &census.tool.knowledge,
                days_old: releases::age(census.audited.time),
            },
            components: census.components.iter().map(ComponentEntry::of).collect(),
            gaps: census.gaps.iter().map(Gap::of).collect(),
        }
    }
}

/// How old what kready knows of components is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct KnowledgeAge<'a> {
    /// The day of the oldest of its files.
    #[schemars(extend("format" = "date"))]
    date: &'a str,
    /// By the input's time.
    #[schemars(range(min = 0))]
    days_old: i64,
}

/// A component of the cluster.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Component")]
pub(super) struct ComponentEntry<'a> {
    /// Stable.
    id: &'a str,
    name: &'a str,
    /// What it is for: `platform`, `cni`, `monitoring`, `registry` …
    role: &'a str,
    vendor: &'a str,
    /// How sure it is that it is there: one strong or two weaker signals confirm it, one of those may be left over from
    /// an installation, and a name alone is a hint.
    #[schemars(extend("enum" = VERDICTS.map(Verdict::id)))]
    verdict: &'static str,
    /// What shows it.
    signals: Vec<Signal<'a>>,
    /// Whether one of its pods is ready; null where it has no pods to show, and in manifests.
    ready: Option<bool>,
    /// Its versions as they are written, in their order; several while it is updated, or when there are several of it.
    versions: &'a [String],
    /// Where the versions were read: of several places the best one, in this order.
    #[schemars(extend("enum" = version_sources()))]
    version_source: Option<&'static str>,
    images: &'a [String],
    /// Where its images run.
    namespaces: &'a [String],
    /// Whether it is developed, has taken the place of another one, is dormant, or is retired. Of a dormant one there was no
    /// release for 18 months, though nobody has given it up.
    #[schemars(extend("enum" = STATUSES.map(Status::id)))]
    status: &'static str,
    /// When it ended or will end, as precisely as is known.
    end_of_life: Option<&'a str>,
    /// When work on a dormant one was last seen, as precisely as is known.
    dormant_since: Option<&'a str>,
    /// Where its end, or since when it is dormant, is from: an address, or the name of a document.
    status_source: Option<&'a str>,
    /// Whether it has ended by the input's time.
    ended: bool,
    /// What takes its place, by name.
    successors: &'a [&'static str],
    /// In whose place it is, by name.
    replaces: &'a [&'static str],
}

#[derive(Serialize, JsonSchema)]
struct Signal<'a> {
    /// Kebab-case, stable: `image`, `api-group`, `node-label` …
    kind: &'static str,
    /// The pattern that matched.
    pattern: &'a str,
}

impl<'a> ComponentEntry<'a> {
    pub(super) fn of(component: &'a ComponentResult) -> Self {
        Self {
            id: component.id,
            name: component.name,
            role: component.role,
            vendor: component.vendor,
            verdict: component.verdict.id(),
            signals: component
                .signals
                .iter()
                .map(|(signal, pattern)| Signal {
                    kind: signal.id(),
                    pattern,
                })
                .collect(),
            ready: component.ready,
            versions: &component.versions,
            version_source: component.version_source.map(VersionSource::id),
            images: &component.images,
            namespaces: &component.namespaces,
            status: component.status.id(),
            end_of_life: component.eol,
            dormant_since: component.since,
            status_source: component.source,
            ended: component.ended,
            successors: &component.successors,
            replaces: &component.replaces,
        }
    }
}

//! What a report is about, as names and values.

use std::fmt::Write as _;

use crate::{
    collect::SourceKind,
    report::{Census, Cluster, Report},
};

/// How many namespaces are named before the list is cut.
const NAMESPACES_SHOWN: usize = 12;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    source: SourceKind,
    files: &'a [String],
    cluster: &'a Cluster,
    namespaces: Option<&'a [String]>,
    excluded: &'a [String],
}

impl<'a> Head<'a> {
    pub(crate) fn of_report(report: &'a Report) -> Self {
        Self {
            source: report.source,
            files: &report.files,
            cluster: &report.cluster,
            namespaces: report.namespaces.as_deref(),
            excluded: &report.excluded,
        }
    }

    pub(crate) fn of_census(census: &'a Census) -> Self {
        Self {
            source: census.source,
            files: &census.files,
            cluster: &census.cluster,
            namespaces: census.namespaces.as_deref(),
            excluded: &census.excluded,
        }
    }

    /// Names and values; `all` names every namespace.
    pub(crate) fn facts(self, all: bool) -> Vec<(&'static str, String)> {
        let cluster = self.cluster;
        let files = self.files.join(", ");
        let mut facts = Vec::new();
        match self.source {
            SourceKind::Live => {}
            SourceKind::Files => facts.push(("files", files)),
            SourceKind::Snapshot => facts.push(("snapshot", files)),
            SourceKind::Demo => facts.push(("demo", "a cluster inside this program".to_owned())),
        }
        let place: Vec<&str> = [&cluster.identity.context, &cluster.identity.server]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        if !place.is_empty() {
            facts.push(("cluster", place.join(" at ")));
        }
        match (&cluster.version, &cluster.platform) {
            (Some(version), Some(platform)) => {
                facts.push(("version", format!("{version} on {platform}")));
            }
            (Some(version), None) => facts.push(("version", version.clone())),
            (None, Some(platform)) => facts.push(("platform", platform.clone())),
            (None, None) => {}
        }
        let mut sizes = Vec::new();
        if let Some(nodes) = cluster.nodes {
            let zones = cluster
                .zones
                .filter(|zones| *zones > 0)
                .map(|zones| format!(" in {}", counted(zones, "zone")))
                .unwrap_or_default();
            sizes.push(format!("{}{zones}", counted(nodes, "node")));
        }
        for (count, name) in [
            (cluster.namespaces, "namespace"),
            (cluster.workloads, "workload"),
            (cluster.pods, "pod"),
        ] {
            sizes.extend(count.map(|count| counted(count, name)));
        }
        if !sizes.is_empty() {
            facts.push(("size", sizes.join(", ")));
        }
        facts.push(("scope", self.scope(all)));
        if let Some(identity) = &cluster.identity.identity {
            facts.push(("identity", identity.clone()));
        }
        facts
    }

    fn scope(self, all: bool) -> String {
        let mut scope = match self.namespaces {
            None => "all namespaces".to_owned(),
            Some([]) => "no namespace matches what was asked for".to_owned(),
            Some(names) => format!(
                "{}: {}",
                counted(names.len(), "namespace"),
                listed(
                    names.iter().map(String::as_str),
                    if all { usize::MAX } else { NAMESPACES_SHOWN }
                )
            ),
        };
        if !self.excluded.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(scope, ", without {}", self.excluded.join(", "));
        }
        scope
    }
}

/// Names with commas between them, and how many more there are than `limit`; one more is named as well.
pub(crate) fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>, limit: usize) -> String {
    let count = names.len();
    let shown = if count <= limit.saturating_add(1) {
        count
    } else {
        limit
    };
    let mut text = names.take(shown).collect::<Vec<_>>().join(", ");
    if count > shown {
        // Writing to a string cannot fail.
        let _ = write!(text, " and {} more", count - shown);
    }
    text
}

/// `1 node`, `2 nodes`.
pub(crate) fn counted(count: usize, name: &str) -> String {
    if count == 1 {
        format!("1 {name}")
    } else {
        format!("{count} {name}s")
    }
}

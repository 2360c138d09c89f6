//! What was audited, as names and values.

use std::fmt::Write as _;

use super::flow::{Indent, Look, Page, Span};
use crate::{
    report::{Audited, SourceKind},
    words::{counted, listed_or_all},
};

/// How many columns the name of a fact takes.
pub(super) const NAME: usize = 12;

/// How many namespaces are named before the list is cut.
const NAMESPACES_SHOWN: usize = 12;

/// Writes a name with its value.
pub(super) fn fact(page: &mut Page, name: &str, value: &[Span]) {
    const FACT: Indent = Indent {
        first: 2,
        rest: 2 + NAME,
    };
    // A longer name stays apart from its value.
    let name = format!("{name:<width$} ", width = NAME - 1);
    let mut spans = vec![Span::whole(Look::Faint, &name)];
    spans.extend_from_slice(value);
    page.flow(FACT, &spans);
}

/// Names and values; `all` names every namespace.
pub(super) fn facts(audited: &Audited, all: bool) -> Vec<(&'static str, String)> {
    let cluster = &audited.cluster;
    let files = audited.files.join(", ");
    let mut facts = Vec::new();
    match audited.source {
        SourceKind::Live => {}
        SourceKind::Files => facts.push(("files", files)),
        SourceKind::Snapshot => facts.push(("snapshot", files)),
        SourceKind::Demo => facts.push(("demo", "a cluster inside this program".to_owned())),
    }
    if !audited.rendered.is_empty() {
        let most = if all { usize::MAX } else { NAMESPACES_SHOWN };
        let names = audited.rendered.iter().map(String::as_str);
        facts.push(("rendered", listed_or_all(names, most)));
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
    if let Some(judged) = audited.judged_for {
        let version = judged.version();
        facts.push((
            "judged for",
            if judged.named {
                format!("Kubernetes {version}")
            } else {
                format!(
                    "Kubernetes {version}, the newest known: --kubernetes-version names another"
                )
            },
        ));
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
        (cluster.workloads_in_all(), "workload"),
        (cluster.pods, "pod"),
    ] {
        sizes.extend(count.map(|count| counted(count, name)));
    }
    if !sizes.is_empty() {
        facts.push(("size", sizes.join(", ")));
    }
    facts.push(("scope", scope(audited, all)));
    if let Some(identity) = &cluster.identity.identity {
        facts.push(("identity", identity.clone()));
    }
    facts
}

/// Which namespaces were audited.
pub(super) fn scope(audited: &Audited, all: bool) -> String {
    let mut scope = match audited.namespaces.as_deref() {
        None => "all namespaces".to_owned(),
        Some([]) => "no namespace matches -n".to_owned(),
        Some(names) => format!(
            "{}: {}",
            counted(names.len(), "namespace"),
            listed_or_all(
                names.iter().map(String::as_str),
                if all { usize::MAX } else { NAMESPACES_SHOWN }
            )
        ),
    };
    if !audited.excluded.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(scope, ", without {}", audited.excluded.join(", "));
    }
    if let Some(selection) = &audited.selection {
        let _ = write!(scope, "; {selection}");
    }
    scope
}

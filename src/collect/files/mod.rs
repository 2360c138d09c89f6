//! The second collector: manifests and snapshots in files, folders and standard input.

mod errors;
mod locate;
mod narrow;
mod read;
mod render;
mod roots;
#[cfg(test)]
mod tests;
mod walk;

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use anyhow::anyhow;
use kready_checks::{
    builtin,
    inventory::{Evidence, Inventory, Loader, Role, snapshot::BY_HAND},
    wire::Time,
};

use self::{
    narrow::{absent, narrow},
    read::FileReader,
};
use super::{
    ClusterIdentity, Collected, Rendered, ScopeRequest, SourceKind, Unread, Warning, WarningCode,
};
use crate::{
    clock,
    failure::Failure,
    words::{counted, first, one_or_many},
};

/// How the files that are audited are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileOptions {
    /// Files and folders; `-` is standard input.
    pub(crate) paths: Vec<PathBuf>,
    /// The namespace of objects that name none.
    pub(crate) default_namespace: String,
    /// Which namespaces are asked for.
    pub(crate) scope: ScopeRequest,
    /// Whether the user selected checks; if not, a snapshot's own selection counts.
    pub(crate) selection_given: bool,
    /// For how long at most each chart and each kustomization is rendered; not at all unless the user says so.
    pub(crate) render: Option<Duration>,
}

/// Reads manifests, or one snapshot.
///
/// # Errors
/// A file cannot be read or understood. An object that cannot be understood is a gap of its kind instead.
pub(crate) fn collect(
    options: &FileOptions,
    evidence: &BTreeSet<(Role, Evidence)>,
) -> Result<Collected, Failure> {
    let namespaces = options.scope.compile()?;
    let mut reader = FileReader::new(&options.default_namespace);
    for path in &options.paths {
        reader.path(path)?;
    }
    reader.unread.sort();
    reader.roots.sort();
    reader.roots.dedup();
    let rendered = match options.render {
        Some(limit) => render_all(&mut reader, &options.default_namespace, limit),
        None => Vec::new(),
    };
    if rendered.is_empty() {
        reader.need_objects()?;
    }
    if options.render.is_none() {
        let roots = reader.roots.iter().map(roots::Root::unread);
        reader.unread.extend(roots);
        reader.unread.sort();
    }
    let FileReader {
        loader,
        without_objects,
        header_in,
        unread,
        places,
        ..
    } = reader;
    if let Some(name) = &header_in {
        loader.complete().map_err(|error| {
            Failure::usage(anyhow!("{name}: {error}"))
                .hint("save the snapshot again: kready snapshot -o FILE.json.gz")
        })?;
    }
    let now = match header_in {
        Some(_) => Time::default(),
        None => clock::now()?,
    };
    let files = options
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let asked = evidence.iter().map(|(_, evidence)| *evidence).collect();
    let mut warnings = duplicates(&loader);
    let mut collected = finish(loader, now, asked, options.selection_given);
    collected.files = files;
    collected.places = places;
    collected.unread.extend(unread);
    let mut known = collected.inventory.namespaces();
    let rendered: Vec<(String, Inventory)> = rendered
        .into_iter()
        .map(|(root, loader)| {
            warnings.extend(duplicates(&loader));
            (root, loader.finish(now))
        })
        .collect();
    known.extend(
        rendered
            .iter()
            .flat_map(|(_, inventory)| inventory.namespaces()),
    );
    warnings.extend(absent(&options.scope, &known, &collected.inventory.scope)?);
    narrow(&mut collected.inventory, &options.scope, &namespaces)?;
    for (root, mut inventory) in rendered {
        narrow(&mut inventory, &options.scope, &namespaces)?;
        collected.rendered.push(Rendered { root, inventory });
    }
    collected.warnings.extend(warnings);
    collected.warnings.extend(nothing_in(&without_objects));
    Ok(collected)
}

/// Renders what is to be rendered, each by itself; what fails is unread.
fn render_all(
    reader: &mut FileReader,
    default_namespace: &str,
    limit: Duration,
) -> Vec<(String, Loader)> {
    let mut rendered = Vec::new();
    for root in &reader.roots {
        let mut own = FileReader::new(default_namespace);
        match render::render(root, limit).and_then(|text| own.rendered(&text, root)) {
            Ok(()) => {
                reader.without_objects.extend(own.without_objects);
                rendered.push((root.shown(), own.loader));
            }
            Err(unread) => reader.unread.push(unread),
        }
    }
    reader.unread.sort();
    rendered
}

/// A warning for each object that several documents name.
fn duplicates(loader: &Loader) -> Vec<Warning> {
    let each = loader.duplicates().map(|(object, places)| {
        let places: Vec<String> = places
            .iter()
            .map(|place| match place {
                Some(place) => format!("{}:{}", place.file, place.line),
                None => "?".to_owned(),
            })
            .collect();
        Warning::new(
            WarningCode::DuplicateObject,
            format!(
                "{object} appears {} times, and each is judged: {}",
                places.len(),
                places.join(", ")
            ),
        )
    });
    each.collect()
}

/// Reads a snapshot that is part of the program.
pub(super) fn collect_bytes(
    bytes: &[u8],
    scope: &ScopeRequest,
    evidence: &BTreeSet<(Role, Evidence)>,
) -> Result<Collected, Failure> {
    let namespaces = scope.compile()?;
    let mut reader = FileReader::new("");
    reader.bytes(bytes, "demo", true)?;
    let asked = evidence.iter().map(|(_, evidence)| *evidence).collect();
    let mut collected = finish(reader.loader, Time::default(), asked, true);
    collected.source = SourceKind::Demo;
    let known = collected.inventory.namespaces();
    let warnings = absent(scope, &known, &collected.inventory.scope)?;
    collected.warnings.extend(warnings);
    narrow(&mut collected.inventory, scope, &namespaces)?;
    Ok(collected)
}

pub(crate) fn finish(
    loader: Loader,
    now: Time,
    mut evidence: BTreeSet<Evidence>,
    selection_given: bool,
) -> Collected {
    let mut collected = Collected::new(Inventory::default(), SourceKind::Files);
    if let Some(header) = loader.header() {
        let identity = |key: &str| header.cluster.get(key).cloned();
        collected.source = SourceKind::Snapshot;
        collected.cluster = ClusterIdentity::new(
            identity("context"),
            identity("server"),
            identity("identity"),
        );
        collected.warnings = header
            .warnings
            .iter()
            .map(|(code, message)| Warning::saved(code, message))
            .collect();
        if header.is_by_hand() {
            collected.warnings.push(Warning::new(
                WarningCode::SnapshotByHand,
                format!(
                    "the header of the snapshot was written by hand: what the file does not hold counts as absent from the cluster, and where it names no version, {BY_HAND} counts"
                ),
            ));
        }
        collected.unread = header.unread.iter().map(Unread::saved).collect();
        collected.selection.clone_from(&header.selection);
        collected
            .readable_namespaces
            .clone_from(&header.readable_namespaces);
        if let (Some(selection), false) = (&header.selection, selection_given) {
            evidence = builtin()
                .filter(|check| selection.iter().any(|id| check.is_called(id)))
                .flat_map(|check| check.evidence().map(|(_, evidence)| evidence))
                .collect();
        }
    }
    collected.evidence = evidence;
    collected.inventory = loader.finish(now);
    collected
}

fn nothing_in(places: &BTreeSet<String>) -> Option<Warning> {
    const NAMED: usize = 5;
    if places.is_empty() {
        return None;
    }
    let is_document = |place: &&String| {
        let line = place.rsplit_once(':').map(|(_, line)| line);
        line.is_some_and(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let documents = places.iter().filter(is_document).count();
    let mut counts = Vec::new();
    for (count, word) in [(places.len() - documents, "file"), (documents, "document")] {
        if count > 0 {
            counts.push(counted(count, word));
        }
    }
    let verb = one_or_many(places.len(), "holds", "hold");
    let names = first(places.iter().map(String::as_str), NAMED);
    Some(Warning::new(
        WarningCode::FilesWithoutObjects,
        format!(
            "{} {verb} no Kubernetes object: {names}",
            counts.join(" and ")
        ),
    ))
}

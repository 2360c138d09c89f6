//! The second collector: manifests and snapshots in files, folders and standard input.

mod errors;
mod locate;
mod narrow;
mod read;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::anyhow;
use kready_checks::{
    builtin,
    inventory::{Evidence, Inventory, Loader, Role},
    wire::Time,
};

use self::{narrow::narrow, read::FileReader};
use super::{ClusterIdentity, Collected, ScopeRequest, SourceKind, Warning, WarningCode};
use crate::{clock, failure::Failure};

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
    let FileReader {
        loader,
        files_without_objects,
        header_in,
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
    let mut collected = finish(loader, now, asked, options.selection_given);
    collected.files = files;
    collected
        .warnings
        .extend(without_objects(&files_without_objects));
    narrow(&mut collected.inventory, &options.scope, &namespaces)?;
    Ok(collected)
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
        collected.cluster = ClusterIdentity {
            context: identity("context"),
            server: identity("server"),
            identity: identity("identity"),
        };
        collected.warnings = header
            .warnings
            .iter()
            .map(|(code, message)| Warning::saved(code, message))
            .collect();
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

fn without_objects(files: &BTreeSet<String>) -> Option<Warning> {
    const NAMED: usize = 5;
    if files.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = files.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("{} more", files.len().saturating_sub(NAMED));
    if files.len() > NAMED {
        names.push(&more);
    }
    let (count, verb) = match files.len() {
        1 => ("1 file".to_owned(), "holds"),
        count => (format!("{count} files"), "hold"),
    };
    Some(Warning::new(
        WarningCode::FilesWithoutObjects,
        format!("{count} {verb} no Kubernetes object: {}", names.join(", ")),
    ))
}

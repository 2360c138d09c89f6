//! Which files of a folder are looked at.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use ignore::{DirEntry, Error, WalkBuilder};

use super::{
    errors::{refused, unreadable},
    roots::{is_manifest, shown},
};
use crate::{
    collect::{Unread, UnreadReason},
    failure::Failure,
};

/// The file that names what isn't looked at, in the grammar of `.gitignore`.
const IGNORE: &str = ".kreadyignore";

/// The files of a folder, and what of it can't be read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) files: Vec<PathBuf>,
    pub(super) unread: Vec<Unread>,
}

/// Lists the files of a folder and those below: neither hidden ones, nor what `.kreadyignore` names.
///
/// # Errors
/// The folder can't be read, or a `.kreadyignore` isn't understood.
pub(super) fn walk(folder: &Path) -> Result<Walk, Failure> {
    let mut walk = Walk::default();
    fs::read_dir(folder).map_err(|error| unreadable(&folder.display().to_string(), &error))?;
    let mut seen = BTreeSet::new();
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .parents(true)
        .follow_links(true)
        .add_custom_ignore_filename(IGNORE)
        .sort_by_file_name(Ord::cmp)
        .build();
    for entry in entries {
        match entry {
            Ok(entry) => {
                if let Some(error) = entry.error() {
                    return Err(bad_ignore(error));
                }
                walk.take(&entry, &mut seen);
            }
            Err(error) => walk.miss(&error),
        }
    }
    Ok(walk)
}

impl Walk {
    fn take(&mut self, entry: &DirEntry, seen: &mut BTreeSet<PathBuf>) {
        let path = entry.path();
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else {
            return;
        };
        if !kind.is_file() {
            if is_manifest(path) {
                let message = "it is no regular file";
                self.unread.push(Unread::new(
                    UnreadReason::Unreadable,
                    shown(path),
                    message,
                    ignore_it(),
                ));
            }
            return;
        }
        // A link may lead to what is read already.
        if fs::canonicalize(path).is_ok_and(|path| !seen.insert(path)) {
            return;
        }
        self.files.push(path.to_path_buf());
    }

    /// What can't be looked at is named, unless it is a link back to a folder above, or one that leads nowhere and bears
    /// no manifest's name.
    fn miss(&mut self, error: &Error) {
        let (path, cause) = parts(error);
        let Some(cause) = cause else { return };
        let path = path.unwrap_or(Path::new("."));
        if cause.kind() == ErrorKind::NotFound && !is_manifest(path) {
            return;
        }
        self.unread.push(Unread::new(
            UnreadReason::Unreadable,
            shown(path),
            refused(cause),
            ignore_it(),
        ));
    }
}

pub(super) fn ignore_it() -> String {
    format!("fix it, or name it in {IGNORE}")
}

/// The path and the system's own error in one of a walk; a link that leads in a circle is none.
fn parts(error: &Error) -> (Option<&Path>, Option<&std::io::Error>) {
    match error {
        Error::WithPath { path, err } => {
            let (_, cause) = parts(err);
            (Some(path), cause)
        }
        Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => parts(err),
        Error::Io(cause) => (None, Some(cause)),
        _ => (None, None),
    }
}

fn bad_ignore(error: &Error) -> Failure {
    Failure::usage(anyhow!("{IGNORE}: {error}")).hint(
        "write one pattern a line, as in .gitignore: vendor/, **/values-*.yaml, !deploy/values.yaml",
    )
}

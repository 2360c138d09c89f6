//! Which files of a folder are looked at.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::anyhow;
use ignore::{DirEntry, Error, WalkBuilder};

use super::{
    errors::{refused, unreadable},
    roots::{is_manifest, shown},
};
use crate::{
    bounded,
    collect::{Unread, UnreadReason},
    failure::Failure,
    place::Seen,
};

/// The file that names what isn't looked at, in the grammar of `.gitignore`.
const IGNORE: &str = ".kreadyignore";

/// The files of a folder, and what of it can't be read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) files: Vec<PathBuf>,
    pub(super) unread: Vec<Unread>,
}

/// How many folders may lie within each other.
const DEEPEST: usize = 256;

/// How many files and folders are looked at.
const MOST: usize = 1_000_000;

/// How large a file of patterns may be.
const LARGEST: u64 = 64 << 10;

/// Lists the files of a folder and those below: neither hidden ones, nor what `.kreadyignore` names.
///
/// # Errors
/// The folder can't be read, it holds too much, or a `.kreadyignore` isn't understood.
pub(super) fn walk(folder: &Path) -> Result<Walk, Failure> {
    let mut walk = Walk::default();
    let name = folder.display().to_string();
    fs::read_dir(folder).map_err(|error| unreadable(&name, &error))?;
    let whole = fs::canonicalize(folder).map_err(|error| unreadable(&name, &error))?;
    for above in whole.ancestors() {
        patterns(above).map_err(|problem| unusable_ignore(&problem))?;
    }
    let doors = Arc::new(Mutex::new(Doors::default()));
    lock(&doors).met.is_new(folder);
    let mut seen = Seen::default();
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .parents(true)
        .follow_links(true)
        .max_depth(Some(DEEPEST))
        .add_custom_ignore_filename(IGNORE)
        .sort_by_file_name(Ord::cmp)
        .filter_entry({
            let doors = Arc::clone(&doors);
            move |entry| {
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                !is_folder || lock(&doors).opens(entry)
            }
        })
        .build();
    for (number, entry) in entries.enumerate() {
        if number == MOST {
            return Err(Failure::usage(anyhow!(
                "{name}: the folder holds more than {MOST} files and folders"
            ))
            .hint(format!(
                "name the folders that hold manifests, or name others in {IGNORE}"
            )));
        }
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
    if let Some(problem) = lock(&doors).problems.first() {
        return Err(unusable_ignore(problem));
    }
    Ok(walk)
}

/// Decides which folders are entered.
#[derive(Debug, Default)]
struct Doors {
    /// Those that were met, so that links which lead to each other in many ways don't multiply.
    met: Seen,
    /// What is wrong with files of patterns.
    problems: Vec<String>,
}

impl Doors {
    /// Whether a folder is entered: one by its own name always, and one by a link unless it was met before.
    fn opens(&mut self, entry: &DirEntry) -> bool {
        let is_new = self.met.is_new(entry.path());
        if entry.path_is_symlink() && !is_new {
            return false;
        }
        let readable = patterns(entry.path());
        let opens = readable.is_ok();
        self.problems.extend(readable.err());
        opens
    }
}

fn lock(doors: &Mutex<Doors>) -> MutexGuard<'_, Doors> {
    doors.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes sure that the patterns of a folder come to an end, if it has any.
fn patterns(folder: &Path) -> Result<(), String> {
    let path = folder.join(IGNORE);
    let Ok(metadata) = fs::metadata(&path) else {
        return Ok(());
    };
    let shown = shown(&path);
    if metadata.is_dir() {
        return Ok(());
    }
    if !metadata.is_file() {
        return Err(format!("{shown}: it is not a regular file"));
    }
    if metadata.len() > LARGEST {
        return Err(format!("{shown}: it is larger than {} KiB", LARGEST >> 10));
    }
    Ok(())
}

fn unusable_ignore(problem: &str) -> Failure {
    Failure::usage(anyhow!("{problem}")).hint(
        "keep it to the folders and files of manifests that aren't to be read, one pattern a line",
    )
}

impl Walk {
    fn take(&mut self, entry: &DirEntry, seen: &mut Seen) {
        let path = entry.path();
        if entry.depth() == DEEPEST && entry.file_type().is_some_and(|kind| kind.is_dir()) {
            let message = format!("it is more than {DEEPEST} folders deep");
            let remedy = format!("audit it by itself, or name it in {IGNORE}");
            let unread = Unread::new(UnreadReason::Unreadable, shown(path), message, remedy);
            self.unread.push(unread);
        }
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else {
            return;
        };
        if !kind.is_file() {
            if is_manifest(path) {
                // What is there is told in the same words as where it is named.
                let message = bounded::open_regular(path)
                    .err()
                    .map_or_else(String::new, |error| error.to_string());
                let remedy = format!("name it in {IGNORE}");
                let unread = Unread::new(UnreadReason::Unreadable, shown(path), message, remedy);
                self.unread.push(unread);
            }
            return;
        }
        // A link may lead to what is read already.
        if !seen.is_new(path) {
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

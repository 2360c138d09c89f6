//! Files that appear whole or not at all.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, anyhow, bail};
use tempfile::NamedTempFile;

use crate::{bounded, failure::Failure, place};

/// The temporary files that exist: they are removed when the program is ended early.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes what was not finished, and lets nothing more begin or take its place: the program is about to end.
pub(crate) fn remove_unfinished() {
    let mut pending = pending();
    for path in pending.drain(..) {
        // Nothing can be done about a file that cannot be removed.
        let _ = fs::remove_file(path);
    }
    std::mem::forget(pending);
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the user's mask lets; a file that is there keeps its permissions.
    Mask,
    /// The owner alone. A file that is there keeps its permissions, unless all may read it.
    Owner,
}

/// A file that is being written; it takes its place when it is whole, and vanishes when it never becomes so.
#[derive(Debug)]
pub(crate) struct PendingFile {
    target: PathBuf,
    destination: Destination,
}

#[derive(Debug)]
enum Destination {
    /// A file beside the target.
    Beside(NamedTempFile),
    /// A pipe or a device is written in place.
    InPlace(File),
}

impl PendingFile {
    /// Makes sure that a path can be written, before the work that fills it.
    pub(crate) fn create(path: &Path, readers: Readers) -> Result<Self, Failure> {
        Self::open(path, readers)
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(|error| {
                Failure::usage(error).hint("name a file in a folder that exists and can be written")
            })
    }

    fn open(path: &Path, readers: Readers) -> anyhow::Result<Self> {
        if let Some(stream) = stream(path) {
            return Ok(Self {
                target: path.to_owned(),
                destination: Destination::InPlace(stream),
            });
        }
        // A link keeps pointing to its file.
        let target = place::followed(path);
        let existing = match fs::metadata(&target) {
            Ok(existing) => Some(existing),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(existing) = &existing {
            if existing.is_dir() {
                bail!("it is a directory");
            }
            if is_disk(existing) {
                bail!("it is a disk");
            }
            // A file that is write-protected stays so, although its folder may let it be replaced.
            let file = bounded::open_writable(&target, existing)?;
            if !existing.is_file() {
                let destination = Destination::InPlace(file);
                return Ok(Self {
                    target,
                    destination,
                });
            }
        }
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".kready-").suffix(".part");
        let permissions = permissions(existing.as_ref(), readers);
        if let Some(permissions) = &permissions {
            builder.permissions(permissions.clone());
        }
        // Under the lock, so that no signal comes between the file and its mention.
        let mut pending = pending();
        // The name of the temporary file would only distract from the cause.
        let file = builder
            .tempfile_in(folder)
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => anyhow!("there is no folder {}", folder.display()),
                kind => anyhow!("nothing can be written to {}: {kind}", folder.display()),
            })?;
        pending.push(file.path().to_owned());
        drop(pending);
        // The user's mask takes nothing away from what somebody gave a file that is there.
        if let (Some(_), Some(permissions)) = (&existing, permissions) {
            file.as_file().set_permissions(permissions)?;
        }
        let destination = Destination::Beside(file);
        Ok(Self {
            target,
            destination,
        })
    }

    /// Whether an error only says that whoever reads has seen enough.
    pub(crate) fn is_enough(&self, error: &io::Error) -> bool {
        let pipe = matches!(self.destination, Destination::InPlace(_));
        pipe && error.kind() == ErrorKind::BrokenPipe
    }

    /// What is said when it takes nothing more.
    pub(crate) fn full(&self, error: io::Error) -> Failure {
        full(error, &self.target.display().to_string())
    }

    /// Puts the whole file in its place.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let moved = match self.destination {
            Destination::Beside(file) => {
                let temporary = file.path().to_owned();
                let mut pending = pending();
                let moved = file.persist(&self.target).map_err(|error| error.error);
                pending.retain(|path| *path != temporary);
                drop(pending);
                moved.map(drop)
            }
            Destination::InPlace(mut file) => file.flush(),
        };
        moved.map_err(|error| full(error, &self.target.display().to_string()))
    }
}

/// What is said when an output takes nothing more.
pub(super) fn full(error: io::Error, what: &str) -> Failure {
    let error = anyhow::Error::new(error).context(format!("cannot write to {what}"));
    Failure::unwritten(error).hint("make room there, or write elsewhere: -o json=FILE")
}

/// Standard output or standard error by its name among the devices: what it holds already stays.
fn stream(path: &Path) -> Option<File> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => place::open(io::stdout()),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => place::open(io::stderr()),
        _ => None,
    }
}

#[cfg(unix)]
fn is_disk(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_block_device()
}

#[cfg(not(unix))]
const fn is_disk(_: &Metadata) -> bool {
    false
}

/// The permissions of a file that takes the place of another one, or is new.
#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere there are no permissions to set"
)]
fn permissions(existing: Option<&Metadata>, readers: Readers) -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    /// What all others may do.
    const OTHERS: u32 = 0o007;
    let mode = existing.map(|existing| existing.permissions().mode() & 0o777);
    let mode = match (mode, readers) {
        (Some(mode), Readers::Mask) => mode,
        (Some(mode), Readers::Owner) if mode & OTHERS == 0 => mode,
        // Less what the user's mask takes away, as with every program.
        (None, Readers::Mask) => 0o666,
        (_, Readers::Owner) => 0o600,
    };
    Some(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(existing: Option<&Metadata>, _: Readers) -> Option<fs::Permissions> {
    existing.map(Metadata::permissions)
}

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.destination {
            Destination::Beside(file) => file.write(bytes),
            Destination::InPlace(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.destination {
            Destination::Beside(file) => file.flush(),
            Destination::InPlace(file) => file.flush(),
        }
    }
}

//! Where output goes: standard output, or files that appear whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, anyhow, bail};
use tempfile::NamedTempFile;

use crate::{
    escape,
    failure::Failure,
    nearest,
    render::terminal::{ColorChoice, Terminal},
};

/// The formats of a command, by their names; the first is the default.
pub(crate) trait Formats: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
}

impl Formats for Format {
    const ALL: &'static [(&'static str, Self)] = &[("table", Self::Table), ("json", Self::Json)];
}

/// A format of a list of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComponentsFormat {
    Table,
    Json,
    CycloneDx,
}

impl Formats for ComponentsFormat {
    const ALL: &'static [(&'static str, Self)] = &[
        ("table", Self::Table),
        ("json", Self::Json),
        ("cyclonedx", Self::CycloneDx),
    ];
}

/// A format, and the file that it goes to; standard output without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target<F> {
    pub(crate) format: F,
    pub(crate) file: Option<PathBuf>,
}

impl<F: Formats> Target<F> {
    /// Reads `FORMAT` or `FORMAT=FILE`; `-` is standard output.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let known = F::ALL.iter().map(|(name, _)| *name);
        let format = F::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
            .ok_or_else(|| nearest::unknown("format", name, known))?;
        if file == Some("") {
            return Err(format!("a file is needed after {name}="));
        }
        Ok(Self {
            format,
            file: file.filter(|file| *file != "-").map(PathBuf::from),
        })
    }
}

/// How much is written at a time: the report of a large cluster has tens of megabytes.
const BUFFER: usize = 64 << 10;

/// Where output goes; it is opened before the work that fills it.
#[derive(Debug)]
pub(crate) struct Outputs<F> {
    stdout: Option<F>,
    files: Vec<(F, PendingFile)>,
}

/// What takes output: a file, or standard output.
pub(crate) type Sink<'a> = BufWriter<&'a mut dyn Write>;

impl<F: Formats> Outputs<F> {
    /// Makes sure that every target can be written; `others` are paths that no target may have.
    pub(crate) fn open(targets: &[Target<F>], others: &[&Path]) -> Result<Self, Failure> {
        let default: Vec<Target<F>> = F::ALL
            .iter()
            .take(1)
            .map(|(_, format)| Target {
                format: *format,
                file: None,
            })
            .collect();
        let targets = if targets.is_empty() {
            &default[..]
        } else {
            targets
        };
        let mut stdout = None;
        let mut paths: Vec<&Path> = Vec::new();
        for target in targets {
            match &target.file {
                Some(path) => paths.push(path),
                None if stdout.is_none() => stdout = Some(target.format),
                None => {
                    return Err(Failure::usage(anyhow!(
                        "two formats cannot share standard output"
                    ))
                    .hint("write one of them to a file: -o json=report.json"));
                }
            }
        }
        paths.extend(others);
        for (index, path) in paths.iter().enumerate() {
            if paths[..index].contains(path) {
                return Err(Failure::usage(anyhow!(
                    "{} cannot hold two outputs",
                    path.display()
                )));
            }
        }
        let mut files = Vec::new();
        for target in targets {
            if let Some(path) = &target.file {
                files.push((target.format, PendingFile::create(path)?));
            }
        }
        Ok(Self { stdout, files })
    }

    /// Renders every format and writes it to its target.
    pub(crate) fn write(
        self,
        color: ColorChoice,
        render: impl Fn(F, Terminal, &mut Sink<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        for (format, mut file) in self.files {
            let mut sink = Sink::with_capacity(BUFFER, &mut file);
            let written = render(format, Terminal::FILE, &mut sink).and_then(|()| sink.flush());
            drop(sink);
            written
                .context("cannot write the report")
                .map_err(Failure::usage)?;
            file.finish()?;
        }
        let Some(format) = self.stdout else {
            return Ok(());
        };
        let mut stdout = io::stdout().lock();
        let mut sink = Sink::with_capacity(BUFFER, &mut stdout);
        let written =
            render(format, Terminal::of_stdout(color), &mut sink).and_then(|()| sink.flush());
        match written {
            // Whoever stopped reading has seen enough; the exit code still tells the rest.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::usage(
                anyhow::Error::new(error).context("cannot write the report to standard output"),
            )),
            _ => Ok(()),
        }
    }
}

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
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        Self::open(path)
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(|error| {
                Failure::usage(error).hint("name a file in a folder that exists and can be written")
            })
    }

    fn open(path: &Path) -> anyhow::Result<Self> {
        // A link keeps pointing to its file.
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error.into()),
        };
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            bail!("it is a directory");
        }
        if let Some(existing) = &existing {
            // A file that is write-protected stays so, although its folder may let it be replaced.
            let file = OpenOptions::new().write(true).open(&target)?;
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
        let permissions = existing.map_or_else(new_permissions, |file| Some(file.permissions()));
        if let Some(permissions) = permissions {
            builder.permissions(permissions);
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
        let destination = Destination::Beside(file);
        Ok(Self {
            target,
            destination,
        })
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
        moved
            .with_context(|| format!("cannot write {}", self.target.display()))
            .map_err(Failure::usage)
    }
}

/// A new file is readable and writable by all, less what the user's mask takes away, as with every program.
#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere there are no permissions to set"
)]
fn new_permissions() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_permissions() -> Option<fs::Permissions> {
    None
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

/// Writes text to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::usage(
            anyhow::Error::new(error).context("cannot write to standard output"),
        )),
        _ => Ok(()),
    }
}

/// Writes a message for a person to standard error; what a terminal would obey is escaped.
pub(crate) fn complain(message: &str) {
    let lines: Vec<_> = message.trim_end().lines().map(escape::text).collect();
    // When standard error is closed, there is no one left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_formats_with_or_without_a_file() {
        assert_eq!(
            Target::parse("json=a=b.json"),
            Ok(Target {
                format: Format::Json,
                file: Some("a=b.json".into())
            })
        );
        assert_eq!(
            Target::parse("table=-"),
            Ok(Target {
                format: Format::Table,
                file: None
            })
        );
        assert_eq!(
            Target::<Format>::parse("jsno"),
            Err("unknown format \"jsno\": did you mean json?".into())
        );
        assert!(Target::<Format>::parse("json=").is_err());
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();

        let mut dropped = PendingFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let mut finished = PendingFile::create(&path).unwrap();
        finished.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        finished.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_path_that_cannot_be_written_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let directory = PendingFile::create(folder.path()).unwrap_err();
        assert!(
            directory.to_string().contains("it is a directory"),
            "{directory}"
        );
        let missing = PendingFile::create(&folder.path().join("no/such/report.json")).unwrap_err();
        assert_eq!(missing.exit, crate::failure::Exit::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_keeps_pointing_to_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut file = PendingFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }
}

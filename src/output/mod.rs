//! Where output goes: standard output, or files that appear whole or not at all.

mod pending;
#[cfg(test)]
mod tests;

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::anyhow;

pub(crate) use self::pending::{PendingFile, Readers, remove_unfinished};

use self::pending::full;
use crate::{
    escape,
    failure::Failure,
    nearest,
    place::{self, Place},
    render::terminal::{ColorChoice, Terminal},
};

/// The formats of a command, by their names; the first is the default.
pub(crate) trait Formats: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];

    /// The format with the file that tells what it is: `template=FILE`; none for one that needs none.
    fn told_by(self, _file: &str) -> Option<Self> {
        None
    }
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Sarif,
    Junit,
    Markdown,
    Github,
    Gitlab,
    Csv,
    Html,
    /// The path of the template.
    Template(&'static str),
    JsonLines,
    Yaml,
    OpenMetrics,
    OpenReports,
}

impl Formats for Format {
    const ALL: &'static [(&'static str, Self)] = &[
        ("table", Self::Table),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("csv", Self::Csv),
        ("html", Self::Html),
        ("template", Self::Template("")),
        ("jsonl", Self::JsonLines),
        ("yaml", Self::Yaml),
        ("openmetrics", Self::OpenMetrics),
        ("openreports", Self::OpenReports),
    ];

    fn told_by(self, file: &str) -> Option<Self> {
        // The command line lives as long as the program.
        matches!(self, Self::Template(_)).then(|| Self::Template(String::leak(file.to_owned())))
    }
}

impl Format {
    /// Whether every finding in it lies in a file.
    pub(crate) const fn needs_files(self) -> bool {
        matches!(self, Self::Sarif | Self::Gitlab)
    }
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

/// A format of the difference of two reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiffFormat {
    Table,
    Json,
    Markdown,
}

impl Formats for DiffFormat {
    const ALL: &'static [(&'static str, Self)] = &[
        ("table", Self::Table),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
    ];
}

/// A format, and the file that it goes to; standard output without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target<F> {
    pub(crate) format: F,
    pub(crate) file: Option<PathBuf>,
}

impl<F: Formats + PartialEq> Target<F> {
    /// The name of its format.
    pub(crate) fn name(&self) -> &'static str {
        let mut known = F::ALL.iter();
        known
            .find(|(_, format)| *format == self.format)
            .map_or("", |(name, _)| name)
    }
}

impl<F: Formats> Target<F> {
    /// Reads `FORMAT` or `FORMAT=FILE`, and `template=TEMPLATE` or `template=TEMPLATE=FILE`; `-` is standard output.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, mut file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let known = F::ALL.iter().map(|(name, _)| *name);
        let mut format = F::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
            .ok_or_else(|| nearest::unknown("format", name, known))?;
        let teller = file.unwrap_or_default();
        let (teller, rest) = match teller.split_once('=') {
            Some((teller, rest)) => (teller, Some(rest)),
            None => (teller, None),
        };
        if let Some(told) = format.told_by(teller) {
            if teller.is_empty() {
                return Err(format!(
                    "which {name}? write {name}=FILE, or {name}=FILE=OUTPUT to write a file"
                ));
            }
            (format, file) = (told, rest);
        }
        if file == Some("") {
            return Err(format!("a file is needed after {text}"));
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
    /// Makes sure that every target can be written, and that none is what another one is, or what is read.
    pub(crate) fn open(targets: &[Target<F>], claims: &mut Claims) -> Result<Self, Failure> {
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
        for target in targets {
            match &target.file {
                Some(path) => claims.output(path)?,
                None if stdout.is_none() => stdout = Some(target.format),
                None => return Err(two_on_stdout()),
            }
        }
        if stdout.is_some() {
            open_stdout()?;
            claims.stdout()?;
        }
        let mut files = Vec::new();
        for target in targets {
            if let Some(path) = &target.file {
                files.push((target.format, PendingFile::create(path, Readers::Mask)?));
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
            // What was left over is not tried again.
            drop(sink.into_parts());
            match written {
                Err(error) if file.is_enough(&error) => {}
                Err(error) => return Err(file.full(error)),
                Ok(()) => file.finish()?,
            }
        }
        let Some(format) = self.stdout else {
            return Ok(());
        };
        let mut stdout = io::stdout().lock();
        let mut sink = Sink::with_capacity(BUFFER, &mut stdout);
        printed(render(format, Terminal::of_stdout(color), &mut sink).and_then(|()| sink.flush()))
    }
}

/// What is read and written, so that nothing is both, and nothing is written twice.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    read: Vec<(String, Place)>,
    written: Vec<(PathBuf, Option<Place>)>,
}

impl Claims {
    /// A file is read: `the baseline`, `the kubeconfig`.
    pub(crate) fn input(&mut self, what: &str, path: &Path) {
        let place = if path == Path::new("-") {
            place::stdin()
        } else {
            Place::of(path)
        };
        // A folder is replaced by nothing; what lies in it is known when it was read.
        if let Some(place) = place
            && !path.is_dir()
        {
            self.read.push((what.to_owned(), place));
        }
    }

    /// A file is to be written.
    ///
    /// # Errors
    /// It is read or written already.
    pub(crate) fn output(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display();
        let place = Place::of(path);
        if let Some((other, _)) = self.written.iter().find(|(other, there)| {
            place.is_some() && *there == place
                || (place.is_none() && other == path && path != Path::new("/dev/null"))
        }) {
            let what = if other == path {
                format!("{shown} cannot hold two outputs")
            } else {
                format!(
                    "{shown} and {} are one file, and cannot hold two outputs",
                    other.display()
                )
            };
            return Err(Failure::usage(anyhow!(what)).hint("write each to a file of its own"));
        }
        let Some(place) = place else {
            self.written.push((path.to_owned(), None));
            return Ok(());
        };
        if let Some((what, _)) = self.read.iter().find(|(_, there)| *there == place) {
            return Err(replaces(path, what));
        }
        self.written.push((path.to_owned(), Some(place)));
        Ok(())
    }

    /// Standard output is written; it may lead to a file.
    fn stdout(&self) -> Result<(), Failure> {
        let Some(place) = place::stdout() else {
            return Ok(());
        };
        let same = |(_, there): &&(PathBuf, Option<Place>)| there.as_ref() == Some(&place);
        match self.written.iter().find(same) {
            Some(_) => Err(two_on_stdout()),
            None => Ok(()),
        }
    }

    /// Makes sure that no output takes the place of a file that turned out to be read.
    ///
    /// # Errors
    /// One does.
    pub(crate) fn spare(&self, read: &[(String, Place)]) -> Result<(), Failure> {
        for (name, place) in read {
            let same = |(_, there): &&(PathBuf, Option<Place>)| there.as_ref() == Some(place);
            if let Some((path, _)) = self.written.iter().find(same) {
                return Err(replaces(path, name));
            }
        }
        Ok(())
    }
}

fn replaces(path: &Path, what: &str) -> Failure {
    Failure::usage(anyhow!(
        "the output {} would overwrite {what}, which is read",
        path.display()
    ))
    .hint("write to another file")
}

fn two_on_stdout() -> Failure {
    Failure::usage(anyhow!("two formats cannot share standard output"))
        .hint("write one of them to a file: -o json=report.json")
}

/// Makes sure that standard output is there.
fn open_stdout() -> Result<(), Failure> {
    if kready_startup::stdout_is_closed() {
        return Err(
            Failure::unwritten(anyhow!("cannot write to standard output: it is closed"))
                .hint("open it, or write to a file: -o json=FILE"),
        );
    }
    Ok(())
}

/// Writes text to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    open_stdout()?;
    let mut stdout = io::stdout().lock();
    printed(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}

/// What came of writing to standard output.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        // Whoever stopped reading has seen enough; the exit code still tells the rest.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(full(error, "standard output")),
        _ => Ok(()),
    }
}

/// Writes a message for a person to standard error; what a terminal would obey is escaped.
pub(crate) fn complain(message: &str) {
    let lines: Vec<_> = message.trim_end().lines().map(escape::text).collect();
    // When standard error is closed, there is no one left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

//! Reads files, folders and standard input into a loader.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs,
    io::{self, BufRead, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use flate2::read::MultiGzDecoder;
use kready_checks::{
    inventory::{BadYaml, Document, Loader, NotJudged, Step, opened},
    model::Source,
};
use serde_json::Value;

use super::{
    errors::{
        bad_document, bad_gzip, binary, long_line, nothing_but, nothing_in, refused, swells,
        unreadable, unreadable_text,
    },
    locate::{self, Located},
    roots::{self, Root, RootKind, shown},
    walk::{self, ignore_it},
};
use crate::{
    bounded::{self, MIB},
    collect::{Unread, UnreadReason},
    failure::Failure,
    place::{self, Place, Seen},
};

/// How large a file may be: all that a large cluster holds, as `kubectl get -o json` writes it.
const LARGEST: u64 = 2048 * MIB;

/// How long a line of a snapshot may be: an object has a few MiB at most.
const LONGEST: u64 = 64 * MIB;

/// What one file turned out to hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    objects: usize,
    header: bool,
    /// Whether it is a report that an earlier run wrote beside what it read.
    report: bool,
}

/// The files that were read so far.
pub(super) struct FileReader {
    pub(super) loader: Loader,
    /// What holds no object: files, and documents beside objects.
    pub(super) without_objects: BTreeSet<String>,
    /// The snapshot among them.
    pub(super) header_in: Option<String>,
    objects_in: Option<String>,
    /// What of the folders could not be read.
    pub(super) unread: Vec<Unread>,
    /// What of the folders is to be rendered.
    pub(super) roots: Vec<Root>,
    /// Folders in which no file holds an object.
    empty: Vec<PathBuf>,
    read: Seen,
    /// The files that objects came from, and where they are.
    pub(super) places: Vec<(String, Place)>,
    stdin_read: bool,
    /// The folder of the chart that is read, which Helm's comments call by the chart's name.
    chart: Option<String>,
}

impl FileReader {
    pub(super) fn new(default_namespace: &str) -> Self {
        Self {
            loader: Loader::new(default_namespace),
            without_objects: BTreeSet::new(),
            header_in: None,
            objects_in: None,
            unread: Vec::new(),
            roots: Vec::new(),
            empty: Vec::new(),
            read: Seen::default(),
            places: Vec::new(),
            stdin_read: false,
            chart: None,
        }
    }

    /// Reads what the user named.
    pub(super) fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        if name == "-" {
            if std::mem::replace(&mut self.stdin_read, true) {
                return Err(Failure::usage(anyhow!(
                    "standard input is named twice, but can be read only once"
                )));
            }
            let bytes = contents(io::stdin().lock())
                .map_err(|error| unreadable("standard input", &error))?;
            let holding = self.bytes(&bytes, "-", true)?;
            self.places
                .extend(place::stdin().map(|place| ("standard input".to_owned(), place)));
            return need_objects(holding, "standard input");
        }
        let metadata = fs::metadata(path).map_err(|error| unreadable(&name, &error))?;
        if metadata.is_dir() {
            return self.folder(path);
        }
        // What a folder held before, or what is named twice, is read already.
        if !self.read.is_new(path) {
            return Ok(());
        }
        // What makes a folder a chart or a kustomization stands for the folder.
        let sorted = roots::sort(&[path.to_path_buf()]);
        if let Some(root) = sorted.roots.first() {
            self.empty.push(root.folder.clone());
            self.roots.extend(sorted.roots);
            return Ok(());
        }
        let holding = self.file(path)?;
        self.came_from(path);
        need_objects(holding, &name)
    }

    /// Whether there is nothing to audit in any of the folders, and what to do about it.
    pub(super) fn need_objects(&self) -> Result<(), Failure> {
        let Some(folder) = self.empty.first() else {
            return Ok(());
        };
        if self.objects_in.is_some() || self.header_in.is_some() {
            return Ok(());
        }
        let name = shown(folder);
        Err(if self.roots.is_empty() {
            nothing_in(&name, &self.unread, self.without_objects.len())
        } else {
            nothing_but(&name, &self.roots, &self.unread)
        })
    }

    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let walk = walk::walk(folder)?;
        let sorted = roots::sort(&walk.files);
        self.unread.extend(walk.unread);
        self.unread.extend(sorted.unread);
        self.roots.extend(sorted.roots);
        let alone = sorted.manifests.len() == 1;
        let mut objects = false;
        for file in sorted.manifests {
            if !self.read.is_new(&file) {
                continue;
            }
            let holding = self.file_of_folder(&file, alone)?;
            if holding.objects > 0 || holding.header {
                objects = true;
                if !holding.report {
                    self.came_from(&file);
                }
            }
        }
        if !objects {
            self.empty.push(folder.to_path_buf());
        }
        Ok(())
    }

    fn came_from(&mut self, path: &Path) {
        let place = Place::of(path).map(|place| (shown(path), place));
        self.places.extend(place);
    }

    /// Reads a file of a folder: what is wrong with it is noted, and the rest goes on.
    fn file_of_folder(&mut self, path: &Path, alone: bool) -> Result<Holding, Failure> {
        let name = shown(path);
        let bytes = match bounded::open_regular(path).and_then(contents) {
            Ok(bytes) => bytes,
            Err(error) => {
                let unread =
                    Unread::new(UnreadReason::Unreadable, name, refused(&error), ignore_it());
                self.unread.push(unread);
                return Ok(Holding::default());
            }
        };
        let is_json = is_json(path);
        let Ok(text) = decode(&bytes) else {
            let message = "it is binary, neither YAML nor JSON";
            let unread = Unread::new(UnreadReason::Binary, name, message, ignore_it());
            self.unread.push(unread);
            return Ok(Holding::default());
        };
        let documents = locate::documents(&text, !is_json);
        let is_snapshot = is_snapshot(&bytes)
            || documents.iter().flatten().any(|document| {
                document.value.get("kind").and_then(Value::as_str) == Some("Snapshot")
                    && document.value.get("time").is_some()
            });
        if is_snapshot {
            if alone {
                return self.bytes(&bytes, &name, !is_json);
            }
            self.unread.push(Unread::new(
                UnreadReason::Snapshot,
                &name,
                "a snapshot is audited by itself",
                format!("kready audit -f {name}"),
            ));
            return Ok(Holding::default());
        }
        let bad = documents
            .iter()
            .filter(|document| document.is_err())
            .count();
        if let Some(first) = documents
            .iter()
            .find_map(|document| document.as_ref().err())
        {
            let template = text.contains("{{");
            self.unread.push(unread(first, &name, template, bad - 1));
            // What of a template happens to be YAML is no manifest.
            if template {
                return Ok(Holding::default());
            }
        }
        let mut holding = Holding {
            report: documents.iter().flatten().all(is_report),
            ..Holding::default()
        };
        for document in documents.into_iter().flatten() {
            if let Some(line) = line_of_template(&document) {
                self.unread.push(
                    Unread::new(
                        UnreadReason::Template,
                        &name,
                        "it is a template: a name in it has to be filled in",
                        render_it(),
                    )
                    .at(line),
                );
                return Ok(holding);
            }
            holding.objects += self.document(document, &name)?;
        }
        self.note(&name, holding, bad == 0);
        Ok(holding)
    }

    /// Reads what a root was rendered to: either all of it or nothing.
    pub(super) fn rendered(&mut self, text: &str, root: &Root) -> Result<(), Unread> {
        let name = root.shown();
        let failed = |message: String| {
            Unread::new(UnreadReason::Render, root.shown(), message, root.command())
        };
        let documents = locate::documents(text, true);
        if let Some(bad) = documents
            .iter()
            .find_map(|document| document.as_ref().err())
        {
            return Err(failed(format!(
                "line {} of what it renders to is not understood: {}",
                bad.line, bad.message
            )));
        }
        if root.kind == RootKind::Chart {
            self.chart = Some(name.clone());
        }
        let mut objects = 0;
        for document in documents.into_iter().flatten() {
            objects += self
                .document(document, &name)
                .map_err(|failure| failed(format!("{:#}", failure.error)))?;
        }
        if objects == 0 {
            return Err(failed("it renders to no objects".to_owned()));
        }
        Ok(())
    }

    /// Remembers what a file held.
    fn note(&mut self, name: &str, holding: Holding, is_whole: bool) {
        if holding.objects > 0 {
            self.objects_in.get_or_insert_with(|| name.to_owned());
        } else if is_whole {
            // The file says it for its documents.
            let within = format!("{name}:");
            self.without_objects
                .retain(|place| !place.starts_with(&within));
            self.without_objects.insert(name.to_owned());
        }
    }

    fn file(&mut self, path: &Path) -> Result<Holding, Failure> {
        let name = path.display().to_string();
        let bytes = bounded::open_named(path)
            .and_then(contents)
            .map_err(|error| unreadable(&name, &error))?;
        self.bytes(&bytes, &name, !is_json(path))
    }

    pub(super) fn bytes(
        &mut self,
        bytes: &[u8],
        name: &str,
        maybe_yaml: bool,
    ) -> Result<Holding, Failure> {
        let before = self.loader.header().is_some();
        let objects = if bytes.starts_with(GZIP) {
            self.compressed(bytes, name)?
        } else if is_snapshot(bytes) {
            self.lines(bytes, name, Bounds::NONE)?
        } else {
            let text = decode(bytes).map_err(|Binary| binary(name))?;
            self.text(&text, name, maybe_yaml)?
        };
        let header = !before && self.loader.header().is_some();
        let holding = Holding {
            objects,
            header,
            report: false,
        };
        if holding.header {
            self.header_in = Some(name.to_owned());
        } else if holding.objects > 0 && self.objects_in.is_none() {
            self.objects_in = Some(name.to_owned());
        }
        if let (Some(snapshot), Some(manifests)) = (&self.header_in, &self.objects_in) {
            return Err(Failure::usage(anyhow!(
                "{snapshot} is a snapshot, and {manifests} holds manifests: they cannot be mixed"
            ))
            .hint("audit the snapshot alone, or the manifests alone"));
        }
        Ok(holding)
    }

    fn compressed(&mut self, packed: &[u8], name: &str) -> Result<usize, Failure> {
        let mut reader = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(packed));
        let mut bytes = Vec::new();
        reader
            .by_ref()
            .take(HEAD)
            .read_to_end(&mut bytes)
            .map_err(|error| bad_gzip(name, &error))?;
        if is_snapshot(&bytes) {
            let bounds = Bounds::of(packed.len());
            return self.lines(bytes.as_slice().chain(reader), name, bounds);
        }
        let bytes =
            bounded::stream(bytes.as_slice().chain(reader), UNPACKED).map_err(
                |error| match error.kind() {
                    ErrorKind::FileTooLarge => swells(name, &format!("{} MiB", UNPACKED / MIB)),
                    _ => bad_gzip(name, &error),
                },
            )?;
        let text = decode(&bytes).map_err(|Binary| binary(name))?;
        self.text(&text, name, true)
    }

    /// Reads a snapshot line by line, without ever holding all of its text.
    fn lines(
        &mut self,
        mut reader: impl BufRead,
        name: &str,
        bounds: Bounds,
    ) -> Result<usize, Failure> {
        let mut line = Vec::new();
        let (mut objects, mut number, mut total) = (0, 0, 0);
        loop {
            line.clear();
            number += 1;
            let read = reader
                .by_ref()
                .take(LONGEST + 1)
                .read_until(b'\n', &mut line)
                .map_err(|error| {
                    bad_gzip(name, &error)
                        .hint("save the snapshot again: kready snapshot -o FILE.json.gz")
                })?;
            if read == 0 {
                return Ok(objects);
            }
            total += read as u64;
            if total > bounds.bytes {
                let most = format!("{} MiB", bounds.bytes / MIB);
                return Err(swells(name, &most));
            }
            if number > bounds.lines {
                return Err(swells(name, &format!("{} lines", bounds.lines)));
            }
            if read as u64 > LONGEST {
                return Err(long_line(name, number, LONGEST));
            }
            let line = std::str::from_utf8(&line).map_err(|_| {
                Failure::usage(anyhow!("{name}:{number}: the line is not UTF-8 text"))
                    .hint("save the snapshot again: kready snapshot -o FILE.json.gz")
            })?;
            if line.trim().is_empty() {
                continue;
            }
            match self.loader.add_line(line) {
                Ok(Document::Objects { taken, others }) => objects += taken + others,
                Ok(Document::Header | Document::Nothing) => {}
                Err(error) => return Err(bad_document(&error, name, number)),
            }
        }
    }

    fn text(&mut self, text: &str, name: &str, maybe_yaml: bool) -> Result<usize, Failure> {
        let documents = locate::documents(text, maybe_yaml);
        if let Some(bad) = documents
            .iter()
            .find_map(|document| document.as_ref().err())
        {
            return Err(unreadable_text(bad, name, text.contains("{{")));
        }
        let mut objects = 0;
        for document in documents.into_iter().flatten() {
            objects += self.document(document, name)?;
        }
        Ok(objects)
    }

    fn document(&mut self, document: Located<'_>, name: &str) -> Result<usize, Failure> {
        let Located {
            value,
            source,
            line,
            items,
            fields,
        } = document;
        let chart = self.chart.clone();
        let at = |line: u32| match &source {
            Some(helm) => Source {
                file: within_chart(&helm.file, chart.as_deref()).into(),
                line: line.saturating_sub(helm.line).max(1),
            },
            None => Source {
                file: name.into(),
                line,
            },
        };
        let mut objects = 0;
        let opened = opened(value);
        let are_known = items.len() == opened.len();
        for (number, (path, object)) in opened.into_iter().enumerate() {
            if is_test_hook(&object) {
                self.loader.leave_out(&object, NotJudged::HelmTest);
                objects += 1;
                continue;
            }
            let is_null = object.is_null();
            let line = if are_known { items[number] } else { line };
            let place = |field: &[Step]| {
                let path = [path.as_slice(), field].concat();
                at(fields.line_of(&path).unwrap_or(line))
            };
            match self.loader.add_at(object, Some(&at(line)), &place) {
                Ok(Document::Objects { taken, others }) => objects += taken + others,
                Ok(Document::Nothing) if !is_null => {
                    self.without_objects.insert(format!("{name}:{line}"));
                }
                Ok(Document::Header | Document::Nothing) => {}
                Err(error) => return Err(bad_document(&error, name, line as usize)),
            }
        }
        Ok(objects)
    }
}

/// Whether an object exists only while `helm test` runs.
fn is_test_hook(object: &Value) -> bool {
    object
        .pointer("/metadata/annotations/helm.sh~1hook")
        .and_then(Value::as_str)
        .is_some_and(|hooks| hooks.split(',').any(|hook| hook.trim().starts_with("test")))
}

/// The path of a template within the folder of its chart.
fn within_chart(file: &str, chart: Option<&str>) -> String {
    match (chart, file.split_once('/')) {
        (Some(folder), Some((_, within))) => format!("{folder}/{within}"),
        _ => file.to_owned(),
    }
}

/// How many bytes tell a snapshot from manifests.
const HEAD: u64 = 512;

/// How much compressed manifests may become.
const UNPACKED: u64 = 64 * MIB;

/// What a compressed snapshot may become.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    bytes: u64,
    lines: usize,
}

impl Bounds {
    /// What is not packed is no more than it is.
    const NONE: Self = Self {
        bytes: u64::MAX,
        lines: usize::MAX,
    };

    /// Objects of a cluster have a uid each, which can't be packed: they become less than a hundred times as much, and take more than
    /// 16 bytes. What is small anyway may become as much as it likes.
    fn of(packed: usize) -> Self {
        Self {
            bytes: UNPACKED.max((packed as u64).saturating_mul(100)),
            lines: 500_000.max(packed / 16),
        }
    }
}

/// What a file holds; of one that is no text, as its beginning tells, no more than that.
fn contents(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    from.by_ref().take(64 << 10).read_to_end(&mut start)?;
    if !start.starts_with(GZIP) && start.contains(&0) {
        return Ok(start);
    }
    bounded::stream(start.as_slice().chain(from), LARGEST)
}

/// How a compressed file begins.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Whether a text begins with a snapshot's header on a line of its own.
fn is_snapshot(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    let start = String::from_utf8_lossy(start);
    start.starts_with('{')
        && start.contains("\"kind\":\"Snapshot\"")
        && start.contains("\"apiVersion\":\"kready.dev/")
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// What is no text.
struct Binary;

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Binary> {
    let text = std::str::from_utf8(bytes).map_err(|_| Binary)?;
    if text.contains('\0') {
        return Err(Binary);
    }
    Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// Whether a document is what this program writes of what it read.
fn is_report(document: &Located<'_>) -> bool {
    let version = document.value.get("apiVersion").and_then(Value::as_str);
    version.is_some_and(|version| version.starts_with("kready.dev/"))
}

fn render_it() -> String {
    "audit what it renders to, and name it in .kreadyignore".to_owned()
}

/// The first thing that is wrong with the text of a file, and how many there are besides.
fn unread(bad: &BadYaml, name: &str, template: bool, more: usize) -> Unread {
    let (reason, mut message, remedy) = if template {
        let message = format!("it is a template: {}", bad.message);
        (UnreadReason::Template, message, render_it())
    } else if let Some(twice) = &bad.twice {
        let remedy = if twice.is_outermost {
            "put a line with --- between the documents"
        } else {
            "keep one of them"
        };
        (
            UnreadReason::DuplicateKey,
            bad.message.clone(),
            remedy.to_owned(),
        )
    } else {
        (UnreadReason::Syntax, bad.message.clone(), ignore_it())
    };
    if more > 0 && !template {
        message = format!("{message}, and {more} more of its documents");
    }
    Unread::new(reason, name, message, remedy).at(bad.line)
}

/// The line of a document whose object bears a name that is to be filled in.
fn line_of_template(document: &Located<'_>) -> Option<usize> {
    let open = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .is_some_and(|text| text.contains("{{"))
    };
    let metadata = document.value.get("metadata");
    let named = |field: &str| open(metadata.and_then(|metadata| metadata.get(field)));
    let is_open = open(document.value.get("kind")) || named("name") || named("namespace");
    is_open.then_some(document.line as usize)
}

fn need_objects(holding: Holding, name: &str) -> Result<(), Failure> {
    if holding.objects == 0 && !holding.header {
        return Err(
            Failure::usage(anyhow!("{name}: it holds no Kubernetes object"))
                .hint("an object has apiVersion and kind; values are rendered first: helm template . | kready audit -f -"),
        );
    }
    Ok(())
}

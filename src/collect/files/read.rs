//! Reads files, folders and standard input into a loader.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use flate2::read::MultiGzDecoder;
use kready_checks::{
    inventory::{Document, Loader},
    model::Source,
};
use serde_json::Value;

use super::{
    errors::{bad_document, bad_gzip, unreadable},
    locate,
};
use crate::failure::Failure;

/// What one file turned out to hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    objects: usize,
    header: bool,
}

/// The files that were read so far.
pub(super) struct FileReader {
    pub(super) loader: Loader,
    pub(super) files_without_objects: BTreeSet<String>,
    /// The snapshot among them.
    pub(super) header_in: Option<String>,
    objects_in: Option<String>,
    visited: BTreeSet<PathBuf>,
    stdin_read: bool,
}

impl FileReader {
    pub(super) fn new(default_namespace: &str) -> Self {
        Self {
            loader: Loader::new(default_namespace),
            files_without_objects: BTreeSet::new(),
            header_in: None,
            objects_in: None,
            visited: BTreeSet::new(),
            stdin_read: false,
        }
    }

    /// Reads what the user named.
    pub(super) fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        if name == "-" {
            if std::mem::replace(&mut self.stdin_read, true) {
                return Err(Failure::usage(anyhow!(
                    "standard input is named twice, and can be read once"
                )));
            }
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable("standard input", &error))?;
            let holding = self.bytes(&bytes, "-", true)?;
            return need_objects(holding, "standard input");
        }
        let metadata = fs::metadata(path).map_err(|error| unreadable(&name, &error))?;
        if metadata.is_dir() {
            let holding = self.folder(path)?;
            if holding.objects == 0 && !holding.header {
                let files = self.files_without_objects.len();
                let cause = match files {
                    0 => anyhow!("{name}: the folder holds no .yaml, .yml or .json file"),
                    _ => anyhow!("{name}: no file in the folder holds a Kubernetes object"),
                };
                return Err(Failure::usage(cause)
                    .hint("name a folder with manifests, or a snapshot that kready saved"));
            }
            return Ok(());
        }
        let holding = self.file(path)?;
        need_objects(holding, &name)
    }

    fn folder(&mut self, folder: &Path) -> Result<Holding, Failure> {
        let shown = folder.display().to_string();
        let canonical = fs::canonicalize(folder).map_err(|error| unreadable(&shown, &error))?;
        let mut total = Holding::default();
        // A link may lead back to a folder above.
        if !self.visited.insert(canonical) {
            return Ok(total);
        }
        let mut entries = fs::read_dir(folder)
            .and_then(|entries| {
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(|error| unreadable(&shown, &error))?;
        entries.sort();
        for entry in entries {
            // A mounted ConfigMap keeps its versions in such folders, and links to the newest.
            let hidden = entry
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".."));
            if hidden {
                continue;
            }
            let shown = entry.display().to_string();
            let metadata = match fs::metadata(&entry) {
                Ok(metadata) => metadata,
                // A link that leads nowhere is no manifest.
                Err(error) if error.kind() == ErrorKind::NotFound && !is_manifest(&entry) => {
                    continue;
                }
                Err(error) => return Err(unreadable(&shown, &error)),
            };
            let holding = if metadata.is_dir() {
                self.folder(&entry)?
            } else if is_manifest(&entry) {
                let holding = self.file(&entry)?;
                if holding.objects == 0 && !holding.header {
                    self.files_without_objects.insert(shown);
                }
                holding
            } else {
                continue;
            };
            total.objects += holding.objects;
            total.header |= holding.header;
        }
        Ok(total)
    }

    fn file(&mut self, path: &Path) -> Result<Holding, Failure> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| unreadable(&name, &error))?;
        let is_json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        self.bytes(&bytes, &name, !is_json)
    }

    pub(super) fn bytes(
        &mut self,
        bytes: &[u8],
        name: &str,
        maybe_yaml: bool,
    ) -> Result<Holding, Failure> {
        let before = self.loader.header().is_some();
        let objects = if bytes.starts_with(&[0x1f, 0x8b]) {
            self.compressed(bytes, name)?
        } else if is_snapshot(bytes) {
            self.lines(bytes, name)?
        } else {
            let text = decode(bytes, name)?;
            self.text(&text, name, maybe_yaml)?
        };
        let header = !before && self.loader.header().is_some();
        let holding = Holding { objects, header };
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

    fn compressed(&mut self, bytes: &[u8], name: &str) -> Result<usize, Failure> {
        let mut reader = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(bytes));
        let mut bytes = Vec::new();
        reader
            .by_ref()
            .take(HEAD)
            .read_to_end(&mut bytes)
            .map_err(|error| bad_gzip(name, &error))?;
        if is_snapshot(&bytes) {
            return self.lines(bytes.as_slice().chain(reader), name);
        }
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| bad_gzip(name, &error))?;
        let text = decode(&bytes, name)?;
        self.text(&text, name, true)
    }

    /// Reads a snapshot line by line, without ever holding all of its text.
    fn lines(&mut self, mut reader: impl BufRead, name: &str) -> Result<usize, Failure> {
        let mut line = String::new();
        let (mut objects, mut number) = (0, 0);
        loop {
            line.clear();
            number += 1;
            let read = reader.read_line(&mut line).map_err(|error| {
                match error.kind() {
                    ErrorKind::InvalidData if !error.to_string().contains("deflate") => {
                        Failure::usage(anyhow!("{name}:{number}: the line is no UTF-8 text"))
                    }
                    _ => bad_gzip(name, &error),
                }
                .hint("save the snapshot again: kready snapshot -o FILE.json.gz")
            })?;
            if read == 0 {
                return Ok(objects);
            }
            if line.trim().is_empty() {
                continue;
            }
            match self.loader.add_line(&line) {
                Ok(Document::Objects { taken, others }) => objects += taken + others,
                Ok(Document::Header | Document::Nothing) => {}
                Err(error) => return Err(bad_document(&error, name, number)),
            }
        }
    }

    fn text(&mut self, text: &str, name: &str, maybe_yaml: bool) -> Result<usize, Failure> {
        let documents = locate::documents(text, maybe_yaml).map_err(|error| {
            let failure = Failure::usage(anyhow!(
                "{name}:{}:{}: {}",
                error.line,
                error.column,
                error.message
            ));
            if text.contains("{{") {
                failure.hint(
                    "it looks like a template; audit what it renders to: helm template . | kready audit -f -",
                )
            } else {
                failure.hint("mend the file; kubectl apply --dry-run=client -f shows the same place")
            }
        })?;
        let mut objects = 0;
        for document in documents {
            objects += self.document(document, name)?;
        }
        Ok(objects)
    }

    fn document(&mut self, document: locate::Located, name: &str) -> Result<usize, Failure> {
        let locate::Located {
            value,
            source,
            line,
            items,
        } = document;
        let at = |line: u32| match &source {
            Some(helm) => Source {
                file: helm.file.as_str().into(),
                line: line.saturating_sub(helm.line).max(1),
            },
            None => Source {
                file: name.into(),
                line,
            },
        };
        let mut objects = 0;
        let lines: BTreeMap<usize, u32> = items.into_iter().enumerate().collect();
        for (number, object) in opened(value) {
            if is_test_hook(&object) {
                objects += 1;
                continue;
            }
            let line = number
                .and_then(|number| lines.get(&number))
                .copied()
                .unwrap_or(line);
            match self.loader.add(object, Some(&at(line))) {
                Ok(Document::Objects { taken, others }) => objects += taken + others,
                Ok(Document::Header | Document::Nothing) => {}
                Err(error) => return Err(bad_document(&error, name, line as usize)),
            }
        }
        Ok(objects)
    }
}

/// The objects of a list, with their numbers, or the object itself.
fn opened(value: Value) -> Vec<(Option<usize>, Value)> {
    let numbered = |items: Vec<Value>| {
        items
            .into_iter()
            .enumerate()
            .map(|(number, item)| (Some(number), item))
            .collect()
    };
    match value {
        Value::Array(items) => numbered(items),
        Value::Object(mut fields) => {
            let text = |fields: &serde_json::Map<String, Value>, key: &str| {
                fields.get(key).and_then(Value::as_str).map(str::to_owned)
            };
            let list = text(&fields, "kind").filter(|kind| kind.ends_with("List"));
            let (Some(kind), Some(api_version), Some(Value::Array(_))) =
                (list, text(&fields, "apiVersion"), fields.get("items"))
            else {
                return vec![(None, Value::Object(fields))];
            };
            let Some(Value::Array(mut items)) = fields.remove("items") else {
                return Vec::new();
            };
            // The items of a typed list need not repeat its kind.
            let kind = kind.trim_end_matches("List");
            if !kind.is_empty() {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    item.entry("kind").or_insert_with(|| kind.into());
                    item.entry("apiVersion")
                        .or_insert_with(|| api_version.as_str().into());
                }
            }
            numbered(items)
        }
        value => vec![(None, value)],
    }
}

/// Whether an object exists only while `helm test` runs.
fn is_test_hook(object: &Value) -> bool {
    object
        .pointer("/metadata/annotations/helm.sh~1hook")
        .and_then(Value::as_str)
        .is_some_and(|hooks| hooks.split(',').any(|hook| hook.trim().starts_with("test")))
}

/// How many bytes tell a snapshot from manifests.
const HEAD: u64 = 512;

/// Whether a text begins with a snapshot's header on a line of its own.
fn is_snapshot(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    let start = String::from_utf8_lossy(start);
    start.starts_with('{')
        && start.contains("\"kind\":\"Snapshot\"")
        && start.contains("\"apiVersion\":\"kready.dev/")
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json", "gz"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn decode<'a>(bytes: &'a [u8], name: &str) -> Result<Cow<'a, str>, Failure> {
    let binary = || {
        Failure::usage(anyhow!("{name}: it is binary, neither YAML nor JSON"))
            .hint("name manifests, or a snapshot that kready saved (.json.gz)")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| binary())?;
    if text.contains('\0') {
        return Err(binary());
    }
    Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
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

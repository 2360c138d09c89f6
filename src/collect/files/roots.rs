//! Charts and kustomizations among the files of a folder: they hold no objects of their own, and what they are made of isn't judged.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use kready_checks::{inventory::yaml_documents, model::shell_word};
use serde_json::Value;

use crate::{
    bounded::{self, MIB},
    collect::{Unread, UnreadReason},
    place::{Place, Seen},
};

/// How large a file may be that says what is to be rendered.
const LARGEST: u64 = MIB;

/// What renders a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RootKind {
    Chart,
    Kustomization,
}

/// A folder whose objects exist once a command has rendered them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Root {
    pub(super) folder: PathBuf,
    pub(super) kind: RootKind,
    /// The name of a chart, which its release gets.
    pub(super) name: String,
}

impl Root {
    /// Its folder as it is shown.
    pub(super) fn shown(&self) -> String {
        shown(&self.folder)
    }

    /// The file that makes its folder a root.
    pub(super) fn file(&self) -> String {
        let names = match self.kind {
            RootKind::Chart => &["Chart.yaml"][..],
            RootKind::Kustomization => KUSTOMIZATIONS,
        };
        let there = names.iter().map(|name| self.folder.join(name));
        let file = there.clone().find(|file| file.is_file());
        shown(&file.or(there.clone().next()).unwrap_or_default())
    }

    /// What renders it, for a shell.
    pub(super) fn command(&self) -> String {
        let folder = shell_word(&self.shown());
        match self.kind {
            RootKind::Chart => format!("helm template {} {folder}", shell_word(&self.name)),
            RootKind::Kustomization => format!("kubectl kustomize {folder}"),
        }
    }

    /// What audits it, for a shell.
    pub(super) fn audit(&self) -> String {
        format!("{} | kready audit -f -", self.command())
    }

    pub(super) fn unread(&self) -> Unread {
        let (reason, message) = match self.kind {
            RootKind::Chart => (
                UnreadReason::Chart,
                "a chart holds no objects before it is rendered",
            ),
            RootKind::Kustomization => (
                UnreadReason::Kustomization,
                "a kustomization holds no objects before it is built",
            ),
        };
        Unread::new(reason, self.shown(), message, self.audit())
    }
}

/// What the files of a folder turned out to be.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// To be read.
    pub(super) manifests: Vec<PathBuf>,
    /// To be rendered.
    pub(super) roots: Vec<Root>,
    /// Kustomizations that are none.
    pub(super) unread: Vec<Unread>,
}

/// Tells manifests from what charts and kustomizations are made of.
pub(super) fn sort(files: &[PathBuf]) -> Sorted {
    let charts: BTreeSet<&OsStr> = files
        .iter()
        .filter(|file| file.file_name().is_some_and(|name| name == "Chart.yaml"))
        .filter_map(|file| file.parent())
        .map(Path::as_os_str)
        .collect();
    let is_of_charts = |path: &Path| {
        !charts.is_empty()
            && path
                .ancestors()
                .skip(1)
                .any(|folder| charts.contains(folder.as_os_str()) && is_of_chart(path, folder))
    };
    let mut sorted = Sorted::default();
    for folder in charts.iter().map(Path::new) {
        if is_of_charts(folder) {
            continue;
        }
        let chart = read(&folder.join("Chart.yaml")).unwrap_or_default();
        // A library is a part of other charts.
        if chart.get("type").and_then(Value::as_str) == Some("library") {
            continue;
        }
        let name = chart.get("name").and_then(Value::as_str);
        sorted.roots.push(Root {
            folder: folder.to_path_buf(),
            kind: RootKind::Chart,
            name: name.unwrap_or("release").to_owned(),
        });
    }
    let (mut inputs, mut bases) = (BTreeSet::new(), BTreeSet::new());
    let mut kustomizations = Vec::new();
    let mut manifests = Vec::new();
    for file in files {
        if is_of_charts(file) {
            continue;
        }
        if !is_kustomization_file(file) {
            manifests.push(file);
            continue;
        }
        match read(file) {
            Ok(document) if is_kustomization(&document) => {
                let folder = file.parent().unwrap_or(Path::new(""));
                for reference in references(&document) {
                    let path = join(folder, reference);
                    let Some(place) = path.exists().then(|| Place::of(&path)).flatten() else {
                        continue;
                    };
                    if path.is_dir() {
                        bases.insert(place);
                    } else {
                        inputs.insert(place);
                    }
                }
                let kind = document.get("kind").and_then(Value::as_str);
                kustomizations.push((folder, kind == Some("Component")));
            }
            Ok(_) => manifests.push(file),
            Err((line, message)) => sorted.unread.push(
                Unread::new(
                    UnreadReason::Syntax,
                    shown(file),
                    message,
                    "fix the file, or name it in .kreadyignore",
                )
                .at(line),
            ),
        }
    }
    for (folder, is_component) in kustomizations {
        let is_base = Place::of(or_here(folder)).is_some_and(|place| bases.contains(&place));
        if is_base {
            continue;
        }
        if is_component {
            sorted.unread.push(Unread::new(
                UnreadReason::Kustomization,
                shown(folder),
                "a component is built by a kustomization that lists it, and none here does",
                "audit what such a kustomization renders to",
            ));
        } else {
            sorted.roots.push(Root {
                folder: folder.to_path_buf(),
                kind: RootKind::Kustomization,
                name: String::new(),
            });
        }
    }
    sorted.manifests = manifests
        .into_iter()
        .filter(|file| is_manifest(file))
        .filter(|file| {
            inputs.is_empty() || !Place::of(file).is_some_and(|place| inputs.contains(&place))
        })
        .cloned()
        .collect();
    sorted.roots.sort();
    sorted
}

/// Whether a name is one of a manifest.
pub(super) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Whether a file or a folder is what a chart is made of.
fn is_of_chart(path: &Path, chart: &Path) -> bool {
    let Ok(within) = path.strip_prefix(chart) else {
        return false;
    };
    let mut parts = within.components();
    let first = parts.next().map(|part| part.as_os_str().to_string_lossy());
    let Some(first) = first else { return false };
    if parts.next().is_some() {
        return matches!(&*first, "templates" | "charts" | "crds" | "ci");
    }
    matches!(&*first, "Chart.yaml" | "requirements.yaml" | "charts")
        || (first.starts_with("values") && is_manifest(path))
}

/// The names of a kustomization's file.
const KUSTOMIZATIONS: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

fn is_kustomization_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| KUSTOMIZATIONS.iter().any(|known| name == *known))
}

/// Whether a document of such a name is one of kustomize: others use the word as well.
fn is_kustomization(document: &Value) -> bool {
    let group = document
        .get("apiVersion")
        .and_then(Value::as_str)
        .map(|version| version.split('/').next().unwrap_or_default());
    match group {
        Some(group) => group == "kustomize.config.k8s.io",
        None => document.is_object() && document.get("metadata").is_none(),
    }
}

/// The one document of a file; else its line and what is wrong with it.
fn read(path: &Path) -> Result<Value, (usize, String)> {
    let text = bounded::regular(path, LARGEST)
        .and_then(bounded::text)
        .map_err(|error| (1, error.to_string()))?;
    let documents = yaml_documents(&text).map_err(|error| (error.line, error.message))?;
    Ok(documents.into_iter().next().unwrap_or_default())
}

/// The files and folders that a kustomization is made of, as it names them; what is fetched from elsewhere as well.
pub(super) fn references(kustomization: &Value) -> Vec<&str> {
    let mut references = Vec::new();
    for field in [
        "resources",
        "bases",
        "components",
        "crds",
        "configurations",
        "generators",
        "transformers",
        "validators",
        "patchesStrategicMerge",
    ] {
        let entries = kustomization.get(field).and_then(Value::as_array);
        references.extend(entries.into_iter().flatten().filter_map(Value::as_str));
    }
    for (field, keys) in [
        ("patches", &["path"][..]),
        ("patchesJson6902", &["path"]),
        ("replacements", &["path"]),
        ("configMapGenerator", &["files", "envs", "env"]),
        ("secretGenerator", &["files", "envs", "env"]),
        ("helmCharts", &["valuesFile", "additionalValuesFiles"]),
        ("helmChartInflationGenerator", &["values"]),
    ] {
        let entries = kustomization.get(field).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            for value in keys.iter().filter_map(|key| entry.get(key)) {
                let several = value.as_array().into_iter().flatten();
                let all = several.chain(Some(value)).filter_map(Value::as_str);
                // A generator may give a file another name: `name=file`.
                references
                    .extend(all.map(|text| text.split_once('=').map_or(text, |(_, path)| path)));
            }
        }
    }
    let openapi = kustomization
        .pointer("/openapi/path")
        .and_then(Value::as_str);
    references.extend(openapi);
    // A patch may stand in the list itself.
    references.retain(|reference| !reference.contains('\n'));
    references
}

/// What a kustomization, or one that it refers to, wants that isn't here: it would be fetched.
pub(super) fn remote(folder: &Path) -> Option<String> {
    let mut seen = Seen::default();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !seen.is_new(or_here(&folder)) {
            continue;
        }
        let file = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
            .map(|name| folder.join(name))
            .into_iter()
            .find(|file| file.is_file())?;
        let document = read(&file).ok()?;
        for chart in ["helmCharts", "helmChartInflationGenerator"] {
            if document.get(chart).is_some() {
                return Some(chart.to_owned());
            }
        }
        for reference in references(&document) {
            let path = join(&folder, reference);
            if path.is_dir() {
                open.push(path);
            } else if !path.is_file() {
                return Some(reference.to_owned());
            }
        }
    }
    None
}

fn join(folder: &Path, reference: &str) -> PathBuf {
    or_here(folder).join(reference)
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// A path as it is shown: without the dot in front that a folder named `.` gives it.
pub(super) fn shown(path: &Path) -> String {
    let text = path.strip_prefix(".").unwrap_or(path).display().to_string();
    if text.is_empty() {
        ".".to_owned()
    } else {
        text
    }
}

//! Turns the knowledge files into tables of the program: what is wrong in them fails the build, and nothing is parsed at run time.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a build script reads its environment, writes files, and ends the build when the knowledge is wrong"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    id: String,
    name: String,
    category: String,
    vendor: String,
    status: String,
    #[serde(default)]
    aliases: Vec<String>,
    successor: Option<String>,
    #[serde(default)]
    successor_of: Vec<String>,
    eol: Option<String>,
    ended: Option<String>,
    successors: Option<Vec<String>>,
    #[serde(default)]
    provides: Vec<String>,
    notes: Option<String>,
    signals: Signals,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signals {
    crd_groups: Vec<String>,
    images: Vec<String>,
    labels: BTreeMap<String, Vec<String>>,
    provisioners: Vec<String>,
    namespaces: Vec<String>,
    node_labels: Vec<String>,
    node_os_image: Vec<String>,
    api_services: Vec<String>,
    #[serde(default)]
    provider_ids: Vec<String>,
    #[serde(default)]
    git_version: Vec<String>,
    #[serde(default)]
    registries: Vec<String>,
    #[serde(default)]
    registries_except: Vec<String>,
    #[serde(default)]
    webhooks: Vec<String>,
    #[serde(default)]
    workloads: Vec<String>,
    #[serde(default)]
    ingress_controllers: Vec<String>,
    #[serde(default)]
    gateway_controllers: Vec<String>,
    #[serde(default)]
    runtimes: Vec<String>,
    #[serde(default)]
    runtime_handlers: Vec<String>,
    #[serde(default)]
    volume_types: Vec<String>,
    #[serde(default)]
    node_names: Vec<String>,
    #[serde(default)]
    annotations: Vec<String>,
    #[serde(default)]
    crds: Vec<String>,
    #[serde(default)]
    image_tag_regex: Vec<String>,
}

/// Some workloads of a component, as `knowledge/parts/README.md` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    workloads: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    availability: Option<String>,
    because: Option<String>,
    #[serde(default)]
    exporter: bool,
    #[serde(default)]
    expects: BTreeSet<String>,
    #[serde(default)]
    service_accounts: Vec<String>,
}

type Parts = BTreeMap<String, Vec<Part>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    date: String,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    calendars: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovedApis {
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    removed: Vec<RemovedApi>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovedApi {
    minor: u32,
    version: String,
    kinds: Vec<String>,
    successor: Option<String>,
}

fn main() {
    let mut code = String::new();
    components(&mut code);
    releases(&mut code);
    let out = env::var("OUT_DIR").unwrap();
    let out = Path::new(&out);
    fs::write(out.join("knowledge.rs"), code).unwrap();
    fs::write(out.join("removed_apis.rs"), removed_apis()).unwrap();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=knowledge");
    println!("cargo::rerun-if-changed=inventory/removed_apis.yaml");
}

fn components(code: &mut String) {
    let components: Vec<Component> =
        serde_yaml::from_str(include_str!("knowledge/components.yaml")).unwrap();
    let parts = parts();
    let names: BTreeMap<&str, &str> = components
        .iter()
        .map(|component| (component.id.as_str(), component.name.as_str()))
        .collect();
    let ids: BTreeSet<&str> = names.keys().copied().collect();
    assert_eq!(ids.len(), components.len(), "an id stands twice");
    for id in parts.keys() {
        assert!(ids.contains(id.as_str()), "parts: unknown component {id}");
    }
    let mut images: BTreeSet<(String, String, usize)> = BTreeSet::new();
    let mut globs: BTreeSet<(String, usize)> = BTreeSet::new();
    let mut labels: BTreeSet<(String, String, usize)> = BTreeSet::new();
    let mut registries: BTreeSet<(String, String, String, usize)> = BTreeSet::new();
    code.push_str("/// Every component, in the order of the knowledge file.\npub(super) static COMPONENTS: &[Component] = &[\n");
    for (index, component) in components.iter().enumerate() {
        let Component { signals, .. } = component;
        for image in &signals.images {
            let image = image.to_lowercase();
            let last = image.rsplit('/').next().unwrap_or_default();
            if last.contains('*') {
                globs.insert((image, index));
            } else {
                images.insert((last.to_owned(), image.clone(), index));
            }
        }
        for pattern in &signals.registries {
            let pattern = pattern.to_lowercase();
            let (host, path) = pattern.split_once('/').unwrap_or((&pattern, ""));
            registries.insert((host.to_owned(), path.to_owned(), pattern.clone(), index));
        }
        for (key, values) in &signals.labels {
            for value in values {
                labels.insert((key.clone(), value.to_lowercase(), index));
            }
        }
        component_code(code, component, &parts, &names);
    }
    code.push_str("];\n");
    code.push_str("/// Image patterns by their last path component: that, the pattern, the component.\npub(super) static IMAGES: &[(&str, &str, u16)] = &[\n");
    for (last, pattern, index) in images {
        writeln!(code, "({last:?}, {pattern:?}, {index}),").unwrap();
    }
    code.push_str("];\n/// Image patterns whose last path component is a pattern itself.\npub(super) static IMAGE_GLOBS: &[(&str, u16)] = &[\n");
    for (pattern, index) in globs {
        writeln!(code, "({pattern:?}, {index}),").unwrap();
    }
    for (globs, name) in [(false, "REGISTRIES"), (true, "REGISTRY_GLOBS")] {
        writeln!(code, "];\n/// Registries: the host, what the path begins with, both, the component.\npub(super) static {name}: &[(&str, &str, &str, u16)] = &[").unwrap();
        for (host, path, pattern, index) in &registries {
            if host.contains('*') == globs {
                writeln!(code, "({host:?}, {path:?}, {pattern:?}, {index}),").unwrap();
            }
        }
    }
    code.push_str(
        "];\n/// Labels by key and value.\npub(super) static LABELS: &[(&str, &str, u16)] = &[\n",
    );
    for (key, value, index) in labels {
        writeln!(code, "({key:?}, {value:?}, {index}),").unwrap();
    }
    code.push_str("];\n");
}

fn component_code(
    code: &mut String,
    component: &Component,
    parts: &Parts,
    names: &BTreeMap<&str, &str>,
) {
    let Component { id, signals, .. } = component;
    let status = match component.status.as_str() {
        "active" => "Active",
        "successor-of" => "Successor",
        "retired" => "Retired",
        other => panic!("{id}: unknown status {other}"),
    };
    assert!(
        !component.vendor.is_empty() && !component.name.is_empty(),
        "{id}: no name or vendor"
    );
    let _ = (&component.aliases, &component.notes);
    let successors = successors(component, names);
    assert!(
        signals.images.is_empty() != parts.contains_key(id),
        "parts: {id} has images and no parts, or parts and no images"
    );
    let parts: String = parts
        .get(id)
        .into_iter()
        .flatten()
        .map(|part| part_code(component, part))
        .collect();
    for workload in &signals.workloads {
        assert_eq!(workload.split('/').count(), 3, "{id}: {workload}");
    }
    let tags: Vec<String> = signals
        .image_tag_regex
        .iter()
        .flat_map(|regex| prefixes(id, regex))
        .collect();
    writeln!(
        code,
        "Component {{ id: {id:?}, name: {:?}, category: {:?}, status: Status::{status}, successor: {:?}, eol: {:?}, ended: {:?}, successors: &{successors:?}, \
         provides: &{:?}, parts: &[{parts}], signals: Signals {{",
        component.name, component.category, component.successor, component.eol, component.ended, component.provides,
    )
    .unwrap();
    let lists: [(&str, &[String]); 22] = [
        ("crd_groups", &signals.crd_groups),
        ("images", &signals.images),
        ("provisioners", &signals.provisioners),
        ("namespaces", &signals.namespaces),
        ("node_labels", &signals.node_labels),
        ("node_os_image", &signals.node_os_image),
        ("api_services", &signals.api_services),
        ("provider_ids", &signals.provider_ids),
        ("git_version", &signals.git_version),
        ("registries", &signals.registries),
        ("registries_except", &signals.registries_except),
        ("webhooks", &signals.webhooks),
        ("workloads", &signals.workloads),
        ("ingress_controllers", &signals.ingress_controllers),
        ("gateway_controllers", &signals.gateway_controllers),
        ("runtimes", &signals.runtimes),
        ("runtime_handlers", &signals.runtime_handlers),
        ("volume_types", &signals.volume_types),
        ("node_names", &signals.node_names),
        ("annotations", &signals.annotations),
        ("crds", &signals.crds),
        ("image_tags", &tags),
    ];
    for (name, list) in lists {
        // Names of labels and volume sources, and kinds, are compared as they are.
        let keep = matches!(
            name,
            "volume_types" | "workloads" | "annotations" | "node_labels"
        );
        let list: Vec<String> = list
            .iter()
            .map(|text| {
                if keep {
                    text.clone()
                } else {
                    text.to_lowercase()
                }
            })
            .collect();
        write!(code, "{name}: &{list:?}, ").unwrap();
    }
    writeln!(
        code,
        "has_labels: {} }}, vendor: {:?}, replaces: &{:?} }},",
        !signals.labels.is_empty(),
        component.vendor,
        component.successor_of
    )
    .unwrap();
}

/// The parts of all components, of every file of them.
fn parts() -> Parts {
    let mut files: Vec<_> = fs::read_dir("knowledge/parts")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    let mut all = Parts::new();
    for file in files {
        let parts: Parts = serde_yaml::from_str(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (id, parts) in parts {
            assert!(
                all.insert(id.clone(), parts).is_none(),
                "parts: {id} stands twice"
            );
        }
    }
    all
}

fn part_code(component: &Component, part: &Part) -> String {
    let id = &component.id;
    let images: Vec<String> = part.images.iter().map(|i| i.to_lowercase()).collect();
    for image in &images {
        let is_end_of = |known: &String| {
            let known = known.to_lowercase();
            known == *image || known.ends_with(&format!("/{image}"))
        };
        assert!(
            component.signals.images.iter().any(is_end_of),
            "parts: {image} is no image of {id}"
        );
    }
    for kind in &part.kinds {
        assert!(
            matches!(
                kind.as_str(),
                "Deployment" | "StatefulSet" | "DaemonSet" | "Job"
            ),
            "parts: {id}: unknown kind {kind}"
        );
    }
    let labels: Vec<(&str, &str)> = part
        .labels
        .iter()
        .map(|label| label.split_once('=').unwrap())
        .collect();
    let availability = match (part.availability.as_deref(), &part.because) {
        (None, _) if part.exporter => "Supporting".to_owned(),
        (None | Some("serving"), _) if !part.exporter => "Serving".to_owned(),
        (Some("supporting"), _) => "Supporting".to_owned(),
        (Some("singleton"), Some(because)) if !part.exporter => format!("Singleton({because:?})"),
        (other, _) => panic!("parts: {id}: availability {other:?} without a reason, or unknown"),
    };
    assert!(
        part.service_accounts.is_empty() || !part.expects.is_empty(),
        "parts: {id}: ServiceAccounts without expectations"
    );
    let signals = &component.signals;
    assert!(
        part.expects.is_empty() || !signals.labels.is_empty() || !signals.namespaces.is_empty(),
        "parts: {id} has expectations, and neither a label nor a namespace that would confirm it"
    );
    let mut expects = String::new();
    for token in &part.expects {
        let name: String = token.split('-').map(capitalised).collect();
        write!(expects, "Expectation::{name}, ").unwrap();
    }
    format!(
        "Part {{ images: &{images:?}, workloads: &{:?}, labels: &{labels:?}, kinds: &{:?}, availability: Availability::{availability}, \
         is_exporter: {}, expects: &[{expects}], service_accounts: &{:?} }}, ",
        part.workloads, part.kinds, part.exporter, part.service_accounts
    )
}

/// Who takes a component's place, by name; what is said of its end is checked on the way.
fn successors<'a>(component: &'a Component, names: &BTreeMap<&str, &'a str>) -> Vec<&'a str> {
    let id = &component.id;
    if let Some(successor) = &component.successor {
        assert!(
            names.contains_key(successor.as_str()),
            "{id}: unknown successor {successor}"
        );
    }
    if let Some(eol) = &component.eol {
        ending(id, eol);
    }
    assert_eq!(
        component.status == "retired",
        component.ended.is_some(),
        "{id}: what is retired says how it ended, and nothing else does"
    );
    let all: Vec<&String> = match &component.successors {
        Some(all) => all.iter().collect(),
        None => component.successor.iter().collect(),
    };
    all.into_iter()
        .map(|successor| names.get(successor.as_str()).copied().unwrap_or(successor))
        .collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// The texts with which a tag begins: `^(a|b)_[12]` means `a_1`, `a_2`, `b_1`, `b_2`. No more of regular expressions is needed.
fn prefixes(id: &str, regex: &str) -> Vec<String> {
    let mut rest = regex
        .strip_prefix('^')
        .unwrap_or_else(|| panic!("{id}: {regex} does not begin with ^"));
    let mut all = vec![String::new()];
    while let Some(first) = rest.chars().next() {
        let (choices, after): (Vec<String>, &str) = match first {
            '(' => {
                let (group, after) = rest[1..].split_once(')').unwrap();
                (group.split('|').map(str::to_owned).collect(), after)
            }
            '[' => {
                let (class, after) = rest[1..].split_once(']').unwrap();
                assert!(!class.contains(['-', '^']), "{id}: {regex}");
                (class.chars().map(String::from).collect(), after)
            }
            '*' | '+' | '?' | '.' | '\\' | '$' | '{' | '|' => panic!("{id}: {regex} is too much"),
            plain => (vec![plain.to_string()], &rest[plain.len_utf8()..]),
        };
        all = all
            .iter()
            .flat_map(|start| choices.iter().map(move |end| format!("{start}{end}")))
            .collect();
        rest = after;
    }
    all
}

fn releases(code: &mut String) {
    let releases: Releases = serde_yaml::from_str(include_str!("knowledge/releases.yaml")).unwrap();
    day(&releases.date);
    writeln!(
        code,
        "/// The day of the knowledge: a question about dates is Unknown `stale` 180 days later.\npub const DATE: &str = {:?};",
        releases.date
    )
    .unwrap();
    code.push_str("/// By calendar and minor the last day of standard and of paid support.\npub(super) static RELEASES: &[(&str, u32, &str, Option<&str>)] = &[\n");
    for (calendar, minors) in &releases.calendars {
        for (minor, ends) in minors {
            let number: u32 = minor.strip_prefix("1.").unwrap().parse().unwrap();
            for end in ends {
                day(end);
            }
            assert!(
                matches!(ends.len(), 1 | 2) && ends.is_sorted(),
                "{calendar} {minor}"
            );
            writeln!(
                code,
                "({calendar:?}, {number}, {:?}, {:?}),",
                ends[0],
                ends.get(1)
            )
            .unwrap();
        }
    }
    code.push_str("];\n");
}

/// A day, a month or a year, as precisely as it is known.
fn ending(id: &str, text: &str) {
    let full = format!("{text}{}", &"2000-01-01"[text.len().min(10)..]);
    assert!(matches!(text.len(), 4 | 7 | 10), "{id}: {text} is no date");
    day(&full);
}

fn removed_apis() -> String {
    let apis: RemovedApis =
        serde_yaml::from_str(include_str!("inventory/removed_apis.yaml")).unwrap();
    let mut known = BTreeSet::new();
    let mut code = String::from(
        "/// Kinds in versions that are not served any more.\nstatic REMOVED: &[Removal] = &[\n",
    );
    for api in &apis.removed {
        let RemovedApi {
            minor,
            version,
            successor,
            ..
        } = api;
        for kind in &api.kinds {
            assert!(
                known.insert((version, kind)),
                "{version} {kind} stands twice"
            );
            writeln!(
                code,
                "Removal {{ api_version: {version:?}, kind: {kind:?}, minor: {minor}, successor: {successor:?} }},"
            )
            .unwrap();
        }
    }
    code.push_str("];\n");
    code
}

fn day(text: &str) {
    let parts: Vec<u32> = text.split('-').map(|part| part.parse().unwrap()).collect();
    assert!(
        matches!(parts[..], [2000..3000, 1..=12, 1..=31]) && text.len() == 10,
        "{text} is no day"
    );
}

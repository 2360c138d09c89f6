//! The Helm chart, and the plain manifest that is made of it.
//!
//! `UPDATE=1` writes what is generated. What needs Helm runs where `HELM` names it: `.ci/chart` does.

mod live;
mod rendered;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use kready_checks::inventory::Kind;
use serde_json::{Map, Value, json};

use crate::{program::Kready, world::text};

/// The rules that `kready rbac` prints, by what they are for.
const SECTIONS: [(&str, &str); 4] = [
    ("required", "rules:"),
    ("addOns", "# Optional: kinds of add-ons"),
    ("optional", "# Optional: these add detail to messages"),
    ("secretNames", "# Optional: the names of Secrets"),
];

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(place(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file of the chart.
fn of_chart(name: &str) -> String {
    read(&format!("deploy/helm/kready/{name}"))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The objects of a manifest.
fn objects(manifest: &str) -> Vec<Value> {
    let documents = manifest.split("\n---\n").map(yaml);
    documents.filter(|object| !object.is_null()).collect()
}

#[track_caller]
fn one<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    let object = found.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(found.next().is_none(), "two of {kind}");
    object
}

/// A file is what it should be; `UPDATE` makes it so.
#[track_caller]
fn is_up_to_date(name: &str, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(place(name), expected).unwrap();
    }
    let update = "UPDATE=1 .ci/chart writes it";
    assert!(read(name) == expected, "{name} is out of date: {update}");
}

/// The rules of each section, those that are comments, too.
fn printed() -> Map<String, Value> {
    let run = Kready::new().run(&["rbac"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let (role, _) = run.stdout.split_once("\n---\n").unwrap();
    let mut sections = Map::new();
    let mut rest = role;
    for (n, (name, head)) in SECTIONS.iter().enumerate() {
        let (_, after) = rest.split_once(head).unwrap_or_else(|| panic!("no {head}"));
        let next = SECTIONS.get(n + 1);
        let end = next.map_or(after.len(), |(_, head)| after.find(head).unwrap());
        let rules: String = after[..end]
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .filter(|line| line.starts_with("- ") || line.starts_with("  "))
            .fold(String::new(), |text, line| text + line + "\n");
        sections.insert((*name).to_owned(), yaml(&rules));
        rest = &after[end..];
    }
    sections
}

fn rules<'s>(sections: &'s Map<String, Value>, names: &[&str]) -> Vec<&'s Value> {
    let rules = names.iter().map(|name| sections[*name].as_array().unwrap());
    rules.flatten().collect()
}

/// No finding of any severity, with any profile.
#[track_caller]
fn finds_nothing(files: &[&Path]) {
    for profile in ["production", "dev"] {
        let kready = Kready::new();
        let mut args = vec!["--profile", profile, "--include-system"];
        for file in files {
            args.extend(["-f", file.to_str().unwrap()]);
        }
        let report = kready.audit(&args);
        for check in report.checks() {
            assert_ne!(check.outcome(), "Fail", "{files:?}: {:#}", check.value);
        }
        assert_eq!(report.verdict(), "Ready", "{:#}", report.value["reasons"]);
        assert_eq!(report.value["unread"], json!([]), "{files:?}");
    }
}

#[test]
fn the_chart_has_the_version_of_the_program() {
    let version = env!("CARGO_PKG_VERSION");
    let chart = yaml(&of_chart("Chart.yaml"));
    assert_eq!(chart["version"], version);
    assert_eq!(chart["appVersion"], version);
    let image = format!("ghcr.io/kready/kready:{version}\n");
    let images = text(&chart, "/annotations/artifacthub.io~1images");
    assert!(images.ends_with(&image), "{images}");
    for readme in [of_chart("README.md"), read("deploy/README.md")] {
        for named in [format!("--version {version} "), format!("/v{version}/")] {
            assert!(readme.contains(&named), "a README doesn't say {named}");
        }
    }
}

#[test]
fn its_rules_are_those_of_kready_rbac() {
    let mut expected = String::from(
        "# What `kready rbac` prints, and which kinds live in namespaces; UPDATE=1 .ci/chart writes it.\n",
    );
    let sections = printed();
    for (name, _) in SECTIONS {
        writeln!(expected, "{name}:").unwrap();
        for rule in sections[name].as_array().unwrap() {
            writeln!(expected, "- {rule}").unwrap();
        }
    }
    let mut namespaced = Map::new();
    for resource in Kind::ALL.iter().map(|kind| kind.resource()) {
        if resource.namespaced {
            let kinds = namespaced
                .entry(resource.group)
                .or_insert_with(|| json!([]));
            kinds.as_array_mut().unwrap().push(resource.plural.into());
        }
    }
    writeln!(expected, "namespaced:").unwrap();
    for (group, kinds) in namespaced {
        writeln!(expected, "  {}: {kinds}", Value::from(group)).unwrap();
    }
    is_up_to_date("deploy/helm/kready/files/rbac.yaml", &expected);
}

#[test]
fn the_plain_manifest_is_of_one_piece() {
    let manifest = read("deploy/kready.yaml");
    let objects = objects(&manifest);
    let sections = printed();
    let role = one(&objects, "ClusterRole");
    let granted: Vec<&Value> = role["rules"].as_array().unwrap().iter().collect();
    assert_eq!(granted, rules(&sections, &["required", "optional"]));
    // What is commented is the rest but for Secrets.
    let commented: String = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("  # "))
        .filter(|line| line.starts_with("- ") || line.starts_with("  "))
        .fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(yaml(&commented), sections["addOns"]);
    let run = Kready::new().run(&["rbac"]);
    let (_, binding) = run.stdout.split_once("\n---\n").unwrap();
    for key in ["roleRef", "subjects"] {
        assert_eq!(one(&objects, "ClusterRoleBinding")[key], yaml(binding)[key]);
    }
    let labels = &one(&objects, "Namespace")["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
    assert!(!manifest.contains("helm.sh/") && !manifest.contains("managed-by"));
}

#[test]
fn kready_finds_nothing_in_the_plain_manifest() {
    finds_nothing(&[&place("deploy/kready.yaml")]);
}

#[test]
fn the_schema_is_of_the_values() {
    let run = Kready::new().run(&["schema", "config"]);
    let mut config: Value = serde_json::from_str(&run.stdout).unwrap();
    for of_its_own in ["$id", "$schema"] {
        config.as_object_mut().unwrap().remove(of_its_own);
    }
    let mut schema: Value = serde_json::from_str(&of_chart("values.schema.json")).unwrap();
    config["description"] = schema["properties"]["config"]["description"].clone();
    schema["properties"]["config"] = config;
    let expected = format!("{schema:#}\n");
    is_up_to_date("deploy/helm/kready/values.schema.json", &expected);

    let values = yaml(&of_chart("values.yaml"));
    described(&schema, &values, "");
    let validator = jsonschema::draft7::new(&schema).expect("the schema is one");
    let folder = std::fs::read_dir(place("deploy/helm/kready/ci")).unwrap();
    let mut sets = vec![("values.yaml".to_owned(), values)];
    for entry in folder {
        let name = format!("ci/{}", entry.unwrap().file_name().to_string_lossy());
        if name.ends_with("-values.yaml") {
            sets.push((name.clone(), yaml(&of_chart(&name))));
        }
    }
    assert!(sets.len() > 5);
    for (name, values) in sets {
        let errors: Vec<String> = validator
            .iter_errors(&values)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

/// Every value has a description and a default, and none is unknown.
fn described(schema: &Value, values: &Value, path: &str) {
    assert!(
        !text(schema, "/description").is_empty(),
        "{path} has no description"
    );
    let Some(properties) = has_parts(schema, path) else {
        return;
    };
    assert_eq!(schema["additionalProperties"], false, "{path}");
    let known: Vec<&String> = properties.keys().filter(|name| *name != "global").collect();
    let given: Vec<&String> = values.as_object().unwrap().keys().collect();
    assert_eq!(
        known, given,
        "values of {path:?} in the schema and in values.yaml"
    );
    for name in known {
        described(&properties[name], &values[name], &format!("{path}.{name}"));
    }
}

/// What a value is made of, if each part has a default and a line of its own.
fn has_parts<'s>(schema: &'s Value, path: &str) -> Option<&'s Map<String, Value>> {
    schema["properties"]
        .as_object()
        .filter(|_| path != ".config")
}

#[test]
fn the_readme_lists_the_values() {
    let schema: Value = serde_json::from_str(&of_chart("values.schema.json")).unwrap();
    let values: serde_yaml::Value = serde_yaml::from_str(&of_chart("values.yaml")).unwrap();
    let mut table = String::from("| value | default | |\n|---|---|---|\n");
    listed(&mut table, &schema, &values, "");
    let readme = of_chart("README.md");
    let (before, rest) = readme.split_once("<!-- values -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let expected = format!("{before}<!-- values -->\n{table}<!-- end -->{after}");
    is_up_to_date("deploy/helm/kready/README.md", &expected);
}

/// A line for each value, in the order of values.yaml.
fn listed(table: &mut String, schema: &Value, values: &serde_yaml::Value, path: &str) {
    if let Some(properties) = has_parts(schema, path) {
        for (name, value) in values.as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            listed(table, &properties[name], value, &format!("{path}.{name}"));
        }
        return;
    }
    let default = match values {
        serde_yaml::Value::String(text) if text.is_empty() => String::new(),
        serde_yaml::Value::String(text) => format!("`{text}`"),
        _ => match serde_json::to_string(values).unwrap().as_str() {
            "[]" | "{}" => String::new(),
            text => format!("`{text}`"),
        },
    };
    let name = path.trim_start_matches('.');
    writeln!(
        table,
        "| `{name}` | {default} | {} |",
        text(schema, "/description")
    )
    .unwrap();
    if let Some(parts) = schema["items"]["properties"].as_object() {
        for (part, schema) in parts {
            let description = text(schema, "/description");
            writeln!(table, "| `{name}[].{part}` | | {description} |").unwrap();
        }
    }
}

/// Words with a grammar of their own take nothing that could leave their place; the others are held against Helm (`rendered`).
#[test]
fn values_with_a_grammar_take_nothing_hostile() {
    const FREE: [&str; 2] = [".extraArgs[]", ".fleet.clusters[].context"];
    let schema: Value = serde_json::from_str(&of_chart("values.schema.json")).unwrap();
    let mut free = Vec::new();
    let mut checked = 0;
    let mut todo = vec![(String::new(), &schema)];
    while let Some((path, schema)) = todo.pop() {
        for (name, part) in has_parts(schema, &path).into_iter().flatten() {
            todo.push((format!("{path}.{name}"), part));
        }
        if schema["items"].is_object() {
            todo.push((format!("{path}[]"), &schema["items"]));
        }
        if schema["type"] == "string" {
            let validator = jsonschema::draft7::new(schema).unwrap();
            if schema["pattern"].is_null() {
                free.push(path);
                continue;
            }
            for hostile in rendered::HOSTILE {
                assert!(
                    !validator.is_valid(&json!(hostile)),
                    "{path} takes {hostile:?}"
                );
            }
            checked += 1;
        }
    }
    free.sort_unstable();
    assert_eq!(free, FREE);
    assert!(checked > 20, "{checked}");
}

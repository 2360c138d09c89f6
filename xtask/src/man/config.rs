//! The page of `kready.yaml`, from its schema.

use clap_mangen::roff::{Inline, bold, italic, roman};
use serde_json::{Map, Value};

use super::page::{Page, references};

/// A configuration with every section, which the page shows.
pub(super) const EXAMPLE: &str = "\
selection:
  skip: [storage]
severities:
  pdb-missing: high
parameters:
  workload-single-replica: { minimum: 3 }
scope:
  exclude: [sandbox-*]
gate:
  failOn: high
  minCoverage: 90
report:
  teamLabels: [example.com/team]
waivers:
  - check: workload-single-replica
    objects: [tools/Deployment/wiki]
    reason: it writes to a ReadWriteOnce volume and cannot run twice
    owner: team-tools
    expires: 2027-03-31
declarations:
  - capability: log-collection
    reason: the provider's pipeline reads the nodes' logs from outside
    owner: team-platform
    expires: 2027-06-30
";

pub(super) fn page(date: &str) -> String {
    let schema = kready::config_schema();
    let mut page = Page::new("kready.yaml", "5", date);
    page.name("kready.yaml", "the configuration of kready");
    page.section("DESCRIPTION");
    page.paragraph(
        "`kready.yaml` configures which checks run, which namespaces they cover, what decides the verdict, and which \
         findings are accepted for a time. kready reads it from the working directory, or from the file that `--config` \
         names; `--no-config` ignores it. Options on the command line override the file. All keys are optional.",
    );
    page.paragraph(
        "An unknown key, check or value is an error that names its line, and kready exits with code 2. \
         `kready schema config` prints the JSON Schema of the file, which editors can use.",
    );
    page.section("KEYS");
    let empty = Map::new();
    let sections = members(&schema).unwrap_or(&empty);
    for (name, section) in sections {
        page.subsection(name);
        page.paragraph(&meaning(section, name));
        match name.as_str() {
            "severities" => page.paragraph(&per_check(section)),
            "parameters" => parameters(&mut page, section),
            _ => keys(&mut page, section),
        }
    }
    page.section("FILES");
    page.entry(
        vec![vec![bold("waivers.d/*.yaml")], vec![bold("waivers.d/*.yml")]],
        "More waivers, in a folder next to the configuration. Each file holds a list of waivers, or a mapping that has \
         the list under `waivers`.",
    );
    page.section("EXAMPLES");
    page.verbatim(EXAMPLE.lines());
    page.section("SEE ALSO");
    let pages = [
        "kready",
        "kready-audit",
        "kready-checks",
        "kready-schema",
        "kready-waive",
    ];
    page.inlines(references(&pages.map(|name| (name.to_owned(), "1"))));
    page.render()
}

/// What `severities` takes: the checks have pages elsewhere.
fn per_check(section: &Value) -> String {
    let values = members(section)
        .and_then(|checks| checks.values().next())
        .map(allowed)
        .unwrap_or_default();
    format!(
        "A key is the id of a check, as `kready checks` lists them. Its value is one of {values}."
    )
}

/// Every parameter of every check.
fn parameters(page: &mut Page, section: &Value) {
    for (check, parameters) in members(section).into_iter().flatten() {
        for (name, parameter) in members(parameters).into_iter().flatten() {
            entry(page, &format!("{check}.{name}"), parameter, false);
        }
    }
}

/// The keys of a mapping, or of the mappings in a list.
fn keys(page: &mut Page, shape: &Value) {
    for (index, alternative) in alternatives(shape).into_iter().enumerate() {
        let items = alternative.get("items");
        if items.is_some() {
            page.paragraph("Each item of the list has these keys:");
        } else if index > 0 {
            page.paragraph("Instead of the list there may be a mapping with these keys:");
        }
        let mapping = items.unwrap_or(alternative);
        let required = mapping.get("required").and_then(Value::as_array);
        let required: Vec<&str> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, key) in members(mapping).into_iter().flatten() {
            entry(page, name, key, required.contains(&name.as_str()));
        }
    }
}

fn entry(page: &mut Page, name: &str, shape: &Value, is_required: bool) {
    let mut term: Vec<Inline> = vec![bold(name), roman(": "), italic(kind(shape))];
    if is_required {
        term.push(roman(" (required)"));
    }
    let check = name.split('.').next().unwrap_or_default();
    page.entry(vec![term], &meaning(shape, check));
}

/// What a value means, which ones are allowed, and what it is where it is left out.
fn meaning(shape: &Value, check: &str) -> String {
    /// What is longer is told elsewhere.
    const MANY: usize = 12;
    let described = described(shape);
    let values = allowed(shape);
    let values = if !values.is_empty() {
        format!("One of {values}.")
    } else if described.is_empty() {
        // Whatever else has too many values to list them is named by its description.
        "The id of a check, as `kready checks` lists them.".to_owned()
    } else {
        String::new()
    };
    let default = match shape.get("default") {
        Some(Value::Array(words)) if words.len() > MANY => {
            format!("`kready explain {check} --all` lists the default.")
        }
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            format!("[default: {}]", words.join(", "))
        }
        Some(Value::String(word)) => format!("[default: {word}]"),
        Some(default) => format!("[default: {default}]"),
        None => String::new(),
    };
    [described, values, default].join(" ")
}

/// The shapes that a value may have.
fn alternatives(shape: &Value) -> Vec<&Value> {
    match shape.get("anyOf").and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().collect(),
        None => vec![shape],
    }
}

fn members(shape: &Value) -> Option<&Map<String, Value>> {
    shape.get("properties").and_then(Value::as_object)
}

/// Its description as a sentence.
fn described(shape: &Value) -> String {
    let text = shape
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    super::command::sentence(text)
}

/// The values that are allowed, if they are few; ids of checks and the like are listed elsewhere.
fn allowed(shape: &Value) -> String {
    const FEW: usize = 12;
    let values = shape.get("enum").and_then(Value::as_array);
    let values: Vec<&str> = values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if values.len() > FEW {
        String::new()
    } else {
        values.join(", ")
    }
}

/// What a value is, in a word.
fn kind(shape: &Value) -> String {
    let alternatives = alternatives(shape);
    if alternatives.len() > 1 {
        let kinds: Vec<String> = alternatives.into_iter().map(kind).collect();
        return kinds.join(" or ");
    }
    let types: Vec<&str> = match shape.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match types.into_iter().find(|kind| *kind != "null") {
        Some("object") => "mapping".to_owned(),
        Some("array") => "list".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "string".to_owned(),
    }
}

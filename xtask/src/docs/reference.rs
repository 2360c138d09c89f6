//! Standards, commands, schemas, keys of the configuration, permissions, and files of the repository, as pages.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Context;
use kready_checks::{
    builtin,
    knowledge::{DATE, releases},
    model::{Pillar, Standard},
};
use serde_json::Value;

use super::{
    Pages,
    checks::badge,
    kready,
    markdown::{FILES, cell, escaped, inline, of_repository},
    repository, text,
};

/// What stands in pages that are written by hand, by name.
pub(super) fn parts() -> anyhow::Result<Vec<(&'static str, String)>> {
    let demo = kready(&["audit", "--demo", "-q"])?;
    Ok(vec![
        ("number-of-checks", builtin().count().to_string()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("knowledge-day", DATE.to_owned()),
        ("newest-kubernetes", format!("1.{}", releases::newest())),
        ("keys", keys()?),
        ("rbac", fenced("yaml", &kready(&["rbac", "--no-config"])?)),
        ("rbac-by-pillar", rbac_by_pillar()?),
        ("reads", what_is_read()?),
        ("measured", measured()?),
        ("demo", fenced("text", first_screen(&demo))),
    ])
}

/// Adds every page that this module makes.
pub(super) fn add(pages: &mut Pages) -> anyhow::Result<()> {
    add_standards(pages)?;
    add_commands(pages);
    add_schemas(pages)?;
    let report = kready(&["audit", "--demo", "-q", "-o", "html"])?;
    pages.insert("demo/report.html".into(), report);
    for (file, page) in FILES {
        let source = text(&repository().join(file))?;
        pages.insert(page.into(), of_repository(&source, file, page));
    }
    Ok(())
}

/// The part of an address that names a control.
pub(super) fn anchor(control: &str) -> String {
    let letters = control.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() || letter == '.' {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    });
    "c-".chars().chain(letters).collect()
}

fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}

/// The verdict, the pillars and what to do first.
fn first_screen(report: &str) -> &str {
    let end = report.find("\nBROKEN NOW").unwrap_or(report.len());
    &report[..end]
}

fn add_standards(pages: &mut Pages) -> anyhow::Result<()> {
    let all: Value = serde_json::from_str(&kready(&["checks", "--controls", "-o", "json"])?)
        .context("reading what kready checks --controls prints")?;
    let mut index = String::from(
        "# Standards\n\nWhich controls of published standards, and which rules of other tools, the checks decide. When all checks of a control pass, that\n\
         part of it is met which the API shows. A control that isn't listed is not decided by kready: it may need access to the nodes, the\n\
         cloud account or a policy on paper.\n\n| standard | controls | `--standard` |\n|---|--:|---|\n",
    );
    for standard in all.as_array().into_iter().flatten() {
        let name = standard["name"].as_str().unwrap_or_default();
        let title = standard["title"].as_str().unwrap_or_default();
        let number = standard["controls"].as_array().map_or(0, Vec::len);
        let _ = writeln!(index, "| [{title}]({name}.md) | {number} | `{name}` |");
        let mut page = format!(
            "# {title}\n\n{number} controls are decided by checks of kready. `kready checks --controls --standard {name}` prints this table, and\n\
             `-o json` writes it for a program.\n\n<table class=\"checks\">\n<thead><tr><th>Control</th><th>Checks</th><th>Severity</th><th>Fails when</th></tr></thead>\n<tbody>\n"
        );
        for control in standard["controls"].as_array().into_iter().flatten() {
            add_control(&mut page, control);
        }
        page.push_str("</tbody>\n</table>\n");
        pages.insert(format!("standards/{name}.md"), page);
    }
    index.push_str(
        "\nThe ids of trivy and kubescape, and controls of CIS, NSA and OWASP, work in the terminal: `kready explain KSV-0017`,\n`kready explain C-0057`, `kready explain cis 5.2.2`.\n",
    );
    pages.insert("standards/index.md".into(), index);
    Ok(())
}

/// The rows of one control: a row for each check.
fn add_control(page: &mut String, control: &Value) {
    let id = control["control"].as_str().unwrap_or_default();
    let ids = control["checks"].as_array().into_iter().flatten();
    let checks: Vec<_> = ids
        .filter_map(|id| builtin().find(|check| *id == check.id))
        .collect();
    for (number, check) in checks.iter().enumerate() {
        let head = match number {
            0 => format!(
                "<th scope=\"row\" rowspan=\"{}\" id=\"{}\">{}</th>",
                checks.len(),
                anchor(id),
                escaped(id)
            ),
            _ => String::new(),
        };
        let _ = writeln!(
            page,
            "<tr>{head}<td><a href=\"../checks/{0}.html\"><code>{0}</code></a></td><td>{1}</td><td class=\"says\">{2}</td></tr>",
            check.id,
            badge(check.severity),
            inline(check.title)
        );
    }
}

/// The standards in the table of contents.
pub(super) fn standards_contents(pages: &Pages) -> String {
    let mut list = String::new();
    for (name, _) in Standard::ALL {
        let path = format!("standards/{name}.md");
        let page = pages.get(&path).map_or("", String::as_str);
        let title = page.lines().next().unwrap_or_default();
        let _ = writeln!(list, "  - [{}]({path})", title.trim_start_matches("# "));
    }
    list
}

fn built() -> clap::Command {
    let mut command = kready::command().term_width(100);
    command.build();
    command
}

/// The commands that are shown, but for `help`.
fn shown(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let all = command.get_subcommands();
    all.filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
}

fn add_commands(pages: &mut Pages) {
    let command = built();
    let mut index = String::from(
        "# Commands\n\nWhat `kready --help` prints, and a page for each command. `kready help COMMAND` prints the same in the terminal.\n\n| command | |\n|---|---|\n",
    );
    for sub in shown(&command) {
        let name = sub.get_name();
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(index, "| [`kready {name}`]({name}.md) | {} |", cell(&about));
        let help = sub.clone().term_width(100).render_long_help().to_string();
        let page = format!("# kready {name}\n\n{about}.\n\n{}", fenced("text", &help));
        pages.insert(format!("reference/commands/{name}.md"), page);
    }
    let help = command.clone().render_long_help().to_string();
    let _ = write!(index, "\n{}", fenced("text", &help));
    pages.insert("reference/commands/index.md".into(), index);
}

/// The commands in the table of contents.
pub(super) fn commands_contents() -> String {
    let mut list = String::new();
    for sub in shown(&built()) {
        let name = sub.get_name();
        let _ = writeln!(list, "  - [kready {name}](reference/commands/{name}.md)");
    }
    list
}

fn add_schemas(pages: &mut Pages) -> anyhow::Result<()> {
    let command = built();
    let schemas = command
        .find_subcommand("schema")
        .and_then(|schema| schema.get_positionals().next())
        .map(clap::Arg::get_possible_values)
        .unwrap_or_default();
    let mut index = String::from(
        "# JSON schemas\n\nEvery format of kready that a program reads has a JSON schema (draft 2020-12). `kready schema NAME` prints it, and its `$id` is an\n\
         address of this site that holds the same text.\n\n| schema | of | address |\n|---|---|---|\n",
    );
    for kind in schemas {
        let name = kind.get_name();
        let schema = kready(&["schema", name])?;
        let parsed: Value =
            serde_json::from_str(&schema).with_context(|| format!("reading the schema {name}"))?;
        let path = parsed["$id"]
            .as_str()
            .and_then(|id| id.strip_prefix("https://kready.dev/"))
            .with_context(|| format!("the $id of the schema {name} is no address of the site"))?;
        let of = kind.get_help().map(ToString::to_string).unwrap_or_default();
        let of = of.strip_prefix("Of ").unwrap_or(&of);
        let _ = writeln!(
            index,
            "| `kready schema {name}` | {} | [{path}](/{path}) |",
            cell(of)
        );
        pages.insert(path.to_owned(), schema);
    }
    index.push_str(
        "\nAn editor with YAML's language server checks `kready.yaml` when its first line is:\n\n```yaml\n# yaml-language-server: $schema=https://kready.dev/schemas/config-v1.json\n```\n",
    );
    pages.insert("reference/schemas.md".into(), index);
    Ok(())
}

/// The keys of `kready.yaml`, each with its type, default and meaning.
fn keys() -> anyhow::Result<String> {
    let schema: Value = serde_json::from_str(&kready(&["schema", "config"])?)
        .context("reading the schema of kready.yaml")?;
    let mut table = String::from("| key | value | default | meaning |\n|---|---|---|---|\n");
    walk(&schema, "", &mut table);
    Ok(table)
}

fn walk(schema: &Value, at: &str, table: &mut String) {
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        let default = match &value["default"] {
            Value::Null => String::new(),
            Value::Array(all) if all.len() > 6 => format!("{} words", all.len()),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let _ = writeln!(
            table,
            "| `{path}` | {} | {} | {} |",
            cell(&kind_of(value)),
            cell(&default),
            cell(value["description"].as_str().unwrap_or_default())
        );
        if is_about_checks(value) {
            let _ = writeln!(
                table,
                "| `{path}.ID` | {} | that of the check |  |",
                cell(&kind_of(&value["properties"]["pdb-missing"]))
            );
            continue;
        }
        for value in alternatives(value) {
            walk(value, &path, table);
            for item in alternatives(&value["items"]) {
                walk(item, &format!("{path}[]"), table);
            }
        }
    }
}

/// Whether an object has a key for each check.
fn is_about_checks(schema: &Value) -> bool {
    let keys = schema["properties"].as_object();
    keys.is_some_and(|keys| keys.len() == builtin().count())
}

/// A schema, or those of which one has to hold.
fn alternatives(schema: &Value) -> Vec<&Value> {
    let all = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
    let all = all.filter(|_| schema["properties"].is_null());
    all.map_or_else(|| vec![schema], |all| all.iter().collect())
}

/// What a key takes.
fn kind_of(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|text| format!("`{text}`"))
            .collect();
        // Lists of ids are not repeated.
        return match values.len() {
            0..=12 => values.join(", "),
            _ if values.iter().any(|value| value == "`hardening`") => {
                "ids, pillars, severities".into()
            }
            _ => "the id of a check".into(),
        };
    }
    let alternatives = alternatives(schema);
    if alternatives.len() > 1 {
        let mut kinds: Vec<String> = alternatives.into_iter().map(kind_of).collect();
        kinds.retain(|kind| !kind.is_empty() && kind != "null");
        kinds.dedup();
        return kinds.join(" or ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
        kind => Some(kind),
    };
    let is_day = || {
        let pattern = schema["pattern"].as_str();
        pattern.is_some_and(|pattern| pattern.contains("{4}-"))
    };
    match kind.and_then(Value::as_str).unwrap_or_default() {
        "array" => match kind_of(&schema["items"]).as_str() {
            "object" => "list".into(),
            items => format!("list of {items}"),
        },
        "object" if schema["properties"].is_object() => "object".into(),
        "object" => "map".into(),
        "string" if is_day() => "day".into(),
        "string" => "text".into(),
        "integer" | "number" => match (&schema["minimum"], &schema["maximum"]) {
            (Value::Number(least), Value::Number(most)) => format!("{least} to {most}"),
            _ => "number".into(),
        },
        "boolean" => "`true`, `false`".into(),
        other => other.to_owned(),
    }
}

fn rbac_by_pillar() -> anyhow::Result<String> {
    let mut list = String::new();
    for pillar in Pillar::ALL {
        let id = pillar.id();
        let role = kready(&["rbac", "--no-config", "--only", id])?;
        let _ = write!(
            list,
            "<details><summary><code>kready rbac --only {id}</code></summary>\n\n{}\n</details>\n\n",
            fenced("yaml", &role)
        );
    }
    Ok(list)
}

/// What is read, and by which checks.
fn what_is_read() -> anyhow::Result<String> {
    let all: Value = serde_json::from_str(&kready(&["checks", "-o", "json"])?)
        .context("reading what kready checks prints")?;
    let mut resources: BTreeMap<&str, (Vec<String>, usize)> = BTreeMap::new();
    for check in all.as_array().into_iter().flatten() {
        let id = check["id"].as_str().unwrap_or_default();
        for need in check["needs"].as_array().into_iter().flatten() {
            let resource = need["resource"].as_str().unwrap_or_default();
            let (judged, read) = resources.entry(resource).or_default();
            if need["role"] == "examined" {
                judged.push(format!("[`{id}`](../checks/{id}.md)"));
            } else {
                *read += 1;
            }
        }
    }
    let mut table = String::from("| what | judged by | also read by |\n|---|---|--:|\n");
    for (resource, (judged, read)) in resources {
        let read = match read {
            0 => String::new(),
            1 => "1 check".to_owned(),
            read => format!("{read} checks"),
        };
        let _ = writeln!(table, "| `{resource}` | {} | {read} |", judged.join(", "));
    }
    Ok(table)
}

/// The figures of runs in benches/README.md.
fn measured() -> anyhow::Result<String> {
    let page = text(&repository().join("benches/README.md"))?;
    let table = page
        .split_once("<!-- results -->")
        .and_then(|(_, after)| after.split_once("<!-- end -->"))
        .and_then(|(results, _)| results.trim().split("\n\n").nth(1));
    let table = table.context("benches/README.md has no table of runs")?;
    Ok(table.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_has_an_address_without_spaces() {
        assert_eq!(anchor("Pod 1.2"), "c-pod-1.2");
        assert_eq!(
            anchor("reliability/application"),
            "c-reliability-application"
        );
    }

    #[test]
    fn keys_are_told_with_their_values() {
        let schema = serde_json::json!({"properties": {"gate": {"type": ["object", "null"], "properties": {
            "failOn": {"enum": ["high", "low"], "default": "high", "description": "What | gates."}}},
            "waivers": {"anyOf": [{"type": "array", "items": {"properties": {"owner": {"type": "string"}}, "type": "object"}}, {"type": "null"}]}}});
        let mut table = String::new();
        walk(&schema, "", &mut table);
        let rows = [
            "| `gate` | object |  |  |",
            "| `gate.failOn` | `high`, `low` | `high` | What \\| gates. |",
            "| `waivers` | list |  |  |",
            "| `waivers[].owner` | text |  |  |",
        ];
        assert_eq!(table.lines().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn every_key_and_every_command_has_its_place() {
        assert!(commands_contents().contains("(reference/commands/audit.md)"));
        assert!(!commands_contents().contains("help"));
    }
}

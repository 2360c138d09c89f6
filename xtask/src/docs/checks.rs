//! A page for each check, one for each pillar, and the catalogue.

use std::fmt::Write as _;

use anyhow::{Context, ensure};
use kready_checks::{
    builtin,
    frame::{Check, Heading, Mode, causes},
    inventory::Param,
    model::{Impact, NotApplicable, Pillar, Severity, Unknown},
};
use serde_json::Value;

use super::{
    Pages, kready,
    markdown::{cell, escaped, inline, linked, sentence},
    reference::anchor,
};

/// Where a check's page is written by hand.
pub(crate) fn source_of(id: &str) -> Option<String> {
    let check = builtin().find(|check| check.id == id)?;
    let folder = check.pillar.id().replace('-', "_");
    Some(format!("checks/{folder}/{}.md", id.replace('-', "_")))
}

/// Adds every check's page, the pillars' and the catalogue.
pub(super) fn add(pages: &mut Pages) -> anyhow::Result<()> {
    let listed: Value = serde_json::from_str(&kready(&["checks", "-o", "json"])?)
        .context("reading what kready checks prints")?;
    for check in builtin() {
        let mut all = listed.as_array().into_iter().flatten();
        let facts = all.find(|each| each["id"] == check.id);
        ensure!(facts.is_some(), "kready checks doesn't list {}", check.id);
        let page = page(check, facts.unwrap_or(&Value::Null));
        pages.insert(format!("checks/{}.md", check.id), page);
    }
    for pillar in Pillar::ALL {
        pages.insert(format!("pillars/{}.md", pillar.id()), of_pillar(pillar));
    }
    pages.insert("checks/index.md".into(), catalogue());
    Ok(())
}

/// Their places in the table of contents.
pub(super) fn contents() -> String {
    let mut list = String::new();
    for pillar in Pillar::ALL {
        let id = pillar.id();
        let _ = writeln!(list, "  - [{}](pillars/{id}.md)", title(pillar));
        for check in builtin().filter(|check| check.pillar == pillar) {
            let _ = writeln!(list, "    - [{0}](checks/{0}.md)", check.id);
        }
    }
    list
}

/// What leads from the ids of earlier versions to those of today: a part of mdBook's settings.
pub(super) fn redirects<'a>(checks: impl Iterator<Item = &'a Check>) -> String {
    let mut list = String::from("\n[output.html.redirect]\n");
    for check in checks {
        for alias in check.aliases {
            let _ = writeln!(list, "\"/checks/{alias}.html\" = \"{}.html\"", check.id);
        }
    }
    list
}

fn title(pillar: Pillar) -> String {
    sentence(&pillar.id().replace('-', " "))
}

pub(super) fn badge(severity: Severity) -> String {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

const fn felt(impact: Impact) -> &'static str {
    match impact {
        Impact::Broken => "it is broken now",
        Impact::Fragile => "it breaks at the next drain, deploy or lost machine",
        Impact::Exposed => "an intruder gets further, or a fault goes unnoticed",
    }
}

const fn judged(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live clusters and snapshots",
        Mode::Both => "live clusters, snapshots and manifests",
        Mode::Files => "manifests",
    }
}

/// A text with a link to each check that it names.
fn with_links(text: &str, own: &str) -> String {
    linked(text, |name| {
        builtin()
            .find(|check| check.is_called(name) && check.id != own)
            .map(|check| format!("{}.md", check.id))
    })
}

fn page(check: &'static Check, facts: &Value) -> String {
    let id = check.id;
    let mut page = format!(
        "# {id}: {}\n\n{}\n\n{}\n**In one line:** {}.\n\n",
        check.title,
        with_links(check.summary(), id),
        facts_of(check),
        fix(check)
    );
    for (heading, shown) in [
        (Heading::Why, "Why it matters"),
        (Heading::Remediation, "Remediation"),
        (Heading::Fails, "Examples that fail"),
        (Heading::Passes, "Examples that pass"),
        (Heading::Unknown, "Examples that can't be decided"),
    ] {
        if let Some(text) = check.section(heading).filter(|text| !text.is_empty()) {
            let _ = writeln!(page, "## {shown}\n\n{}\n", with_links(text, id));
        }
    }
    let _ = writeln!(page, "## Empty cluster\n\n{}\n", on_empty(check));
    add_parameters(&mut page, check);
    add_related(&mut page, id);
    add_needs(&mut page, facts);
    let _ = writeln!(
        page,
        "## Accept or skip it\n\n`kready waive` drafts a [waiver](../concepts/waivers.md) with a reason, an owner and an end. `--skip {id}` leaves the\n\
         check out, and `kready explain {id}` shows this page in the terminal.\n"
    );
    if check.references().next().is_some() {
        page.push_str("## References\n\n");
        for address in check.references() {
            let _ = writeln!(page, "- <{address}>");
        }
    }
    page
}

/// What to do, in one line.
fn fix(check: &Check) -> String {
    let fix = check.fix_of(None);
    match fix.split_once(": kubectl ") {
        Some((fix, command)) => format!("{}: `kubectl {command}`", escaped(fix)),
        None => escaped(&fix).replace('*', "\\*").replace('_', "\\_"),
    }
}

fn facts_of(check: &Check) -> String {
    let mut table = String::from("<table class=\"facts\">\n");
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
        );
    };
    let pillar = check.pillar.id();
    row("Severity", &badge(check.severity));
    row(
        "Pillar",
        &format!("<a href=\"../pillars/{pillar}.html\">{pillar}</a>"),
    );
    row(
        "Impact",
        &format!("{}: {}", check.impact, felt(check.impact)),
    );
    row("Applies to", judged(check.mode));
    row(
        "Counts",
        &match check.unit() {
            "cluster" => "the cluster as a whole".to_owned(),
            unit => format!("each {unit}"),
        },
    );
    let standards: Vec<String> = check
        .standards
        .iter()
        .map(|standard| {
            let anchor = anchor(standard.control());
            format!(
                "<a href=\"../standards/{}.html#{anchor}\">{standard}</a>",
                standard.name()
            )
        })
        .collect();
    if !standards.is_empty() {
        row("Standards", &standards.join(", "));
    }
    if let Some(capability) = check.capability {
        row(
            "Can be declared",
            &format!(
                "as <a href=\"../concepts/declarations.html\"><code>{capability}</code></a>, where it is solved outside the cluster"
            ),
        );
    }
    if !check.aliases.is_empty() {
        row("Earlier names", &escaped(&check.aliases.join(", ")));
    }
    row("Since", check.since);
    table.push_str("</table>\n");
    table
}

/// What an empty cluster yields, in words.
fn on_empty(check: &Check) -> String {
    let declared = check.section(Heading::EmptyCluster).unwrap_or_default();
    let declared = declared.lines().next().unwrap_or_default();
    let because = |id: &str| match id {
        _ if id == NotApplicable::Absent.id() => "there is nothing to judge",
        _ if id == NotApplicable::Mode.id() => "only manifests are asked it",
        _ if id == NotApplicable::Reported.id() => "another check reports it",
        _ if id == Unknown::Hidden.id() => "the evidence isn't shown",
        _ if id == Unknown::Unreadable.id() => "the evidence could not be read",
        _ if id == Unknown::Unrecognised.id() => "kready doesn't know what it reads",
        _ => "",
    };
    let ending = match declared.split_once(": ") {
        Some(("NotApplicable", reason)) => {
            format!("it does not apply (`{reason}`): {}", because(reason))
        }
        Some(("Unknown", reason)) => format!("it is unknown (`{reason}`): {}", because(reason)),
        _ if declared == "Fail" => "it fails: what it asks for is missing there, too".to_owned(),
        _ => "it passes".to_owned(),
    };
    format!("On a cluster without workloads {ending}.")
}

fn add_parameters(page: &mut String, check: &Check) {
    if check.params.is_empty() {
        return;
    }
    page.push_str("## Parameters\n\n| parameter | default | meaning |\n|---|---|---|\n");
    let mut example = String::new();
    for param in check.params {
        let (default, value) = match param {
            Param::Int(it) => (it.default.to_string(), it.default.to_string()),
            Param::Texts(it) => {
                let first = it.default.first().unwrap_or(&"");
                (it.default.join(", "), format!("[{first}]"))
            }
        };
        let name = param.name();
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            cell(&default).replace('*', "\\*"),
            cell(param.about())
        );
        let _ = writeln!(example, "    {name}: {value}");
    }
    let _ = writeln!(
        page,
        "\nIn [`kready.yaml`](../reference/configuration.md):\n\n```yaml\nparameters:\n  {}:\n{example}```\n",
        check.id
    );
}

fn add_related(page: &mut String, id: &str) {
    let pairs = causes::pairs();
    let links = |ids: &[&str]| {
        let links: Vec<String> = ids.iter().map(|id| format!("[`{id}`]({id}.md)")).collect();
        links.join(", ")
    };
    let before: Vec<&str> = pairs
        .iter()
        .filter(|(_, after)| *after == id)
        .map(|(before, _)| *before)
        .collect();
    let after: Vec<&str> = pairs
        .iter()
        .filter(|(before, _)| *before == id)
        .map(|(_, after)| *after)
        .collect();
    if before.is_empty() && after.is_empty() {
        return;
    }
    page.push_str("## Causes and consequences\n\n");
    if !before.is_empty() {
        let _ = writeln!(
            page,
            "Its findings may follow from those of {}: fix those first.\n",
            links(&before)
        );
    }
    if !after.is_empty() {
        let _ = writeln!(
            page,
            "Its findings may explain those of {}, which go with them.\n",
            links(&after)
        );
    }
}

fn add_needs(page: &mut String, facts: &Value) {
    page.push_str("## What it reads\n\n");
    for (role, meaning) in [
        ("examined", "Judged: without it the check is unknown"),
        ("correlated", "It can make or unmake a finding"),
        ("optional", "Used where it may be read"),
        ("quoted", "Used for the wording only"),
    ] {
        let needs = facts["needs"].as_array().into_iter().flatten();
        let names: Vec<String> = needs
            .filter(|need| need["role"] == role)
            .filter_map(|need| need["resource"].as_str())
            .map(|name| format!("`{name}`"))
            .collect();
        if !names.is_empty() {
            let _ = writeln!(page, "- {meaning}: {}", names.join(", "));
        }
    }
    page.push_str("\n[Permissions](../reference/permissions.md) says how to grant it.\n\n");
}

/// A table of checks; `folder` leads to their pages.
fn table(checks: &[&Check], folder: &str) -> String {
    let mut table = String::from(
        "<table class=\"checks\">\n<thead><tr><th>Check</th><th>Severity</th><th>Fails when</th><th>Impact</th><th>Applies to</th></tr></thead>\n<tbody>\n",
    );
    for check in checks {
        let _ = writeln!(
            table,
            "<tr><td><a href=\"{folder}{0}.html\"><code>{0}</code></a></td><td>{1}</td><td class=\"says\">{2}</td><td>{3}</td><td>{4}</td></tr>",
            check.id,
            badge(check.severity),
            inline(check.title),
            check.impact,
            match check.mode {
                Mode::Live => "clusters",
                Mode::Both => "clusters, manifests",
                Mode::Files => "manifests",
            },
        );
    }
    table.push_str("</tbody>\n</table>\n");
    table
}

/// The checks of a pillar, the gravest first.
fn of(pillar: Pillar) -> Vec<&'static Check> {
    let mut checks: Vec<&Check> = builtin().filter(|check| check.pillar == pillar).collect();
    checks.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(b.id)));
    checks
}

fn of_pillar(pillar: Pillar) -> String {
    let checks = of(pillar);
    format!(
        "# {}\n\n{}\n\n{} checks, the gravest first. `kready audit --only {}` runs only these.\n\n{}",
        title(pillar),
        sentence(pillar.question()),
        checks.len(),
        pillar.id(),
        table(&checks, "../checks/")
    )
}

fn catalogue() -> String {
    let mut page = format!(
        "# All checks\n\n{} checks in nine pillars. `kready checks` lists them in the terminal, `kready explain ID` shows one. The [rules](rules.md)\n\
         hold for all of them, and the [standards](../standards/index.md) say which controls they decide.\n",
        builtin().count()
    );
    for pillar in Pillar::ALL {
        let _ = write!(
            page,
            "\n## [{}](../pillars/{}.md)\n\n{}\n\n{}",
            title(pillar),
            pillar.id(),
            sentence(pillar.question()),
            table(&of(pillar), "")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_page_at_its_address() {
        let contents = contents();
        for check in builtin() {
            let address = check.page_url();
            let path = address.strip_prefix("https://kready.dev/").unwrap();
            let path = path.replace(".html", ".md");
            assert_eq!(path, format!("checks/{}.md", check.id));
            assert!(
                contents.contains(&format!("({path})")),
                "{path} isn't listed"
            );
            let page = page(check, &Value::Null);
            let title = format!("# {}: {}\n", check.id, check.title);
            assert!(page.starts_with(&title), "{page}");
            for heading in ["## Why it matters", "## Remediation", "## Empty cluster"] {
                assert!(page.contains(heading), "{}: {heading}", check.id);
            }
        }
    }

    #[test]
    fn an_earlier_name_leads_to_the_page_of_today() {
        let renamed = Check {
            id: "new-name",
            aliases: &["old-name", "older-name"],
            ..Check::BASE
        };
        assert_eq!(
            redirects([&renamed].into_iter()),
            "\n[output.html.redirect]\n\"/checks/old-name.html\" = \"new-name.html\"\n\"/checks/older-name.html\" = \"new-name.html\"\n"
        );
        let settings = redirects(builtin());
        for alias in builtin().flat_map(|check| check.aliases) {
            let address = format!("\"/checks/{alias}.html\"");
            assert!(settings.contains(&address), "{alias}");
        }
    }

    #[test]
    fn an_empty_cluster_is_told_in_words() {
        for check in builtin() {
            let words = on_empty(check);
            assert!(!words.ends_with(": ."), "{}: {words}", check.id);
        }
    }
}

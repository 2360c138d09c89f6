//! `kready checks`: what kready can ask.

use kready_checks::check::Check;
use serde::Serialize;

use super::{Invocation, registry};
use crate::{
    cli::{self, Listing},
    config::Selection,
    failure::{Exit, Failure},
    output,
    render::{checks, terminal::Terminal},
    report::Policy,
};

/// One check in `kready checks -o json`.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    pillar: &'static str,
    severity: &'static str,
    impact: &'static str,
    title: &'static str,
    standards: Vec<StandardEntry>,
}

#[derive(Serialize)]
struct StandardEntry {
    name: &'static str,
    control: &'static str,
}

pub(super) fn run(options: &cli::Checks, invocation: Invocation) -> Result<Exit, Failure> {
    let registry = registry();
    let selection = Selection::parse(&options.only, &options.skip, &registry)?;
    let selected = if selection == Selection::default() {
        registry
    } else {
        selection.apply(&registry, &Policy::default()).0
    };
    let text = match options.output {
        Listing::Table => checks::table(&selected, Terminal::of_stdout(invocation.color)),
        Listing::Json => json(&selected)?,
    };
    output::print(&text)?;
    Ok(Exit::Ready)
}

fn json(selected: &[&'static Check]) -> Result<String, Failure> {
    let entries: Vec<Entry> = selected
        .iter()
        .map(|check| Entry {
            id: check.id,
            pillar: check.pillar.id(),
            severity: check.severity.id(),
            impact: check.impact.id(),
            title: check.title,
            standards: check
                .standards
                .iter()
                .map(|standard| StandardEntry {
                    name: standard.name(),
                    control: standard.control(),
                })
                .collect(),
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&entries).map_err(Failure::usage)?;
    text.push('\n');
    Ok(text)
}

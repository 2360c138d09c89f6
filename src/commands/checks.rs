//! `kready checks`: lists the checks, and the controls of standards that they decide.

use kready_checks::{frame::Check, model::Standard};
use serde::Serialize;

use super::invocation::{Invocation, registry};
use crate::{
    cli::{self, ListFormat},
    config::Selection,
    failure::{Exit, Failure},
    output,
    render::{checks, terminal::Terminal},
    report::{Coverage, Policy, coverage},
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

/// One standard in `kready checks --controls -o json`.
#[derive(Serialize)]
struct CoverageEntry {
    name: &'static str,
    title: &'static str,
    controls: Vec<ControlEntry>,
}

#[derive(Serialize)]
struct ControlEntry {
    control: &'static str,
    checks: Vec<&'static str>,
}

pub(super) fn run(options: &cli::Checks, invocation: Invocation) -> Result<Exit, Failure> {
    let registry = registry();
    let selection = Selection::parse(&options.only, &options.skip, &registry)?;
    let mut selected = if selection == Selection::default() {
        registry
    } else {
        selection.apply(&registry, &Policy::default()).0
    };
    let is_asked = |name: &str| options.standards.iter().any(|asked| asked == name);
    if !options.standards.is_empty() {
        let decides = |standard: &Standard| is_asked(standard.name());
        selected.retain(|check| check.standards.iter().any(decides));
    }
    let mut standards = coverage(&selected);
    if !options.standards.is_empty() {
        standards.retain(|standard| is_asked(standard.name));
    }
    let terminal = Terminal::of_stdout(invocation.color);
    let text = match (options.output, options.controls) {
        (ListFormat::Table, true) => checks::controls(&standards, terminal),
        (ListFormat::Table, false) => {
            let mut text = checks::table(&selected, terminal);
            if options.standards.is_empty() {
                text.push_str(&checks::standards(&standards, terminal));
            } else if !selected.is_empty() {
                text.push('\n');
                text.push_str(&checks::controls(&standards, terminal));
            }
            text
        }
        (ListFormat::Json, true) => {
            json(&standards.iter().map(CoverageEntry::of).collect::<Vec<_>>())?
        }
        (ListFormat::Json, false) => json(
            &selected
                .iter()
                .map(|check| Entry::of(check))
                .collect::<Vec<_>>(),
        )?,
    };
    output::print(&text)?;
    Ok(Exit::Ready)
}

impl Entry {
    fn of(check: &'static Check) -> Self {
        Self {
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
        }
    }
}

impl CoverageEntry {
    fn of(standard: &Coverage) -> Self {
        Self {
            name: standard.name,
            title: standard.title,
            controls: standard
                .controls
                .iter()
                .map(|(control, checks)| ControlEntry {
                    control,
                    checks: checks.clone(),
                })
                .collect(),
        }
    }
}

fn json(entries: &impl Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(entries).map_err(Failure::usage)?;
    text.push('\n');
    Ok(text)
}

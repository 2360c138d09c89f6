//! `kready checks`: lists the checks, and the controls of standards that they decide.

use std::io::{self, IsTerminal};

use kready_checks::model::Standard;
use serde::Serialize;

use super::invocation::{Invocation, registry};
use crate::{
    cli::{self, ListFormat},
    config::Selection,
    failure::{Exit, Failure},
    output,
    render::{catalogue::CheckEntry, checks, terminal::Terminal},
    report::{Coverage, Policy, coverage},
};

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
    let mut terminal = Terminal::of_stdout(invocation.color);
    if !io::stdout().is_terminal() {
        // A line of a pipe is searched, and stays whole.
        terminal.width = usize::MAX;
    }
    let text = match (options.output, options.controls) {
        (ListFormat::Table, true) => checks::controls(&standards, terminal),
        (ListFormat::Table, false) => {
            let mut text = checks::table(&selected, invocation.program, terminal);
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
                .map(|check| CheckEntry::of(check))
                .collect::<Vec<_>>(),
        )?,
    };
    output::print(&text)?;
    Ok(Exit::Ready)
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

/// A list as JSON, ending in a line break.
pub(super) fn json(entries: &impl Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(entries).map_err(Failure::usage)?;
    text.push('\n');
    Ok(text)
}

//! `kready explain`: the pages of checks, readable in a terminal, as Markdown or as JSON.

use anyhow::anyhow;
use kready_checks::frame::Check;

use super::invocation::{Invocation, registry};
use crate::{
    cli::{self, ExplainFormat},
    clock,
    failure::{Exit, Failure},
    nearest, output,
    render::{
        catalogue::CheckEntry,
        checks,
        explain::{self, Extent},
        terminal::Terminal,
    },
    report::{ControlMatch, Renamed, control_in_words, find_control},
};

pub(super) fn run(options: &cli::Explain, invocation: Invocation) -> Result<Exit, Failure> {
    let registry = registry();
    let terminal = Terminal::of_stdout(invocation.color);
    let extent = match (options.all, options.examples) {
        (true, _) => Extent::All,
        (false, true) => Extent::Examples,
        (false, false) => Extent::Brief,
    };
    let wanted = wanted(&options.ids, &registry)?;
    let text = match options.output {
        ExplainFormat::Text => {
            let now = clock::now()?;
            let pages: Vec<String> = wanted
                .iter()
                .map(|wanted| match wanted {
                    Wanted::Check(check) => {
                        explain::explain(check, extent, now, invocation.program, terminal)
                    }
                    Wanted::Control(control, checks) => checks::deciding(control, checks, terminal),
                })
                .collect();
            pages.join("\n")
        }
        ExplainFormat::Markdown => {
            let pages: Vec<String> = checks_of(&wanted)
                .map(|check| explain::markdown_page(check, extent))
                .collect();
            pages.join("\n")
        }
        ExplainFormat::Json => {
            let entries: Vec<CheckEntry> =
                checks_of(&wanted).map(CheckEntry::with_examples).collect();
            super::checks::json(&entries)?
        }
    };
    output::print(&text)?;
    Ok(Exit::Ready)
}

/// What was asked for by one name.
enum Wanted {
    Check(&'static Check),
    /// A control that several checks decide.
    Control(String, Vec<&'static Check>),
}

fn checks_of(wanted: &[Wanted]) -> impl Iterator<Item = &'static Check> {
    wanted.iter().flat_map(|wanted| match wanted {
        Wanted::Check(check) => vec![*check],
        Wanted::Control(_, checks) => checks.clone(),
    })
}

/// The checks of these names: ids, former ids, and controls of standards, with the standard's name before them or not.
fn wanted(names: &[String], registry: &[&'static Check]) -> Result<Vec<Wanted>, Failure> {
    let mut found = Vec::new();
    let mut rest = names;
    while let Some((name, others)) = rest.split_first() {
        rest = others;
        if let Some(check) = registry.iter().find(|check| check.is_called(name)) {
            if let Some(renamed) = Renamed::of(Some(check), name) {
                output::complain(&renamed.notice());
            }
            found.push(Wanted::Check(check));
            continue;
        }
        // `cis 5.2.2` comes as two words.
        let together = others.first().map(|next| format!("{name} {next}"));
        let of_two = together
            .as_deref()
            .map(|both| find_control(both, registry))
            .filter(|found| !matches!(found, ControlMatch::NoControl));
        let (asked, matching) = match (of_two, together) {
            (Some(matching), Some(both)) => {
                rest = others.get(1..).unwrap_or_default();
                (both, matching)
            }
            _ => (name.clone(), find_control(name, registry)),
        };
        match matching {
            ControlMatch::Decided(controls, checks) => {
                let control = control_in_words(&controls);
                match checks[..] {
                    [check] => {
                        output::complain(&format!("{control} is {}", check.id));
                        found.push(Wanted::Check(check));
                    }
                    _ => found.push(Wanted::Control(control, checks)),
                }
            }
            ControlMatch::Undecided(standard) => {
                return Err(Failure::usage(anyhow!(
                    "no check decides {}",
                    nearest::quoted(&asked)
                ))
                .hint(format!(
                    "kready checks --controls --standard {standard} lists the controls of {standard} that a check decides"
                )));
            }
            ControlMatch::NoControl => return Err(unknown(name, registry)),
        }
    }
    Ok(found)
}

fn unknown(name: &str, registry: &[&'static Check]) -> Failure {
    let known = registry.iter().map(|check| check.id);
    Failure::usage(anyhow!(nearest::unknown("check", name, known)))
        .hint("kready checks lists the checks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_id_names_the_check() {
        static RENAMED: Check = Check {
            id: "new-name",
            aliases: &["old-name"],
            ..Check::BASE
        };
        for name in ["new-name", "old-name"] {
            let found = wanted(&[name.to_owned()], &[&RENAMED]).unwrap();
            let ids: Vec<&str> = checks_of(&found).map(|check| check.id).collect();
            assert_eq!(ids, ["new-name"], "{name}");
        }
    }
}

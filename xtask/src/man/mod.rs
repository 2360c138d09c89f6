//! The manual: a page for each command, and one for the configuration.

mod command;
mod config;
mod help;
mod page;
mod surroundings;
#[cfg(test)]
mod tests;

use std::{fs, path::Path};

use anyhow::Context;
use clap::Command;

use crate::date;

/// Writes the pages, each under its name and section: `kready-audit.1`.
///
/// # Errors
/// `SOURCE_DATE_EPOCH` holds no time, or the folder can't be written.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    let date = date::of_source()?
        .map(|time| time.date().to_string())
        .unwrap_or_default();
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    for (name, text) in pages(&date) {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// Every page, by the name of its file.
fn pages(date: &str) -> Vec<(String, String)> {
    let program = program();
    let mut pages = vec![("kready.1".to_owned(), command::page(&program, None, date))];
    for command in commands(&program) {
        let name = format!("kready-{}.1", command.get_name());
        pages.push((name, command::page(&program, Some(command), date)));
    }
    pages.push(("kready.yaml.5".to_owned(), config::page(date)));
    pages
}

/// The command line with everything that clap adds to it.
fn program() -> Command {
    let mut program = kready::command();
    program.build();
    program
}

/// The commands that have a page of their own: all but `help`, which prints those texts.
fn commands(program: &Command) -> impl Iterator<Item = &Command> {
    program
        .get_subcommands()
        .filter(|command| command.get_name() != "help" && !command.is_hide_set())
}

//! `kready.yaml`: profile, selection, severities, parameters, scope, gate, report, waivers and declarations.

mod contents;
mod exceptions;
mod keys;
mod located;
mod plan;
mod read;
mod schema;
mod selection;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use kready_checks::frame::Check;

pub(crate) use contents::{Config, DEFAULT_FILE, FailOn, PLACEHOLDER};
pub(crate) use keys::schema;
pub(crate) use plan::{Overrides, Plan};
pub(crate) use selection::Selection;

use crate::{
    bounded::{self, MIB},
    escape,
    failure::Failure,
};

/// Ten thousands of waivers have room in it.
const LARGEST: u64 = 16 * MIB;

/// Which configuration file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileChoice {
    /// No file.
    Nothing,
    /// This one.
    File(PathBuf),
    /// `kready.yaml` of the working directory, if it is there.
    Discover,
}

/// Reads the configuration.
///
/// # Errors
/// The file cannot be read, is not YAML, or has unknown keys or values; every mistake is named with file and line.
pub(crate) fn load(choice: &FileChoice, registry: &[&'static Check]) -> Result<Config, Failure> {
    let path = match choice {
        FileChoice::Nothing => return Ok(Config::default()),
        FileChoice::File(path) => path.as_path(),
        FileChoice::Discover => {
            let path = Path::new(DEFAULT_FILE);
            // Anything of that name is meant as the configuration: it is an error if it cannot be read.
            if path.symlink_metadata().is_err() {
                return Ok(Config::default());
            }
            path
        }
    };
    let file = path.display().to_string();
    let text = bounded::named(path, LARGEST)
        .and_then(bounded::text)
        .with_context(|| format!("cannot read the configuration {file}"))
        .map_err(|error| {
            Failure::usage(error).hint("name another file with --config, or none with --no-config")
        })?;
    parse(&text, &file, registry).map_err(|problems| {
        Failure::usage(anyhow!("{problems}")).hint(
            "`kready schema config` describes the configuration, `kready checks` lists the checks",
        )
    })
}

pub(crate) fn parse(text: &str, file: &str, registry: &[&'static Check]) -> Result<Config, String> {
    let root = located::parse(text).map_err(|(position, message)| {
        let message = escape::text(&message).into_owned();
        match position {
            Some(position) => format!("{file}:{position}: {message}"),
            None => format!("{file}: {message}"),
        }
    })?;
    let (mut config, problems) = keys::read(&root, registry);
    config.file = Some(file.to_owned());
    if problems.is_empty() {
        return Ok(config);
    }
    let problems: Vec<String> = problems
        .into_iter()
        .map(|(position, problem)| format!("{file}:{position}: {problem}"))
        .collect();
    Err(problems.join("\n"))
}

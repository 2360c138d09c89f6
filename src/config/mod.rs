//! `kready.yaml`: profile, selection, severities, parameters, scope, gate, report, waivers and declarations.

mod contents;
pub(crate) mod edit;
#[cfg(test)]
mod edit_tests;
mod exceptions;
mod folder;
mod keys;
mod labels;
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
use kready_checks::{frame::Check, model::shell_word};

pub(crate) use contents::{Config, DEFAULT_FILE, FailOn, LARGEST};
pub(crate) use folder::beside;
pub(crate) use keys::schema;
pub(crate) use plan::{Overrides, Plan};
pub(crate) use selection::Selection;

use keys::Purpose;

use crate::{bounded, escape, failure::Failure};

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

impl FileChoice {
    /// The configuration, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Nothing => None,
            Self::File(path) => Some(path),
            Self::Discover => {
                let path = Path::new(DEFAULT_FILE);
                // Anything of that name is meant as the configuration: it is an error if it cannot be read.
                path.symlink_metadata().is_ok().then_some(path)
            }
        }
    }
}

/// Reads the configuration, and the files of waivers beside it.
///
/// # Errors
/// A file cannot be read, is not YAML, or has unknown keys or values; every mistake is named with file and line.
pub(crate) fn load(choice: &FileChoice, registry: &[&'static Check]) -> Result<Config, Failure> {
    let Some(path) = choice.path() else {
        return Ok(Config::default());
    };
    let file = path.display().to_string();
    let text = bounded::named(path, LARGEST)
        .and_then(bounded::text)
        .with_context(|| format!("cannot read the configuration {file}"))
        .map_err(|error| {
            Failure::usage(error).hint("name another file with --config, or none with --no-config")
        })?;
    let mut config = Config::default();
    let mut all = parse_into(
        &mut config,
        &text,
        (&file, Purpose::Configuration),
        registry,
    );
    config.file = Some(file.clone());
    let mut drafts = all
        .drafts_only
        .then_some(file)
        .into_iter()
        .collect::<Vec<_>>();
    for path in beside(path)? {
        let file = path.display().to_string();
        let text = folder::read(&path)?;
        let wrong = parse_into(&mut config, &text, (&file, Purpose::Waivers), registry);
        drafts.extend(wrong.drafts_only.then_some(file));
        all.problems.extend(wrong.problems);
    }
    if all.problems.is_empty() {
        return Ok(config);
    }
    let hint = match drafts.first() {
        Some(file) => format!("{} fills them in", filling_command(file)),
        None => {
            "`kready schema config` describes the configuration, `kready checks` lists the checks"
                .to_owned()
        }
    };
    Err(Failure::usage(anyhow!("{}", all.problems.join("\n"))).hint(hint))
}

/// What fills in the drafts of a file.
pub(crate) fn filling_command(file: &str) -> String {
    let file = shell_word(file);
    format!("kready waive --into {file} --reason TEXT --owner NAME")
}

/// What is wrong with a file, each with its place.
#[derive(Default)]
struct Told {
    problems: Vec<String>,
    drafts_only: bool,
}

/// Adds what a file says to the configuration.
fn parse_into(
    config: &mut Config,
    text: &str,
    (file, purpose): (&str, Purpose),
    registry: &[&'static Check],
) -> Told {
    let root = match located::parse(text) {
        Ok(root) => root,
        Err((position, message)) => {
            let message = escape::text(&message);
            let problem = match position {
                Some(position) => format!("{file}:{position}: {message}"),
                None => format!("{file}: {message}"),
            };
            return Told {
                problems: vec![problem],
                drafts_only: false,
            };
        }
    };
    let wrong = keys::read(&root, (file, purpose), registry, config);
    Told {
        problems: wrong
            .problems
            .into_iter()
            .map(|(position, problem)| format!("{file}:{position}: {problem}"))
            .collect(),
        drafts_only: wrong.drafts_only,
    }
}

/// Reads a configuration by itself.
///
/// # Errors
/// Every mistake, each with file and line.
pub(crate) fn parse(text: &str, file: &str, registry: &[&'static Check]) -> Result<Config, String> {
    let mut config = Config::default();
    let told = parse_into(&mut config, text, (file, Purpose::Configuration), registry);
    config.file = Some(file.to_owned());
    if told.problems.is_empty() {
        return Ok(config);
    }
    Err(told.problems.join("\n"))
}

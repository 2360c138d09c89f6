//! The program `kready` as a library, for its own binary, example and tests: it is no public API.

mod audit;
mod bounded;
mod breakage;
mod children;
mod cli;
mod clock;
mod collect;
mod commands;
mod config;
mod escape;
mod every;
mod failure;
mod interrupt;
mod nearest;
mod output;
#[doc(hidden)]
pub mod parts;
mod pattern;
mod place;
mod progress;
mod render;
mod report;
mod rights;
mod words;

use std::{
    ffi::OsString,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
    process::ExitCode,
};

use clap::FromArgMatches;

use crate::{cli::answer::Answer, failure::Exit};

/// The command line, for its manual.
#[doc(hidden)]
pub fn command() -> clap::Command {
    cli::program::command("kready")
}

/// The script that completes the command line in a shell of this name, as `kready completion` prints it.
#[doc(hidden)]
pub fn completion(shell: &str) -> Option<String> {
    commands::completion_for(shell)
}

/// The shape of `kready.yaml`, for its manual.
#[doc(hidden)]
pub fn config_schema() -> serde_json::Value {
    config::schema(&kready_checks::builtin().collect::<Vec<_>>())
}

/// The formats of reports, by their names.
#[doc(hidden)]
pub fn formats() -> impl Iterator<Item = &'static str> {
    <output::Format as output::Formats>::ALL
        .iter()
        .map(|(name, _)| *name)
}

/// Renders a report in the format of this name; nothing if there is none.
#[doc(hidden)]
pub fn render(report: &parts::Report, format: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut formats = <output::Format as output::Formats>::ALL.iter();
    match formats.find(|(name, _)| *name == format) {
        Some((_, format)) => {
            let (report, view) = report.shown();
            let places = render::pipeline::Places::default();
            commands::render(*format, report, &view, &places, &mut &mut *out)
        }
        None => Ok(()),
    }
}

/// Runs the command line, the program's name first, to its exit code.
///
/// If it breaks, it says so in one sentence, and ends with an exit code of its own.
pub fn run(arguments: &[OsString]) -> ExitCode {
    set_hook(Box::new(|panic| output::complain(&breakage::told(panic))));
    let exit = catch_unwind(AssertUnwindSafe(|| run_to_end(arguments)));
    let exit = exit.unwrap_or_else(|_| {
        children::end_all();
        output::remove_unfinished();
        Exit::Broken
    });
    exit.into()
}

fn run_to_end(arguments: &[OsString]) -> Exit {
    let name = arguments.first().map(OsString::as_os_str);
    if cli::program::completes(name) {
        return commands::complete(arguments).unwrap_or_else(|failure| failure.exit);
    }
    let program = cli::program::name(name);
    let mut command = cli::program::command(program);
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| cli::Cli::from_arg_matches(&matches))
        .map_err(|error| error.format(&mut command));
    let end = match parsed {
        Ok(cli) => commands::run(cli, program),
        Err(error) => match cli::answer::to(&error, &command, arguments) {
            // Help and version are output like any other.
            Answer::Print(text) => output::print(&text).map(|()| Exit::Ready),
            Answer::Refuse(text) => {
                output::complain(&text);
                Ok(Exit::Usage)
            }
        },
    };
    match end {
        Ok(exit) => exit,
        Err(failure) => {
            output::complain(&failure.told(program));
            failure.exit
        }
    }
}

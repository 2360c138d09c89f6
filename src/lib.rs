//! The program `kready` as a library, for its own binary, example and tests: it is no public API.

mod audit;
mod bounded;
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
mod words;

use std::{ffi::OsString, process::ExitCode};

use clap::FromArgMatches;

use crate::failure::{Exit, Failure};

/// Runs the command line, the program's name first, to its exit code.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let program = cli::program::name(arguments.first().map(OsString::as_os_str));
    let mut command = cli::program::command(program);
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| cli::Cli::from_arg_matches(&matches))
        .map_err(|error| error.format(&mut command));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => error.exit(),
        // Help and version are output like any other.
        Err(error) => {
            return ended(output::print(&error.render().to_string()).map(|()| Exit::Ready));
        }
    };
    ended(commands::run(cli, program))
}

fn ended(end: Result<Exit, Failure>) -> ExitCode {
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure.to_string());
            failure.exit.into()
        }
    }
}

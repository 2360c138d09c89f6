//! Parse, run, exit code.

mod audit;
mod cli;
mod clock;
mod collect;
mod commands;
mod config;
mod every;
mod failure;
mod interrupt;
mod nearest;
mod output;
mod progress;
mod render;
mod report;
mod words;

use std::{env, process::ExitCode};

use clap::FromArgMatches;

fn main() -> ExitCode {
    let program = cli::program_name(env::args_os().next().as_deref());
    let mut command = cli::command(program);
    let parsed = command
        .try_get_matches_from_mut(env::args_os())
        .and_then(|matches| cli::Cli::from_arg_matches(&matches))
        .map_err(|error| error.format(&mut command));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match commands::run(cli, program) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure.to_string());
            failure.exit.into()
        }
    }
}

//! What each command does.

mod audit;
mod checks;
mod cluster;
mod completion;
mod components;
mod explain;
mod input;
mod plan;
mod rbac;
mod schema;
mod snapshot;
mod waive;

use kready_checks::frame::Check;

use crate::{
    cli::{Cli, Command},
    failure::{Exit, Failure},
    render::terminal::ColorChoice,
};

/// How the program was called, for all commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    /// `kready`, or `kubectl kready`.
    pub(crate) program: &'static str,
    pub(crate) color: ColorChoice,
    pub(crate) quiet: bool,
}

/// Runs a command to its exit code.
pub(crate) fn run(cli: Cli, program: &'static str) -> Result<Exit, Failure> {
    let invocation = Invocation {
        program,
        color: cli.color,
        quiet: cli.quiet,
    };
    match cli.command {
        Command::Audit(options) => audit::run(&options, invocation),
        Command::Checks(options) => checks::run(&options, invocation),
        Command::Explain(options) => explain::run(&options, invocation),
        Command::Rbac(options) => rbac::run(&options, invocation),
        Command::Snapshot(options) => snapshot::run(&options, invocation),
        Command::Components(options) => components::run(&options, invocation),
        Command::Waive(options) => waive::run(&options),
        Command::Schema(options) => schema::run(&options),
        Command::Completion(options) => completion::run(&options, program),
    }
}

/// Every check there is, in the order of pillars and ids.
fn registry() -> Vec<&'static Check> {
    kready_checks::builtin().collect()
}

//! What each command does.

mod anchor;
mod audit;
mod checks;
mod cluster;
mod complete;
mod completion;
mod components;
mod diff;
mod explain;
mod input;
mod invocation;
mod plan;
mod rbac;
mod schema;
mod snapshot;
mod version;
mod waive;

use self::invocation::Invocation;
pub(crate) use self::{audit::render, complete::run as complete, completion::completion_for};
use crate::{
    cli::{Cli, Command},
    failure::{Exit, Failure},
};

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
        Command::Diff(options) => diff::run(&options, invocation),
        Command::Waive(options) => waive::run(&options, invocation),
        Command::Schema(options) => schema::run(&options),
        Command::Completion(options) => completion::run(&options, program),
        Command::Version(options) => version::run(&options),
    }
}

//! `kready explain`: a check's page, readable in a terminal.

use anyhow::anyhow;

use super::invocation::{Invocation, registry};
use crate::{
    cli, clock,
    failure::{Exit, Failure},
    nearest, output,
    render::{explain, terminal::Terminal},
    report::Renamed,
};

pub(super) fn run(options: &cli::Explain, invocation: Invocation) -> Result<Exit, Failure> {
    let registry = registry();
    let check = registry
        .iter()
        .find(|check| check.is_called(&options.id))
        .ok_or_else(|| {
            let known = registry.iter().map(|check| check.id);
            Failure::usage(anyhow!(nearest::unknown("check", &options.id, known)))
                .hint("kready checks lists the checks")
        })?;
    if let Some(renamed) = Renamed::of(Some(check), &options.id) {
        output::complain(&renamed.notice());
    }
    let terminal = Terminal::of_stdout(invocation.color);
    output::print(&explain::explain(check, clock::now()?, terminal))?;
    Ok(Exit::Ready)
}

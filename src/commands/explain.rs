//! `kready explain`: a check's page, readable in a terminal.

use super::{Invocation, registry, selection};
use crate::{
    cli,
    failure::{Exit, Failure},
    output,
    render::{explain, terminal::Terminal},
};

pub(super) fn run(options: &cli::Explain, invocation: Invocation) -> Result<Exit, Failure> {
    let check = selection::find(&options.id, &registry())?;
    let terminal = Terminal::of_stdout(invocation.color);
    output::print(&explain::explain(check, terminal))?;
    Ok(Exit::Ready)
}

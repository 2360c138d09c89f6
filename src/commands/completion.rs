//! `kready completion`: the script that completes the command line in a shell.

use crate::{
    cli,
    failure::{Exit, Failure},
    output,
};

pub(super) fn run(options: &cli::Completion, program: &'static str) -> Result<Exit, Failure> {
    // kubectl completes a plugin by calling `kubectl_complete-kready`, which a script cannot stand in for.
    let name = if program == "kready" {
        "kready"
    } else {
        "kubectl-kready"
    };
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut cli::program::command("kready"),
        name,
        &mut script,
    );
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ready)
}

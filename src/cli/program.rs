//! The command line under the name by which the program was called.

use std::{ffi::OsStr, path::Path};

use clap::CommandFactory;

use super::Cli;

/// How the program was called: `kready`, or `kubectl kready` when kubectl ran it as a plugin.
pub(crate) fn name(arg0: Option<&OsStr>) -> &'static str {
    if stem(arg0) == Some("kubectl-kready") {
        "kubectl kready"
    } else {
        "kready"
    }
}

/// Whether kubectl asks under this name how a command line of its plugin may go on.
pub(crate) fn completes(arg0: Option<&OsStr>) -> bool {
    stem(arg0) == Some("kubectl_complete-kready")
}

fn stem(arg0: Option<&OsStr>) -> Option<&str> {
    Path::new(arg0?).file_stem()?.to_str()
}

/// The command under the name by which it was called.
pub(crate) fn command(program: &'static str) -> clap::Command {
    let command = Cli::command();
    if program == "kready" {
        return command;
    }
    command.bin_name(program).display_name(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command("kready").debug_assert();
        command("kubectl kready").debug_assert();
        let mut command = command("kready");
        command.build();
        let mut names: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        let mut known = crate::words::COMMANDS;
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn a_plugin_of_kubectl_says_so() {
        assert_eq!(name(Some(OsStr::new("/usr/bin/kready"))), "kready");
        assert_eq!(
            name(Some(OsStr::new("/opt/bin/kubectl-kready"))),
            "kubectl kready"
        );
        assert_eq!(name(None), "kready");
        let help = command("kubectl kready").render_help().to_string();
        assert!(
            help.contains("Usage: kubectl kready [OPTIONS] <COMMAND>"),
            "{help}"
        );
    }
}

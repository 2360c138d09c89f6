//! The command line under the name by which the program was called.

use std::{ffi::OsStr, path::Path};

use clap::CommandFactory;

use super::Cli;

/// How the program was called: `kready`, or `kubectl kready` when kubectl ran it as a plugin.
pub(crate) fn name(arg0: Option<&OsStr>) -> &'static str {
    let stem = arg0
        .map(Path::new)
        .and_then(Path::file_stem)
        .and_then(OsStr::to_str);
    if stem == Some("kubectl-kready") {
        "kubectl kready"
    } else {
        "kready"
    }
}

/// The command under the name by which it was called.
pub(crate) fn command(program: &'static str) -> clap::Command {
    let command = Cli::command();
    if program == "kready" {
        return command;
    }
    renamed(command.bin_name(program).display_name(program), program)
}

/// Names the program in every example.
fn renamed(mut command: clap::Command, program: &'static str) -> clap::Command {
    if let Some(text) = command.get_after_help().map(ToString::to_string) {
        let text = text.replace("kready ", &format!("{program} "));
        command = command.after_help(text);
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| renamed(sub, program));
    }
    command
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
        assert!(help.contains("kubectl kready audit --demo"), "{help}");
    }
}

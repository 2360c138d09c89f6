//! `kready completion`: the script that completes the command line in a shell.

use clap::{Command, ValueEnum, builder::PossibleValuesParser};
use clap_complete::{Generator, Shell as Known, generate};
use clap_complete_nushell::Nushell;
use kready_checks::model::{Pillar, Severity};

use super::invocation::registry;
use crate::{
    cli::{self, Shell},
    config::FailOn,
    failure::{Exit, Failure},
    output::{self, ComponentsFormat, Format, Formats},
};

/// The namespaces of the demo, to try a scope with.
const OF_DEMO: [&str; 16] = [
    "analytics",
    "argocd",
    "cert-manager",
    "default",
    "ingress-nginx",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "logging",
    "longhorn-system",
    "metallb-system",
    "monitoring",
    "redis-operator",
    "shop",
    "tools",
    "velero",
];

pub(super) fn run(options: &cli::Completion, program: &'static str) -> Result<Exit, Failure> {
    // What kubectl itself completes is told by complete.rs.
    let name = if program == "kready" {
        "kready"
    } else {
        "kubectl-kready"
    };
    output::print(&of_shell(options.shell, name))?;
    Ok(Exit::Ready)
}

/// The script for a shell of this name; nothing if there is none.
pub(crate) fn completion_for(shell: &str) -> Option<String> {
    Some(of_shell(Shell::from_str(shell, false).ok()?, "kready"))
}

fn of_shell(shell: Shell, name: &str) -> String {
    let command = with_values(cli::program::command("kready"));
    match shell {
        Shell::Bash => script(Known::Bash, command, name),
        Shell::Elvish => script(Known::Elvish, command, name),
        Shell::Fish => script(Known::Fish, command, name) + &ids_for_fish(name),
        Shell::Nushell => script(Nushell, command, name),
        Shell::Power => script(Known::PowerShell, command, name),
        Shell::Zsh => script(Known::Zsh, command, name),
    }
}

fn script(shell: impl Generator, mut command: Command, name: &str) -> String {
    let mut script = Vec::new();
    generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The ids behind `explain`: clap completes the values of flags alone for fish.
fn ids_for_fish(name: &str) -> String {
    let function = name.replace('-', "_");
    let ids: Vec<&str> = registry().iter().map(|check| check.id).collect();
    format!(
        "complete -c {name} -n \"__fish_{function}_using_subcommand explain\" -f -a \"{}\"\n",
        ids.join(" ")
    )
}

/// The command with the values that its flags take, for those whose values are read by kready's own readers.
pub(super) fn with_values(mut command: Command) -> Command {
    let ids: Vec<&'static str> = registry().iter().map(|check| check.id).collect();
    let words: Vec<&'static str> = Pillar::ALL
        .into_iter()
        .map(Pillar::id)
        .chain(Severity::ALL.into_iter().map(Severity::id))
        .chain(ids.iter().copied())
        .collect();
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for sub in subcommands {
        let output = match sub.as_str() {
            "audit" => names::<Format>(),
            "components" => names::<ComponentsFormat>(),
            "explain" => cli::ExplainFormat::NAMES.to_vec(),
            "checks" | "version" => vec!["table", "json"],
            _ => Vec::new(),
        };
        let values = [
            ("only", words.clone()),
            ("skip", words.clone()),
            ("ids", ids.clone()),
            ("fail_on", FailOn::NAMES.to_vec()),
            ("namespaces", OF_DEMO.to_vec()),
            ("excluded_namespaces", OF_DEMO.to_vec()),
            ("output", output),
        ];
        command = command.mut_subcommand(&sub, |mut command| {
            for (id, values) in values {
                let has = command.get_arguments().any(|arg| arg.get_id() == id);
                if has && !values.is_empty() {
                    command = command.mut_arg(id, |arg| {
                        arg.value_parser(PossibleValuesParser::new(values))
                    });
                }
            }
            command
        });
    }
    command
}

fn names<F: Formats>() -> Vec<&'static str> {
    F::ALL.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_knows_ids_pillars_severities_and_formats() {
        let command = with_values(cli::program::command("kready"));
        for script in [
            script(Known::Bash, command.clone(), "kready"),
            script(Known::Zsh, command.clone(), "kready"),
            script(Known::Fish, command.clone(), "kready"),
            script(Nushell, command, "kready"),
        ] {
            for word in [
                "pdb-missing",
                "hardening",
                "critical",
                "never",
                "json",
                "kubescape",
                "dev",
            ] {
                assert!(script.contains(word), "{word}");
            }
        }
    }
}

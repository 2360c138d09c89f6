//! How kubectl completes `kubectl kready …`: it runs `kubectl_complete-kready`, a link to this program, with the words so far.

use std::ffi::OsString;

use clap::{Arg, Command, ValueHint};

use super::completion::with_values;
use crate::{
    cli,
    failure::{Exit, Failure},
    output,
    words::as_called,
};

/// What the shell does beside: Cobra's numbers for its own names of files, and for nothing.
const FILES: &str = ":0";
const NOTHING: &str = ":4";

/// Prints how a command line may go on, a candidate in a line.
pub(crate) fn run(arguments: &[OsString]) -> Result<Exit, Failure> {
    let mut command = with_values(cli::program::command("kubectl kready"));
    command.build();
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let words: Vec<&str> = words.iter().skip(1).map(AsRef::as_ref).collect();
    output::print(&candidates(&command, &words))?;
    Ok(Exit::Ready)
}

fn candidates(command: &Command, words: &[&str]) -> String {
    let (last, before) = words.split_last().unwrap_or((&"", &[]));
    let called = before.iter().find_map(|word| command.find_subcommand(word));
    let called = called.unwrap_or(command);
    let flag = |word: &str| {
        let mut flags = called.get_arguments().filter(|arg| !arg.is_positional());
        flags.find(|arg| is_called(arg, word) && arg.get_action().takes_values())
    };
    if let Some((name, value)) = last.split_once('=')
        && let Some(arg) = flag(name)
    {
        return values(arg, &format!("{name}="), value);
    }
    if let Some(arg) = before.last().and_then(|word| flag(word)) {
        return values(arg, "", last);
    }
    let mut found = Vec::new();
    if last.starts_with('-') {
        for arg in called.get_arguments().filter(|arg| !arg.is_hide_set()) {
            if let Some(long) = arg.get_long() {
                found.push(told(
                    &format!("--{long}"),
                    arg.get_help().map(ToString::to_string),
                ));
            }
        }
    } else {
        for sub in called.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            found.push(told(
                sub.get_name(),
                sub.get_about().map(ToString::to_string),
            ));
        }
        if let Some(positional) = called.get_positionals().next() {
            return values(positional, "", last);
        }
    }
    listed(&found, last, NOTHING)
}

fn is_called(arg: &Arg, word: &str) -> bool {
    match word.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg
            .get_short()
            .is_some_and(|short| word == format!("-{short}")),
    }
}

/// The values that an argument takes, behind what is typed already.
fn values(arg: &Arg, before: &str, typed: &str) -> String {
    let listed_before = arg
        .get_value_delimiter()
        .and_then(|delimiter| typed.rfind(delimiter))
        .map_or("", |end| &typed[..=end]);
    // The namespaces of a cluster are none of those of the demo.
    let values = match arg.get_id().as_str() {
        "namespaces" | "excluded_namespaces" => Vec::new(),
        _ => arg.get_possible_values(),
    };
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("{before}{listed_before}{}", value.get_name()))
        .collect();
    let beside = match arg.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => FILES,
        _ => NOTHING,
    };
    listed(&values, &format!("{before}{typed}"), beside)
}

/// A candidate with what it means, as Cobra reads them.
fn told(candidate: &str, help: Option<String>) -> String {
    let help = help.unwrap_or_default();
    let help = help.lines().next().unwrap_or_default();
    format!("{candidate}\t{}", as_called(help, "kubectl kready"))
}

fn listed(candidates: &[String], typed: &str, beside: &str) -> String {
    let mut text = String::new();
    for candidate in candidates {
        if candidate.starts_with(typed) {
            text.push_str(candidate);
            text.push('\n');
        }
    }
    text + beside + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(words: &[&str]) -> Vec<String> {
        let mut command = with_values(cli::program::command("kubectl kready"));
        command.build();
        let text = candidates(&command, words);
        let names = text
            .lines()
            .map(|line| line.split('\t').next().unwrap_or_default());
        names.map(ToOwned::to_owned).collect()
    }

    #[test]
    fn a_command_line_goes_on_with_commands_flags_and_values() {
        for (words, names) in [
            (&["au"][..], &["audit", NOTHING][..]),
            (&["help", "expl"], &["explain", NOTHING]),
            (
                &["explain", "pdb-"],
                &["pdb-blocking", "pdb-missing", NOTHING],
            ),
            (&["audit", "--fail-"], &["--fail-on", NOTHING]),
            (&["audit", "--fail-on", "h"], &["high", NOTHING]),
            (&["audit", "--fail-on=h"], &["--fail-on=high", NOTHING]),
            (&["audit", "-o", "js"], &["json", "jsonl", NOTHING]),
            (
                &["audit", "--only", "critical,net"],
                &[
                    "critical,networking",
                    "critical,networkpolicy-missing",
                    NOTHING,
                ],
            ),
            (&["audit", "-n", ""], &[NOTHING]),
            (&["audit", "-f", ""], &[FILES]),
            (&["audit", "manif"], &[FILES]),
            (&["nothing", "--no-such"], &[NOTHING]),
        ] {
            assert_eq!(completed(words), names, "{words:?}");
        }
        assert!(completed(&[""]).contains(&"snapshot".to_owned()));
        assert!(completed(&[]).contains(&"help".to_owned()));
    }
}

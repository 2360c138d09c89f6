//! What a command line gets that isn't understood: the cause, the next step, and how the command is used.

use std::ffi::OsString;

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::foreign;
use crate::{
    nearest::{nearest, quoted},
    words::as_called,
};

/// What is done with an error of clap's.
pub(crate) enum Answer {
    /// It was asked for: help, the version.
    Print(String),
    /// It is wrong usage.
    Refuse(String),
}

/// Answers an error, in the words of all others: `error`, then `next`.
pub(crate) fn to(error: &Error, command: &Command, arguments: &[OsString]) -> Answer {
    let program = command.get_bin_name().unwrap_or("kready");
    let rendered = error.render().to_string();
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Answer::Print(as_called(&rendered, program));
    }
    let called = called(command, arguments);
    let help = match called {
        Some(called) => format!("kready {} --help", called.get_name()),
        None => "kready --help".to_owned(),
    };
    let (mut cause, mut usage) = parts(&rendered);
    let next = match error.kind() {
        ErrorKind::UnknownArgument => {
            let flag = context(error, ContextKind::InvalidArg);
            let bare = flag.split('=').next().unwrap_or_default();
            cause = format!("unexpected argument {}", quoted(&flag));
            // That of clap names what it takes for similar.
            usage = called.map(|called| called.clone().render_usage().to_string());
            foreign::answer(foreign::FLAGS, bare)
                .map(ToOwned::to_owned)
                .or_else(|| flag_like(bare, called.unwrap_or(command)))
                .unwrap_or_else(|| format!("{help} lists the flags"))
        }
        ErrorKind::InvalidSubcommand => {
            let word = context(error, ContextKind::InvalidSubcommand);
            cause = format!("there is no command {}", quoted(&word));
            foreign::answer(foreign::COMMANDS, &word.to_lowercase())
                .map(ToOwned::to_owned)
                .or_else(|| {
                    let names = command.get_subcommands().map(Command::get_name);
                    mistyped(&word, names).map(|near| format!("did you mean kready {near}?"))
                })
                .unwrap_or_else(|| "kready --help lists the commands".to_owned())
        }
        ErrorKind::MissingRequiredArgument if cause.contains("--file") => {
            if let Some(flag) = of_manifests(arguments) {
                cause = format!("{flag} is for manifests, and none are named");
            }
            "name files or folders: kready audit -f PATH".to_owned()
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let (wrong, next) = value(error).unwrap_or((cause, None));
            cause = wrong;
            next.unwrap_or_else(|| format!("{help} lists the values"))
        }
        _ => format!("{help} says what is possible"),
    };
    let next = as_called(&next, program);
    let usage = usage
        .map(|usage| format!("\n\n{}", as_called(&usage, program)))
        .unwrap_or_default();
    Answer::Refuse(format!("error: {cause}\n  next: {next}{usage}"))
}

/// What is wrong with the value of a flag, and which values it takes, where those are few or one is near.
fn value(error: &Error) -> Option<(String, Option<String>)> {
    let flag = context(error, ContextKind::InvalidArg);
    let flag = flag.split(' ').next().unwrap_or_default();
    // An argument without a flag is called by its placeholder.
    let flag = flag.trim_matches(['[', ']', '<', '>', '.']);
    let given = context(error, ContextKind::InvalidValue);
    let wrong = format!("{flag} does not take {}", quoted(&given));
    if given.is_empty() || flag.is_empty() {
        return None;
    }
    if let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue) {
        let near = mistyped(&given, known.iter().map(String::as_str));
        return Some((
            wrong,
            Some(near.map_or_else(
                || format!("write one of {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            )),
        ));
    }
    let said = std::error::Error::source(error)?.to_string();
    let next = match (
        said.split_once(": known are "),
        said.split_once(": did you mean "),
    ) {
        (Some((_, known)), _) => Some(format!("write one of {known}")),
        (_, Some((_, near))) => Some(format!("did you mean {near}")),
        _ if said.starts_with("unknown ") => None,
        _ => Some(said),
    };
    Some((wrong, next))
}

/// The command that was called, if it is one.
fn called<'c>(command: &'c Command, arguments: &[OsString]) -> Option<&'c Command> {
    arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str())
        .find_map(|word| command.find_subcommand(word))
}

/// A flag that makes sense with manifests only.
fn of_manifests(arguments: &[OsString]) -> Option<&'static str> {
    ["--kubernetes-version", "--render", "--default-namespace"]
        .into_iter()
        .find(|flag| {
            arguments
                .iter()
                .filter_map(|argument| argument.to_str())
                .any(|argument| argument.split('=').next() == Some(*flag))
        })
}

/// A flag that was likely meant.
fn flag_like(flag: &str, command: &Command) -> Option<String> {
    let wanted = flag.strip_prefix("--")?;
    let names: Vec<&str> = command
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .collect();
    let near = mistyped(wanted, names)?;
    Some(format!("did you mean --{near}?"))
}

/// The name that was mistyped: nearer than what merely sounds alike, which would mislead.
fn mistyped<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const ALIKE: f64 = 0.6;
    let near = nearest(word, names)?;
    (strsim::normalized_damerau_levenshtein(word, near) >= ALIKE).then_some(near)
}

fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The cause without clap's own hints, and how the command is used.
fn parts(rendered: &str) -> (String, Option<String>) {
    let mut cause = Vec::new();
    let mut usage = None;
    for block in rendered.trim().split("\n\n") {
        if let Some(found) = block.strip_prefix("Usage: ") {
            usage = Some(format!("Usage: {}", found.trim_end()));
        } else if block.trim_start().starts_with("tip: ")
            || block.starts_with("For more information")
        {
        } else {
            cause.push(block);
        }
    }
    let cause = cause.join("\n");
    let cause = cause.strip_prefix("error: ").unwrap_or(&cause);
    (cause.to_owned(), usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::program;

    fn refused(words: &[&str]) -> String {
        let mut command = program::command("kready");
        let arguments: Vec<OsString> = ["kready"].iter().chain(words).map(OsString::from).collect();
        let error = command
            .try_get_matches_from_mut(&arguments)
            .unwrap_err()
            .format(&mut command);
        match to(&error, &command, &arguments) {
            Answer::Refuse(text) => text,
            Answer::Print(text) => panic!("{text}"),
        }
    }

    #[test]
    fn words_of_other_auditors_get_ours() {
        for (words, ours) in [
            (&["scan"][..], "kready audit"),
            (&["lint", "manifests/"], "kready audit PATH"),
            (&["list"], "kready checks"),
            (&["audit", "--exit-code", "1"], "--report-only"),
            (&["audit", "--severity", "HIGH"], "--fail-on"),
            (&["audit", "--severity-threshold=high"], "--fail-on"),
            (&["audit", "--compliance-threshold", "80"], "--min-score"),
            (&["audit", "--format", "json"], "-o FORMAT"),
            (&["audit", "-v"], "--details"),
            (&["audit", "--include-namespaces", "shop"], "-n NAME"),
            (&["audit", "--audit-path", "."], "-f PATH"),
        ] {
            let text = refused(words);
            let next = text.split("\n  next: ").nth(1).unwrap_or_default();
            assert!(next.contains(ours), "{words:?}: {text}");
            assert!(!text.contains("tip:"), "{text}");
            // How it is used names nothing that merely sounds alike.
            assert!(!text.contains("Usage: kready audit --"), "{text}");
        }
    }

    #[test]
    fn typing_mistakes_get_the_nearest_and_others_the_help() {
        for (words, next) in [
            (&["audti"][..], "did you mean kready audit?"),
            (&["audit", "--contxt", "prod"], "did you mean --context?"),
            (&["plugin"], "kready --help lists the commands"),
            (
                &["audit", "--kubernetes-version=1.36"],
                "name files or folders: kready audit -f PATH",
            ),
            (&["audit", "--quux"], "kready audit --help lists the flags"),
            (
                &["audit", "--fail-on", "severe"],
                "write one of critical, high, medium, low, never",
            ),
            (
                &["audit", "--color=blue"],
                "write one of auto, always, never",
            ),
            (
                &["audit", "--min-score", "101"],
                "a number from 0 to 100 is needed",
            ),
            (&["audit", "--fail-on", "hgih"], "did you mean high?"),
            (
                &["audit", "-o", "pdf"],
                "kready audit --help lists the values",
            ),
            (&["audit", "--by", "namespaces"], "did you mean namespace?"),
            (
                &["audit", "--by", "colour"],
                "write one of check, object, namespace, team",
            ),
        ] {
            let text = refused(words);
            assert!(
                text.contains(&format!("\n  next: {next}")),
                "{words:?}: {text}"
            );
        }
    }
}

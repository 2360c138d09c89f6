//! How a command ends: exit codes, and errors that name the cause and the next step.

use std::{fmt, process::ExitCode};

use kready_checks::model::credentials::without_credentials;

use crate::words::as_called;

/// The exit codes that a pipeline can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Ready, or the command did what it was asked.
    Ready = 0,
    /// The cluster is not ready.
    NotReady = 1,
    /// Wrong usage, wrong configuration, or something wrong with a local file.
    Usage = 2,
    /// The audit could not be made: the server or a plugin refused to talk, or every list failed.
    NoAudit = 3,
    /// Too little was seen to decide.
    Inconclusive = 4,
    /// What was found could not be written: the output is closed or full.
    Unwritten = 5,
    /// A fault of kready itself.
    Broken = 70,
    /// Ended by SIGHUP: the terminal or the connection is gone.
    HungUp = 129,
    /// Interrupted by the user: SIGINT.
    Interrupted = 130,
    /// Ended by SIGQUIT.
    Quit = 131,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The number itself.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that ends the program: what was being done and why it failed, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// Cause and context, lower case.
    pub(crate) error: anyhow::Error,
    /// The next step, as a sentence without its full stop: `list the contexts with kubectl config get-contexts`.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Something local is wrong: usage, configuration, a file.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            hint: None,
        }
    }

    /// The output took nothing more.
    pub(crate) fn unwritten(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Unwritten,
            error: error.into(),
            hint: None,
        }
    }

    /// The server refused, or a credential plugin did.
    pub(crate) fn no_audit(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::NoAudit,
            error: error.into(),
            hint: None,
        }
    }

    /// Names the next step.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Failure {
    /// What a user is told who called the program so. The cause may quote what others wrote, and stays.
    pub(crate) fn told(&self, program: &str) -> String {
        let said = format!("error: {:#}", self.error);
        let mut told = without_credentials(&in_plain_words(&said)).into_owned();
        if let Some(hint) = &self.hint {
            told.push_str("\n  next: ");
            told.push_str(&as_called(hint, program));
        }
        told
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told("kready"))
    }
}

/// The system's messages without their numbers, and the most frequent ones as everything else is worded.
fn in_plain_words(said: &str) -> String {
    const NUMBER: &str = " (os error ";
    let mut plain = String::with_capacity(said.len());
    let mut rest = said;
    while let Some((before, after)) = rest.split_once(NUMBER) {
        let number = after.split_once(')').filter(|(number, _)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        plain.push_str(before);
        rest = if let Some((_, after)) = number {
            after
        } else {
            plain.push_str(NUMBER);
            after
        };
    }
    plain.push_str(rest);
    for (theirs, ours) in [
        (
            "No such file or directory",
            "there is no such file or folder",
        ),
        ("Permission denied", "permission denied"),
        ("Is a directory", "it is a folder"),
        ("Not a directory", "part of the path is no folder"),
        ("No space left on device", "no space is left there"),
        ("Read-only file system", "nothing can be written there"),
    ] {
        plain = plain.replace(&format!(": {theirs}"), &format!(": {ours}"));
    }
    plain
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_in_plain_words() {
        let error = std::fs::read("no/such/file")
            .context("cannot read the report no/such/file")
            .unwrap_err();
        assert_eq!(
            Failure::usage(error).hint("write one").to_string(),
            "error: cannot read the report no/such/file: there is no such file or folder\n  next: write one"
        );
        assert_eq!(
            in_plain_words("x (os error y): Broken pipe (os error 32)"),
            "x (os error y): Broken pipe"
        );
    }
}

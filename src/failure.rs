//! How a command ends: exit codes, and errors that name the cause and the next step.

use std::{fmt, process::ExitCode};

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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {:#}", self.error)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  next: {hint}")?;
        }
        Ok(())
    }
}

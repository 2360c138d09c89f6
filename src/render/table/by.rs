//! By what the table groups findings.

use clap::ValueEnum;

/// What the findings are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    #[default]
    Check,
    Object,
    Namespace,
    Team,
}

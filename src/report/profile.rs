//! What a cluster is for, and so what its findings weigh.

use kready_checks::{
    frame::Check,
    model::{Pillar, Severity},
};

/// What a cluster is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Others depend on it: every check weighs what its severity says.
    #[default]
    Production,
    /// Its users can do without it: whether it survives a failure, and whether anyone would notice, is worth knowing only.
    Dev,
}

impl Profile {
    /// All values, as the command line and the configuration take them.
    pub(crate) const NAMES: [&'static str; 2] = ["production", "dev"];

    /// The value with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "production" => Some(Self::Production),
            "dev" => Some(Self::Dev),
            _ => None,
        }
    }

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Dev => "dev",
        }
    }

    /// The severity of a check of which the user said nothing.
    pub(super) fn severity(self, check: &Check) -> Severity {
        match (self, check.pillar) {
            (Self::Dev, Pillar::HighAvailability | Pillar::Observability) => Severity::Info,
            _ => check.severity,
        }
    }
}

//! What a cluster is for, and therefore how much its findings weigh.

use kready_checks::{
    check::Check,
    model::{Pillar, Severity},
};

use crate::every::every;

/// What a cluster is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Others depend on it: every check weighs what its severity says.
    #[default]
    Production,
    /// Its users can do without it: whether it survives a failure, and whether anyone would notice, is information only.
    Dev,
}

impl Profile {
    /// All profiles, the default first.
    pub(crate) const ALL: [Self; 2] = every!(Profile: Production, Dev);

    /// Their identifiers, as the command line and the configuration take them.
    pub(crate) const NAMES: [&'static str; 2] = [Self::ALL[0].id(), Self::ALL[1].id()];

    /// The profile with this identifier.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.id() == id)
    }

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Dev => "dev",
        }
    }

    /// The severity of a check, unless the user sets another one.
    pub(super) fn severity(self, check: &Check) -> Severity {
        match (self, check.pillar) {
            (Self::Dev, Pillar::HighAvailability | Pillar::Observability) => Severity::Info,
            _ => check.severity,
        }
    }
}

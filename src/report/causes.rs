//! Which findings are explained by others, and go with them.

use super::fingerprint::Fingerprint;

/// The finding at the root of another one: when it is fixed, the other one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The check that has it; it has no cause itself.
    pub(crate) check: &'static str,
    /// Which of the check's findings it is.
    pub(crate) fingerprint: Fingerprint,
}

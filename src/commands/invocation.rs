//! How the program was called, and which checks it knows.

use kready_checks::frame::Check;

use crate::render::terminal::ColorChoice;

/// How the program was called, for all commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    /// `kready`, or `kubectl kready`.
    pub(crate) program: &'static str,
    pub(crate) color: ColorChoice,
    pub(crate) quiet: bool,
}

/// Every check there is, in the order of pillars and ids.
pub(super) fn registry() -> Vec<&'static Check> {
    kready_checks::builtin().collect()
}

//! A cluster inside the program, to show a report without having one: three tenants with common faults.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use kready_checks::inventory::{Evidence, Role};

use super::{Collected, ScopeRequest, files};
use crate::failure::Failure;

/// The snapshot that `tests/it/demo.rs` made of the folder `demo/`.
static SNAPSHOT: &[u8] = include_bytes!("../../../demo/cluster.json.gz");

/// Reads the cluster inside the program.
///
/// # Errors
/// A pattern of the scope is malformed.
pub(crate) fn collect(
    scope: &ScopeRequest,
    evidence: &BTreeSet<(Role, Evidence)>,
) -> Result<Collected, Failure> {
    files::collect_bytes(SNAPSHOT, scope, evidence)
}

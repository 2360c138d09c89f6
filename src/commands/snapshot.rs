//! `kready snapshot`.

use anyhow::anyhow;

use crate::{
    cli,
    commands::Invocation,
    failure::{Exit, Failure},
};

#[expect(clippy::needless_pass_by_value, reason = "it will be consumed")]
pub(super) fn run(_options: cli::Snapshot, _invocation: Invocation) -> Result<Exit, Failure> {
    Err(Failure::usage(anyhow!(
        "kready snapshot is not built into this version"
    )))
}

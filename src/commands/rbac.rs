//! `kready rbac`.

use anyhow::anyhow;

use crate::{
    cli,
    commands::Invocation,
    failure::{Exit, Failure},
};

pub(super) fn run(_options: &cli::Rbac, _invocation: Invocation) -> Result<Exit, Failure> {
    Err(Failure::usage(anyhow!(
        "kready rbac is not built into this version"
    )))
}

//! `kready waive`.

use anyhow::anyhow;

use crate::{
    cli,
    failure::{Exit, Failure},
};

pub(super) fn run(_options: &cli::Waive) -> Result<Exit, Failure> {
    Err(Failure::usage(anyhow!(
        "kready waive is not built into this version"
    )))
}

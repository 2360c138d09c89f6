//! `kready schema`.

use anyhow::anyhow;

use crate::{
    cli,
    failure::{Exit, Failure},
};

pub(super) fn run(_options: &cli::Schema) -> Result<Exit, Failure> {
    Err(Failure::usage(anyhow!(
        "kready schema is not built into this version"
    )))
}

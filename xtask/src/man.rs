//! The manual: a page for each command.

use std::{fs, path::Path};

use anyhow::Context;

/// Writes a page for the program and for each of its commands.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    clap_mangen::generate_to(kready::command(), folder)
        .with_context(|| format!("writing manual pages into {}", folder.display()))
}

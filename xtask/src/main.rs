//! `cargo xtask`: makes what is handed out beside the program.

mod krew;
mod man;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Parser;

/// Makes what is handed out beside the program.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Prints krew's manifest of this version
    Krew {
        /// The SHA256SUMS of its archives
        sums: PathBuf,
    },
    /// Writes a manual page for each command into a folder
    Man {
        /// It is made if it is missing
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Krew { sums } => print(&krew::manifest(&sums)?),
        Task::Man { folder } => man::write(&folder),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

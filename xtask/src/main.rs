//! `cargo xtask`: makes what is handed out beside the program.

mod completions;
mod date;
mod debian;
mod krew;
mod man;
mod notices;

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
    /// Writes a manual page for each command, and one for kready.yaml, into a folder
    Man {
        /// It is made if it is missing
        folder: PathBuf,
    },
    /// Writes the licences of what the program is built from into a folder
    Notices {
        /// The platform for which it is built
        #[arg(long)]
        target: String,
        /// It is made if it is missing
        folder: PathBuf,
    },
    /// Writes the completion script of each shell into a folder, under the name that the shell expects
    Completions {
        /// It is made if it is missing
        folder: PathBuf,
    },
    /// Writes the copyright and the changelog of the Debian package into a folder
    Debian {
        /// Where the notices of third parties are
        #[arg(long)]
        notices: PathBuf,
        /// It is made if it is missing
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Krew { sums } => print(&krew::manifest(&sums)?),
        Task::Man { folder } => man::write(&folder),
        Task::Notices { target, folder } => notices::write(&target, &folder),
        Task::Completions { folder } => completions::write(&folder),
        Task::Debian { notices, folder } => debian::write(&notices, &folder),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

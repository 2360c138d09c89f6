//! `cargo xtask`: makes what is handed out beside the program.

mod man;
mod notices;

use std::path::PathBuf;

use clap::Parser;

/// Makes what is handed out beside the program.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Writes a manual page for each command into a folder
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
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Man { folder } => man::write(&folder),
        Task::Notices { target, folder } => notices::write(&target, &folder),
    }
}

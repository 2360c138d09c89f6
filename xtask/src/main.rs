//! `cargo xtask`: makes what is handed out beside the program.

mod homebrew;
mod image;
mod man;

use std::path::PathBuf;

use clap::Parser;

/// Makes what is handed out beside the program.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Prints the Homebrew formula
    Homebrew {
        /// The release's SHA256SUMS; without it the formula builds from source
        checksums: Option<PathBuf>,
    },
    /// Makes the container image of static programs, as an OCI layout
    Image(image::Image),
    /// Writes a manual page for each command into a folder
    Man {
        /// It is made if it is missing
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Homebrew { checksums } => homebrew::print(checksums.as_deref()),
        Task::Image(image) => image::make(&image),
        Task::Man { folder } => man::write(&folder),
    }
}

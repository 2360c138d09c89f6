//! `cargo xtask`: makes what is handed out beside the program.

mod completions;
mod date;
mod debian;
mod docs;
mod homebrew;
mod image;
mod krew;
mod man;
mod notices;
mod site;
mod sums;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

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
    /// Writes the sources of the documentation site into a folder, for mdBook
    Docs {
        /// What an earlier run left there is replaced
        folder: PathBuf,
    },
    /// Finishes the site that mdBook built, and checks every link of it
    Site {
        /// Where mdBook built it
        folder: PathBuf,
    },
    /// Runs kready itself: what the documentation shows is what the program prints
    #[command(hide = true)]
    Kready {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Task::parse() {
        Task::Homebrew { checksums } => print(&homebrew::formula_of(checksums.as_deref())?)?,
        Task::Image(image) => image::make(&image)?,
        Task::Krew { sums } => print(&krew::manifest(&sums)?)?,
        Task::Man { folder } => man::write(&folder)?,
        Task::Notices { target, folder } => notices::write(&target, &folder)?,
        Task::Completions { folder } => completions::write(&folder)?,
        Task::Debian { notices, folder } => debian::write(&notices, &folder)?,
        Task::Docs { folder } => docs::write(&folder)?,
        Task::Site { folder } => site::finish(&folder)?,
        Task::Kready { mut arguments } => {
            arguments.insert(0, "kready".into());
            return Ok(kready::run(&arguments));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

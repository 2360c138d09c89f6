//! `cargo xtask`: makes what is handed out beside the program.

mod docs;
mod man;
mod site;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

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
        Task::Man { folder } => man::write(&folder)?,
        Task::Docs { folder } => docs::write(&folder)?,
        Task::Site { folder } => site::finish(&folder)?,
        Task::Kready { mut arguments } => {
            arguments.insert(0, "kready".into());
            return Ok(kready::run(&arguments));
        }
    }
    Ok(ExitCode::SUCCESS)
}

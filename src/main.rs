//! Parse, run, exit code.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    kready::run(&env::args_os().collect::<Vec<_>>())
}

//! Parse, run, exit code.

use std::{env, process::ExitCode};

/// musl's own allocator takes a third more time, and half as much memory again, for a report with many findings.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kready::run(&env::args_os().collect::<Vec<_>>())
}

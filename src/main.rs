//! Parse, run, exit code.

use std::{env, process::ExitCode};

/// With many findings in a report, the allocator of musl itself takes about half as much time again, and twice the memory.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kready::run(&env::args_os().collect::<Vec<_>>())
}

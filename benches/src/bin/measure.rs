//! Runs a command and tells what it took. A small parent matters: a child's peak memory is never below that of the process
//! it was forked from, and an interpreter would hide a small client behind itself.

use std::{
    env,
    io::{Write, stdout},
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::{TimeVal, TimeValLike},
};
use serde_json::json;

fn seconds(time: TimeVal) -> f64 {
    time.num_microseconds() as f64 / 1e6
}

fn main() -> Result<()> {
    let mut words = env::args_os().skip(1);
    let program = words.next().context("usage: measure COMMAND [ARGUMENT]…")?;
    let mut command = Command::new(&program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let wall = began.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    let figures = json!({
        "wall": wall,
        "cpu": seconds(usage.user_time()) + seconds(usage.system_time()),
        "kib": usage.max_rss(),
        "code": code,
    });
    writeln!(stdout(), "{figures}")?;
    Ok(())
}

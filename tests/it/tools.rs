//! Other people's programs, which say what they make of kready's output.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Says why a test shows nothing here.
#[expect(clippy::print_stderr, reason = "a test that shows nothing says so")]
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// What a program says to an input that it has to be content with; nothing where it, or a module that it needs, isn't installed.
#[track_caller]
pub(crate) fn said(command: &mut Command, input: &str) -> Option<String> {
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match pipes.spawn() {
        Ok(child) => child,
        Err(error) => {
            skipped(&format!("{command:?}: {error}"));
            return None;
        }
    };
    let written = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("ModuleNotFoundError") {
        skipped(&complaint);
        return None;
    }
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{answer}{complaint}");
    written.unwrap();
    Some(answer)
}

//! Ctrl-C ends the program at once, whatever it is doing, and leaves nothing half-written behind.

use std::{process, thread};

use crate::{failure::Exit, output, progress::Line};

/// Begins to listen for Ctrl-C; without a listener the system's default ends the program all the same.
pub(crate) fn listen(line: &Line) {
    let line = line.clone();
    let listener = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
        else {
            return;
        };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            line.clear();
            output::remove_unfinished();
            output::complain("interrupted");
            process::exit(i32::from(Exit::Interrupted.code()));
        }
    };
    // A system that has no thread left ends the program by its own means.
    let _ = thread::Builder::new()
        .name("interrupt".into())
        .spawn(listener);
}

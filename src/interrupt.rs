//! Ends the program at once on Ctrl-C, and leaves nothing half-written behind.

use std::{process, thread};

use crate::{children, failure::Exit, output, progress::Line};

/// Begins to listen for Ctrl-C; if that fails, the system's default still ends the program.
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
            children::end_all();
            line.clear();
            output::remove_unfinished();
            output::complain("interrupted");
            process::exit(i32::from(Exit::Interrupted.code()));
        }
    };
    // If there is no thread left, the system's default ends the program.
    let _ = thread::Builder::new()
        .name("interrupt".into())
        .spawn(listener);
}

//! What a user sees of a fault of kready: one sentence, and what to do.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook},
};

use crate::{failure::Exit, output};

/// Where faults are reported.
const ISSUES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");

thread_local! {
    /// The check, or what is computed for many, that this thread is at.
    static AT: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Does something on behalf of a check: if it breaks, the check is named.
pub(crate) fn within<T>(check: &'static str, work: impl FnOnce() -> T) -> T {
    let before = AT.replace(Some(check));
    let done = work();
    AT.set(before);
    done
}

/// Runs the program; if it breaks, it says so in one sentence and ends with an exit code of its own.
pub(crate) fn told(program: impl FnOnce() -> Exit) -> Exit {
    set_hook(Box::new(tell));
    catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_: Box<dyn Any + Send>| {
        output::remove_unfinished();
        Exit::Broken
    })
}

fn tell(panic: &PanicHookInfo<'_>) {
    output::complain(&match AT.get() {
        Some(check) => {
            format!(
                "error: {check} broke, which is a fault of kready\n  next: report it at {ISSUES}"
            )
        }
        None => {
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!(
                "error: kready broke, which is a fault of kready\n  next: report it at {ISSUES}: version {}, {place}, and how you called it",
                env!("CARGO_PKG_VERSION"),
            )
        }
    });
}

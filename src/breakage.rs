//! What a user is told of a fault of kready: one sentence, and what to do.

use std::{cell::Cell, panic::PanicHookInfo};

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

/// What is said of a panic, of which nobody who uses kready could make anything.
pub(crate) fn told(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_default();
    let broke = match AT.get() {
        Some(check) => format!("{check} broke"),
        None => "kready broke".to_owned(),
    };
    format!(
        "error: {broke}, which is a bug in kready\n  next: report it at {ISSUES}: version {}, {place}, and how you called it",
        env!("CARGO_PKG_VERSION"),
    )
}

//! The local clock: the time of manifests, which have none of their own, and what an API server's clock is held against.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use kready_checks::wire::Time;

use crate::failure::Failure;

/// The variable that stands in for the clock, so that a report can be repeated.
const VARIABLE: &str = "KREADY_NOW";

/// The time of the local clock, or the one in `KREADY_NOW` (RFC 3339).
///
/// # Errors
/// `KREADY_NOW` holds no time.
pub(crate) fn now() -> Result<Time, Failure> {
    match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => text.parse().map_err(|_| {
            Failure::usage(anyhow!("the variable {VARIABLE} is not a time: {text:?}")).hint(
                format!("unset {VARIABLE}, or write it as 2026-11-25T03:00:00Z"),
            )
        }),
        _ => Ok(of_this_machine()),
    }
}

/// The time of this machine's clock, whatever stands in for it.
pub(crate) fn of_this_machine() -> Time {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Time(i64::try_from(seconds).unwrap_or(i64::MAX))
}

//! The time that what is made bears, so that it is the same whenever it is made.

use std::env;

use anyhow::Context;
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// The variable that holds it, in seconds since 1970: <https://reproducible-builds.org/specs/source-date-epoch/>.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The time of the source; nothing where none is given.
///
/// # Errors
/// The variable holds no time.
pub(crate) fn of_source() -> anyhow::Result<Option<Zoned>> {
    match env::var(VARIABLE) {
        Ok(seconds) if !seconds.is_empty() => at(&seconds)
            .with_context(|| format!("{VARIABLE} holds no time: {seconds:?}"))
            .map(Some),
        _ => Ok(None),
    }
}

fn at(seconds: &str) -> anyhow::Result<Zoned> {
    let time = Timestamp::from_second(seconds.parse()?)?;
    Ok(time.to_zoned(TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_seconds() {
        assert_eq!(at("0").unwrap().date().to_string(), "1970-01-01");
        assert_eq!(at("1793491200").unwrap().date().to_string(), "2026-11-01");
        assert!(at("yesterday").is_err());
    }
}

//! Which clock an audit of a cluster goes by: the server's, which its objects have their times from, unless that can't be right.

use kready_checks::wire::{DAY, HOUR, MINUTE, Time};

use crate::collect::{Warning, WarningCode};

/// How far two clocks that are set by a time server may be apart.
const BEARABLE: i64 = 5 * MINUTE;

/// How far the server's clock may be from this machine's and is still believed. By a machine whose own clock is further off, hardly
/// any certificate of a server is valid.
const BELIEVABLE: i64 = DAY;

/// The time at which an audit begins, by what the server says and by the clock of this machine; and what is to be said of them.
pub(super) fn server(told: Option<Time>, local: Time) -> (Time, Option<Warning>) {
    let Some(told) = told else {
        let words = "the API server does not tell the time; this machine's clock was used";
        return (local, Some(Warning::new(WarningCode::ClockLocal, words)));
    };
    let apart = told.since(local);
    if apart.abs() <= BEARABLE {
        return (told, None);
    }
    let (used, whose) = if apart.abs() <= BELIEVABLE {
        (told, "the server's")
    } else {
        (local, "this machine's")
    };
    let side = if apart > 0 { "ahead of" } else { "behind" };
    let words = format!(
        "the API server's clock says {told}, {} {side} this machine's; ages are told by {whose} clock: let NTP set both",
        duration(apart.unsigned_abs())
    );
    (used, Some(Warning::new(WarningCode::ClockSkew, words)))
}

/// `7 minutes`, `26 hours`, `3 days`: as large as it goes.
fn duration(seconds: u64) -> String {
    const UNITS: [(i64, &str); 3] = [(DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")];
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| seconds / unit > 1)
        .unwrap_or((MINUTE, "minutes"));
    format!("{} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_clock_counts_while_it_can_be_right() {
        let local: Time = "2026-11-25T03:00:00Z".parse().unwrap();
        let said = |seconds: i64| {
            let (used, doubt) = server(Some(local.plus(seconds)), local);
            (
                used.since(local),
                doubt.map(|doubt| (doubt.code().to_owned(), doubt.message)),
            )
        };
        assert_eq!(said(0), (0, None));
        assert_eq!(said(-5 * MINUTE), (-5 * MINUTE, None));
        for (apart, used, words) in [
            (
                7 * MINUTE,
                7 * MINUTE,
                "7 minutes ahead of this machine's; ages are told by the server's clock",
            ),
            (
                -3 * HOUR,
                -3 * HOUR,
                "3 hours behind this machine's; ages are told by the server's clock",
            ),
            (
                40 * HOUR,
                0,
                "40 hours ahead of this machine's; ages are told by this machine's clock",
            ),
            (-90 * DAY, 0, "90 days behind"),
            (i64::MAX / 2, 0, "days ahead"),
        ] {
            let (at, doubt) = said(apart);
            let (code, message) = doubt.unwrap();
            assert_eq!((at, code.as_str()), (used, "clock-skew"), "{message}");
            assert!(message.contains(words), "{message}");
        }
        let (used, doubt) = server(None, local);
        assert_eq!((used, doubt.unwrap().code()), (local, "clock-local"));
    }
}

//! Until when a Kubernetes minor is supported, by the calendar that counts for the platform.

use super::components::RELEASES;
use crate::wire::{DAY, Time};

/// The support of one minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// The last day of standard support.
    pub standard: &'static str,
    /// The last day of extended or long-term support, where there is one.
    pub extended: Option<&'static str>,
}

impl Support {
    /// The last day of any support.
    pub fn last(&self) -> &'static str {
        self.extended.unwrap_or(self.standard)
    }
}

/// What a calendar says of a minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It stands in the calendar.
    Known(Support),
    /// It is older than all that stand in it: it ended.
    Ended,
    /// It is newer than all that stand in it: it is supported.
    Newer,
}

/// The calendar of a platform; all that is run by its owner follows the project's own.
pub fn calendar(platform: &str) -> &'static str {
    match platform {
        "gke" | "gke-autopilot" => "gke",
        "eks" | "eks-auto-mode" => "eks",
        "aks" => "aks",
        "openshift" => "openshift",
        _ => "upstream",
    }
}

/// What a calendar says of minor `36` of `1.36`.
pub fn release(calendar: &str, minor: u32) -> Release {
    let of_calendar = || RELEASES.iter().filter(|(name, ..)| *name == calendar);
    if let Some((_, _, standard, extended)) = of_calendar().find(|(_, known, ..)| *known == minor) {
        return Release::Known(Support {
            standard,
            extended: *extended,
        });
    }
    if of_calendar().all(|(_, known, ..)| minor < *known) {
        Release::Ended
    } else {
        Release::Newer
    }
}

/// The newest minor that is known: `37` of `1.37`.
pub fn newest() -> u32 {
    let upstream = RELEASES.iter().filter(|(name, ..)| *name == "upstream");
    upstream
        .map(|(_, minor, ..)| *minor)
        .max()
        .unwrap_or_default()
}

/// The end of a day, as a time.
pub fn end_of(day: &str) -> Option<Time> {
    format!("{day}T23:59:59Z").parse().ok()
}

/// How many days old the knowledge is.
pub fn age(now: Time) -> i64 {
    let day = format!("{}T00:00:00Z", super::DATE).parse::<Time>();
    day.map_or(0, |day| now.since(day) / DAY).max(0)
}

/// The knowledge's day and age: `of 2026-09-15, 71 days old`.
pub fn dated(now: Time) -> String {
    let age = match age(now) {
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    };
    format!("of {}, {age}", super::DATE)
}

/// How long the knowledge speaks of dates.
const LONGEST: i64 = 180 * DAY;

/// Whether the knowledge is too old to speak of dates.
pub fn is_stale(now: Time) -> bool {
    end_of(super::DATE).is_none_or(|date| now.since(date) > LONGEST)
}

/// The last day on which the knowledge speaks of dates: `2027-03-14`.
pub fn good_until() -> Option<String> {
    let last = end_of(super::DATE)?.plus(LONGEST).to_string();
    last.split_once('T').map(|(day, _)| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Release, age, calendar, end_of, is_stale, release};
    use crate::wire::{DAY, Time};

    #[test]
    fn a_minor_is_known_ended_or_newer() {
        let Release::Known(support) = release("eks", 33) else {
            panic!("EKS has 1.33");
        };
        assert_eq!(
            (support.standard, support.last()),
            ("2026-07-29", "2027-07-29")
        );
        assert_eq!(release("upstream", 20), Release::Ended);
        assert_eq!(release("upstream", 44), Release::Newer);
        assert_eq!(calendar("k3s"), "upstream");
    }

    #[test]
    fn knowledge_goes_stale() {
        let last = end_of(crate::knowledge::DATE).unwrap();
        assert!(!is_stale(Time(last.0 + 180 * DAY)));
        assert!(is_stale(Time(last.0 + 181 * DAY)));
    }

    #[test]
    fn knowledge_has_an_age() {
        let last = end_of(crate::knowledge::DATE).unwrap();
        assert_eq!(age(last), 0);
        assert_eq!(age(Time(last.0 + DAY)), 1);
        assert_eq!(age(Time::default()), 0);
    }
}

//! Schedules of CronJobs, as the CronJob controller reads them.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};

use crate::wire::{HOUR, MINUTE, Time};

/// When a CronJob starts Jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many seconds.
    Every(i64),
    /// By the calendar.
    Calendar(Calendar),
}

/// The minutes, hours and days that are meant, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// One field of a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    bits: u64,
    /// A star stands in it.
    any: bool,
}

/// A schedule that the CronJob controller does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSchedule(String);

impl std::fmt::Display for BadSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the schedule {:?} is not valid", self.0)
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl FromStr for Schedule {
    type Err = BadSchedule;
    fn from_str(written: &str) -> Result<Self, BadSchedule> {
        read(written).ok_or_else(|| BadSchedule(written.to_owned()))
    }
}

fn read(written: &str) -> Option<Schedule> {
    let mut fields: Vec<&str> = written.split_whitespace().collect();
    if let Some(first) = fields.first()
        && (first.starts_with("TZ=") || first.starts_with("CRON_TZ="))
    {
        fields.remove(0);
    }
    let fields = match fields[..] {
        ["@every", duration] => return every(duration),
        ["@yearly" | "@annually"] => ["0", "0", "1", "1", "*"],
        ["@monthly"] => ["0", "0", "1", "*", "*"],
        ["@weekly"] => ["0", "0", "*", "*", "0"],
        ["@daily" | "@midnight"] => ["0", "0", "*", "*", "*"],
        ["@hourly"] => ["0", "*", "*", "*", "*"],
        [minutes, hours, days, months, weekdays] => [minutes, hours, days, months, weekdays],
        _ => return None,
    };
    let [minutes, hours, days, months, weekdays] = fields;
    Some(Schedule::Calendar(Calendar {
        minutes: field(minutes, 0, 59, &[])?,
        hours: field(hours, 0, 23, &[])?,
        days: field(days, 1, 31, &[])?,
        months: field(months, 1, 12, &MONTHS)?,
        weekdays: field(weekdays, 0, 6, &WEEKDAYS)?,
    }))
}

fn field(written: &str, min: u32, max: u32, names: &[&str]) -> Option<Field> {
    let mut field = Field::default();
    for part in written.split(',').filter(|part| !part.is_empty()) {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok()?)),
            None => (part, None),
        };
        let number = |text: &str| -> Option<u32> {
            let place = names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(text))
                .and_then(|place| u32::try_from(place).ok());
            place.map_or_else(|| text.parse().ok(), |place| Some(place + min))
        };
        let (start, end) = match range.split_once('-') {
            // What follows a star is not looked at.
            _ if matches!(range.split('-').next(), Some("*" | "?")) => {
                field.any |= step.is_none_or(|step| step == 1);
                (min, max)
            }
            Some((start, end)) => (number(start)?, number(end)?),
            None => {
                let start = number(range)?;
                (start, if step.is_some() { max } else { start })
            }
        };
        let step = step.unwrap_or(1);
        if start < min || end > max || start > end || step == 0 {
            return None;
        }
        for value in (start..=end).step_by(usize::try_from(step).ok()?) {
            field.bits |= 1 << value;
        }
    }
    Some(field)
}

/// A duration as Go writes it: `1h30m`.
fn every(duration: &str) -> Option<Schedule> {
    let unsigned = duration.strip_prefix(['-', '+']).unwrap_or(duration);
    let mut rest = unsigned;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        rest = after;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "parts of a second do not count"
    )]
    let seconds = seconds as i64;
    // Less than a second is a second, and so is what lies before now.
    let seconds = if duration.starts_with('-') {
        1
    } else {
        seconds.max(1)
    };
    (!unsigned.is_empty()).then_some(Schedule::Every(seconds))
}

impl Field {
    const fn has(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }
}

impl Calendar {
    fn is_on(&self, date: Date) -> bool {
        let number = |value: i8| u32::try_from(value).unwrap_or_default();
        let day = self.days.has(number(date.day()));
        let weekday = date.weekday().to_sunday_zero_offset();
        let weekday = self.weekdays.has(number(weekday));
        // Where both are limited, either will do.
        let on = if self.days.any || self.weekdays.any {
            day && weekday
        } else {
            day || weekday
        };
        on && self.months.has(number(date.month()))
    }

    /// So many days on which it starts, the last one first, each with how many days it lies before `last`.
    fn days_before(&self, last: Date, count: usize) -> Vec<i64> {
        // The rarest day of all, 29 February, may be eight years away.
        const DAYS: i64 = 366 * 33;
        let days = std::iter::successors(Some(last), |date| date.yesterday().ok());
        (0..DAYS)
            .zip(days)
            .filter(|(_, date)| self.is_on(*date))
            .map(|(ago, _)| ago)
            .take(count)
            .collect()
    }

    /// The starts at or before a moment, the last one first, as seconds of a clock without summer time: `days` lie so many
    /// days before the moment, or after it.
    fn starts_before(
        &self,
        moment: DateTime,
        days: impl Iterator<Item = i64>,
    ) -> impl Iterator<Item = i64> {
        let minute_of_day = |hour: u32, minute: u32| i64::from(hour) * 60 + i64::from(minute);
        let now = i64::from(moment.hour()) * 60 + i64::from(moment.minute());
        days.filter(|ago| *ago >= 0)
            .flat_map(move |ago| {
                let hours = (0..24).rev().filter(|hour| self.hours.has(*hour));
                hours.flat_map(move |hour| {
                    let minutes = (0..60).rev().filter(|minute| self.minutes.has(*minute));
                    minutes.map(move |minute| minute_of_day(hour, minute) - ago * 24 * 60)
                })
            })
            .filter(move |start| *start <= now)
            .map(|minutes| minutes * 60)
    }
}

impl Schedule {
    /// The longest time, in seconds, that the last so many intervals took; none when there were not so many.
    ///
    /// The time zone decides which interval is the last one: all zones are tried, unless it is known to be UTC, and an
    /// hour is added for summer time.
    pub fn last_intervals(&self, now: Time, intervals: usize, is_utc: bool) -> Option<i64> {
        const QUARTER: i64 = 15 * MINUTE;
        let calendar = match self {
            Self::Every(seconds) => {
                return seconds.checked_mul(i64::try_from(intervals).ok()?);
            }
            Self::Calendar(calendar) => calendar,
        };
        let offsets = if is_utc { 0..=0 } else { -12 * 4..=14 * 4 };
        let at = |offset: i64| {
            let moment = jiff::Timestamp::from_second(now.plus(offset * QUARTER).0).ok()?;
            Some(jiff::tz::Offset::UTC.to_datetime(moment))
        };
        // The days are looked for once, back from the last one of any zone; two of them may be to come in another.
        let last = at(*offsets.end())?.date();
        let days = calendar.days_before(last, intervals.saturating_add(4));
        let longest = offsets
            .filter_map(|offset| {
                let moment = at(offset)?;
                let later = (0..3).zip(std::iter::successors(Some(last), |date| {
                    date.yesterday().ok()
                }));
                let (later, _) = later.into_iter().find(|(_, date)| *date == moment.date())?;
                let mut starts = calendar.starts_before(moment, days.iter().map(|ago| ago - later));
                let last = starts.next()?;
                Some(last - starts.nth(intervals.checked_sub(1)?)?)
            })
            .max()?;
        Some(if is_utc { longest } else { longest + HOUR })
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use crate::wire::DAY;

    fn three(schedule: &str) -> Option<i64> {
        // A Wednesday.
        let now = "2026-11-25T03:10:00Z".parse().unwrap();
        schedule
            .parse::<Schedule>()
            .unwrap()
            .last_intervals(now, 3, true)
    }

    #[test]
    fn the_last_three_intervals_are_measured_on_the_calendar() {
        for (schedule, length) in [
            ("*/5 * * * *", 15 * 60),
            ("0 * * * *", 3 * 3600),
            ("@hourly", 3 * 3600),
            ("0 3 * * *", 3 * DAY),
            ("@daily", 3 * DAY),
            // Wednesday, Tuesday, Monday, Friday.
            ("0 3 * * 1-5", 5 * DAY),
            ("0 3 * * MON-FRI", 5 * DAY),
            // Tuesday, Monday, Friday, Thursday.
            ("0 4 * * mon-fri", 5 * DAY),
            ("@weekly", 21 * DAY),
            // 1 November, October, September, August.
            ("@monthly", 92 * DAY),
            ("0 0 1 jan *", (365 + 365 + 366) * DAY),
            // The first of the month, or a Sunday: 22, 15, 8, 1 November.
            ("0 0 1 * 0", 21 * DAY),
            ("0 0 1 * ?", 92 * DAY),
            // 29 February 2024, 2020, 2016, 2012.
            ("0 0 29 2 *", 4383 * DAY),
            // 02:50, 02:40, 02:30, and 03:50 the day before.
            ("30/10 2-3 * * *", 23 * 3600),
            ("@every 1h30m", 3 * 5400),
            ("TZ=Europe/Berlin 0 3 * * *", 3 * DAY),
        ] {
            assert_eq!(three(schedule), Some(length), "{schedule}");
        }
        assert_eq!(three("0 0 31 2 *"), None);
    }

    #[test]
    fn where_the_time_zone_is_not_known_the_longest_counts() {
        let now = "2026-11-25T03:10:00Z".parse().unwrap();
        let weekdays: Schedule = "0 9 * * 1-5".parse().unwrap();
        assert_eq!(weekdays.last_intervals(now, 3, false), Some(5 * DAY + 3600));
    }

    #[test]
    fn what_the_controller_does_not_read_is_named() {
        for schedule in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 7",
            "0 0 * * mo",
            "5-1 * * * *",
            "*/0 * * * *",
            "@often",
            "@every",
            "@every 5",
            "@every 1d",
            "x",
            "1-2-3 * * * *",
        ] {
            let bad = schedule.parse::<Schedule>().unwrap_err();
            assert_eq!(
                bad.to_string(),
                format!("the schedule {schedule:?} is not valid")
            );
        }
    }
}

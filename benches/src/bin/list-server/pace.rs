//! Sends no faster than a real API server does, whatever the number of requests.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// How far sending may catch up with the pace: timers are late by a millisecond or so.
const SLACK: Duration = Duration::from_millis(20);

/// So many objects a second, over all requests together.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: f64,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            rate,
            next: Mutex::new(Instant::now()),
        }
    }

    /// When so many objects more may have been sent.
    fn due(&self, objects: f64, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        *next = (*next).max(earliest) + Duration::from_secs_f64(objects / self.rate);
        *next
    }

    pub(crate) async fn wait(&self, objects: f64) {
        sleep_until(self.due(objects, Instant::now())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Pace, SLACK};

    #[test]
    fn the_pace_is_kept_over_all_requests_and_lost_time_is_not_made_up() {
        let pace = Pace::new(1_000.0);
        let now = Instant::now() + Duration::from_secs(1);
        let began = pace.due(0.0, now);
        assert_eq!(began, now.checked_sub(SLACK).unwrap());
        assert_eq!(pace.due(500.0, now), began + Duration::from_millis(500));
        assert_eq!(pace.due(500.0, now), began + Duration::from_secs(1));
        let later = now + Duration::from_mins(1);
        assert_eq!(pace.due(0.0, later), later.checked_sub(SLACK).unwrap());
    }
}

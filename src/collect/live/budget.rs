//! How many requests a server gets at a time: fewer after it shows strain, more again when it answers well.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most requests under way at a time: four lists, and the next pages of some of them.
const MOST: usize = 6;

/// How many requests may begin per second over a longer time: kubectl's own limit.
const RATE: f64 = 50.0;

/// How many may begin at once after a pause.
const BURST: f64 = 100.0;

/// The budget of one run.
#[derive(Debug)]
pub(super) struct Budget {
    lanes: Arc<Semaphore>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// How many requests may be under way.
    open: usize,
    /// How many lanes are to be closed as soon as they are free.
    closing: usize,
    /// How many answers in a row came well.
    good: usize,
    tokens: f64,
    refilled: Instant,
}

impl State {
    fn new(now: Instant) -> Self {
        Self {
            open: MOST,
            closing: 0,
            good: 0,
            tokens: BURST,
            refilled: now,
        }
    }

    /// Takes the right to begin a request, and tells how long to wait until it holds.
    fn take_token(&mut self, now: Instant) -> Duration {
        let since = now.saturating_duration_since(self.refilled);
        self.refilled = self.refilled.max(now);
        self.tokens = RATE.mul_add(since.as_secs_f64(), self.tokens).min(BURST) - 1.0;
        Duration::from_secs_f64((-self.tokens).max(0.0) / RATE)
    }

    /// The server shows strain: half as many requests, and never none. Tells how many lanes are to be closed.
    fn shrink(&mut self) -> usize {
        let fewer = (self.open / 2).max(1);
        let closed = self.open - fewer;
        self.open = fewer;
        self.good = 0;
        closed
    }

    /// An answer came well; after a round of them one request more is risked. Tells whether a lane is to be opened.
    fn grow(&mut self) -> bool {
        self.good += 1;
        if self.good < 2 * self.open || self.open >= MOST {
            return false;
        }
        self.good = 0;
        self.open += 1;
        if self.closing > 0 {
            self.closing -= 1;
            return false;
        }
        true
    }
}

/// The right to have one request under way.
#[derive(Debug)]
pub(super) struct Lane {
    permit: Option<OwnedSemaphorePermit>,
    state: Arc<Mutex<State>>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if state.closing > 0
            && let Some(permit) = self.permit.take()
        {
            state.closing -= 1;
            permit.forget();
        }
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            lanes: Arc::new(Semaphore::new(MOST)),
            state: Arc::new(Mutex::new(State::new(Instant::now()))),
        }
    }

    /// Waits until one more request may begin.
    pub(super) async fn lane(&self) -> Lane {
        // The semaphore is never closed; without a permit a request would go on uncounted.
        let permit = Arc::clone(&self.lanes).acquire_owned().await.ok();
        let wait = lock(&self.state).take_token(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Lane {
            permit,
            state: Arc::clone(&self.state),
        }
    }

    /// The server asks for fewer requests, or was slow.
    pub(super) fn strained(&self) {
        let mut state = lock(&self.state);
        let closed = state.shrink();
        state.closing += closed - self.lanes.forget_permits(closed);
    }

    /// The server answered well.
    pub(super) fn well(&self) {
        if lock(&self.state).grow() {
            self.lanes.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_may_begin_at_once_and_then_one_request_after_another() {
        let start = Instant::now();
        let mut state = State::new(start);
        for _ in 0..100 {
            assert_eq!(state.take_token(start), Duration::ZERO);
        }
        assert_eq!(state.take_token(start).as_millis(), 20);
        assert_eq!(state.take_token(start).as_millis(), 40);
        let later = start + Duration::from_secs(1);
        assert_eq!(state.take_token(later), Duration::ZERO);
        let much_later = later + Duration::from_secs(3600);
        state.take_token(much_later);
        assert!((state.tokens - (BURST - 1.0)).abs() < 1e-6);
    }

    #[tokio::test]
    async fn strain_halves_what_is_under_way_and_good_answers_bring_it_back() {
        let budget = Budget::new();
        let mut lanes = Vec::new();
        for _ in 0..MOST {
            lanes.push(budget.lane().await);
        }
        assert_eq!(budget.lanes.available_permits(), 0);
        budget.strained();
        budget.strained();
        drop(lanes);
        assert_eq!(budget.lanes.available_permits(), 1, "six, three, one");
        budget.strained();
        assert_eq!(budget.lanes.available_permits(), 1, "never none");
        for _ in 0..2 + 4 + 6 + 8 + 10 + 50 {
            budget.well();
        }
        assert_eq!(budget.lanes.available_permits(), MOST);
        // If the strain passes while all lanes are taken, no lane that is wanted again is closed.
        let held = budget.lane().await;
        budget.strained();
        for _ in 0..50 {
            budget.well();
        }
        drop(held);
        assert_eq!(budget.lanes.available_permits(), MOST);
    }
}

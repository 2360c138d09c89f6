//! How far the reading has come, on standard error, while a person may be looking.

use std::{
    collections::BTreeMap,
    env,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kready_checks::inventory::Kind;

use crate::collect::live::Progress;

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(120);

/// One line that is drawn again and again, or none at all.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The kinds that are being read: objects so far, and how many are to come.
    reading: BTreeMap<Kind, (usize, Option<u64>)>,
    /// How many kinds have been read.
    done: usize,
    /// How many objects they have.
    objects: usize,
}

impl Line {
    /// A line if standard error is a terminal that can redraw one and the user did not ask for silence.
    pub(crate) fn new(quiet: bool) -> Self {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let shown = !quiet && !dumb && io::stderr().is_terminal();
        let bar = if shown {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style.tick_chars("|/-\\ "));
        }
        Self {
            bar,
            state: Arc::default(),
        }
    }

    /// Begins to draw.
    pub(crate) fn start(&self, message: &'static str) {
        self.bar.set_message(message);
        self.bar.enable_steady_tick(TICK);
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if self.bar.is_hidden() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        self.bar.set_message(state.words());
    }
}

impl State {
    /// `pods 12500 of 15000, replicasets.apps 3000; 23 kinds and 48211 objects read`.
    fn words(&self) -> String {
        let reading: Vec<String> = self
            .reading
            .iter()
            .map(|(kind, (objects, remaining))| {
                let name = kind.resource().plural;
                match remaining {
                    Some(remaining) => {
                        let total = u64::try_from(*objects).unwrap_or(u64::MAX);
                        format!("{name} {objects} of {}", total.saturating_add(*remaining))
                    }
                    None => format!("{name} {objects}"),
                }
            })
            .collect();
        let objects: usize = self.objects
            + self
                .reading
                .values()
                .map(|(objects, _)| objects)
                .sum::<usize>();
        let sum = format!("{} kinds and {objects} objects read", self.done);
        if reading.is_empty() {
            sum
        } else {
            format!("{sum}; reading {}", reading.join(", "))
        }
    }
}

impl Progress for Line {
    fn reading(&self, kind: Kind, objects: usize, remaining: Option<u64>) {
        self.change(|state| _ = state.reading.insert(kind, (objects, remaining)));
    }

    fn done(&self, kind: Kind) {
        self.change(|state| {
            state.done += 1;
            if let Some((objects, _)) = state.reading.remove(&kind) {
                state.objects += objects;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_what_was_read_and_what_is_to_come() {
        let mut state = State::default();
        state.reading.insert(Kind::Pod, (500, Some(1_500)));
        state.reading.insert(Kind::Node, (3, None));
        state.done = 2;
        state.objects = 40;
        assert_eq!(
            state.words(),
            "2 kinds and 543 objects read; reading nodes 3, pods 500 of 2000"
        );
    }
}

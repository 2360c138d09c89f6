//! Runs the checks on an inventory: on all cores, in a fixed order; a check that panics or overruns is unknown, never a
//! pass.

use std::{
    any::Any,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use kready_checks::{
    frame::{Check, PREPARATIONS},
    inventory::{Inventory, Picture, Settings, Stopped},
    model::{Doubt, Evaluation, ObjectRef, Outcome, Unknown, Why},
};

use crate::breakage;

/// How long the checks that are told to stop may take to do so before they are left to themselves.
const GRACE: Duration = Duration::from_millis(500);

/// The stack of a thread that judges: as large as that of the program's first.
const STACK: usize = 8 << 20;

/// What each check says of the inventory, in the order of the checks; those that are not done by then are unknown.
///
/// A check that doesn't stop is left running beside the rest of the program, which ends without it: so what it looks at lives
/// as long as the program.
pub(crate) fn run(
    picture: &'static Picture<'static>,
    checks: &[&'static Check],
    settings: &Settings,
    until: Option<Instant>,
) -> Vec<(&'static Check, Evaluation)> {
    let mut until = until;
    // Where the time is over before anything is judged, nothing is.
    let mut stopped = until.is_some_and(|until| until <= Instant::now());
    if stopped {
        picture.stop();
        until = Some(Instant::now() + GRACE);
    }
    let work = Arc::new(Work {
        picture,
        checks: checks.to_vec(),
        settings: settings.clone(),
        order: order(picture, checks),
        results: checks.iter().map(|_| OnceLock::new()).collect(),
        next: AtomicUsize::new(0),
    });
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (done, all_done) = channel::<()>();
    let mut threads = 0;
    for _ in 0..cores.min(checks.len()) {
        let (work, done) = (Arc::clone(&work), done.clone());
        let judge = move || {
            work.go();
            drop(work);
            let _ = done.send(());
        };
        let thread = thread::Builder::new()
            .name("judge".into())
            .stack_size(STACK);
        threads += usize::from(thread.spawn(judge).is_ok());
    }
    if threads == 0 {
        work.go();
    }
    while threads > 0 {
        let waited = match until {
            Some(until) => all_done.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => all_done.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match waited {
            Ok(()) => threads -= 1,
            Err(RecvTimeoutError::Timeout) if !stopped => {
                picture.stop();
                stopped = true;
                until = Some(Instant::now() + GRACE);
            }
            Err(_) => break,
        }
    }
    let results = match Arc::try_unwrap(work) {
        Ok(work) => work.results.into_iter().map(OnceLock::into_inner).collect(),
        Err(work) => work
            .results
            .iter()
            .map(|it| it.get().cloned())
            .collect::<Vec<_>>(),
    };
    checks
        .iter()
        .zip(results)
        .map(|(check, result)| {
            let missing = || {
                if stopped {
                    timed_out(check)
                } else {
                    broke(check, "it was never run")
                }
            };
            (*check, result.unwrap_or_else(missing))
        })
        .collect()
}

/// What the threads share that judge.
struct Work {
    picture: &'static Picture<'static>,
    checks: Vec<&'static Check>,
    settings: Settings,
    order: Vec<usize>,
    results: Vec<OnceLock<Evaluation>>,
    next: AtomicUsize,
}

impl Work {
    /// Judges until nothing is left to judge.
    fn go(&self) {
        // What many checks ask for is prepared first, each part on one core, so that checks do not wait for one another.
        let preparations = if self.checks.len() > 1 {
            PREPARATIONS
        } else {
            &[]
        };
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            if let Some((name, prepare)) = preparations.get(turn) {
                // If it panics, the checks that need it panic with the same words.
                let _ = breakage::within(name, || {
                    catch_unwind(AssertUnwindSafe(|| prepare(self.picture)))
                });
                continue;
            }
            let Some(index) = self.order.get(turn - preparations.len()) else {
                return;
            };
            let (Some(check), Some(result)) = (self.checks.get(*index), self.results.get(*index))
            else {
                return;
            };
            // Each place is filled once: the counter hands out every index once.
            let _ = result.set(evaluate(check, self.picture, &self.settings));
        }
    }
}

/// What each check says of several inventories, which have nothing to do with one another.
pub(crate) fn merged(
    each: impl Iterator<Item = Vec<(&'static Check, Evaluation)>>,
) -> Vec<(&'static Check, Evaluation)> {
    let mut merged: Vec<(&'static Check, Evaluation)> = Vec::new();
    for (place, results) in each.enumerate() {
        if place == 0 {
            merged = results;
            continue;
        }
        for ((_, known), (_, more)) in merged.iter_mut().zip(results) {
            join(known, more, i32::try_from(place).unwrap_or(i32::MAX));
        }
    }
    merged
}

/// How many documents of one inventory bear one name at most before they are taken for those of the next.
const COPIES: i32 = 1 << 16;

/// In which of several inventories the object of a finding is.
pub(crate) fn place_of(object: &ObjectRef) -> usize {
    usize::try_from(object.copy / COPIES).unwrap_or_default()
}

fn join(known: &mut Evaluation, more: Evaluation, place: i32) {
    let subjects = u32::try_from(known.examined).unwrap_or(u32::MAX);
    let objects = more.findings.into_iter().map(|mut finding| {
        finding.subject = finding.subject.saturating_add(subjects);
        if let Some(object) = &mut finding.object {
            // An object of the same name elsewhere is another one.
            let object = Arc::make_mut(object);
            object.copy = object.copy.saturating_add(place.saturating_mul(COPIES));
        }
        finding
    });
    known.findings.extend(objects);
    known.examined += more.examined;
    known.undecided += more.undecided;
    known.note = known.note.take().or(more.note);
    for (namespace, count) in more.placed {
        match known
            .placed
            .binary_search_by(|(name, _)| name.cmp(&namespace))
        {
            Ok(at) => known.placed[at].1 += count,
            Err(at) => known.placed.insert(at, (namespace, count)),
        }
    }
    let mut doubt = Doubt::default();
    let mut passed = false;
    let mut reason = None;
    let former = std::mem::replace(&mut known.outcome, Outcome::Pass);
    for outcome in [former, more.outcome] {
        match outcome {
            Outcome::Pass => passed = true,
            Outcome::Fail { partial } => {
                if let Some(why) = partial {
                    doubt.add(why);
                }
            }
            Outcome::Unknown(why) => doubt.add(why),
            Outcome::NotApplicable(why) => reason = reason.or(Some(why)),
        }
    }
    known.outcome = match (doubt.into_option(), reason) {
        (partial, _) if !known.findings.is_empty() => Outcome::Fail { partial },
        (Some(why), _) => Outcome::Unknown(why),
        (None, Some(reason)) if !passed => Outcome::NotApplicable(reason),
        (None, _) => Outcome::Pass,
    };
}

/// The order in which checks start: those with the most objects first, so that no core is left with a long one.
fn order(inventory: &Inventory, checks: &[&'static Check]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..checks.len()).collect();
    order.sort_by_cached_key(|index| {
        let objects: usize = checks[*index]
            .evidence()
            .map(|(_, evidence)| inventory.count(evidence))
            .sum();
        std::cmp::Reverse(objects)
    });
    order
}

fn evaluate(check: &Check, picture: &Picture<'_>, settings: &Settings) -> Evaluation {
    let evaluated = breakage::within(check.id, || {
        catch_unwind(AssertUnwindSafe(|| check.evaluate_in(picture, settings)))
    });
    evaluated.unwrap_or_else(|panic| {
        if panic.is::<Stopped>() {
            timed_out(check)
        } else {
            broke(check, words(&*panic))
        }
    })
}

fn timed_out(check: &Check) -> Evaluation {
    Evaluation::without_subjects(Outcome::Unknown(Why::new(
        Unknown::TimedOut,
        format!(
            "the time for the whole audit (--timeout) was over before {} was done",
            check.id
        ),
    )))
}

fn broke(check: &Check, cause: &str) -> Evaluation {
    Evaluation::without_subjects(Outcome::Unknown(Why::new(
        Unknown::Unreadable,
        format!(
            "the check {} broke, which is a bug in kready: {cause}",
            check.id
        ),
    )))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it gave no reason")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kready_checks::model::{Finding, NotApplicable, Sheet};

    use super::*;

    fn evaluation(outcome: Outcome, findings: usize) -> Evaluation {
        let mut evaluation = Evaluation::without_subjects(outcome);
        evaluation.examined = 2;
        evaluation.findings = (0..findings).map(|_| Finding::cluster()).collect();
        evaluation
    }

    #[test]
    fn what_is_said_of_several_inventories_is_joined() {
        let why = || Why::new(Unknown::Unreadable, "a page is lost");
        let absent = || Outcome::NotApplicable(NotApplicable::Absent);
        let failed = || Outcome::Fail { partial: None };
        let join = |outcomes: [(Outcome, usize); 2]| {
            let each = outcomes.map(|(outcome, findings)| {
                let check: &'static Check = &SOUND;
                vec![(check, evaluation(outcome, findings))]
            });
            merged(each.into_iter()).remove(0).1
        };
        assert_eq!(
            join([(absent(), 0), (Outcome::Pass, 0)]).outcome,
            Outcome::Pass
        );
        assert_eq!(join([(absent(), 0), (absent(), 0)]).outcome, absent());
        let unknown = join([(Outcome::Pass, 0), (Outcome::Unknown(why()), 0)]);
        assert_eq!(unknown.outcome, Outcome::Unknown(why()));
        let partial = join([(failed(), 1), (Outcome::Unknown(why()), 0)]);
        assert_eq!(
            partial.outcome,
            Outcome::Fail {
                partial: Some(why())
            }
        );
        let both = join([(failed(), 1), (failed(), 1)]);
        assert_eq!((both.outcome, both.examined), (failed(), 4));
        let subjects: Vec<u32> = both
            .findings
            .iter()
            .map(|finding| finding.subject)
            .collect();
        assert_eq!(subjects, [0, 2], "subjects of one are none of another");
    }

    fn picture() -> &'static Picture<'static> {
        let inventory: &'static Inventory = Box::leak(Box::default());
        Box::leak(Box::new(Picture::of(inventory)))
    }

    static ENDLESS: Check = Check {
        id: "endless",
        run: |cx| {
            loop {
                cx.look();
            }
        },
        ..Check::BASE
    };
    static DEAF: Check = Check {
        id: "deaf",
        run: |_| {
            loop {
                thread::park();
            }
        },
        ..Check::BASE
    };

    #[test]
    fn a_check_that_overruns_is_unknown_whether_it_looks_or_not() {
        let now = Instant::now();
        for [first, second] in [[&ENDLESS, &SOUND], [&DEAF, &SOUND], [&ENDLESS, &DEAF]] {
            let results = run(picture(), &[first, second], &Settings::default(), Some(now));
            let (_, evaluation) = &results[0];
            let Outcome::Unknown(why) = &evaluation.outcome else {
                panic!("{} ended as {:?}", first.id, evaluation.outcome);
            };
            assert_eq!(why.unknown, Unknown::TimedOut);
            assert!(why.message.contains(first.id), "{why}");
        }
        let until = now.checked_add(Duration::from_secs(600));
        let results = run(picture(), &[&SOUND, &BAD], &Settings::default(), until);
        assert_eq!(results[0].1.outcome, Outcome::Pass);
    }

    static SOUND: Check = Check {
        id: "sound",
        run: |_| Ok(Sheet::cluster(None)),
        ..Check::BASE
    };
    static BAD: Check = Check {
        id: "bad",
        run: |_| Ok(Sheet::cluster(Some(Finding::cluster()))),
        ..Check::BASE
    };
    static BROKEN: Check = Check {
        id: "broken",
        run: |_| panic!("an index was out of bounds"),
        ..Check::BASE
    };
    static EMPTY: Check = Check {
        id: "empty",
        ..Check::BASE
    };

    #[test]
    fn the_order_is_that_of_the_checks_and_a_broken_one_is_unknown() {
        let checks: Vec<&'static Check> = [&SOUND, &BROKEN, &BAD, &EMPTY]
            .into_iter()
            .cycle()
            .take(400)
            .collect();
        let results = run(picture(), &checks, &Settings::default(), None);
        assert_eq!(results.len(), 400);
        for ((check, evaluation), expected) in results.iter().zip(&checks) {
            assert_eq!(check.id, expected.id);
            match check.id {
                "sound" => assert_eq!(evaluation.outcome, Outcome::Pass),
                "bad" => assert_eq!(evaluation.outcome, Outcome::Fail { partial: None }),
                "empty" => assert_eq!(
                    evaluation.outcome,
                    Outcome::NotApplicable(NotApplicable::Absent)
                ),
                _ => {
                    let Outcome::Unknown(why) = &evaluation.outcome else {
                        panic!("a broken check ended as {:?}", evaluation.outcome);
                    };
                    assert_eq!(why.unknown, Unknown::Unreadable);
                    assert!(why.message.contains("an index was out of bounds"), "{why}");
                }
            }
        }
    }

    #[test]
    fn a_check_that_breaks_is_named_and_nothing_else_is_told_of_it() {
        static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            TOLD.lock().unwrap().push(breakage::told(panic));
            before(panic);
        }));
        run(picture(), &[&BROKEN], &Settings::default(), None);
        let told = TOLD.lock().unwrap();
        let of_check = told
            .iter()
            .find(|told| told.contains("broken broke"))
            .unwrap();
        assert!(of_check.contains("a bug in kready"), "{of_check}");
        assert!(of_check.contains("/issues"), "{of_check}");
        assert!(
            !of_check.contains("index") && !of_check.contains("panicked"),
            "{of_check}"
        );
    }

    #[test]
    fn no_checks_no_results() {
        assert!(run(picture(), &[], &Settings::default(), None).is_empty());
    }
}

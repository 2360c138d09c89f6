//! Runs the checks on an inventory: on all cores, in a fixed order; a check that panics is unknown, never a pass.

use std::{
    any::Any,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use kready_checks::{
    frame::{Check, PREPARATIONS},
    inventory::{Inventory, Picture, Settings},
    model::{Doubt, Evaluation, Outcome, Unknown, Why},
};

/// What each check says of the inventory, in the order of the checks.
pub(crate) fn run(
    picture: &Picture<'_>,
    checks: &[&'static Check],
    settings: &Settings,
) -> Vec<(&'static Check, Evaluation)> {
    let results: Vec<OnceLock<Evaluation>> = checks.iter().map(|_| OnceLock::new()).collect();
    let order = order(picture, checks);
    // What many checks ask for is prepared first, each part on one core, so that checks do not wait for one another.
    let preparations = if checks.len() > 1 { PREPARATIONS } else { &[] };
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if let Some((_, prepare)) = preparations.get(turn) {
                // If it panics, the checks that need it panic with the same words.
                let _ = catch_unwind(AssertUnwindSafe(|| prepare(picture)));
                continue;
            }
            let Some(index) = order.get(turn - preparations.len()) else {
                return;
            };
            let (Some(check), Some(result)) = (checks.get(*index), results.get(*index)) else {
                return;
            };
            // Each place is filled once: the counter hands out every index once.
            let _ = result.set(evaluate(check, picture, settings));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 1..cores.min(checks.len()) {
            scope.spawn(work);
        }
        work();
    });
    checks
        .iter()
        .zip(results)
        .map(|(check, result)| {
            let evaluation = result
                .into_inner()
                .unwrap_or_else(|| broke(check, "it was never run"));
            (*check, evaluation)
        })
        .collect()
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
    catch_unwind(AssertUnwindSafe(|| check.evaluate_in(picture, settings)))
        .unwrap_or_else(|panic| broke(check, words(&*panic)))
}

fn broke(check: &Check, cause: &str) -> Evaluation {
    Evaluation::without_subjects(Outcome::Unknown(Why::new(
        Unknown::Unreadable,
        format!(
            "the check {} broke, which is a fault of kready: {cause}",
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
        let inventory = Inventory::default();
        let results = run(&Picture::of(&inventory), &checks, &Settings::default());
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
    fn no_checks_no_results() {
        let inventory = Inventory::default();
        assert!(run(&Picture::of(&inventory), &[], &Settings::default()).is_empty());
    }
}

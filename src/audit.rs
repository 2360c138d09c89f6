//! Runs the checks on an inventory: on all cores, in a fixed order; a check that panics is unknown, never a pass.

use std::{
    any::Any,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use kready_checks::{
    frame::{Check, Settings},
    inventory::Inventory,
    model::{Evaluation, Outcome, Unknown, Why},
};

/// What each check says of the inventory, in the order of the checks.
pub(crate) fn run(
    inventory: &Inventory,
    checks: &[&'static Check],
    settings: &Settings,
) -> Vec<(&'static Check, Evaluation)> {
    let results: Vec<OnceLock<Evaluation>> = checks.iter().map(|_| OnceLock::new()).collect();
    let order = order(inventory, checks);
    // What many checks ask for is prepared first, each part on one core, so that checks do not wait for one another.
    let steps = if checks.len() > 1 {
        Inventory::STEPS
    } else {
        0
    };
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn < steps {
                // If it panics, the checks that need it panic with the same words.
                let _ = catch_unwind(AssertUnwindSafe(|| inventory.prepare(turn)));
                continue;
            }
            let Some(index) = order.get(turn - steps) else {
                return;
            };
            let (Some(check), Some(result)) = (checks.get(*index), results.get(*index)) else {
                return;
            };
            // Each place is filled once: the counter hands out every index once.
            let _ = result.set(evaluate(check, inventory, settings));
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

fn evaluate(check: &Check, inventory: &Inventory, settings: &Settings) -> Evaluation {
    catch_unwind(AssertUnwindSafe(|| check.evaluate(inventory, settings)))
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
        let results = run(&Inventory::default(), &checks, &Settings::default());
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
        assert!(run(&Inventory::default(), &[], &Settings::default()).is_empty());
    }
}

//! Which findings are explained by others, and go with them.

use kready_checks::{
    frame::causes::{self, Explained, Found},
    inventory::Picture,
};

use super::{
    model::{CheckResult, FindingResult, State},
    outline::{Cause, FindingPlace},
};

/// The finding at the root of another one, and its check.
pub(super) fn root<'r>(
    cause: &Cause,
    checks: &'r [CheckResult],
) -> (&'r CheckResult, &'r FindingResult) {
    let check = &checks[cause.place.check as usize];
    (check, &check.findings[cause.place.finding as usize])
}

/// Says of every finding which other one is at its root.
///
/// An open finding is explained by an open one alone, so that what is waived, excused or known hides nothing; and what decides
/// about the verdict by what decides about it as well.
pub(super) fn tell(checks: &mut [CheckResult], picture: &Picture<'_>) {
    let (roots, places) = {
        let (found, places) = concerned(checks);
        let may = |cause: usize, consequence: usize| {
            let [(cause, cause_state), (consequence, state)] = [cause, consequence].map(|at| {
                let place: FindingPlace = places[at];
                let check = &checks[place.check as usize];
                (check, check.findings[place.finding as usize].state)
            });
            (cause_state == State::Open || state == State::Known)
                && (cause.gates || !consequence.gates)
        };
        (roots(&causes::explain(picture, &found, may)), places)
    };
    for (place, root) in places.iter().zip(roots) {
        let Some(Explained { by, alone }) = root else {
            continue;
        };
        let root = places[by];
        let of = &checks[root.check as usize];
        let cause = Cause {
            check: of.check.id,
            fingerprint: of.findings[root.finding as usize].fingerprint,
            alone,
            place: root,
        };
        checks[place.check as usize].findings[place.finding as usize].caused_by =
            Some(Box::new(cause));
    }
}

/// The findings that may explain or be explained, and where they stand.
fn concerned(checks: &[CheckResult]) -> (Vec<Found<'_>>, Vec<FindingPlace>) {
    let mut found = Vec::new();
    let mut places = Vec::new();
    for (check, result) in (0..).zip(checks) {
        if !causes::is_concerned(result.check.id) {
            continue;
        }
        for (finding, one) in (0..).zip(&result.findings) {
            if matches!(one.state, State::Open | State::Known) {
                found.push(Found {
                    check: result.check.id,
                    finding: &one.finding,
                });
                places.push(FindingPlace { check, finding });
            }
        }
    }
    (found, places)
}

/// For each finding the one at the end of the way from cause to cause.
fn roots(explained: &[Option<Explained>]) -> Vec<Option<Explained>> {
    let root = |first: &Option<Explained>| {
        let mut root = (*first)?;
        while let Some(next) = explained[root.by] {
            root = Explained {
                by: next.by,
                alone: root.alone && next.alone,
            };
        }
        Some(root)
    };
    explained.iter().map(root).collect()
}

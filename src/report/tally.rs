//! How many checks fail, on how many objects.

use std::collections::HashSet;

use super::{
    model::{CheckResult, State},
    outline::Tally,
};

/// Counts what is open of the checks that count.
pub(super) fn of(checks: &[CheckResult], counts: impl Fn(&CheckResult) -> bool) -> Tally {
    let mut tally = Tally::default();
    let mut objects = HashSet::new();
    for check in checks.iter().filter(|check| counts(check)) {
        let mut any = false;
        for result in check.open() {
            any = true;
            tally.findings += 1;
            match &result.finding.object {
                Some(object) => {
                    objects.insert(&**object);
                }
                None => tally.cluster = true,
            }
        }
        if any {
            *tally.checks.entry(check.severity).or_default() += 1;
        }
    }
    tally.objects = objects.len();
    tally
}

/// How many containers have a finding that is open or known; none when no finding names one.
pub(super) fn containers(check: &CheckResult) -> Option<usize> {
    let stands = |state| matches!(state, State::Open | State::Known);
    let containers: HashSet<_> = check
        .findings
        .iter()
        .filter(|result| stands(result.state))
        .filter_map(|result| {
            let container = result.finding.fault.container.as_deref()?;
            Some((result.finding.object.as_deref(), container))
        })
        .collect();
    (!containers.is_empty()).then_some(containers.len())
}

//! What changed since the baseline, check by check.

use std::collections::BTreeSet;

use kready_checks::{
    inventory::Inventory,
    model::{Impact, Severity, Text},
};

use super::{
    baseline::Baseline,
    fingerprint::Fingerprint,
    model::{BaselineResult, Changed, CheckResult, Ending, FindingResult, Report, State},
};
use crate::{
    pattern::Pattern,
    words::{joined, one_or_many},
};

/// What is new, known and gone; gone is only what a check that is now fully decided no longer finds.
pub(super) fn of(
    baseline: &Baseline,
    checks: &[CheckResult],
    inventory: &Inventory,
) -> BaselineResult {
    let scope = InScope::of(
        inventory.scope.namespaces.as_ref().map(|names| {
            let names = names.iter().map(ToString::to_string);
            names.collect()
        }),
        inventory.scope.excluded.iter().map(Text::as_str),
    );
    let changed: Vec<Changed> = checks
        .iter()
        .map(|result| {
            let count = |which: &dyn Fn(&FindingResult) -> bool| {
                let findings = result.findings.iter();
                findings.filter(|finding| which(finding)).count()
            };
            Changed {
                id: result.check.id,
                new: count(&|finding| finding.new),
                known: count(&|finding| finding.state == State::Known),
                fixed: gone(baseline, result, &scope),
            }
        })
        .collect();
    BaselineResult {
        file: baseline.file.clone(),
        time: baseline.time,
        new: changed.iter().map(|change| change.new).sum(),
        mended: changed.iter().map(|change| change.fixed).sum(),
        unknown_checks: checks
            .iter()
            .map(|result| result.check)
            .filter(|check| !baseline.knows_check(check))
            .map(|check| check.id)
            .collect(),
        checks: changed
            .into_iter()
            .filter(|change| change.new + change.known + change.fixed > 0)
            .collect(),
    }
}

/// How many findings of the older report a check no longer has.
fn gone(baseline: &Baseline, result: &CheckResult, scope: &InScope) -> usize {
    let decided = match result.ending {
        Ending::Pass { .. } => true,
        Ending::Fail => result.partial.is_none(),
        _ => false,
    };
    if !decided {
        return 0;
    }
    let present: BTreeSet<Fingerprint> = result
        .findings
        .iter()
        .map(|finding| finding.fingerprint)
        .chain(result.former.iter().copied())
        .collect();
    baseline
        .standing(result.check)
        .filter(|(fingerprint, namespace)| {
            scope.holds(*namespace) && !present.contains(fingerprint)
        })
        .count()
}

/// Which namespaces a report is about: a finding outside of them is not gone, since its object was not looked at.
pub(super) struct InScope {
    namespaces: Option<BTreeSet<String>>,
    excluded: Vec<Pattern>,
}

impl InScope {
    pub(super) fn of<'a>(
        namespaces: Option<BTreeSet<String>>,
        excluded: impl Iterator<Item = &'a str>,
    ) -> Self {
        Self {
            namespaces,
            excluded: excluded
                .filter_map(|pattern| Pattern::parse(pattern, false).ok())
                .collect(),
        }
    }

    pub(super) fn holds(&self, namespace: Option<&str>) -> bool {
        let Some(namespace) = namespace.filter(|name| !name.is_empty()) else {
            return true;
        };
        let asked = self.namespaces.as_ref();
        asked.is_none_or(|names| names.contains(namespace))
            && !self
                .excluded
                .iter()
                .any(|pattern| pattern.matches(namespace))
    }
}

impl CheckResult {
    /// How many of its findings the baseline has, too.
    pub(crate) fn known(&self) -> usize {
        let findings = self.findings.iter();
        findings.filter(|it| it.state == State::Known).count()
    }
}

impl Report {
    /// The checks with known findings that are critical or broken now: a reader has to hear of them whatever the verdict.
    pub(crate) fn grave_and_known(&self) -> impl Iterator<Item = &CheckResult> {
        self.checks.iter().filter(|result| {
            (result.severity == Severity::Critical || result.check.impact == Impact::Broken)
                && result.known() > 0
        })
    }

    /// `3 critical and 36 high findings are known since 2026-11-24`; none when nothing is known.
    pub(crate) fn known_in_words(&self) -> Option<String> {
        let baseline = self.baseline.as_ref()?;
        let known = &self.counts.known;
        let parts: Vec<String> = Severity::ALL
            .into_iter()
            .filter_map(|severity| {
                let count = known.get(&severity).copied().filter(|count| *count > 0)?;
                Some(format!("{count} {severity}"))
            })
            .collect();
        let sum: usize = known.values().sum();
        let what = joined(&parts)?;
        let since = baseline.since().map_or_else(
            || format!("from {}", baseline.file),
            |day| format!("since {day}"),
        );
        Some(format!(
            "{what} {} {} known {since}",
            one_or_many(sum, "finding", "findings"),
            one_or_many(sum, "is", "are")
        ))
    }
}

impl BaselineResult {
    /// The day on which the older report was made: `2026-11-24`.
    pub(crate) fn since(&self) -> Option<String> {
        let day = self.time?.to_string();
        day.split('T').next().map(str::to_owned)
    }
}

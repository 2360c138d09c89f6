//! The verdict, and the reasons for it in sentences.

use kready_checks::{
    frame::Check,
    model::{Severity, Unknown},
};

use super::{
    baseline::Baseline,
    model::{CheckResult, Ending, Gate, Reason, State, Verdict},
    score::{is_below, round_down},
};
use crate::{
    collect::{Unread, unread_in_words},
    words::{counted, first, joined, one_or_many},
};

/// What a verdict rests on.
pub(super) struct Grounds<'a> {
    pub(super) checks: &'a [CheckResult],
    pub(super) gate: &'a Gate,
    pub(super) nothing_decided: bool,
    /// Whether no workload and nothing of the cluster was judged.
    pub(super) nothing_judged: bool,
    pub(super) score: Option<f64>,
    pub(super) score_at_least: Option<f64>,
    pub(super) coverage: Option<f64>,
    pub(super) unread: &'a [Unread],
}

/// Whether the verdict depends on a check of this severity.
pub(super) fn gates(
    check: &Check,
    severity: Severity,
    gate: &Gate,
    baseline: Option<&Baseline>,
) -> bool {
    gate.fail_on.is_some_and(|least| severity >= least)
        && (gate.gate_new_checks || baseline.is_none_or(|baseline| baseline.knows_check(check)))
}

impl Grounds<'_> {
    fn gating(&self, which: impl Fn(&CheckResult) -> bool) -> Vec<&CheckResult> {
        self.checks
            .iter()
            .filter(|check| check.gates && which(check))
            .collect()
    }
}

/// The verdict, with the reasons why it is not a better one, the most important first; none when it is the best.
pub(super) fn of(grounds: &Grounds<'_>) -> (Verdict, Vec<Reason>) {
    let mut not_ready = Vec::new();
    let mut open = grounds.gating(|check| {
        check
            .findings
            .iter()
            .any(|finding| finding.state == State::Open)
    });
    open.sort_by_key(|check| std::cmp::Reverse(check.severity));
    if !open.is_empty() {
        not_ready.push(Reason {
            code: "open-findings",
            checks: open.iter().map(|check| check.check.id).collect(),
            message: open_findings(&open),
        });
    }
    if let Some(lowest) = grounds
        .score_at_least
        .filter(|score| is_below(*score, grounds.gate.min_score))
    {
        not_ready.push(Reason {
            code: "score-too-low",
            checks: Vec::new(),
            message: format!(
                "the score {} {:.1}, below the required {}",
                if grounds.score.is_some_and(|score| is_below(lowest, score)) {
                    "may be as low as"
                } else {
                    "is"
                },
                round_down(lowest),
                grounds.gate.min_score
            ),
        });
    }

    let mut inconclusive = Vec::new();
    inconclusive.extend(emptiness(grounds));
    inconclusive.extend(no_score(grounds));
    let unseen = grounds.gating(|check| match check.ending {
        Ending::Unknown(why) => why.for_want_of_sight(),
        Ending::Fail => check.partial.is_some_and(Unknown::for_want_of_sight),
        Ending::Pass { .. } | Ending::NotApplicable(_) => false,
    });
    if !unseen.is_empty() {
        inconclusive.push(Reason {
            code: "gate-unknown",
            checks: unseen.iter().map(|check| check.check.id).collect(),
            message: format!(
                "{} that the verdict depends on could not be decided in full: {}",
                counted(unseen.len(), "check"),
                list(&unseen)
            ),
        });
    }
    if !grounds.unread.is_empty() {
        inconclusive.push(Reason {
            code: "unread-files",
            checks: Vec::new(),
            message: unread_in_words(grounds.unread),
        });
    }
    if let Some(coverage) = grounds
        .coverage
        .filter(|_| !(grounds.gate.allow_empty && grounds.nothing_judged))
        .filter(|coverage| is_below(*coverage, grounds.gate.min_coverage))
    {
        inconclusive.push(Reason {
            code: "coverage-too-low",
            checks: grounds
                .checks
                .iter()
                .filter(|check| {
                    matches!(check.ending, Ending::Unknown(_)) && check.severity.weight() > 0
                })
                .map(|check| check.check.id)
                .collect(),
            message: format!(
                "only {:.1} % of the checks (by weight) could be decided, less than the required {} %",
                round_down(coverage),
                grounds.gate.min_coverage
            ),
        });
    }

    let verdict = if !not_ready.is_empty() {
        Verdict::NotReady
    } else if !inconclusive.is_empty() {
        Verdict::Inconclusive
    } else {
        Verdict::Ready
    };
    not_ready.append(&mut inconclusive);
    (verdict, not_ready)
}

/// Why an audit that judged nothing is not a sound one.
fn emptiness(grounds: &Grounds<'_>) -> Option<Reason> {
    if grounds.gate.allow_empty {
        return None;
    }
    let (code, message) = if grounds.nothing_decided {
        ("nothing-decided", "no check could be decided")
    } else if grounds.nothing_judged {
        (
            "nothing-judged",
            "there was no workload to judge, and nothing of the cluster itself; --allow-empty accepts that",
        )
    } else {
        return None;
    };
    Some(Reason {
        code,
        checks: Vec::new(),
        message: message.to_owned(),
    })
}

/// What has no score doesn't reach the least one.
fn no_score(grounds: &Grounds<'_>) -> Option<Reason> {
    let asked = grounds.gate.min_score > 0.0 && !grounds.nothing_decided;
    (asked && grounds.score.is_none()).then(|| Reason {
        code: "score-missing",
        checks: Vec::new(),
        message: format!(
            "too little was decided for a score, and at least {} is required",
            grounds.gate.min_score
        ),
    })
}

/// `1 critical and 3 high checks fail: a, b, c and 1 more`.
fn open_findings(open: &[&CheckResult]) -> String {
    let by_severity: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| {
            let count = open
                .iter()
                .filter(|check| check.severity == severity)
                .count();
            (severity, count)
        })
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    format!(
        "{} {}: {}",
        joined(&by_severity).unwrap_or_default(),
        one_or_many(open.len(), "check fails", "checks fail"),
        list(open)
    )
}

/// The first three, and how many more.
fn list(checks: &[&CheckResult]) -> String {
    const SHOWN: usize = 3;
    first(checks.iter().map(|check| check.check.id), SHOWN)
}

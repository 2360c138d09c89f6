//! What is said of a difference, in whatever format.

use std::collections::BTreeMap;

use crate::{
    report::{Change, CheckDiff, Diff, DiffFinding, Side, Verdict, round_down},
    words::{counted, one_or_many},
};

pub(super) const fn heading(change: Change) -> &'static str {
    match change {
        Change::New => "NEW",
        Change::Fixed => "FIXED",
        Change::Open => "STILL OPEN",
        Change::Waived => "NOW WAIVED OR EXPECTED",
    }
}

/// `2026-11-24 09:30 UTC -> 2026-11-25 09:30 UTC`.
pub(super) fn times(diff: &Diff) -> String {
    let time = |side: &Side| {
        side.time.map_or_else(
            || "at an unknown time".to_owned(),
            |time| {
                let text = time.to_string();
                let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
                format!("{day} {} UTC", rest.get(..5).unwrap_or_default())
            },
        )
    };
    format!("{} to {}", time(&diff.old), time(&diff.new))
}

/// `2 new, 5 fixed, 30 still open`, and what of it gates.
pub(super) fn summary(diff: &Diff) -> (String, String) {
    let counts = format!(
        "{} new, {} fixed, {} still open",
        diff.count(Change::New),
        diff.count(Change::Fixed),
        diff.count(Change::Open)
    );
    let gating = diff.gating();
    let gate = match diff.fail_on {
        None => "no finding gates (--fail-on never)".to_owned(),
        Some(least) => format!(
            "{} of the new ones {} (--fail-on {least})",
            if gating == 0 {
                "none".to_owned()
            } else {
                gating.to_string()
            },
            one_or_many(gating, "gates", "gate"),
        ),
    };
    (counts, gate)
}

/// `READY, grade A, score 93.1 before; NOT READY, grade C, score 75.0 now`.
pub(super) fn sides(diff: &Diff) -> Option<String> {
    let side = |side: &Side| {
        let verdict = match side.verdict? {
            Verdict::Ready => "READY",
            Verdict::NotReady => "NOT READY",
            Verdict::Inconclusive => "INCONCLUSIVE",
        };
        let mut parts = vec![verdict.to_owned()];
        parts.extend(side.grade.map(|grade| format!("grade {grade}")));
        parts.extend(
            side.score
                .map(|score| format!("score {:.1}", round_down(score))),
        );
        Some(parts.join(", "))
    };
    Some(format!(
        "{} before; {} now",
        side(&diff.old)?,
        side(&diff.new)?
    ))
}

/// What became of each object: its name, and of one finding what was seen, of more how many there are.
pub(super) fn by_object(check: &CheckDiff, change: Change) -> Vec<String> {
    let mut objects: BTreeMap<_, Vec<&DiffFinding>> = BTreeMap::new();
    for finding in check.with(change) {
        objects.entry(&finding.object).or_default().push(finding);
    }
    objects
        .into_iter()
        .map(|(object, findings)| {
            let name = object
                .as_ref()
                .map_or_else(|| "the cluster".to_owned(), ToString::to_string);
            match findings[..] {
                [only] => line(&name, only),
                _ => format!("{name}, {}", counted(findings.len(), "finding")),
            }
        })
        .collect()
}

fn line(name: &str, finding: &DiffFinding) -> String {
    let mut line = name.to_owned();
    if let Some(container) = &finding.container {
        line.push_str(", container ");
        line.push_str(container);
    }
    let seen = finding.seen.as_deref().filter(|seen| !seen.is_empty());
    // What was seen last says nothing of what is gone.
    if let Some(seen) = seen.filter(|_| finding.change != Change::Fixed) {
        line.push_str(": ");
        line.push_str(seen);
    }
    if finding.change == Change::New && finding.before.is_some() {
        line.push_str(" (waived or expected before)");
    }
    line
}

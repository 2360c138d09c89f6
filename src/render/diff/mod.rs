//! The difference of two reports, for a person: as a table, and as Markdown for a pull request.

mod markdown;

use std::collections::BTreeMap;

pub(crate) use markdown::markdown;

use super::{
    explain::severity_look,
    flow::{Indent, Look, Page, SEVERITY, Span},
    terminal::Terminal,
};
use crate::{
    report::{Change, CheckDiff, Diff, DiffFinding, Side, round_down},
    words::{and_more, counted, one_or_many},
};

/// How many objects of a check are named without --details.
const SHOWN: usize = 5;

const ENTRY: Indent = Indent {
    first: 2,
    rest: 2 + SEVERITY,
};
const BODY: Indent = Indent::hanging(2 + SEVERITY);

/// The difference as a table.
pub(crate) fn table(diff: &Diff, terminal: Terminal, details: bool) -> String {
    let mut page = Page::new(terminal);
    let heading = format!("kready diff   {} → {}", diff.old.file, diff.new.file);
    let heading = if terminal.unicode {
        heading
    } else {
        heading.replace('→', "->")
    };
    page.flow(Indent::hanging(0), &[Span::new(Look::Strong, &heading)]);
    page.flow(Indent::hanging(0), &[Span::new(Look::Faint, &times(diff))]);
    page.blank();
    let gating = diff.gating();
    let look = if gating > 0 { Look::Bad } else { Look::Good };
    let (counts, gate) = summary(diff);
    page.flow(
        Indent::hanging(1),
        &[
            Span::new(look, &counts),
            Span::plain("   "),
            Span::new(Look::Faint, &gate),
        ],
    );
    if let Some(sides) = sides(diff) {
        page.flow(Indent::hanging(1), &[Span::plain(&sides)]);
    }
    for change in Change::ALL {
        section(&mut page, diff, change, details);
    }
    if !diff.incomparable.is_empty() {
        page.blank();
        page.flow(
            Indent::NONE,
            &[Span::new(Look::Heading, "COMPARE WITH CARE")],
        );
        for it in &diff.incomparable {
            page.flow(Indent::hanging(2), &[Span::new(Look::Warn, &it.message)]);
        }
    }
    page.finish()
}

fn section(page: &mut Page, diff: &Diff, change: Change, details: bool) {
    let count = diff.count(change);
    if count == 0 {
        return;
    }
    page.blank();
    page.flow(
        Indent::NONE,
        &[
            Span::new(Look::Heading, heading(change)),
            Span::plain(&format!("  {}", counted(count, "finding"))),
        ],
    );
    for check in &diff.checks {
        let objects = by_object(check, change);
        if objects.is_empty() {
            continue;
        }
        page.flow(
            ENTRY,
            &[
                Span::whole(
                    severity_look(check.severity),
                    &format!("{:<SEVERITY$}", check.severity),
                ),
                Span::whole(Look::Code, &check.id),
                Span::plain(&format!("  {}", check.title)),
            ],
        );
        let limit = match objects.len() {
            few if details || few <= SHOWN + 1 => objects.len(),
            _ => SHOWN,
        };
        for line in objects.iter().take(limit) {
            page.flow(BODY, &[Span::plain(line)]);
        }
        if objects.len() > limit {
            let more = format!("{}: --details", and_more(objects.len() - limit));
            page.flow(BODY, &[Span::new(Look::Faint, &more)]);
        }
    }
}

const fn heading(change: Change) -> &'static str {
    match change {
        Change::New => "NEW",
        Change::Fixed => "FIXED",
        Change::Open => "STILL OPEN",
        Change::Waived => "NOW WAIVED OR EXPECTED",
    }
}

/// `2026-11-24 09:30 UTC -> 2026-11-25 09:30 UTC`.
fn times(diff: &Diff) -> String {
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
fn summary(diff: &Diff) -> (String, String) {
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
            "{} of the new {} (--fail-on {least})",
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

/// `Ready, grade A, score 93.1 before; NotReady, grade C, score 75.0 now`.
fn sides(diff: &Diff) -> Option<String> {
    let side = |side: &Side| {
        let mut parts = vec![side.verdict?.id().to_owned()];
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
fn by_object(check: &CheckDiff, change: Change) -> Vec<String> {
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
    if let Some(seen) = finding.seen.as_deref().filter(|seen| !seen.is_empty()) {
        line.push_str(": ");
        line.push_str(seen);
    }
    if finding.change == Change::New && finding.before.is_some() {
        line.push_str(" (waived or expected before)");
    }
    line
}

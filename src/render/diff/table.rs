//! The difference as a table.

use super::{
    super::{
        explain::severity_look,
        flow::{Indent, Look, Page, SEVERITY, Span},
        terminal::Terminal,
    },
    said::{by_object, heading, sides, summary, times},
};
use crate::{
    report::{Change, Diff},
    words::{and_more, counted},
};

/// How many objects of a check are named without --details.
const SHOWN: usize = 5;

const ENTRY: Indent = Indent {
    first: 2,
    rest: 2 + SEVERITY,
};
const BODY: Indent = Indent::hanging(2 + SEVERITY);

/// The difference as a table.
pub(crate) fn table(diff: &Diff, program: &str, terminal: Terminal, details: bool) -> String {
    let mut page = Page::new(terminal);
    let heading = format!("{program} diff   {} → {}", diff.old.file, diff.new.file);
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

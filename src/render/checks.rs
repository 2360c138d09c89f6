//! `kready checks`: the registry as a table, grouped by pillar, and the controls of standards that it decides.

use kready_checks::{frame::Check, model::Pillar};

use super::{
    explain::severity_look,
    flow::{self, Indent, Look, Page, Span, columns},
    terminal::Terminal,
};
use crate::{report::Coverage, words::counted};

/// A check or a control below its heading.
const ENTRY: Indent = Indent::hanging(2);

/// How many spaces are between two columns.
const GAP: usize = 2;

/// How many columns a severity takes, with those after it.
const SEVERITY: usize = flow::SEVERITY + 1;

/// Titles begin in one column if so many columns are left for them.
const TITLE_ROOM: usize = 40;

/// Every check with its severity and what it finds.
pub(crate) fn table(checks: &[&'static Check], program: &str, terminal: Terminal) -> String {
    let mut page = Page::new(terminal);
    let longest = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    for pillar in Pillar::ALL {
        let of_pillar: Vec<_> = checks
            .iter()
            .filter(|check| check.pillar == pillar)
            .collect();
        if of_pillar.is_empty() {
            continue;
        }
        page.blank();
        page.flow(
            Indent::hanging(0),
            &[
                Span::whole(Look::Strong, pillar.id()),
                Span::plain(": "),
                Span::new(Look::Faint, pillar.question()),
            ],
        );
        for check in of_pillar {
            let column = ENTRY.first + SEVERITY + longest + GAP;
            let aligned = terminal.width >= column + TITLE_ROOM;
            let gap = if aligned {
                longest + GAP - check.id.len()
            } else {
                GAP
            };
            let indent = Indent {
                rest: if aligned {
                    column
                } else {
                    ENTRY.first + SEVERITY
                },
                ..ENTRY
            };
            page.flow(indent, &entry(check, gap));
        }
    }
    page.blank();
    page.flow(
        Indent::NONE,
        &[Span::plain(&format!(
            "{}; {program} explain ID says why one matters and how to fix what it finds",
            counted(checks.len(), "check")
        ))],
    );
    page.finish()
}

/// A check in a line: its severity, its id and what it finds.
fn entry(check: &Check, gap: usize) -> [Span; 4] {
    [
        Span::whole(
            severity_look(check.severity),
            &format!("{:<SEVERITY$}", check.severity),
        ),
        Span::whole(Look::Code, check.id),
        Span::whole(Look::Plain, &" ".repeat(gap)),
        Span::plain(check.title),
    ]
}

/// The checks that decide a control, each in a line.
pub(crate) fn deciding(control: &str, checks: &[&'static Check], terminal: Terminal) -> String {
    let mut page = Page::new(terminal);
    let count = counted(checks.len(), "check");
    page.flow(
        Indent::NONE,
        &[
            Span::whole(Look::Strong, control),
            Span::plain(&format!(" is decided by {count}:")),
        ],
    );
    for check in checks {
        page.flow(
            Indent {
                rest: ENTRY.first + SEVERITY,
                ..ENTRY
            },
            &entry(check, GAP),
        );
    }
    page.finish()
}

/// How many controls of each standard the checks decide.
pub(crate) fn standards(standards: &[Coverage], terminal: Terminal) -> String {
    let mut page = Page::new(terminal);
    if !standards.is_empty() {
        let counts: Vec<String> = standards
            .iter()
            .map(|standard| format!("{} {}", standard.name, standard.controls.len()))
            .collect();
        page.flow(
            Indent::hanging(0),
            &[
                Span::plain("controls of standards that they decide: "),
                Span::plain(&counts.join(", ")),
                Span::plain("; --standard NAME says which"),
            ],
        );
    }
    page.finish()
}

/// The controls of each standard, and the checks that decide them.
pub(crate) fn controls(standards: &[Coverage], terminal: Terminal) -> String {
    let mut page = Page::new(terminal);
    if standards.is_empty() {
        page.flow(Indent::NONE, &[Span::plain("no control is decided")]);
    }
    for standard in standards {
        page.blank();
        page.flow(
            Indent::hanging(0),
            &[
                Span::whole(Look::Strong, standard.name),
                Span::plain(": "),
                Span::plain(standard.title),
                Span::new(
                    Look::Faint,
                    &format!(", {}", counted(standard.controls.len(), "control")),
                ),
            ],
        );
        let longest = standard
            .controls
            .iter()
            .map(|(control, _)| columns(control))
            .max()
            .unwrap_or(0);
        for (control, checks) in &standard.controls {
            let gap = longest + GAP - columns(control);
            let mut spans = vec![
                Span::whole(Look::Plain, control),
                Span::whole(Look::Plain, &" ".repeat(gap)),
            ];
            for (place, check) in checks.iter().enumerate() {
                if place > 0 {
                    spans.push(Span::plain(", "));
                }
                spans.push(Span::whole(Look::Code, check));
            }
            page.flow(
                Indent {
                    first: ENTRY.first,
                    rest: ENTRY.first + longest + GAP,
                },
                &spans,
            );
        }
    }
    page.finish()
}

//! `kready checks`: the registry as a table, grouped by pillar, and the controls of standards that it decides.

use kready_checks::{frame::Check, model::Pillar};

use super::{
    explain::severity_look,
    flow::{Look, Page, Span, columns},
    terminal::Terminal,
};
use crate::report::Coverage;

/// Every check with its severity and what it finds.
pub(crate) fn table(checks: &[&'static Check], terminal: Terminal) -> String {
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
            0,
            2,
            &[
                Span::whole(Look::Strong, pillar.id()),
                Span::plain(": "),
                Span::new(Look::Faint, pillar.question()),
            ],
        );
        for check in of_pillar {
            let head = [
                Span::whole(
                    severity_look(check.severity),
                    &format!("{:<9}", check.severity),
                ),
                Span::whole(Look::Code, check.id),
            ];
            // A title beside the id where there is room for it, else below.
            let column = 2 + 9 + longest + 2;
            if terminal.width >= column + 40 {
                let [severity, id] = head;
                let gap = longest + 2 - check.id.len();
                let spans = [
                    severity,
                    id,
                    Span::whole(Look::Plain, &" ".repeat(gap)),
                    Span::plain(check.title),
                ];
                page.flow(2, column, &spans);
            } else {
                page.flow(2, 4, &head);
                page.flow(11, 11, &[Span::plain(check.title)]);
            }
        }
    }
    page.blank();
    page.flow(
        0,
        0,
        &[Span::plain(&format!(
            "{} check{}; kready explain ID says why one matters and how to mend what it finds",
            checks.len(),
            if checks.len() == 1 { "" } else { "s" }
        ))],
    );
    page.finish()
}

/// Of how many controls of each standard something is said.
pub(crate) fn standards(standards: &[Coverage], terminal: Terminal) -> String {
    let mut page = Page::new(terminal);
    if !standards.is_empty() {
        let counts: Vec<String> = standards
            .iter()
            .map(|standard| format!("{} {}", standard.name, standard.controls.len()))
            .collect();
        page.flow(
            0,
            2,
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
        page.flow(0, 0, &[Span::plain("no control is decided")]);
    }
    for standard in standards {
        page.blank();
        page.flow(
            0,
            2,
            &[
                Span::whole(Look::Strong, standard.name),
                Span::plain(": "),
                Span::plain(standard.title),
                Span::new(
                    Look::Faint,
                    &format!(
                        ", {} control{}",
                        standard.controls.len(),
                        if standard.controls.len() == 1 {
                            ""
                        } else {
                            "s"
                        }
                    ),
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
            let gap = longest + 2 - columns(control);
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
            page.flow(2, 2 + longest + 2, &spans);
        }
    }
    page.finish()
}

//! The page that the table is written on, and what all its sections have in common.

use kready_checks::{frame::Check, model::Severity};

use super::{
    super::{
        flow::{Indent, Look, Page, Span, WIDEST},
        terminal::Terminal,
    },
    by::By,
};
use crate::{
    failure::Exit,
    report::{BySeverity, Report},
    words::{joined, listed_or_all},
};

/// How many names a list holds before it is cut.
pub(super) const NAMES_SHOWN: usize = 6;

/// The title of a section, and sentences that belong to none.
pub(super) const TITLE: Indent = Indent::hanging(0);

/// An entry of a section.
pub(super) const ENTRY: Indent = Indent::hanging(2);

/// Names that a section lists in a row.
pub(super) const LIST: Indent = Indent::flush(2);

/// The lines below an entry.
pub(super) const BODY: Indent = Indent::flush(4);

/// The same, for text that may wrap.
pub(super) const DETAIL: Indent = Indent::hanging(4);

/// How a report is to be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) terminal: Terminal,
    /// What the findings are grouped by.
    pub(crate) by: By,
    /// Whether to name everything.
    pub(crate) details: bool,
    /// How the program was called.
    pub(crate) program: &'static str,
    /// How the program will end.
    pub(crate) exit: Exit,
}

/// What is written so far, and of what.
pub(super) struct Writer<'a> {
    pub(super) page: Page,
    pub(super) report: &'a Report,
    pub(super) view: View,
}

impl<'a> Writer<'a> {
    /// An empty page, no wider than people can follow.
    pub(super) fn new(report: &'a Report, view: &View) -> Self {
        let terminal = Terminal {
            width: view.terminal.width.min(WIDEST),
            ..view.terminal
        };
        Self {
            page: Page::new(terminal).called(view.program),
            report,
            view: View { terminal, ..*view },
        }
    }

    /// How many things are shown: at most `most`, or all with `--details`.
    pub(super) fn limit(&self, most: usize) -> usize {
        if self.view.details { usize::MAX } else { most }
    }

    /// Names in a row.
    pub(super) fn names<'n>(
        &self,
        names: impl ExactSizeIterator<Item = &'n str>,
        most: usize,
    ) -> String {
        listed_or_all(names, self.limit(most))
    }

    /// How many are not shown, if any, and what shows them.
    pub(super) fn more(&mut self, indent: Indent, hidden: usize) {
        if hidden > 0 {
            let text = self.and_more(hidden);
            self.page.flow(indent, &[Span::new(Look::Faint, &text)]);
        }
    }

    /// `and 3 more: --details`; with `--details` something else holds them back.
    pub(super) fn and_more(&self, hidden: usize) -> String {
        let shows = if self.view.details {
            "--max-findings"
        } else {
            "--details"
        };
        format!("and {} more: {shows}", grouped(hidden))
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str, beside: &str) {
        self.page.blank();
        self.page.flow(
            TITLE,
            &[
                Span::new(Look::Strong, &title.to_uppercase()),
                Span::plain("  "),
                Span::new(Look::Faint, beside),
            ],
        );
    }

    /// The least severity that is shown in full.
    pub(super) fn shown_from(&self) -> Severity {
        let threshold = match self.report.gate.fail_on {
            Some(least) => least.min(Severity::High),
            None => Severity::High,
        };
        let worst = self.report.open.checks.iter();
        let worst = worst
            .filter(|(_, count)| **count > 0)
            .map(|(it, _)| *it)
            .max();
        if self.view.details || worst.is_none_or(|worst| worst < threshold) {
            Severity::Info
        } else {
            threshold
        }
    }
}

/// The name of a check, which leads to its page.
pub(super) fn check_id(check: &Check, look: Look) -> Span {
    Span::whole(look, check.id).linked(&check.page_url())
}

/// `2 critical and 1 high`; none for nothing.
pub(super) fn in_words(by_severity: &BySeverity) -> Option<String> {
    joined(&parts(by_severity))
}

/// `2 critical`, `1 high` …, the gravest first.
pub(super) fn parts(by_severity: &BySeverity) -> Vec<String> {
    by_severity
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{} {severity}", grouped(*count)))
        .collect()
}

/// A number with its thousands apart: `4,711`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

//! The pillars: what fails in each by severity, then its score; in two columns where they fit, the worst first.

use std::{cmp::Reverse, collections::BTreeMap};

use kready_checks::model::{Pillar, Severity};

use super::{
    super::{
        flow::{Look, columns, painted},
        terminal::Terminal,
    },
    writer::Writer,
};
use crate::report::{BySeverity, PillarResult, Verdict, round_down};

/// How far the rows are indented.
const INDENT: usize = 2;

/// How many spaces keep the two columns apart, and the parts of a row.
const BETWEEN: usize = 4;
const GAP: usize = 2;

/// A pillar as it is shown.
struct Row {
    name: &'static str,
    /// `1 critical`, `5 high` … or `12 pass`.
    counts: Vec<String>,
    score: String,
    look: Look,
}

/// Pillars below each other.
struct Column<'r> {
    rows: &'r [Row],
    /// How many counts of a row are shown, the gravest first.
    shown: usize,
}

impl Column<'_> {
    fn widest(&self, width: impl Fn(&Row) -> usize) -> usize {
        self.rows.iter().map(width).max().unwrap_or(0)
    }

    fn counts(&self, row: &Row) -> String {
        row.counts[..self.shown.min(row.counts.len())].join(", ")
    }

    fn width(&self) -> usize {
        let counts = self.widest(|row| self.counts(row).len());
        self.widest(|row| row.name.len()) + GAP + counts + GAP + self.widest(score_width)
    }

    /// A row as wide as all others; nothing for one that is missing.
    fn line(&self, place: usize, terminal: Terminal) -> Option<String> {
        let row = self.rows.get(place)?;
        let (names, counts) = (
            self.widest(|row| row.name.len()),
            self.widest(|row| self.counts(row).len()),
        );
        let text = format!("{:<counts$}", self.counts(row));
        let space = " ".repeat(self.widest(score_width) - score_width(row) + GAP);
        Some(format!(
            "{:<names$}{:GAP$}{}{space}{}",
            row.name,
            "",
            painted(terminal, row.look, &text),
            row.score
        ))
    }
}

fn score_width(row: &Row) -> usize {
    columns(&row.score)
}

impl Writer<'_> {
    /// Each pillar with how many of its checks fail, and its score.
    pub(super) fn pillars(&mut self) {
        let mut failing: BTreeMap<Pillar, BySeverity> = BTreeMap::new();
        for check in &self.report.checks {
            if check.open().next().is_some() {
                let counts = failing.entry(check.check.pillar).or_default();
                *counts.entry(check.severity).or_default() += 1;
            }
        }
        let mut pillars: Vec<&PillarResult> = self.report.pillars.iter().collect();
        pillars.sort_by(|a, b| {
            let worst = |pillar: &PillarResult| {
                let counts = failing.get(&pillar.pillar);
                let of = |severity| Some(*counts?.get(&severity)?);
                Reverse(Severity::ALL.map(|severity| of(severity).unwrap_or(0)))
            };
            let score = |pillar: &PillarResult| pillar.score.unwrap_or(f64::INFINITY);
            worst(a)
                .cmp(&worst(b))
                .then_with(|| score(a).total_cmp(&score(b)))
        });
        let rows: Vec<Row> = pillars
            .into_iter()
            .map(|pillar| self.row(pillar, failing.get(&pillar.pillar)))
            .collect();
        let most = rows.iter().map(|row| row.counts.len()).max().unwrap_or(1);
        let room = self.view.terminal.width.saturating_sub(INDENT);
        let (left, right) = rows.split_at(rows.len().div_ceil(2));
        // The left column has the worse ones, and tells more of them where only one can.
        let two = (1..=most)
            .rev()
            .flat_map(|shown| [shown, shown.saturating_sub(1).max(1)].map(|less| (shown, less)))
            .map(|(shown, less)| [(left, shown), (right, less)])
            .find(|columns| {
                let width = |(rows, shown): (&[Row], usize)| Column { rows, shown }.width();
                columns.map(width).iter().sum::<usize>() + BETWEEN <= room
            });
        let columns = if let Some(columns) = two {
            columns.to_vec()
        } else {
            let fits = |shown: &usize| {
                let rows = &rows[..];
                Column {
                    rows,
                    shown: *shown,
                }
                .width()
                    <= room
            };
            vec![(&rows[..], (1..=most).rev().find(fits).unwrap_or(1))]
        };
        let columns: Vec<Column<'_>> = columns
            .into_iter()
            .map(|(rows, shown)| Column { rows, shown })
            .collect();
        let terminal = self.view.terminal;
        self.page.blank();
        for place in 0..columns.first().map_or(0, |column| column.rows.len()) {
            let cells: Vec<String> = columns
                .iter()
                .filter_map(|column| column.line(place, terminal))
                .collect();
            let line = cells.join(&" ".repeat(BETWEEN));
            self.page.line(&format!("{:INDENT$}{line}", ""));
        }
    }

    fn row(&self, pillar: &PillarResult, failing: Option<&BySeverity>) -> Row {
        let mut counts: Vec<String> = failing.map(super::writer::parts).unwrap_or_default();
        let known = pillar.fail.saturating_sub(counts_of(failing));
        let gravest_first = [(known, "known"), (pillar.unknown, "unknown")];
        for (count, name) in gravest_first {
            if count > 0 {
                counts.push(format!("{count} {name}"));
            }
        }
        if counts.is_empty() && pillar.pass > 0 {
            counts.push(format!("{} pass", pillar.pass));
        }
        let dash = if self.view.terminal.unicode {
            "–"
        } else {
            "-"
        };
        Row {
            name: pillar.pillar.id(),
            counts,
            score: pillar.score.map_or_else(
                || dash.to_owned(),
                |score| round_down(score).floor().to_string(),
            ),
            look: look(pillar, self.report.verdict),
        }
    }
}

fn counts_of(failing: Option<&BySeverity>) -> usize {
    failing.map_or(0, |counts| counts.values().sum())
}

/// A row looks like the gravest thing that is open in its pillar; nothing is green beside a red verdict.
fn look(pillar: &PillarResult, verdict: Verdict) -> Look {
    match pillar.worst_open {
        Some(Severity::Critical | Severity::High) => Look::Bad,
        Some(Severity::Medium) => Look::Warn,
        None if pillar.unknown > 0 => Look::Warn,
        None if pillar.score.is_some() && verdict == Verdict::Ready => Look::Good,
        Some(Severity::Low | Severity::Info) | None => Look::Plain,
    }
}

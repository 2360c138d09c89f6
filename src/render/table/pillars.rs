//! The pillars with their scores.

use kready_checks::model::Severity;

use super::{
    super::{
        flow::{Look, Span, columns, painted},
        terminal::Terminal,
    },
    writer::{ENTRY, Writer},
};
use crate::report::{PillarResult, Verdict, round_down};

/// What the columns hold.
const HEADER: [&str; 7] = ["pillar", "score", "", "pass", "fail", "n/a", "unknown"];

/// The column of the score.
const SCORE: usize = 1;

/// The column of the bar.
const BAR: usize = 2;

/// How far the table is indented.
const INDENT: usize = 2;

/// How many spaces stand between two columns.
const GAP: usize = 2;

/// A pillar as the columns show it.
struct Row {
    cells: [String; HEADER.len()],
    /// How score and bar look.
    look: Look,
}

impl Writer<'_> {
    /// Each pillar's score, as a number and as a bar, and how its checks ended.
    pub(super) fn pillars(&mut self) {
        let terminal = self.view.terminal;
        let bar = match terminal.width {
            ..=63 => 0,
            64..=79 => 10,
            80..=109 => 20,
            _ => 40,
        };
        let rows: Vec<Row> = self
            .report
            .pillars
            .iter()
            .map(|pillar| row(pillar, bar, terminal, self.report.verdict))
            .collect();
        let mut widths = HEADER.map(columns);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = columns(cell).max(*width);
            }
        }
        self.page.blank();
        let header = laid_out(&HEADER.map(str::to_owned), widths, |_, cell| {
            cell.to_owned()
        });
        if columns(&header) + INDENT > terminal.width {
            self.pillars_in_words();
            return;
        }
        let header = painted(terminal, Look::Faint, &header);
        self.page.line(&format!("{:INDENT$}{header}", ""));
        for row in rows {
            let line = laid_out(&row.cells, widths, |column, cell| match column {
                SCORE | BAR => painted(terminal, row.look, cell),
                _ => cell.to_owned(),
            });
            self.page.line(&format!("{:INDENT$}{line}", ""));
        }
    }

    /// For a terminal that is too narrow for the table.
    fn pillars_in_words(&mut self) {
        for pillar in &self.report.pillars {
            let score = pillar.score.map_or_else(
                || "no score".to_owned(),
                |score| format!("{:.1}", round_down(score)),
            );
            let text = format!(
                ": {score}, {} pass, {} fail, {} n/a, {} unknown",
                pillar.pass, pillar.fail, pillar.not_applicable, pillar.unknown
            );
            self.page.flow(
                ENTRY,
                &[
                    Span::whole(Look::Strong, pillar.pillar.id()),
                    Span::plain(&text),
                ],
            );
        }
    }
}

fn row(pillar: &PillarResult, bar: usize, terminal: Terminal, verdict: Verdict) -> Row {
    Row {
        cells: [
            pillar.pillar.id().to_owned(),
            pillar.score.map_or_else(
                || "-".to_owned(),
                |score| format!("{:.1}", round_down(score)),
            ),
            drawn_bar(pillar.score, bar, terminal),
            pillar.pass.to_string(),
            pillar.fail.to_string(),
            pillar.not_applicable.to_string(),
            pillar.unknown.to_string(),
        ],
        look: look(pillar, verdict),
    }
}

/// The cells of a row beside each other, each as `paint` shows it: names and bars stand left, numbers right.
fn laid_out(
    cells: &[String; HEADER.len()],
    widths: [usize; HEADER.len()],
    paint: impl Fn(usize, &str) -> String,
) -> String {
    let mut line = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let space = " ".repeat(width - columns(cell));
        let cell = paint(column, cell);
        line.push_str(&match column {
            0 | BAR => cell + &space,
            _ => space + &cell,
        });
        // A bar that is not drawn leaves one space.
        line.push_str(&" ".repeat(if width == 0 { 1 } else { GAP }));
    }
    line.truncate(line.trim_end().len());
    line
}

/// A row looks like the gravest thing that stands open in its pillar; nothing is green beside a red verdict.
fn look(pillar: &PillarResult, verdict: Verdict) -> Look {
    match pillar.worst_open {
        Some(Severity::Critical | Severity::High) => Look::Bad,
        Some(Severity::Medium) => Look::Warn,
        None if pillar.score.is_some() && verdict == Verdict::Ready => Look::Good,
        Some(Severity::Low | Severity::Info) | None => Look::Plain,
    }
}

/// A bar that is full only at 100.
fn drawn_bar(score: Option<f64>, width: usize, terminal: Terminal) -> String {
    let Some(score) = score else {
        return " ".repeat(width);
    };
    let (full, empty) = if terminal.unicode {
        ('█', '░')
    } else {
        ('#', '.')
    };
    let filled = (1..=width)
        .take_while(|step| *step as f64 / width as f64 * 100.0 <= score + 1e-9)
        .count();
    (0..width)
        .map(|step| if step < filled { full } else { empty })
        .collect()
}

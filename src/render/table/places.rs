//! How the worst namespaces fare, a line each.

use super::{
    super::{
        escape,
        flow::{Look, Span, columns, painted},
    },
    By,
    writer::{LIST, Writer, grouped, parts},
};
use crate::report::{Place, Report, round_down};

/// How many namespaces are told.
const PLACES_SHOWN: usize = 10;

/// How far the rows are indented, and how far apart their cells stand.
const INDENT: usize = 2;
const GAP: usize = 2;

impl Report {
    /// The namespaces or teams by which findings are grouped.
    pub(super) fn places_of(&self, by: By) -> &[Place] {
        match by {
            By::Namespace => &self.namespaces,
            By::Team => &self.teams,
            By::Check | By::Object => &[],
        }
    }
}

impl Writer<'_> {
    pub(super) fn places(&mut self) {
        let report = self.report;
        let all_open: Vec<&Place> = report
            .namespaces
            .iter()
            .filter(|place| place.worst_open().is_some())
            .collect();
        if all_open.len() < 2 || self.view.by == By::Namespace {
            return;
        }
        let beside = format!(
            "{} of {} have open findings: --by namespace",
            grouped(all_open.len()),
            grouped(report.namespaces.len())
        );
        self.section("namespaces", &beside);
        let least = self.shown_from();
        let open: Vec<&Place> = all_open
            .iter()
            .copied()
            .filter(|place| place.worst_open() >= Some(least))
            .collect();
        let limit = self.limit(PLACES_SHOWN);
        let limit = if open.len() == limit.saturating_add(1) {
            open.len()
        } else {
            limit
        };
        let rows: Vec<[String; 4]> = open.iter().take(limit).map(|place| row(place)).collect();
        let widths: Vec<usize> = (0..4)
            .map(|cell| {
                rows.iter()
                    .map(|row| columns(&row[cell]))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let all: usize = widths
            .iter()
            .filter(|width| **width > 0)
            .map(|width| width + GAP)
            .sum();
        let terminal = self.view.terminal;
        for (row, place) in rows.iter().zip(&open) {
            let look = super::super::explain::severity_look(
                place
                    .worst_open()
                    .unwrap_or(kready_checks::model::Severity::Info),
            );
            if INDENT + all > terminal.width + GAP {
                let mut spans = vec![Span::whole(Look::Plain, &row[0]), Span::plain("  ")];
                spans.push(Span::new(look, &row[1]));
                for cell in row.iter().skip(2).filter(|cell| !cell.is_empty()) {
                    spans.push(Span::plain("  "));
                    spans.push(Span::plain(cell));
                }
                self.page.flow(super::writer::ENTRY, &spans);
                continue;
            }
            let mut line = String::new();
            for (cell, (text, width)) in row.iter().zip(&widths).enumerate() {
                if *width == 0 {
                    continue;
                }
                let space = " ".repeat(width - columns(text) + GAP);
                let look = if cell == 1 { look } else { Look::Plain };
                line.push_str(&painted(terminal, look, text));
                line.push_str(&space);
            }
            self.page.line(&format!("{:INDENT$}{line}", ""));
        }
        let hidden = open.len().saturating_sub(limit);
        self.more(LIST, hidden);
        let smaller = all_open.len() - open.len();
        if smaller > 0 {
            let text = format!("and {} with smaller findings only", grouped(smaller));
            self.page.flow(LIST, &[Span::new(Look::Faint, &text)]);
        }
    }
}

/// Name, findings by severity, score and team of a namespace, safe to be shown.
fn row(place: &Place) -> [String; 4] {
    let score = place
        .score
        .map(|score| format!("score {}", round_down(score).floor()));
    let team = place.team.as_ref().map(|team| format!("team {team}"));
    [
        place.name.to_string(),
        parts(&place.open).join(", "),
        score.unwrap_or_default(),
        team.unwrap_or_default(),
    ]
    .map(|text| escape::text(&text).into_owned())
}

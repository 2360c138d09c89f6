//! How the worst namespaces fare, a line each.

use std::collections::HashSet;

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use kready_checks::{frame::Reach, model::Severity};

use super::{
    super::{
        escape,
        explain::severity_look,
        flow::{Look, Span, columns, painted},
    },
    by::By,
    writer::{ENTRY, LIST, Writer, grouped, parts},
};
use crate::report::{CheckResult, Place, Report, round_down};

/// How many namespaces are told.
const PLACES_SHOWN: usize = 10;

/// How far the rows are indented, and how far apart their cells stand.
const INDENT: usize = 2;
const GAP: u16 = 2;

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
            "open findings in {} of {}: --by namespace",
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
        let terminal = self.view.terminal;
        let lines = laid_out(&rows, terminal.width.saturating_sub(INDENT));
        for (number, (row, place)) in rows.iter().zip(&open).enumerate() {
            let look = severity_look(place.worst_open().unwrap_or(Severity::Info));
            let Some(line) = lines.as_ref().and_then(|lines| lines.get(number)) else {
                let mut spans = vec![Span::whole(Look::Plain, &row[0]), Span::plain("  ")];
                spans.push(Span::new(look, &row[1]));
                for cell in row.iter().skip(2).filter(|cell| !cell.is_empty()) {
                    spans.push(Span::plain("  "));
                    spans.push(Span::plain(cell));
                }
                self.page.flow(ENTRY, &spans);
                continue;
            };
            let (name, rest) = line.split_at(row[0].len());
            let rest = rest.replacen(&row[1], &painted(terminal, look, &row[1]), 1);
            self.page.line(&format!("{:INDENT$}{name}{rest}", ""));
        }
        let hidden = open.len().saturating_sub(limit);
        self.more(LIST, hidden);
        self.left_out_of_scores(&open[..open.len().min(limit)]);
        let smaller = all_open.len() - open.len();
        if smaller > 0 {
            let text = format!("and {} with smaller findings only", grouped(smaller));
            self.page.flow(LIST, &[Span::new(Look::Faint, &text)]);
        }
    }
}

impl Writer<'_> {
    /// Why a namespace may have grave findings and a good score.
    fn left_out_of_scores(&mut self, places: &[&Place]) {
        let names: HashSet<&str> = places.iter().map(|place| place.name.as_str()).collect();
        let is_shown = |check: &&CheckResult| {
            check.check.reach == Reach::Cluster
                && check.open().any(|result| {
                    let name = result.finding.namespace();
                    name.is_some_and(|name| names.contains(name.as_str()))
                })
        };
        let checks = self.report.checks.iter().filter(is_shown);
        let ids: Vec<&str> = checks.map(|check| check.check.id).collect();
        if !ids.is_empty() {
            let such = if self.view.details { "" } else { "such as " };
            let text = format!(
                "Scores leave out checks of the whole cluster, {such}{}.",
                if self.view.details {
                    ids.join(", ")
                } else {
                    ids[0].to_owned()
                }
            );
            self.page.flow(ENTRY, &[Span::new(Look::Faint, &text)]);
        }
    }
}

/// The rows as lines whose cells stand below each other; none where they are wider than the terminal.
fn laid_out(rows: &[[String; 4]], width: usize) -> Option<Vec<String>> {
    let filled: Vec<usize> = (0..4)
        .filter(|column| rows.iter().any(|row| !row[*column].is_empty()))
        .collect();
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(filled.iter().map(|column| &row[*column]));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    // Terminals and the table count combining characters differently.
    let fits = lines.len() == rows.len() && lines.iter().all(|line| columns(line) <= width);
    fits.then_some(lines)
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

//! CSV: a row for each finding, with the facts of its check.
//!
//! RFC 4180, in UTF-8 without a byte order mark: a mark would become a part of the first column's name in most programs
//! that read the file, and nearly every cell is ASCII anyway.

use std::{borrow::Cow, io};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use kready_checks::model::{ObjectRef, Source};

use super::escape;
use crate::report::{CheckResult, Ending, FindingResult, Report};

/// The names of the columns.
const COLUMNS: [&str; 20] = [
    "severity",
    "pillar",
    "check",
    "title",
    "outcome",
    "state",
    "namespace",
    "kind",
    "name",
    "container",
    "path",
    "seen",
    "expected",
    "fix",
    "docs",
    "fingerprint",
    "file",
    "line",
    "apiVersion",
    "causedBy",
];

/// The report as CSV.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut rows = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        // In every spreadsheet, whatever it takes for a separator.
        .quote_style(QuoteStyle::Always)
        .from_writer(out);
    rows.write_record(COLUMNS)?;
    for check in &report.checks {
        let mut any = false;
        for finding in check.listed(report.max_findings) {
            any = true;
            row(&mut rows, check, Some(finding))?;
        }
        // What could not be decided is no pass: it has a row, too.
        let undecided = matches!(check.ending, Ending::Unknown(_) | Ending::Fail);
        if undecided && !any {
            row(&mut rows, check, None)?;
        }
    }
    rows.flush()
}

fn row<W: io::Write>(
    rows: &mut Writer<W>,
    check: &CheckResult,
    finding: Option<&FindingResult>,
) -> io::Result<()> {
    let rule = check.check;
    let found = finding.map(|finding| &finding.finding);
    let object: Option<&ObjectRef> = found.and_then(|found| found.object.as_deref());
    let source: Option<&Source> = found.and_then(|found| found.source.as_deref());
    let fault = found.map(|found| &found.fault);
    let of_object = |field: fn(&ObjectRef) -> &str| object.map_or("", field);
    let fix = match finding {
        Some(_) => rule.fix_of(object),
        None => String::new(),
    };
    let docs = rule.page_url();
    let fingerprint = finding.map(|finding| finding.fingerprint.to_string());
    let line = source.map(|source| source.line.to_string());
    let seen = match found {
        Some(found) => &*found.seen,
        None => check.message.as_deref().unwrap_or_default(),
    };
    let cells: [&str; COLUMNS.len()] = [
        check.severity.id(),
        rule.pillar.id(),
        rule.id,
        rule.title,
        check.ending.kind().id(),
        finding.map_or("", |finding| finding.state.id()),
        of_object(|object| &object.namespace),
        of_object(|object| &object.kind),
        of_object(|object| &object.name),
        fault
            .and_then(|fault| fault.container.as_deref())
            .unwrap_or_default(),
        fault
            .and_then(|fault| fault.path.as_deref())
            .unwrap_or_default(),
        seen,
        fault.map_or("", |fault| &fault.expected),
        &fix,
        &docs,
        fingerprint.as_deref().unwrap_or_default(),
        source.map_or("", |source| &source.file),
        line.as_deref().unwrap_or_default(),
        of_object(|object| &object.api_version),
        finding
            .and_then(|finding| finding.caused_by.as_ref())
            .map_or("", |cause| cause.check),
    ];
    for cell in cells {
        rows.write_field(defused(cell).as_bytes())?;
    }
    rows.write_record(None::<&[u8]>)?;
    Ok(())
}

/// A text that no spreadsheet takes for a formula, and no terminal obeys: what begins like a formula gets an apostrophe.
fn defused(text: &str) -> Cow<'_, str> {
    let text = escape::text(text);
    // Some spreadsheets skip blanks, and take the wide forms for the narrow ones.
    let runs = text.trim_start().starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    if runs {
        format!("'{text}").into()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::model::{Finding, Pillar, Severity, Unknown};

    use super::*;
    use crate::report::{
        Policy,
        testing::{self, check, deployment, failing, passing, unknown},
    };

    fn rows(report: &Report) -> Vec<csv::StringRecord> {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&out[..]);
        reader.records().map(Result::unwrap).collect()
    }

    fn cell<'a>(row: &'a csv::StringRecord, column: &str) -> &'a str {
        let place = COLUMNS.iter().position(|name| *name == column).unwrap();
        &row[place]
    }

    #[test]
    fn every_finding_has_a_row_and_so_has_what_was_not_decided() {
        let high = check(Pillar::Storage, Severity::High);
        let report = testing::report(
            vec![
                (check(Pillar::Health, Severity::Critical), passing(3)),
                (
                    high,
                    failing(3, vec![deployment("a"), deployment("b")], None),
                ),
                (
                    check(Pillar::Delivery, Severity::Low),
                    failing(1, vec![Finding::cluster()], None),
                ),
                (
                    check(Pillar::Hardening, Severity::High),
                    unknown(Unknown::Forbidden),
                ),
            ],
            &Policy::default(),
        );
        let rows = rows(&report);
        assert_eq!(rows[0], COLUMNS[..]);
        let told: Vec<[&str; 4]> = rows[1..]
            .iter()
            .map(|row| ["check", "outcome", "state", "name"].map(|column| cell(row, column)))
            .collect();
        assert_eq!(
            told,
            [
                ["storage-high", "Fail", "open", "a"],
                ["storage-high", "Fail", "open", "b"],
                ["hardening-high", "Unknown", "", ""],
                ["delivery-low", "Fail", "open", ""],
            ]
        );
        assert_eq!(cell(&rows[3], "seen"), "pods cannot be listed");
    }

    #[test]
    fn a_clean_report_is_a_header() {
        let report = testing::report(Vec::new(), &Policy::default());
        assert_eq!(rows(&report).len(), 1);
    }

    #[test]
    fn no_cell_is_a_formula_and_every_one_stays_in_its_row() {
        let high = check(Pillar::Storage, Severity::High);
        let hostile = [
            "=cmd|'/C calc'!A0",
            "+1",
            "-1",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "  =1",
            "\u{ff1d}1",
            "a\",=1\r\n\"=2",
            "\u{feff}=1",
            "\u{202e}=1",
        ];
        let findings: Vec<Finding> = hostile
            .iter()
            .map(|text| deployment(text).saw(*text, *text))
            .collect();
        let report = testing::report(
            vec![(high, failing(99, findings, None))],
            &Policy::default(),
        );
        let rows = rows(&report);
        assert_eq!(rows.len(), 1 + hostile.len());
        for row in &rows {
            assert_eq!(row.len(), COLUMNS.len());
            for cell in row {
                assert!(
                    !cell
                        .trim_start()
                        .starts_with(['=', '+', '-', '@', '\u{ff1d}']),
                    "{cell:?}"
                );
                assert!(!cell.contains(char::is_control), "{cell:?}");
            }
        }
        assert_eq!(cell(&rows[1], "name"), "'=cmd|'/C calc'!A0");
        assert_eq!(cell(&rows[9], "name"), "a\",=1\\r\\n\"=2");
    }

    #[test]
    fn lines_end_as_the_rfc_says() {
        let report = testing::report(Vec::new(), &Policy::default());
        let mut out = Vec::new();
        render(&report, &mut out).unwrap();
        assert!(out.starts_with(b"\"severity\",\"pillar\","));
        assert!(out.ends_with(b"\"causedBy\"\r\n"));
    }
}

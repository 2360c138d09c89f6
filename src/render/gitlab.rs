//! GitLab's Code Quality report: what merge requests show beside the lines that they change.

use std::io;

use kready_checks::model::Severity;
use serde::{
    Serialize,
    ser::{SerializeSeq, Serializer},
};

use super::{
    json,
    pipeline::{Places, Ranked, capital, ranked, subject, told},
};
use crate::report::{Fingerprint, Report, State};

/// The report as JSON: a merge request compares it with that of its target, so what is known is in it as well.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, places: &Places, out: &mut impl io::Write) -> io::Result<()> {
    json::write(&Issues { report, places }, out)
}

struct Issues<'a> {
    report: &'a Report,
    places: &'a Places,
}

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ranked = ranked(self.report, &[State::Open, State::Known]);
        let anchor = self.places.anchor(self.report);
        let mut issues = serializer.serialize_seq(Some(ranked.len()))?;
        for each in ranked {
            let spot = self.places.of_finding(&each.found.finding);
            let spot = spot.as_ref().unwrap_or(&anchor);
            issues.serialize_element(&Issue {
                description: described(each),
                check_name: each.check.check.id,
                fingerprint: each.found.fingerprint,
                severity: severity(each.check.severity),
                location: Location {
                    path: &spot.path,
                    lines: Lines { begin: spot.line },
                },
            })?;
        }
        issues.end()
    }
}

/// One line: the widget shows no more of it.
fn described(ranked: Ranked<'_>) -> String {
    let title = ranked.check.check.title;
    let told = told(ranked);
    if told.ends_with(title) {
        return format!("{} ({})", capital(title), subject(&ranked.found.finding));
    }
    format!("{}: {told}", capital(title))
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: Fingerprint,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

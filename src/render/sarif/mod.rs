//! SARIF 2.1.0: what code scanning of GitHub, Azure DevOps and others shows beside the lines of a repository.
//!
//! The types are our own: of the crates one builds a parser of JSON schemas with itself, and holds every result in memory, and the
//! other one knows neither suppressions nor notifications.

mod log;
mod notes;
#[cfg(test)]
mod tests;

use std::io;

use kready_checks::{
    frame::Heading,
    model::{Severity, Standard},
};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use self::log::{
    Configuration, Descriptor, Driver, Fingerprints, Invocation, Location, Log, LogicalLocation,
    Markdown, Message, PhysicalLocation, Result, RuleProperties, Run, RunProperties, Suppression,
    Tool,
};
use super::{
    json,
    pipeline::{Places, Ranked, Spot, capital, level, ranked, subject, told},
};
use crate::{
    escape,
    failure::Exit,
    report::{CheckResult, Grade, Report, State, Verdict, WaiverResult},
};

/// How many results code scanning takes of one run; it shows the first 5,000.
const MOST: usize = 25_000;

/// How many tags code scanning takes of one rule.
const TAGS: usize = 20;

const LEVELS: [&str; 3] = ["error", "warning", "note"];

/// The report as SARIF.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(
    report: &Report,
    places: &Places,
    exit: Exit,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let ranked = ranked(report, &[State::Open, State::Known, State::Waived]);
    let (results, left_out) = ranked.split_at(ranked.len().min(MOST));
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "kready",
                semantic_version: &report.tool.version,
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules: report.checks.iter().map(rule).collect(),
                notifications: notes::descriptors(),
            },
        },
        invocations: [Invocation {
            execution_successful: report.verdict != Verdict::Inconclusive,
            exit_code: exit.code(),
            exit_code_description: report.verdict.id(),
            tool_execution_notifications: notes::all(report, places, left_out.len()),
        }],
        results: Results {
            report,
            places,
            ranked: results,
        },
        column_kind: "unicodeCodePoints",
        properties: RunProperties {
            verdict: report.verdict.id(),
            grade: report.grade.map(Grade::id),
            score: report.score.map(crate::report::round_down),
            // What system and platform components are excused is no result.
            excused: report.counts.system.values().sum(),
        },
    };
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [run],
    };
    json::write(&log, out)
}

/// What a check is, whatever became of it.
fn rule(result: &CheckResult) -> Descriptor<'_> {
    let check = result.check;
    let remediation = check.section(Heading::Remediation).unwrap_or_default();
    let why = check.section(Heading::Why).unwrap_or_default();
    let docs = check.page_url();
    let mut tags = vec!["kubernetes".to_owned(), check.pillar.id().to_owned()];
    tags.extend(check.standards.iter().map(Standard::to_string));
    tags.truncate(TAGS);
    Descriptor {
        id: check.id,
        short_description: Message::of(capital(check.title)),
        full_description: Some(Message::of(check.summary())),
        help: Some(Markdown {
            text: format!("{why}\n\n{remediation}\n\n{docs}"),
            markdown: format!(
                "{why}\n\n### Remediation\n\n{remediation}\n\n[{}]({docs})",
                check.id
            ),
        }),
        help_uri: Some(docs),
        default_configuration: Configuration {
            level: level(result.severity, LEVELS),
        },
        properties: Some(RuleProperties {
            tags,
            precision: "high",
            problem_severity: level(result.severity, ["error", "warning", "recommendation"]),
            security_severity: security_severity(result.severity),
            severity: result.severity.id(),
        }),
    }
}

/// On the scale of code scanning, which makes its own four words of it.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// The results, which are made one after the other while they are written.
struct Results<'a> {
    report: &'a Report,
    places: &'a Places,
    ranked: &'a [Ranked<'a>],
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let anchor = self.places.anchor(self.report);
        let mut results = serializer.serialize_seq(Some(self.ranked.len()))?;
        for ranked in self.ranked {
            results.serialize_element(&self.result(*ranked, &anchor))?;
        }
        results.end()
    }
}

impl Results<'_> {
    fn result(&self, ranked: Ranked<'_>, anchor: &Spot) -> Result<'_> {
        let finding = &ranked.found.finding;
        let spot = self.places.of_finding(finding);
        let spot = spot.as_ref().unwrap_or(anchor);
        let print = ranked.found.fingerprint.to_string();
        let baseline_state = self
            .report
            .baseline
            .as_ref()
            .map(|_| match ranked.found.state {
                State::Open => "new",
                State::Known | State::Waived | State::System => "unchanged",
            });
        let waiver = self.report.waiver_of(ranked.found);
        Result {
            rule_id: ranked.check.check.id,
            rule_index: ranked.rule,
            level: level(ranked.check.severity, LEVELS),
            message: Message::without_links(&told(ranked)),
            locations: [Location {
                physical_location: PhysicalLocation::at(spot),
                logical_locations: finding.object.as_deref().map_or_else(Vec::new, |object| {
                    vec![LogicalLocation {
                        name: escape::text(&object.name).into_owned(),
                        kind: "resource",
                        fully_qualified_name: format!(
                            "{}/{}",
                            escape::text(&object.api_version),
                            subject(finding)
                        ),
                    }]
                }),
            }],
            partial_fingerprints: Fingerprints {
                // Code scanning tells results of one rule on one line apart by this, and by nothing else.
                primary_location_line_hash: format!("{print}:1"),
                kready: print,
            },
            suppressions: waiver.map(|waiver| [suppression(waiver)]),
            baseline_state,
        }
    }
}

fn suppression(waiver: &WaiverResult) -> Suppression {
    let justification = format!(
        "{} ({}, until {})",
        waiver.reason, waiver.owner, waiver.expires
    );
    Suppression {
        kind: "external",
        status: "accepted",
        justification: escape::text(&justification).into_owned(),
    }
}

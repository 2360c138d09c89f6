//! What an audit could not see: notifications, so that no one takes it for a pass.

use super::{
    super::pipeline::{Places, Spot},
    log::{
        Configuration, Descriptor, FileLocation, Message, Notification, PhysicalLocation, Reference,
    },
};
use crate::{
    escape,
    report::{Ending, Report},
    words::counted,
};

/// The kinds of notifications: their ids, what they mean and their usual levels.
const KINDS: [(&str, &str, &str); 6] = [
    ("check-unknown", "A check could not be decided", "warning"),
    (
        "check-partial",
        "A check was not decided in full",
        "warning",
    ),
    (
        "not-seen",
        "Something of the cluster could not be read",
        "warning",
    ),
    ("file-not-read", "A file could not be read", "error"),
    (
        "audit-warning",
        "A reader should know this of the audit",
        "note",
    ),
    (
        "results-left-out",
        "There are more findings than code scanning takes",
        "warning",
    ),
];

pub(super) fn descriptors() -> Vec<Descriptor<'static>> {
    let kinds = KINDS.iter().map(|(id, meaning, level)| Descriptor {
        id,
        short_description: Message::of(*meaning),
        full_description: None,
        help: None,
        help_uri: None,
        default_configuration: Configuration { level },
        properties: None,
    });
    kinds.collect()
}

fn note(kind: &'static str, message: &str) -> Notification {
    let index = KINDS.iter().position(|(id, _, _)| *id == kind);
    let index = index.unwrap_or_default();
    Notification {
        descriptor: Reference { id: kind, index },
        level: KINDS[index].2,
        message: Message::without_links(&escape::text(message)),
        associated_rule: None,
        locations: None,
    }
}

/// Everything that was not seen or not told; `left_out` findings are no results, for there are too many.
pub(super) fn all(report: &Report, places: &Places, left_out: usize) -> Vec<Notification> {
    let mut notes = Vec::new();
    for (index, check) in report.checks.iter().enumerate() {
        let message = check.message.as_deref().unwrap_or("no reason is known");
        let kind = match (&check.ending, check.partial) {
            (Ending::Unknown(_), _) => "check-unknown",
            (Ending::Fail, Some(_)) => "check-partial",
            _ => continue,
        };
        let id = check.check.id;
        notes.push(Notification {
            // What the verdict depends on is graver.
            level: if check.gates { "error" } else { "warning" },
            associated_rule: Some(Reference { id, index }),
            ..note(kind, &format!("{id}: {message}"))
        });
    }
    notes.extend(report.gaps.iter().map(|gap| {
        let within = match &gap.namespaces[..] {
            [] => String::new(),
            namespaces => format!(" in {}", namespaces.join(", ")),
        };
        let message = format!("{}{within}: {}; {}", gap.resource, gap.message, gap.remedy);
        note("not-seen", message.trim_end_matches("; "))
    }));
    notes.extend(report.unread.iter().map(|unread| {
        let spot = Spot {
            path: places.path(&unread.file),
            line: unread.line.unwrap_or(1),
        };
        Notification {
            locations: Some([FileLocation {
                physical_location: PhysicalLocation::at(&spot),
            }]),
            ..note(
                "file-not-read",
                &format!("{}: {}; {}", spot.path, unread.message, unread.remedy),
            )
        }
    }));
    let warnings = report.warnings.iter();
    notes.extend(warnings.map(|warning| note("audit-warning", &warning.message)));
    let hidden = left_out + beyond_limit(report);
    if hidden > 0 {
        let told = format!(
            "{} left out, the least severe ones: the JSON report has all of them",
            counted(hidden, "finding")
        );
        notes.push(note("results-left-out", &told));
    }
    notes
}

/// How many findings the user wants left out.
fn beyond_limit(report: &Report) -> usize {
    let Some(most) = report.max_findings else {
        return 0;
    };
    let hidden = report
        .checks
        .iter()
        .map(|check| check.findings.len().saturating_sub(most));
    hidden.sum()
}

//! `kready version`: the program, its catalogue, and until when its knowledge is good.

use kready_checks::{inventory::snapshot, knowledge::releases};
use serde::Serialize;

use super::{audit, checks, invocation::registry};
use crate::{
    cli::{self, ListFormat},
    clock,
    failure::{Exit, Failure},
    output,
    report::{API_VERSION, SCORING},
    words::counted,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionDocument {
    version: String,
    /// A digest of the catalogue: two programs with the same one ask the same questions.
    checks: String,
    number_of_checks: usize,
    /// The day of the knowledge.
    knowledge: String,
    /// The last day on which the knowledge is good.
    knowledge_good_until: Option<String>,
    /// The newest Kubernetes version that it knows.
    kubernetes: String,
    /// The version of the JSON that reports and lines are written in.
    reports: &'static str,
    /// How a score is made of findings: scores of two scorings don't compare.
    scoring: u32,
    /// The version of the snapshots that it writes; older ones are read, too.
    snapshots: u32,
}

pub(super) fn run(options: &cli::Version) -> Result<Exit, Failure> {
    let tool = audit::tool();
    let document = VersionDocument {
        version: tool.version,
        checks: tool.checks,
        number_of_checks: registry().len(),
        knowledge: tool.knowledge,
        knowledge_good_until: releases::good_until(),
        kubernetes: format!("1.{}", releases::newest()),
        reports: API_VERSION,
        scoring: SCORING,
        snapshots: snapshot::SCHEMA,
    };
    let text = match options.output {
        ListFormat::Json => checks::json(&document)?,
        ListFormat::Table => {
            let now = clock::now()?;
            let until = document
                .knowledge_good_until
                .as_deref()
                .unwrap_or("unknown");
            let stale = if releases::is_stale(now) {
                ": checks of dates are unknown now, a newer kready knows more"
            } else {
                "; after that, checks of dates are unknown"
            };
            format!(
                "kready {}\n  checks      {}, catalogue {}\n  knowledge   {}, good until {until}{stale}\n  kubernetes  up to {}\n  formats     reports {}, scoring {}, snapshots {}\n",
                document.version,
                counted(document.number_of_checks, "check"),
                document.checks,
                releases::dated(now),
                document.kubernetes,
                document.reports,
                document.scoring,
                document.snapshots,
            )
        }
    };
    output::print(&text)?;
    Ok(Exit::Ready)
}

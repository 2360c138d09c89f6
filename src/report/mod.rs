//! What an audit found, weighed: score, coverage, verdict, and everything that a renderer may show.

mod annotations;
mod audited;
mod baseline;
mod build;
mod causes;
mod census;
mod components;
mod diff;
#[cfg(test)]
mod diff_tests;
mod field_lines;
mod fingerprint;
mod first;
mod gaps;
#[cfg(test)]
mod laws;
mod model;
mod objects;
mod outline;
mod places;
mod policy;
mod profile;
mod score;
mod selector;
mod since;
mod standards;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod verdict;
mod waivers;
mod waiving;
mod warnings;

pub(crate) use audited::{Audited, Cluster};
pub(crate) use baseline::{API_VERSION, Baseline, OldCheck, OldObject, OldReport};
pub(crate) use build::build;
pub(crate) use census::Census;
pub(crate) use components::{ComponentResult, platform};
pub(crate) use diff::{Change, CheckDiff, Diff, DiffFinding, Difference, Side};
pub(crate) use fingerprint::{Fingerprint, of_registry};
#[cfg(test)]
pub(crate) use model::Gate;
pub(crate) use model::{
    BaselineResult, CheckResult, Counts, Declaration, Ending, EndingKind, FindingResult, GapResult,
    Grade, PillarResult, Reason, Report, SkipReason, Skipped, State, Tool, UnjudgedResult, Verdict,
    WaiverOrigin, WaiverResult, WaiverState,
};
#[cfg(test)]
use outline::Cause;
pub(crate) use outline::{About, Action, BySeverity, Place, Tally};
pub(crate) use policy::{Policy, Renamed};
pub(crate) use profile::Profile;
pub(crate) use score::{SCORING, round_down};
pub(crate) use selector::{Operator, Requirement, Selector};
pub(crate) use standards::{ControlMatch, Coverage, control_in_words, coverage, find_control};
pub(crate) use waivers::{
    Declared, Grant, LONGEST_DAYS, ObjectPattern, PLACEHOLDER, Subject as WaiverSubject, Waiver,
};

// The grammar of labels is the library's.
pub(crate) use kready_checks::kubernetes::is_label_key;

// Renderers see what the collector says of its input through the report.
pub(crate) use crate::collect::{SourceKind, Unread, UnreadReason, Warning};

//! What became of one check. Derived from its sheet, never built by a check.

use std::fmt;

use super::Finding;

/// Why a question does not arise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotApplicable {
    /// There is no such object.
    Absent,
    /// The provider owns it and shows no evidence.
    Managed,
    /// Only a live cluster can answer.
    Mode,
    /// A question about the whole cluster, in an audit of some namespaces.
    Scope,
    /// Labels or size make the question empty.
    Topology,
    /// It needs a parameter that is not set.
    Unconfigured,
    /// Another check reports the same object.
    Reported,
    /// The configuration declares that it is solved outside the cluster.
    Declared,
    /// Every subject is excused (rule 5 of RULES.md).
    System,
}

impl NotApplicable {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Managed => "managed",
            Self::Mode => "mode",
            Self::Scope => "scope",
            Self::Topology => "topology",
            Self::Unconfigured => "unconfigured",
            Self::Reported => "reported",
            Self::Declared => "declared",
            Self::System => "system",
        }
    }
}

/// Why the evidence is missing; of several reasons the first in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// The API server refuses it.
    Forbidden,
    /// A timeout, a 5xx, an undecodable object, a lost page, or a built-in kind that this server does not serve.
    Unreadable,
    /// Flags or files that the platform does not show.
    Hidden,
    /// The knowledge is older than 180 days.
    Stale,
    /// The knowledge has no entry.
    Unrecognised,
}

impl Unknown {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Unreadable => "unreadable",
            Self::Hidden => "hidden",
            Self::Stale => "stale",
            Self::Unrecognised => "unrecognised",
        }
    }

    /// Whether more permission or a better connection would show the evidence.
    pub const fn for_want_of_sight(self) -> bool {
        matches!(self, Self::Forbidden | Self::Unreadable)
    }
}

/// A reason with the sentence that explains it to a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// The reason.
    pub unknown: Unknown,
    /// What was not seen, as a clause: `poddisruptionbudgets of policy cannot be listed`.
    pub message: String,
}

impl Why {
    /// A reason with its clause.
    pub fn new(unknown: Unknown, message: impl Into<String>) -> Self {
        Self {
            unknown,
            message: message.into(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The four ways in which a check ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one subject was examined, all was seen, nothing was found.
    Pass,
    /// Something was found; `partial` when something was not seen.
    Fail {
        /// What was not seen, when the failure is partial.
        partial: Option<Why>,
    },
    /// The question does not arise.
    NotApplicable(NotApplicable),
    /// The question arises, and the evidence is missing.
    Unknown(Why),
}

impl Outcome {
    /// The name used in output.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Fail { .. } => "Fail",
            Self::NotApplicable(_) => "NotApplicable",
            Self::Unknown(_) => "Unknown",
        }
    }
}

/// What one check says of one inventory, before waivers, baseline and score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// How it ended.
    pub outcome: Outcome,
    /// How many subjects were examined, those with findings included.
    pub examined: usize,
    /// How many subjects could not be decided.
    pub undecided: usize,
    /// All findings, the excused ones included, in a fixed order.
    pub findings: Vec<Finding>,
    /// What a reader should know of a pass: `cloud IAM may grant more than the API shows`.
    pub note: Option<String>,
}

impl Evaluation {
    /// A check that ended without looking at a subject.
    pub fn without_subjects(outcome: Outcome) -> Self {
        Self {
            outcome,
            examined: 0,
            undecided: 0,
            findings: Vec::new(),
            note: None,
        }
    }
}

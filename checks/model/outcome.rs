//! What became of one check. Derived from its sheet, never built by a check.

use std::fmt;

use super::{Finding, Text};

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
    /// The time for the whole audit was over before the check was done.
    TimedOut,
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
            Self::TimedOut => "timed-out",
            Self::Hidden => "hidden",
            Self::Stale => "stale",
            Self::Unrecognised => "unrecognised",
        }
    }

    /// Whether more permission, a better connection or more time would show the evidence.
    pub const fn for_want_of_sight(self) -> bool {
        matches!(self, Self::Forbidden | Self::Unreadable | Self::TimedOut)
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

/// What stood in the way of an answer: of several reasons the first in their order counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubt(Option<Why>);

impl Doubt {
    /// Adds a reason, which counts when it comes before the one that is known.
    pub fn add(&mut self, why: Why) {
        if self.0.as_ref().is_none_or(|known| why < *known) {
            self.0 = Some(why);
        }
    }

    /// What was seen; what was not is added.
    pub fn note<T>(&mut self, seen: Result<T, Why>) -> Option<T> {
        seen.map_err(|why| self.add(why)).ok()
    }

    /// `answer`, which only holds when nothing stood in the way.
    pub fn or<T>(self, answer: T) -> Result<T, Why> {
        self.0.map_or(Ok(answer), Err)
    }

    /// The reason that counts.
    pub fn into_option(self) -> Option<Why> {
        self.0
    }
}

impl From<Option<Why>> for Doubt {
    fn from(why: Option<Why>) -> Self {
        Self(why)
    }
}

/// Whether any of `answers` is yes; when none is and one is missing, why.
pub fn any_or_why(answers: impl IntoIterator<Item = Result<bool, Why>>) -> Result<bool, Why> {
    let mut doubt = Doubt::default();
    for answer in answers {
        if doubt.note(answer) == Some(true) {
            return Ok(true);
        }
    }
    doubt.or(false)
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
    /// How many of the subjects are in each namespace, sorted by it: those that are objects of namespaces.
    pub placed: Vec<(Text, usize)>,
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
            placed: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden() -> Why {
        Why::new(Unknown::Forbidden, "pods cannot be listed")
    }

    fn hidden() -> Why {
        Why::new(Unknown::Hidden, "flags are not shown")
    }

    #[test]
    fn of_several_reasons_the_first_in_their_order_counts() {
        for order in [[hidden(), forbidden()], [forbidden(), hidden()]] {
            let mut doubt = Doubt::default();
            assert_eq!(doubt.note(Ok(1)), Some(1));
            assert_eq!(doubt.clone().or(2), Ok(2));
            for why in order {
                assert_eq!(doubt.note::<u8>(Err(why)), None);
            }
            assert_eq!(doubt.clone().or(2), Err(forbidden()));
            assert_eq!(doubt.into_option(), Some(forbidden()));
        }
    }

    #[test]
    fn a_yes_needs_no_other_answer() {
        assert_eq!(any_or_why([]), Ok(false));
        assert_eq!(any_or_why([Ok(false), Ok(false)]), Ok(false));
        assert_eq!(any_or_why([Err(hidden()), Ok(true)]), Ok(true));
        assert_eq!(
            any_or_why([Ok(false), Err(hidden()), Err(forbidden())]),
            Err(forbidden())
        );
    }
}

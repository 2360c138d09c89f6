//! What a rule says of one subject.

use super::{Doubt, Finding, Why};

/// What a rule says of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The question does not arise of it.
    NotASubject,
    /// It was examined, and nothing is wrong with it.
    Sound,
    /// Something is wrong with it.
    Faults(Faults),
}

/// What is wrong with a subject, and what was not seen beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub(crate) findings: Vec<Finding>,
    pub(crate) doubt: Doubt,
}

impl Faults {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what was found.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes that something was not seen; of several reasons the first in their order counts.
    pub fn miss(&mut self, why: Why) {
        self.doubt.add(why);
    }

    /// The same, all of it excused if `excused`.
    #[must_use]
    pub(crate) fn excused(mut self, excused: bool) -> Self {
        if excused {
            for finding in &mut self.findings {
                finding.excused = true;
            }
        }
        self
    }

    /// What is said of the subject: what was found stays, whatever else was not seen.
    ///
    /// # Errors
    /// Nothing was found, and something was not seen.
    pub fn judgement(self) -> Result<Judgement, Why> {
        if self.findings.is_empty() {
            return self.doubt.or(Judgement::Sound);
        }
        Ok(Judgement::Faults(self))
    }
}

impl Extend<Finding> for Faults {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        self.findings.extend(findings);
    }
}

impl From<Vec<Finding>> for Judgement {
    fn from(findings: Vec<Finding>) -> Self {
        if findings.is_empty() {
            return Self::Sound;
        }
        Self::Faults(Faults {
            findings,
            doubt: Doubt::default(),
        })
    }
}

impl From<Option<Finding>> for Judgement {
    fn from(finding: Option<Finding>) -> Self {
        finding.map_or(Self::Sound, Self::from)
    }
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

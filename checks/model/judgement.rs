//! What a rule says of one subject.

use super::{Finding, Why};

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
    pub(crate) unseen: Option<Why>,
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
        if self.unseen.as_ref().is_none_or(|known| why < *known) {
            self.unseen = Some(why);
        }
    }

    /// What is said of the subject: what was found stays, whatever else was not seen.
    ///
    /// # Errors
    /// Nothing was found, and something was not seen.
    pub fn judgement(self) -> Result<Judgement, Why> {
        match self.unseen {
            Some(why) if self.findings.is_empty() => Err(why),
            None if self.findings.is_empty() => Ok(Judgement::Sound),
            _ => Ok(Judgement::Faults(self)),
        }
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
            unseen: None,
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

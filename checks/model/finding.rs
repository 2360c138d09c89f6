//! One thing wrong with one object, or with the cluster.

use std::fmt;

use super::ObjectRef;
use crate::inventory::Text;

/// Where an object stands in the files that were audited.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Source {
    /// The file's path as it was given, or the template's path when Helm names one.
    pub file: Text,
    /// The line on which the object begins, counted from one.
    pub line: u32,
}

/// One thing wrong with one object, or, without one, with the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object that a person edits; none for a cluster-wide question.
    pub object: Option<ObjectRef>,
    /// The container at fault.
    pub container: Option<Text>,
    /// The field at fault, list entries by their name: `spec.template.spec.containers[name=app].image`.
    pub path: Option<String>,
    /// What is there.
    pub seen: String,
    /// What should be there.
    pub expected: String,
    /// A system or platform component is excused this (catalogue rule 5): listed, and not counted.
    pub excused: bool,
    /// Where the object stands in the files that were audited; set after the run.
    pub source: Option<Source>,
    /// Which of the sheet's subjects it belongs to; set by the sheet.
    pub subject: usize,
}

/// What a finding can sit on.
pub trait Subject {
    /// The object that a person edits.
    fn object(&self) -> ObjectRef;
}

impl Subject for ObjectRef {
    fn object(&self) -> ObjectRef {
        self.clone()
    }
}

impl Finding {
    /// A finding on one object.
    pub fn on(subject: &impl Subject) -> Self {
        Self {
            object: Some(subject.object()),
            ..Self::cluster()
        }
    }

    /// A finding on the cluster as a whole.
    pub fn cluster() -> Self {
        Self {
            object: None,
            container: None,
            path: None,
            seen: String::new(),
            expected: String::new(),
            excused: false,
            source: None,
            subject: 0,
        }
    }

    /// The container at fault.
    #[must_use]
    pub fn container(mut self, name: &Text) -> Self {
        self.container = Some(name.clone());
        self
    }

    /// The field at fault.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The evidence: what is there, and what should be.
    #[must_use]
    pub fn saw(mut self, seen: impl fmt::Display, expected: impl fmt::Display) -> Self {
        self.seen = seen.to_string();
        self.expected = expected.to_string();
        self
    }

    /// Lists it without counting it, when `excused`.
    #[must_use]
    pub fn excused(mut self, excused: bool) -> Self {
        self.excused = excused;
        self
    }
}

//! One thing wrong with one object, or with the cluster.

use std::{fmt, sync::Arc};

use super::{ObjectRef, Text};

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

/// Where something is wrong, and what should be there: what many findings of a check have in common, and share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The container at fault.
    pub container: Option<Text>,
    /// The field at fault, list entries by their name: `spec.template.spec.containers[name=app].image`.
    pub path: Option<Text>,
    /// What should be there.
    pub expected: Text,
}

/// One thing wrong with one object, or, without one, with the cluster.
///
/// A check may find a hundred thousand of them: what several have in common is stored once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object that a person edits; none for a cluster-wide question.
    pub object: Option<Arc<ObjectRef>>,
    /// Where it is, and what should be there.
    pub fault: Arc<Fault>,
    /// What is there.
    pub seen: Text,
    /// Where the object stands in the files that were audited; set after the run.
    pub source: Option<Box<Source>>,
    /// Which of the sheet's subjects it belongs to; set by the sheet.
    pub subject: u32,
    /// A system or platform component is excused this (rule 5 of RULES.md): listed, and not counted.
    pub excused: bool,
}

/// What a finding can sit on.
pub trait Subject {
    /// The object that a person edits.
    fn object(&self) -> ObjectRef;

    /// The same, for many findings to share.
    fn shared_object(&self) -> Arc<ObjectRef> {
        Arc::new(self.object())
    }
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
            object: Some(subject.shared_object()),
            ..Self::cluster()
        }
    }

    /// A finding on the cluster as a whole.
    pub fn cluster() -> Self {
        Self {
            object: None,
            fault: Arc::default(),
            seen: Text::default(),
            source: None,
            subject: 0,
            excused: false,
        }
    }

    /// The namespace in which its object is, or which it is; none for one of the whole cluster.
    pub fn namespace(&self) -> Option<&Text> {
        let object = self.object.as_deref()?;
        if object.kind == "Namespace" && object.group().is_empty() {
            return Some(&object.name);
        }
        Some(&object.namespace).filter(|namespace| !namespace.is_empty())
    }

    /// The container at fault.
    #[must_use]
    pub fn container(mut self, name: &Text) -> Self {
        Arc::make_mut(&mut self.fault).container = Some(name.clone());
        self
    }

    /// The field at fault.
    #[must_use]
    pub fn at(self, path: impl Into<Text>) -> Self {
        self.at_known(Some(path))
    }

    /// The field at fault, where it is known.
    #[must_use]
    pub fn at_known(mut self, path: Option<impl Into<Text>>) -> Self {
        Arc::make_mut(&mut self.fault).path = path.map(Into::into);
        self
    }

    /// The evidence: what is there, and what should be.
    #[must_use]
    pub fn saw(mut self, seen: impl fmt::Display, expected: impl fmt::Display) -> Self {
        self.seen = seen.to_string().into();
        Arc::make_mut(&mut self.fault).expected = expected.to_string().into();
        self
    }

    /// Lists it without counting it, when `excused`.
    #[must_use]
    pub fn excused(mut self, excused: bool) -> Self {
        self.excused = excused;
        self
    }
}

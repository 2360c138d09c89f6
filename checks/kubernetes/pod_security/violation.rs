//! What a control forbids, and where in a pod it stands.

use std::borrow::Cow;

use crate::inventory::types::{Container, Volume};

/// Where in a pod stands what a control forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// In its specification.
    Pod,
    /// In a container of the list with this name.
    Container(&'static str, &'a Container),
    /// In a volume.
    Volume(&'a Volume),
    /// In the annotation with this key.
    Annotation(&'a str),
}

/// One field that a control forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<'a> {
    /// Where it stands.
    pub place: Location<'a>,
    /// The field at fault, from its place on.
    pub field: Cow<'static, str>,
    /// What is there.
    pub seen: Cow<'a, str>,
    /// What the control allows.
    pub expected: &'static str,
}

impl<'a> Violation<'a> {
    /// The container that it stands in.
    pub const fn container(&self) -> Option<&'a Container> {
        match self.place {
            Location::Container(_, container) => Some(container),
            _ => None,
        }
    }

    /// Its path, from the pod's specification on; of an annotation from the pod itself on.
    pub fn path(&self) -> String {
        let field = &self.field;
        match self.place {
            Location::Pod => field.clone().into_owned(),
            Location::Container(list, container) => {
                format!("{list}[name={}].{field}", container.name)
            }
            Location::Volume(volume) => format!("volumes[name={}].{field}", volume.name),
            Location::Annotation(key) => format!("metadata.annotations[{key}]"),
        }
    }
}

/// A text that may be empty, as evidence.
pub(super) fn shown(text: &str) -> &str {
    if text.is_empty() { "\"\"" } else { text }
}

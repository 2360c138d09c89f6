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
        self.path_of(&self.field)
    }

    /// Where it stands with others of its kind in a container, or in a pod, however many there are: ports, volumes, kernel
    /// parameters. And what tells it from them.
    pub fn in_list(&self) -> Option<(String, String)> {
        if let Location::Volume(volume) = self.place {
            let entry = format!("{}: {}", volume.name, self.seen);
            return Some(("volumes".to_owned(), entry));
        }
        let (list, _) = self.field.split_once('[')?;
        Some((self.path_of(list), self.seen.to_string()))
    }

    /// Where it stands with a few others that have fields of their own: capabilities, SELinux options, the hosts of probes.
    /// And which of them it is.
    pub fn in_group(&self) -> Option<(String, &str)> {
        let groups = [
            "securityContext.capabilities",
            "securityContext.seLinuxOptions",
        ];
        let of =
            |group: &'static str| Some((group, self.field.strip_prefix(group)?.strip_prefix('.')?));
        let (group, field) = groups
            .into_iter()
            .find_map(of)
            .or_else(|| self.field.ends_with(".host").then_some(("", &*self.field)))?;
        Some((self.path_of(group), field))
    }

    fn path_of(&self, field: &str) -> String {
        match self.place {
            Location::Pod => field.to_owned(),
            Location::Container(list, container) if field.is_empty() => {
                format!("{list}[name={}]", container.name)
            }
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

//! Workloads by name, for what names one.

use std::collections::HashMap;

use super::{owners::Index, view::Workload};
use crate::{
    inventory::{Derived, Picture, Slot},
    model::Text,
};

/// By namespace and name the entries of workloads that bear it, or whose top-level controller does, in their order; asked
/// for only when something names a workload.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) HashMap<(Text, Text), Vec<u32>>);

impl Derived for Names {
    const SLOT: Slot = Slot::Names;

    fn of(picture: &Picture<'_>) -> Self {
        let index = picture.derived::<Index>();
        let mut names = Self::default();
        for (id, entry) in (0..).zip(&index.entries) {
            picture.look();
            let workload = Workload::of(picture, index, id);
            let (own, top) = (&workload.metadata.name, &entry.object.name);
            for name in [Some(own), Some(top).filter(|top| *top != own)] {
                let Some(name) = name else { continue };
                let key = (entry.object.namespace.clone(), name.clone());
                names.0.entry(key).or_default().push(id);
            }
        }
        names
    }
}

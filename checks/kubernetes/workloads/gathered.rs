//! What most checks ask of the owners, gathered once.

use std::collections::{BTreeMap, HashMap};

use super::owners::Index;
use crate::{
    inventory::{
        Derived, Picture, Slot,
        control_plane::{ControlPlaneComponent, component_of},
        kinds::Pod,
    },
    model::{ObjectRef, Text},
};

/// What most checks ask of the index, gathered once.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// For each entry the first one of the same object.
    pub(super) subjects: Vec<u32>,
    /// The live pods by what they belong to, sorted by its key; with the entry of the first of them.
    pub(super) live: Vec<(u32, Vec<u32>)>,
    /// Live pods whose owner is not known.
    pub(super) undecided: Vec<u32>,
    /// The pods of the control plane, and what they run.
    pub(super) control_plane: Vec<(u32, ControlPlaneComponent)>,
    /// The entries of each namespace, in their order.
    pub(super) by_namespace: BTreeMap<Text, Vec<u32>>,
}

impl Derived for Gathered {
    const SLOT: Slot = Slot::Gathered;

    fn of(picture: &Picture<'_>) -> Self {
        let index = picture.derived::<Index>();
        let mut gathered = Self::default();
        // Workloads of one owner that kready does not have are one subject.
        let mut groups: HashMap<([&str; 4], i32), u32> = HashMap::new();
        let subjects: Vec<u32> = (0..)
            .zip(&index.entries)
            .map(|(id, entry)| {
                *groups
                    .entry((key(&entry.object), entry.object.copy))
                    .or_insert(id)
            })
            .collect();
        let mut live: Vec<Vec<u32>> = vec![Vec::new(); index.entries.len()];
        for (place, pod) in (0..).zip(picture.seen::<Pod>()) {
            picture.look();
            if let Some(component) = component_of(pod) {
                gathered.control_plane.push((place, component));
            }
            if !is_live(pod) {
                continue;
            }
            match index.of_pod[place as usize] {
                Some(entry) => live[subjects[entry as usize] as usize].push(place),
                None if index.undecided_pods.contains_key(&place) => {
                    gathered.undecided.push(place);
                }
                None => {}
            }
        }
        gathered.live = live
            .into_iter()
            .filter_map(|mut pods| {
                pods.shrink_to_fit();
                let first = *pods.first()?;
                Some((index.of_pod[first as usize]?, pods))
            })
            .collect();
        gathered.live.sort_by_cached_key(|(entry, _)| {
            let object = &index.entries[*entry as usize].object;
            (key(object).join("/"), object.copy)
        });
        gathered.subjects = subjects;
        for (id, entry) in (0..).zip(&index.entries) {
            picture.look();
            gathered
                .by_namespace
                .entry(entry.object.namespace.clone())
                .or_default()
                .push(id);
        }
        gathered
    }
}

/// Finds out which object belongs to which workload, unless it was before.
pub(crate) fn prepare(picture: &Picture<'_>) {
    picture.derived::<Gathered>();
}

/// What tells an object from all others, whatever its version.
pub(super) fn key(object: &ObjectRef) -> [&str; 4] {
    [
        object.group(),
        &object.kind,
        &object.namespace,
        &object.name,
    ]
}

/// Whether a pod has neither ended nor is about to (rule 4 of RULES.md).
pub(crate) fn is_live(pod: &Pod) -> bool {
    !has_ended(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Whether all containers of a pod have ended for good.
pub(crate) fn has_ended(pod: &Pod) -> bool {
    matches!(pod.status.phase.as_str(), "Succeeded" | "Failed")
}

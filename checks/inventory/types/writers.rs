//! Who wrote an object: no more of its managed fields than tells whether a remembered apiVersion still counts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    model::Text,
    wire::{
        Decode, Time, WireError,
        decode::{Via, schema},
        protobuf::{Layout, Reader, Wire, WireType},
    },
};

schema! {
    /// What one manager wrote, without the fields themselves.
    struct ManagedFieldsEntry {
        manager: Text = "manager" @ 1,
        operation: Text = "operation" @ 2,
        api_version: Text = "apiVersion" @ 3,
        time: Option<Time> = "time" @ 4,
        subresource: Text = "subresource" @ 8,
    }
}

/// When `kubectl apply` wrote last, and who wrote last besides it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Last {
    applied: Option<Time>,
    other: Option<(Option<Time>, Text)>,
}

/// The writers of an object while it is decoded; nothing of them is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Writers(Option<Box<Last>>);

impl Writers {
    fn add(&mut self, entry: ManagedFieldsEntry) {
        // A controller's status says nothing about what is applied.
        if !entry.subresource.is_empty() {
            return;
        }
        let last = self.0.get_or_insert_default();
        let is_kubectl = matches!(
            entry.manager.as_str(),
            "kubectl-client-side-apply" | "kubectl"
        );
        if is_kubectl && entry.operation != "Apply" {
            last.applied = last.applied.max(entry.time);
            return;
        }
        let is_newer = last
            .other
            .as_ref()
            .is_none_or(|(time, _)| *time < entry.time);
        if is_newer {
            last.other = Some((entry.time, entry.api_version));
        }
    }

    /// The version in which somebody else wrote the object after `kubectl apply` did, when somebody did.
    pub(super) fn newer_version(&mut self) -> Option<Text> {
        let last = self.0.take()?;
        let (time, version) = last.other?;
        (last.applied.is_none() || time > last.applied).then_some(version)
    }
}

impl Serialize for Writers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(std::iter::empty::<()>())
    }
}

impl Decode for Writers {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<Via<ManagedFieldsEntry>>::deserialize(deserializer)?;
        let mut writers = Self::default();
        for Via(entry) in entries {
            writers.add(entry);
        }
        Ok(writers)
    }
}

impl Wire for Writers {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut entry = ManagedFieldsEntry::default();
        entry.merge(Layout::Own, wire, reader)?;
        self.add(entry);
        Ok(())
    }
}

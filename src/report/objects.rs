//! What waivers want to know of the objects that findings sit on.

use kready_checks::{
    inventory::{Inventory, Kind, Listed, Visit, types::ObjectMeta},
    model::ObjectRef,
    wire::Labels,
};

use super::waivers::Labelled;
use crate::collect::Collected;

/// The objects of an input: of each world that is judged by itself.
pub(super) struct Objects<'i> {
    worlds: Vec<&'i Inventory>,
}

impl<'i> Objects<'i> {
    pub(super) fn of(collected: &'i Collected) -> Self {
        Self {
            worlds: collected.worlds().collect(),
        }
    }

    /// The metadata of an object, once for each world that has it.
    pub(super) fn metadata(&self, object: &ObjectRef) -> Vec<&'i ObjectMeta> {
        let Some(kind) = Kind::of(object.group(), &object.kind) else {
            return Vec::new();
        };
        self.worlds
            .iter()
            .filter_map(|world| kind.visit(Find(world, object)))
            .collect()
    }
}

impl Labelled for Objects<'_> {
    fn of(&self, object: &ObjectRef) -> Vec<&Labels> {
        let found = self.metadata(object).into_iter();
        found.map(|metadata| &metadata.labels).collect()
    }

    fn of_namespace(&self, name: &str) -> Vec<&Labels> {
        self.of(&ObjectRef {
            api_version: "v1".into(),
            kind: "Namespace".into(),
            namespace: "".into(),
            name: name.into(),
            copy: 0,
        })
    }
}

struct Find<'i, 'o>(&'i Inventory, &'o ObjectRef);

impl<'i> Visit for Find<'i, '_> {
    type Output = Option<&'i ObjectMeta>;

    fn visit<K: Listed>(self) -> Self::Output {
        let items = self.0.seen::<K>();
        let wanted = (self.1.namespace.as_str(), self.1.name.as_str());
        let place = |item: &K| {
            let metadata = item.metadata();
            (metadata.namespace.as_str(), metadata.name.as_str()).cmp(&wanted)
        };
        let first = items.partition_point(|item| place(item).is_lt());
        items[first..]
            .iter()
            .take_while(|item| place(item).is_eq())
            .map(Listed::metadata)
            .find(|metadata| metadata.copy == self.1.copy)
    }
}

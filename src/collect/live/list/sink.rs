//! Where the objects of a list go.

use std::{any::Any, collections::HashSet, mem, sync::Arc};

use kready_checks::{
    inventory::{Gap, GapReason, Inventory, Kind, Listed, Reading, decode_json, decode_protobuf},
    wire::lists::Form,
};

use crate::collect::live::{
    object::{undecodable, undecodable_message, unplaced},
    scope::AuditScope,
};

/// How far a sink was filled when a page began.
#[derive(Clone, Copy, Debug)]
pub(in crate::collect::live) struct Mark {
    objects: usize,
    gaps: usize,
    unnamed: usize,
}

/// How many objects that could not be understood are named.
const NAMED: usize = 100;

/// Where the objects of a list go. It is a trait object so that reading a list is compiled once for all kinds.
pub(in crate::collect::live) trait Sink: Send + Sync + Any {
    /// An empty one for the same kind.
    fn another(&self) -> Box<dyn Sink>;
    /// Takes what another one of the same kind has.
    fn absorb(&mut self, other: Box<dyn Sink>);
    /// Takes one object.
    fn object(&mut self, form: Form, object: &[u8]);
    /// How many objects it has.
    fn len(&self) -> usize;
    /// How many objects came, with those that could not be understood.
    fn came(&self) -> usize;
    /// Hands out what could not be understood.
    fn take_gaps(&mut self) -> Vec<Gap>;
    fn mark(&self) -> Mark;
    /// Forgets what came after the mark.
    fn back_to(&mut self, mark: Mark);
    fn drop_duplicates(&mut self);
    /// Puts everything in its place.
    fn fill(self: Box<Self>, inventory: &mut Inventory, reading: Reading, gaps: Vec<Gap>);
}

/// The objects of one kind that belong to the audit, and what could not be understood.
pub(in crate::collect::live) struct Objects<K> {
    /// Which objects belong to the audit; all of them without a scope.
    pub(in crate::collect::live) scope: Option<Arc<AuditScope>>,
    pub(in crate::collect::live) items: Vec<K>,
    gaps: Vec<Gap>,
    /// How many more could not be understood.
    unnamed: usize,
}

impl<K: Listed> Objects<K> {
    pub(in crate::collect::live) const fn new(scope: Option<Arc<AuditScope>>) -> Self {
        Self {
            scope,
            items: Vec::new(),
            gaps: Vec::new(),
            unnamed: 0,
        }
    }

    fn keeps(&self, object: &K) -> bool {
        let Some(scope) = &self.scope else {
            return true;
        };
        let metadata = object.metadata();
        if K::KIND.resource().namespaced {
            metadata.namespace.is_empty() || scope.admits(&metadata.namespace)
        } else if K::KIND == Kind::Namespace {
            scope.admits(&metadata.name)
        } else {
            true
        }
    }
}

impl<K: Listed> Sink for Objects<K> {
    fn another(&self) -> Box<dyn Sink> {
        Box::new(Self::new(self.scope.clone()))
    }

    fn absorb(&mut self, other: Box<dyn Sink>) {
        let other: Box<dyn Any> = other;
        let Ok(mut other) = other.downcast::<Self>() else {
            unreachable!("what a kind's lists are read into is made by `another`");
        };
        if self.items.is_empty() {
            self.items = other.items;
        } else {
            self.items.append(&mut other.items);
        }
        self.gaps.append(&mut other.gaps);
        self.unnamed += other.unnamed;
    }

    fn object(&mut self, form: Form, object: &[u8]) {
        let decoded = match form {
            Form::Protobuf => decode_protobuf::<K>(object)
                .map_err(|error| undecodable_message(&K::KIND.resource(), object, &error)),
            Form::Json => {
                let json = String::from_utf8_lossy(object);
                decode_json::<K>(&json)
                    .map_err(|error| undecodable(&K::KIND.resource(), &json, &error))
            }
        };
        let placed = decoded.and_then(|object| {
            unplaced(&K::KIND.resource(), object.metadata()).map_or(Ok(object), Err)
        });
        let gap = match placed {
            Ok(object) => {
                if self.keeps(&object) {
                    self.items.push(object);
                }
                return;
            }
            Err(gap) => gap,
        };
        if self.gaps.len() < NAMED {
            self.gaps.push(gap);
        } else {
            self.unnamed += 1;
        }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn came(&self) -> usize {
        self.items.len() + self.gaps.len() + self.unnamed
    }

    fn take_gaps(&mut self) -> Vec<Gap> {
        let mut gaps = mem::take(&mut self.gaps);
        match mem::take(&mut self.unnamed) {
            0 => {}
            more => gaps.push(Gap::new(
                GapReason::Undecodable,
                format!("{more} more objects could not be understood"),
            )),
        }
        gaps
    }

    fn mark(&self) -> Mark {
        Mark {
            objects: self.items.len(),
            gaps: self.gaps.len(),
            unnamed: self.unnamed,
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.items.truncate(mark.objects);
        self.gaps.truncate(mark.gaps);
        self.unnamed = mark.unnamed;
    }

    fn drop_duplicates(&mut self) {
        let mut known = HashSet::new();
        self.items.retain(|item| {
            let uid = item.metadata().uid;
            uid.is_empty() || known.insert(uid)
        });
    }

    fn fill(self: Box<Self>, inventory: &mut Inventory, reading: Reading, gaps: Vec<Gap>) {
        inventory.fill::<K>(self.items, reading, gaps);
    }
}

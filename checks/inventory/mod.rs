//! What was seen of one cluster: its objects by kind, its facts, and what of them was not seen.

mod apis;
mod builtin_apis;
mod context;
pub mod control_plane;
mod custom;
mod digests;
mod document;
mod facts;
pub mod kept_flags;
pub mod kinds;
mod listing;
mod made;
mod manifest;
mod named;
pub mod needs;
mod older;
mod picture;
mod reduce;
mod resource;
mod secret_names;
mod settings;
pub mod snapshot;
#[cfg(test)]
pub(crate) mod testing;
pub mod types;
mod workload_kind;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

pub use apis::{Removal, removal, removals};
pub use context::Context;
pub(crate) use context::Guard;
pub use custom::CustomObject;
pub use document::{BadDocument, Document};
pub use facts::{
    ApiResource, Certificate, ClusterFacts, Discovery, Fact, Flags, HealthReport, ServerVersion,
};
pub use kinds::{Kind, Listed, Listings, Visit};
pub use listing::{Gap, GapReason, Listing, Reading};
pub use made::{Asked, MadeWorkload};
pub use manifest::Loader;
pub use named::{Misnamed, NotJudged, Unjudged};
pub use needs::{Evidence, EvidenceSet, Need, Role};
pub(crate) use picture::{Derived, Slot};
pub use picture::{Picture, Stopped};
pub use reduce::facts_of_command;
pub use resource::{Resource, ServedBy};
pub use settings::{IntParam, Param, Settings, TextsParam, Value};
pub use workload_kind::{Runs, WorkloadKind};

pub use crate::wire::{
    BadYaml, Composed, FieldAt, Piece, Read, Step, Twice, json_document, opened, pieces, read,
    yaml_documents,
};

use crate::{
    model::{ObjectRef, Source, Text, Why},
    wire::{Time, WireError},
};
use types::{HoldsTemplate, ObjectMeta, PodTemplate};

/// Where the objects come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A cluster, now or in a snapshot.
    #[default]
    Live,
    /// Manifests that no API server has seen.
    Files,
}

/// Which namespaces the audit is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The namespaces that were asked for, resolved; none means all.
    pub namespaces: Option<BTreeSet<Text>>,
    /// The namespaces, or their patterns, that were excluded.
    pub excluded: Vec<Text>,
}

/// When the lists of a live cluster were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadingTime {
    /// The API server's clock before the first list.
    pub from: Time,
    /// The same after the last one, with some allowance for clocks that differ.
    pub until: Time,
}

/// Everything that was seen of one cluster.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Where the objects come from.
    pub origin: Origin,
    /// The one time: the API server's clock, or the snapshot's.
    pub now: Time,
    /// Which namespaces the audit is about.
    pub scope: Scope,
    /// When the lists were read, one after another; objects that came into being then are young.
    pub read: Option<ReadingTime>,
    /// What is no object.
    pub facts: ClusterFacts,
    /// Where objects stand in the files that were audited.
    pub sources: BTreeMap<ObjectRef, Source>,
    /// Objects of manifests that are of no kind that is read, in versions that are not served any more.
    pub unlisted: Vec<(ObjectRef, &'static Removal)>,
    /// Custom objects of manifests, for which operators make what is not among them.
    pub custom: BTreeSet<CustomObject>,
    /// Custom objects of manifests of which an operator makes a workload that keeps data.
    pub made: BTreeSet<MadeWorkload>,
    /// Documents of manifests whose `apiVersion` or `kind` no API server knows.
    pub misnamed: Vec<Misnamed>,
    /// How many objects of manifests are of a kind that no check is asked of.
    pub unjudged: BTreeMap<Unjudged, usize>,
    listings: Listings,
}

impl Inventory {
    /// An inventory in which nothing was seen yet.
    pub fn new(origin: Origin, now: Time) -> Self {
        Self {
            origin,
            now,
            ..Self::default()
        }
    }

    /// Puts what was read of a kind in its place, in a fixed order.
    pub fn fill<K: Listed>(&mut self, mut items: Vec<K>, reading: Reading, mut gaps: Vec<Gap>) {
        let keys: Vec<(Text, Text)> = items
            .iter()
            .map(|item| {
                let metadata = item.metadata();
                (metadata.namespace.clone(), metadata.name.clone())
            })
            .collect();
        if let Some(mut order) = order(&keys) {
            // Sorted in place, without a second list of what may be 150,000 pods: `order[at]` is where the object stands
            // that belongs at `at`. From each start the objects move up along their cycle, and a place that has its
            // object points to itself, so that no cycle is gone through twice.
            for start in 0..order.len() {
                let mut at = start;
                while order[at] != start {
                    let next = std::mem::replace(&mut order[at], at);
                    items.swap(at, next);
                    at = next;
                }
                order[at] = at;
            }
        }
        drop(keys);
        items.shrink_to_fit();
        gaps.sort();
        gaps.dedup();
        *K::place_mut(&mut self.listings) = Listing {
            items,
            reading,
            gaps,
        };
    }

    /// What was read of a kind.
    pub fn listing<K: Listed>(&self) -> &Listing<K> {
        K::place(&self.listings)
    }

    /// Whether an object of a namespace came into being while the lists were read.
    ///
    /// Kinds are not listed at the same moment: what belongs to a young object may have come too late for its own
    /// list, so nothing is found on it. Against others it counts: it is there. One that claims to come from later
    /// than the last list shows that clocks differ, and is not young.
    pub fn is_young(&self, object: &ObjectRef) -> bool {
        struct Created<'a>(&'a Inventory, &'a ObjectRef);
        impl Visit for Created<'_> {
            type Output = Option<Time>;
            fn visit<K: Listed>(self) -> Option<Time> {
                let Self(inventory, object) = self;
                inventory
                    .find::<K>(&object.namespace, &object.name)?
                    .metadata()
                    .creation_timestamp
            }
        }
        let Some(read) = self.read else { return false };
        !object.namespace.is_empty()
            && Kind::of(object.group(), &object.kind)
                .and_then(|kind| kind.visit(Created(self, object)))
                .is_some_and(|created| (read.from..=read.until).contains(&created))
    }

    /// Whether no object was seen.
    pub fn is_empty(&self) -> bool {
        let any = |kind: &Kind| !self.places(*kind, None).is_empty();
        !Kind::ALL.iter().any(any) && self.unlisted.is_empty() && self.misnamed.is_empty()
    }

    /// The objects of a kind that were seen, sorted by namespace and name.
    pub fn seen<K: Listed>(&self) -> &[K] {
        self.listing::<K>().items()
    }

    /// The seen objects of a kind in one namespace.
    pub fn seen_in<K: Listed>(&self, namespace: &str) -> &[K] {
        let items = self.seen::<K>();
        &items[in_namespace(items, namespace)]
    }

    /// Where the seen objects of a kind stand in its listing, those of one namespace or all.
    pub fn places(&self, kind: Kind, namespace: Option<&str>) -> Range<usize> {
        struct Places<'a>(&'a Inventory, Option<&'a str>);
        impl Visit for Places<'_> {
            type Output = Range<usize>;
            fn visit<K: Listed>(self) -> Range<usize> {
                let items = self.0.seen::<K>();
                self.1
                    .map_or(0..items.len(), |namespace| in_namespace(items, namespace))
            }
        }
        kind.visit(Places(self, namespace))
    }

    /// The seen object of a kind with this namespace (empty for cluster-scoped kinds) and name.
    pub fn find<K: Listed>(&self, namespace: &str, name: &str) -> Option<&K> {
        let at = self.place::<K>(namespace, name)?;
        Some(&self.seen::<K>()[at])
    }

    /// Where the seen object of a kind stands in its listing; of several manifests of one name the last one.
    pub fn place<K: Listed>(&self, namespace: &str, name: &str) -> Option<usize> {
        let items = self.seen::<K>();
        let until = items.partition_point(|item| {
            let metadata = item.metadata();
            (metadata.namespace.as_str(), metadata.name.as_str()) <= (namespace, name)
        });
        let at = until.checked_sub(1)?;
        let metadata = items[at].metadata();
        (metadata.namespace == namespace && metadata.name == name).then_some(at)
    }

    /// A seen object of a kind that holds templates, by its place.
    pub fn holder(&self, kind: WorkloadKind, place: usize) -> &dyn HoldsTemplate {
        kind.object(&self.listings, place)
    }

    /// The templates of the kinds of which components are, in one namespace or in all, each with the metadata of its object.
    pub fn templates_of_components(
        &self,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (WorkloadKind, &ObjectMeta, PodTemplate<'_>)> {
        WorkloadKind::OF_COMPONENTS
            .into_iter()
            .flat_map(move |kind| {
                self.places(kind.kind(), namespace)
                    .filter_map(move |place| {
                        let holder = self.holder(kind, place);
                        Some((kind, holder.metadata(), holder.template()?))
                    })
            })
    }

    /// Why a piece of evidence was not seen in full; none when it was.
    pub fn gap(&self, evidence: Evidence) -> Option<Why> {
        struct Gaps<'a>(&'a Inventory);
        impl Visit for Gaps<'_> {
            type Output = Option<Why>;
            fn visit<K: Listed>(self) -> Option<Why> {
                self.0.listing::<K>().seen(&K::KIND.resource()).err()
            }
        }
        match evidence {
            Evidence::Objects(kind) => kind.visit(Gaps(self)),
            Evidence::SecretNames => Kind::Secret.visit(Gaps(self)),
            Evidence::Livez => self.facts.livez.get("/livez").err(),
            Evidence::Readyz => self.facts.readyz.get("/readyz").err(),
            Evidence::Flagz => self.facts.flagz.get("/flagz").err(),
            Evidence::ApiCertificates => self
                .facts
                .api_certificates
                .get("the API endpoint's certificates")
                .err(),
        }
    }

    /// Takes a piece of evidence away, as if it could not have been read.
    pub fn withhold(&mut self, evidence: Evidence, gap: &Gap) {
        struct Withhold<'a>(&'a mut Inventory, &'a Gap);
        impl Visit for Withhold<'_> {
            type Output = ();
            fn visit<K: Listed>(self) {
                let Self(inventory, gap) = self;
                let listing = K::place_mut(&mut inventory.listings);
                listing.items.retain(|item| {
                    !gap.namespaces.is_empty()
                        && !gap.namespaces.contains(&item.metadata().namespace)
                });
                listing.gaps.push(gap.clone());
                if listing.reading == Reading::NotServed {
                    listing.gaps.clear();
                }
            }
        }
        match evidence {
            Evidence::Objects(kind) => kind.visit(Withhold(self, gap)),
            Evidence::SecretNames => Kind::Secret.visit(Withhold(self, gap)),
            Evidence::Livez => self.facts.livez = Fact::Gap(gap.clone()),
            Evidence::Readyz => self.facts.readyz = Fact::Gap(gap.clone()),
            Evidence::Flagz => self.facts.flagz = Fact::Gap(gap.clone()),
            Evidence::ApiCertificates => self.facts.api_certificates = Fact::Gap(gap.clone()),
        }
    }

    /// Leaves only the namespaces that `keep` names; objects of the whole cluster stay.
    pub fn restrict(&mut self, keep: &dyn Fn(&str) -> bool) {
        struct Restrict<'a>(&'a mut Listings, &'a dyn Fn(&str) -> bool);
        impl Visit for Restrict<'_> {
            type Output = ();
            fn visit<K: Listed>(self) {
                let Self(listings, keep) = self;
                if !K::KIND.resource().namespaced {
                    return;
                }
                let listing = K::place_mut(listings);
                listing
                    .items
                    .retain(|item| keep(&item.metadata().namespace));
                listing.gaps.retain_mut(|gap| {
                    let everywhere = gap.namespaces.is_empty();
                    gap.namespaces.retain(|namespace| keep(namespace));
                    everywhere || !gap.namespaces.is_empty()
                });
            }
        }
        for kind in Kind::ALL {
            kind.visit(Restrict(&mut self.listings, keep));
        }
        self.unlisted
            .retain(|(object, _)| object.namespace.is_empty() || keep(&object.namespace));
        self.custom.retain(|custom| {
            keep(&custom.object.namespace) || custom.targets.iter().any(|target| keep(target))
        });
        self.made.retain(|made| keep(&made.object.namespace));
        self.misnamed.retain(|misnamed| {
            let namespace = &misnamed.object.namespace;
            namespace.is_empty() || keep(namespace)
        });
    }

    /// The namespaces in which something was seen, or that were seen themselves.
    pub fn namespaces(&self) -> BTreeSet<Text> {
        struct Of<'a>(&'a Inventory);
        impl Visit for Of<'_> {
            type Output = BTreeSet<Text>;
            fn visit<K: Listed>(self) -> BTreeSet<Text> {
                let items = self.0.seen::<K>().iter().map(Listed::metadata);
                match K::KIND {
                    Kind::Namespace => items.map(|metadata| metadata.name.clone()).collect(),
                    kind if kind.resource().namespaced => {
                        items.map(|metadata| metadata.namespace.clone()).collect()
                    }
                    _ => BTreeSet::new(),
                }
            }
        }
        let mut namespaces = BTreeSet::new();
        for kind in Kind::ALL {
            namespaces.extend(kind.visit(Of(self)));
        }
        namespaces
    }

    /// How many objects were seen of what a piece of evidence is about.
    pub fn count(&self, evidence: Evidence) -> usize {
        struct Count<'a>(&'a Inventory);
        impl Visit for Count<'_> {
            type Output = usize;
            fn visit<K: Listed>(self) -> usize {
                self.0.seen::<K>().len()
            }
        }
        match evidence {
            Evidence::Objects(kind) => kind.visit(Count(self)),
            _ => 0,
        }
    }
}

/// Where the objects of a namespace stand.
fn in_namespace<K: Listed>(items: &[K], namespace: &str) -> Range<usize> {
    let start = items.partition_point(|item| item.metadata().namespace.as_str() < namespace);
    let end = items.partition_point(|item| item.metadata().namespace.as_str() <= namespace);
    start..end
}

/// Which of the objects with these keys stands where once they are sorted; none when they are. Compiled once for all kinds.
fn order(keys: &[(Text, Text)]) -> Option<Vec<usize>> {
    if keys.is_sorted() {
        return None;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));
    Some(order)
}

/// Reads one object from JSON, drops what must not outlive decoding, and shares what is equal.
///
/// # Errors
/// What is not understood.
pub fn decode_json<K: Listed>(json: &str) -> Result<K, serde_json::Error> {
    let mut object = K::from_json(json)?;
    object.reduce();
    object.metadata_mut().forget_writers();
    Ok(object)
}

/// Reads one object from its protobuf message, drops what must not outlive decoding, and shares what is equal.
///
/// # Errors
/// What is not understood.
pub fn decode_protobuf<K: Listed>(message: &[u8]) -> Result<K, WireError> {
    let mut object = K::from_protobuf(message)?;
    object.reduce();
    object.metadata_mut().forget_writers();
    Ok(object)
}

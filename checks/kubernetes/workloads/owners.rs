//! Who belongs to whom: the walk from each object to the controller that a person edits.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    inventory::{
        Derived, Inventory, Kind, Listed, Picture, Reading, Runs, ServedBy, Slot, Visit,
        WorkloadKind,
        kinds::Pod,
        types::{HoldsTemplate, ObjectMeta, OwnerReference},
    },
    model::{ObjectRef, Text, Why},
    wire::Uid,
};

/// An object by its kind and its place in the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct At {
    pub(super) kind: WorkloadKind,
    pub(super) index: u32,
}

/// One workload.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) object: Arc<ObjectRef>,
    /// Which object holds the template.
    pub(super) template: At,
    /// The nearest built-in controller, when the top one is an object that kready does not have.
    pub(super) via: Option<ObjectRef>,
    pub(super) pods: Vec<u32>,
}

/// Who belongs to whom.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    /// For each pod of the listing its entry.
    pub(super) of_pod: Vec<Option<u32>>,
    /// Owners that were not seen though they have children.
    pub(super) unseen: Vec<UnseenOwner>,
    /// For each pod of the listing why its owner is not known.
    pub(super) undecided_pods: BTreeMap<u32, Why>,
}

/// An owner that was not seen: its children cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenOwner {
    /// What kind of owner it is.
    pub kind: WorkloadKind,
    /// The namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// Why it was not seen.
    pub why: Why,
}

impl UnseenOwner {
    /// The kinds of which the top-level controller may be.
    pub const fn possible_tops(&self) -> &'static [Kind] {
        self.kind.possible_tops()
    }
}

/// Where the walk along the owners ends.
enum Top {
    /// At an object of a kind that holds a template.
    Here(At),
    /// At an object that kready does not have; `below` is the last one before it.
    Beyond {
        owner: ObjectRef,
        uid: Uid,
        below: At,
    },
    /// At an object of a kind that was not seen.
    Unseen(UnseenOwner),
}

/// How far a walk along the owners goes before it is taken for a cycle.
const LONGEST_WALK: usize = 16;

struct Walker<'a> {
    inventory: &'a Inventory,
    by_uid: HashMap<Uid, At>,
}

impl<'a> Walker<'a> {
    fn holder(&self, at: At) -> &'a dyn HoldsTemplate {
        self.inventory.holder(at.kind, at.index as usize)
    }

    fn metadata(&self, at: At) -> &'a ObjectMeta {
        self.holder(at).metadata()
    }

    fn reference(&self, at: At) -> ObjectRef {
        let resource = at.kind.kind().resource();
        let metadata = self.metadata(at);
        ObjectRef {
            api_version: resource.api_version().into(),
            kind: resource.kind.into(),
            namespace: metadata.namespace.clone(),
            name: metadata.name.clone(),
            copy: metadata.copy,
        }
    }

    fn find(&self, owner: &OwnerReference, namespace: &str) -> Option<At> {
        if let Some(at) = self.by_uid.get(&owner.uid) {
            return Some(*at);
        }
        // Manifests may name an owner without knowing its UID.
        if !owner.uid.is_empty() {
            return None;
        }
        let kind = of_owner(owner)?;
        let index = kind
            .kind()
            .visit(Place(self.inventory, namespace, &owner.name))?;
        Some(At {
            kind,
            index: u32::try_from(index).ok()?,
        })
    }

    fn top(&self, start: At) -> Top {
        let mut at = start;
        for _ in 0..LONGEST_WALK {
            let metadata = self.metadata(at);
            let Some(owner) = metadata.controller() else {
                return Top::Here(at);
            };
            // The node that "controls" a mirror pod is no controller.
            if owner.kind == "Node" && owner.api_version == "v1" {
                return Top::Here(at);
            }
            if let Some(next) = self.find(owner, &metadata.namespace) {
                at = next;
                continue;
            }
            if let Some(kind) = of_owner(owner)
                && let Some(why) = unseen(self.inventory, kind.kind(), &metadata.namespace)
            {
                return Top::Unseen(UnseenOwner {
                    kind,
                    namespace: metadata.namespace.clone(),
                    name: owner.name.clone(),
                    why,
                });
            }
            return Top::Beyond {
                owner: ObjectRef {
                    api_version: owner.api_version.clone(),
                    kind: owner.kind.clone(),
                    namespace: metadata.namespace.clone(),
                    name: owner.name.clone(),
                    copy: 0,
                },
                uid: owner.uid,
                below: at,
            };
        }
        Top::Here(start)
    }
}

/// Finds where an object stands in its listing, by namespace and name.
struct Place<'a>(&'a Inventory, &'a str, &'a str);

impl Visit for Place<'_> {
    type Output = Option<usize>;
    fn visit<K: Listed>(self) -> Option<usize> {
        let Self(inventory, namespace, name) = self;
        inventory.place::<K>(namespace, name)
    }
}

/// Why a kind was not seen in a namespace; a custom kind that is not served has no objects.
fn unseen(inventory: &Inventory, kind: Kind, namespace: &str) -> Option<Why> {
    struct Unseen<'a>(&'a Inventory, &'a str);
    impl Visit for Unseen<'_> {
        type Output = Option<Why>;
        fn visit<K: Listed>(self) -> Option<Why> {
            let listing = self.0.listing::<K>();
            let custom = K::KIND.resource().served_by == ServedBy::Custom;
            if custom && listing.reading == Reading::NotServed {
                return None;
            }
            listing.seen_in(self.1, &K::KIND.resource()).err()
        }
    }
    kind.visit(Unseen(inventory, namespace))
}

/// The kind of a controller; none for one that kready does not have.
fn of_owner(owner: &OwnerReference) -> Option<WorkloadKind> {
    let group = owner.api_version.split_once('/');
    WorkloadKind::of_controller(group.map_or("", |(group, _)| group), &owner.kind)
}

impl Derived for Index {
    const SLOT: Slot = Slot::Owners;

    fn of(picture: &Picture<'_>) -> Self {
        let inventory: &Inventory = picture;
        let mut walker = Walker {
            inventory,
            by_uid: HashMap::new(),
        };
        walker.by_uid = uids(&walker);
        let mut index = Self {
            of_pod: vec![None; inventory.seen::<Pod>().len()],
            ..Self::default()
        };
        let mut here: HashMap<At, u32> = HashMap::new();
        let mut beyond: HashMap<(Uid, ObjectRef, Option<At>), u32> = HashMap::new();
        let mut unseen: BTreeMap<(WorkloadKind, Text, Text), UnseenOwner> = BTreeMap::new();
        // Pods of one owner stand side by side, and belong to the same.
        let mut last: Option<(&OwnerReference, &Text, u32)> = None;
        for at in everything(inventory) {
            picture.look();
            let owner = (at.kind == WorkloadKind::Pod)
                .then(|| walker.metadata(at))
                .and_then(|pod| Some((pod.controller()?, &pod.namespace)));
            if let (Some((owner, namespace)), Some((last, of, entry))) = (owner, last)
                && owner == last
                && namespace == of
            {
                index.of_pod[at.index as usize] = Some(entry);
                index.entries[entry as usize].pods.push(at.index);
                continue;
            }
            let entry = match walker.top(at) {
                Top::Unseen(owner) => {
                    if at.kind == WorkloadKind::Pod {
                        index.undecided_pods.insert(at.index, owner.why.clone());
                    }
                    let key = (owner.kind, owner.namespace.clone(), owner.name.clone());
                    unseen.entry(key).or_insert(owner);
                    continue;
                }
                Top::Here(top) => {
                    let next = index.entries.len();
                    let entry = *here.entry(top).or_insert_with(|| next_id(next));
                    if entry as usize == next {
                        index.entries.push(Entry {
                            object: Arc::new(walker.reference(top)),
                            template: top,
                            via: None,
                            pods: Vec::new(),
                        });
                    }
                    entry
                }
                Top::Beyond { owner, uid, below } => {
                    // Pods, and the generations that one owner keeps, such as an OpenShift DeploymentConfig, share one
                    // template.
                    let grouped = below.kind == WorkloadKind::Pod || is_generation(below);
                    let key = (uid, owner.clone(), (!grouped).then_some(below));
                    let next = index.entries.len();
                    let entry = *beyond.entry(key).or_insert_with(|| next_id(next));
                    if entry as usize == next {
                        index.entries.push(Entry {
                            object: Arc::new(owner),
                            template: below,
                            via: (below.kind != WorkloadKind::Pod).then(|| walker.reference(below)),
                            pods: Vec::new(),
                        });
                    } else if newer(&walker, below, index.entries[entry as usize].template) {
                        let known = &mut index.entries[entry as usize];
                        known.template = below;
                        known.via =
                            (below.kind != WorkloadKind::Pod).then(|| walker.reference(below));
                    }
                    entry
                }
            };
            if at.kind == WorkloadKind::Pod {
                index.of_pod[at.index as usize] = Some(entry);
                index.entries[entry as usize].pods.push(at.index);
            }
            // One on a Node, or without an owner that was seen, stands for itself.
            last = match (owner, index.entries[entry as usize].template) {
                (Some((owner, namespace)), template) if template.kind != WorkloadKind::Pod => {
                    Some((owner, namespace, entry))
                }
                _ => None,
            };
        }
        index.unseen = unseen.into_values().collect();
        index
    }
}

/// Whether an object is one of the generations of its owner.
fn is_generation(at: At) -> bool {
    at.kind.runs() == Runs::Generation
}

/// Whether a generation is the one to take the template from rather than what is known.
fn newer(walker: &Walker<'_>, candidate: At, known: At) -> bool {
    if candidate.kind != known.kind || !is_generation(candidate) {
        return is_generation(candidate) && known.kind == WorkloadKind::Pod;
    }
    let rank = |at: At| {
        let holder = walker.holder(at);
        let runs = holder.declared_replicas().is_none_or(|count| count > 0);
        (runs, holder.metadata().creation_timestamp)
    };
    rank(candidate) > rank(known)
}

fn next_id(next: usize) -> u32 {
    u32::try_from(next).unwrap_or(u32::MAX)
}

/// Every object that holds a template, controllers first.
fn everything(inventory: &Inventory) -> impl Iterator<Item = At> {
    WorkloadKind::BY_TURN.into_iter().flat_map(|kind| {
        let count = inventory.places(kind.kind(), None).len();
        (0..next_id(count)).map(move |index| At { kind, index })
    })
}

fn uids(walker: &Walker<'_>) -> HashMap<Uid, At> {
    everything(walker.inventory)
        .filter(|at| at.kind != WorkloadKind::Pod)
        .filter_map(|at| {
            let uid = walker.metadata(at).uid;
            (!uid.is_empty()).then_some((uid, at))
        })
        .collect()
}

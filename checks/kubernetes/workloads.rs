//! Five kinds and more, one view: every pod template once, at its top-level controller (rule 1 of RULES.md).

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    inventory::{
        Context, Derived, Evidence, Inventory, Kind, Listed, Origin, Picture, Reading, ServedBy,
        Slot,
        control_plane::{ControlPlaneComponent, component_of, is_mirror},
        kinds::{
            CloneSet, CronJob, DaemonSet, Deployment, Job, Pod, ReplicaSet, ReplicationController,
            Rollout, StatefulSet, object_ref,
        },
        types::{Container, ObjectMeta, OwnerReference, PersistentVolumeClaim, PodSpec},
    },
    model::{ObjectRef, Subject, Text, Why},
    wire::{Labels, Uid},
};

/// The kind that holds a workload's template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
    Pod,
    Rollout,
    CloneSet,
}

impl WorkloadKind {
    const CONTROLLERS: [Self; 9] = [
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::Job,
        Self::CronJob,
        Self::Rollout,
        Self::CloneSet,
    ];

    /// Whether it keeps a number of replicas for good.
    pub const fn is_replicated(self) -> bool {
        matches!(
            self,
            Self::Deployment
                | Self::StatefulSet
                | Self::ReplicaSet
                | Self::ReplicationController
                | Self::Rollout
                | Self::CloneSet
        )
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Deployment => Kind::Deployment,
            Self::StatefulSet => Kind::StatefulSet,
            Self::DaemonSet => Kind::DaemonSet,
            Self::ReplicaSet => Kind::ReplicaSet,
            Self::ReplicationController => Kind::ReplicationController,
            Self::Job => Kind::Job,
            Self::CronJob => Kind::CronJob,
            Self::Pod => Kind::Pod,
            Self::Rollout => Kind::Rollout,
            Self::CloneSet => Kind::CloneSet,
        }
    }

    fn of_owner(owner: &OwnerReference) -> Option<Self> {
        let group = owner
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        Self::CONTROLLERS.into_iter().find(|kind| {
            let resource = kind.kind().resource();
            resource.kind == owner.kind && resource.group == group
        })
    }
}

/// An object by its kind and its place in the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct At {
    kind: WorkloadKind,
    index: u32,
}

/// One workload.
#[derive(Debug)]
struct Entry {
    object: Arc<ObjectRef>,
    /// Which object holds the template.
    template: At,
    /// The nearest built-in controller, when the top one is an object that kready does not have.
    via: Option<ObjectRef>,
    pods: Vec<u32>,
}

/// Who belongs to whom.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    /// For each pod of the listing its entry.
    of_pod: Vec<Option<u32>>,
    /// Owners that were not seen though they have children.
    unseen: Vec<UnseenOwner>,
    /// For each pod of the listing why its owner is not known.
    undecided_pods: BTreeMap<u32, Why>,
}

/// What most checks ask of the index, gathered once.
#[derive(Debug, Default)]
struct Gathered {
    /// For each entry the first one of the same object.
    subjects: Vec<u32>,
    /// The live pods by what they belong to, sorted by its key; with the entry of the first of them.
    live: Vec<(u32, Vec<u32>)>,
    /// Live pods whose owner is not known.
    undecided: Vec<u32>,
    /// The pods of the control plane, and what they run.
    control_plane: Vec<(u32, ControlPlaneComponent)>,
    /// The entries of each namespace, in their order.
    by_namespace: BTreeMap<Text, Vec<u32>>,
}

impl Derived for Gathered {
    const SLOT: Slot = Slot::Gathered;

    fn of(picture: &Picture<'_>) -> Self {
        let index = picture.derived::<Index>();
        let mut gathered = Self::default();
        // Workloads of one owner that kready does not have are one subject.
        let mut groups: HashMap<[&str; 4], u32> = HashMap::new();
        let subjects: Vec<u32> = (0..)
            .zip(&index.entries)
            .map(|(id, entry)| *groups.entry(key(&entry.object)).or_insert(id))
            .collect();
        let mut live: Vec<Vec<u32>> = vec![Vec::new(); index.entries.len()];
        for (place, pod) in (0..).zip(picture.seen::<Pod>()) {
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
        gathered
            .live
            .sort_by_cached_key(|(entry, _)| key(&index.entries[*entry as usize].object).join("/"));
        gathered.subjects = subjects;
        for (id, entry) in (0..).zip(&index.entries) {
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
fn key(object: &ObjectRef) -> [&str; 4] {
    [
        object.group(),
        &object.kind,
        &object.namespace,
        &object.name,
    ]
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
        match self.kind {
            WorkloadKind::ReplicaSet => &[Kind::ReplicaSet, Kind::Deployment, Kind::Rollout],
            WorkloadKind::Job => &[Kind::Job, Kind::CronJob],
            WorkloadKind::Deployment => &[Kind::Deployment],
            WorkloadKind::StatefulSet => &[Kind::StatefulSet],
            WorkloadKind::DaemonSet => &[Kind::DaemonSet],
            WorkloadKind::ReplicationController => &[Kind::ReplicationController],
            WorkloadKind::CronJob => &[Kind::CronJob],
            WorkloadKind::Pod => &[Kind::Pod],
            WorkloadKind::Rollout => &[Kind::Rollout, Kind::Deployment],
            WorkloadKind::CloneSet => &[Kind::CloneSet, Kind::Deployment],
        }
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

macro_rules! with_object {
    ($inventory:expr, $at:expr, $object:ident => $body:expr) => {{
        let at: At = $at;
        let index = at.index as usize;
        match at.kind {
            WorkloadKind::Deployment => {
                let $object = &$inventory.seen::<Deployment>()[index];
                $body
            }
            WorkloadKind::StatefulSet => {
                let $object = &$inventory.seen::<StatefulSet>()[index];
                $body
            }
            WorkloadKind::DaemonSet => {
                let $object = &$inventory.seen::<DaemonSet>()[index];
                $body
            }
            WorkloadKind::ReplicaSet => {
                let $object = &$inventory.seen::<ReplicaSet>()[index];
                $body
            }
            WorkloadKind::ReplicationController => {
                let $object = &$inventory.seen::<ReplicationController>()[index];
                $body
            }
            WorkloadKind::Job => {
                let $object = &$inventory.seen::<Job>()[index];
                $body
            }
            WorkloadKind::CronJob => {
                let $object = &$inventory.seen::<CronJob>()[index];
                $body
            }
            WorkloadKind::Pod => {
                let $object = &$inventory.seen::<Pod>()[index];
                $body
            }
            WorkloadKind::Rollout => {
                let $object = &$inventory.seen::<Rollout>()[index];
                $body
            }
            WorkloadKind::CloneSet => {
                let $object = &$inventory.seen::<CloneSet>()[index];
                $body
            }
        }
    }};
}

struct Walker<'a> {
    inventory: &'a Inventory,
    by_uid: HashMap<Uid, At>,
}

impl Walker<'_> {
    fn metadata(&self, at: At) -> &ObjectMeta {
        with_object!(self.inventory, at, object => object.metadata())
    }

    fn reference(&self, at: At) -> ObjectRef {
        with_object!(self.inventory, at, object => object_ref(object))
    }

    fn find(&self, owner: &OwnerReference, namespace: &str) -> Option<At> {
        if let Some(at) = self.by_uid.get(&owner.uid) {
            return Some(*at);
        }
        // Manifests may name an owner without knowing its UID.
        if !owner.uid.is_empty() {
            return None;
        }
        let kind = WorkloadKind::of_owner(owner)?;
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
            if let Some(kind) = WorkloadKind::of_owner(owner)
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

impl crate::inventory::Visit for Place<'_> {
    type Output = Option<usize>;
    fn visit<K: Listed>(self) -> Option<usize> {
        let Self(inventory, namespace, name) = self;
        inventory
            .seen::<K>()
            .binary_search_by(|item| {
                let metadata = item.metadata();
                (metadata.namespace.as_str(), metadata.name.as_str()).cmp(&(namespace, name))
            })
            .ok()
    }
}

/// Why a kind was not seen in a namespace; a custom kind that is not served has no objects.
fn unseen(inventory: &Inventory, kind: Kind, namespace: &str) -> Option<Why> {
    struct Unseen<'a>(&'a Inventory, &'a str);
    impl crate::inventory::Visit for Unseen<'_> {
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

impl Derived for Index {
    const SLOT: Slot = Slot::Owners;

    fn of(picture: &Picture<'_>) -> Self {
        let inventory: &Inventory = picture;
        let walker = Walker {
            inventory,
            by_uid: uids(inventory),
        };
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
                    let grouped = below.kind == WorkloadKind::Pod || is_generation(below.kind);
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

/// Whether objects of this kind are the generations of one owner: the newest runs, older ones wait for a rollback.
const fn is_generation(kind: WorkloadKind) -> bool {
    matches!(
        kind,
        WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController
    )
}

/// Whether a generation is the one to take the template from rather than what is known.
fn newer(walker: &Walker<'_>, candidate: At, known: At) -> bool {
    if candidate.kind != known.kind || !is_generation(candidate.kind) {
        return is_generation(candidate.kind) && known.kind == WorkloadKind::Pod;
    }
    let rank = |at: At| {
        let (replicas, metadata) = if at.kind == WorkloadKind::ReplicationController {
            let found = &walker.inventory.seen::<ReplicationController>()[at.index as usize];
            (found.spec.replicas, &found.metadata)
        } else {
            let found = &walker.inventory.seen::<ReplicaSet>()[at.index as usize];
            (found.spec.replicas, &found.metadata)
        };
        (replicas.unwrap_or(1) > 0, metadata.creation_timestamp)
    };
    rank(candidate) > rank(known)
}

fn next_id(next: usize) -> u32 {
    u32::try_from(next).unwrap_or(u32::MAX)
}

fn positions<K: Listed>(inventory: &Inventory, kind: WorkloadKind) -> impl Iterator<Item = At> {
    let count = u32::try_from(inventory.seen::<K>().len()).unwrap_or(u32::MAX);
    (0..count).map(move |index| At { kind, index })
}

/// Every object that holds a template, controllers first.
fn everything(inventory: &Inventory) -> impl Iterator<Item = At> {
    positions::<Deployment>(inventory, WorkloadKind::Deployment)
        .chain(positions::<StatefulSet>(
            inventory,
            WorkloadKind::StatefulSet,
        ))
        .chain(positions::<DaemonSet>(inventory, WorkloadKind::DaemonSet))
        .chain(positions::<Rollout>(inventory, WorkloadKind::Rollout))
        .chain(positions::<CloneSet>(inventory, WorkloadKind::CloneSet))
        .chain(positions::<CronJob>(inventory, WorkloadKind::CronJob))
        .chain(positions::<ReplicaSet>(inventory, WorkloadKind::ReplicaSet))
        .chain(positions::<ReplicationController>(
            inventory,
            WorkloadKind::ReplicationController,
        ))
        .chain(positions::<Job>(inventory, WorkloadKind::Job))
        .chain(positions::<Pod>(inventory, WorkloadKind::Pod))
}

fn uids(inventory: &Inventory) -> HashMap<Uid, At> {
    everything(inventory)
        .filter(|at| at.kind != WorkloadKind::Pod)
        .filter_map(|at| {
            let uid = with_object!(inventory, at, object => object.metadata().uid);
            (!uid.is_empty()).then_some((uid, at))
        })
        .collect()
}

/// One pod template at its top-level controller, with the live pods that belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    picture: &'a Picture<'a>,
    entry: &'a Entry,
    id: u32,
    /// The kind that holds the template.
    pub kind: WorkloadKind,
    /// The metadata of the object that holds the template.
    pub metadata: &'a ObjectMeta,
    /// The template's labels.
    pub labels: &'a Labels,
    /// The template's metadata.
    pub template: &'a ObjectMeta,
    /// The template's specification.
    pub spec: &'a PodSpec,
}

impl Subject for Workload<'_> {
    fn object(&self) -> ObjectRef {
        self.reference().clone()
    }

    fn shared_object(&self) -> Arc<ObjectRef> {
        Arc::clone(&self.entry.object)
    }
}

impl PartialEq for Workload<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<'a> Workload<'a> {
    /// The namespace.
    pub fn namespace(&self) -> &'a Text {
        &self.entry.object.namespace
    }

    /// The object that a person edits: the top-level controller.
    pub fn reference(&self) -> &'a ObjectRef {
        &self.entry.object
    }

    /// The number of what a person edits, which several workloads of an operator may have in common.
    pub fn subject(&self) -> u32 {
        let gathered = self.picture.derived::<Gathered>();
        gathered.subjects[self.id as usize]
    }

    /// Whether its top-level controller is an object that kready does not have: a custom resource.
    pub fn is_operated(&self) -> bool {
        self.entry.via.is_some() || self.entry.object.kind != self.kind.kind().resource().kind
    }

    /// Whether it is meant to run for good (rule 3 of RULES.md).
    pub fn is_long_running(&self) -> bool {
        match self.kind {
            WorkloadKind::Job | WorkloadKind::CronJob => false,
            WorkloadKind::Pod => matches!(self.spec.restart_policy.as_str(), "" | "Always"),
            _ => true,
        }
    }

    /// Whether it is a Job that will not start another pod.
    pub fn has_ended(&self) -> bool {
        self.kind == WorkloadKind::Job
            && self.picture.seen::<Job>()[self.entry.template.index as usize]
                .status
                .conditions
                .iter()
                .any(|condition| {
                    condition.is_true() && matches!(condition.kind.as_str(), "Complete" | "Failed")
                })
    }

    /// The number of replicas that it asks for by itself; none where a kind has no such number.
    pub fn declared_replicas(&self) -> Option<i32> {
        let index = self.entry.template.index as usize;
        let replicas = match self.kind {
            WorkloadKind::Deployment => self.picture.seen::<Deployment>()[index].spec.replicas,
            WorkloadKind::StatefulSet => self.picture.seen::<StatefulSet>()[index].spec.replicas,
            WorkloadKind::ReplicaSet => self.picture.seen::<ReplicaSet>()[index].spec.replicas,
            WorkloadKind::ReplicationController => {
                self.picture.seen::<ReplicationController>()[index]
                    .spec
                    .replicas
            }
            WorkloadKind::Rollout => self.picture.seen::<Rollout>()[index].spec.replicas,
            WorkloadKind::CloneSet => self.picture.seen::<CloneSet>()[index].spec.replicas,
            WorkloadKind::Pod => Some(1),
            WorkloadKind::DaemonSet | WorkloadKind::Job | WorkloadKind::CronJob => return None,
        };
        Some(replicas.unwrap_or(1))
    }

    /// The templates of the claims that each replica gets for itself.
    pub fn volume_claim_templates(&self) -> &'a [PersistentVolumeClaim] {
        if self.kind != WorkloadKind::StatefulSet {
            return &[];
        }
        &self.picture.seen::<StatefulSet>()[self.entry.template.index as usize]
            .spec
            .volume_claim_templates
    }

    /// The Deployment that holds the template.
    pub fn deployment(&self) -> Option<&'a Deployment> {
        (self.kind == WorkloadKind::Deployment)
            .then(|| &self.picture.seen::<Deployment>()[self.entry.template.index as usize])
    }

    /// The StatefulSet that holds the template.
    pub fn stateful_set(&self) -> Option<&'a StatefulSet> {
        (self.kind == WorkloadKind::StatefulSet)
            .then(|| &self.picture.seen::<StatefulSet>()[self.entry.template.index as usize])
    }

    /// The DaemonSet that holds the template.
    pub fn daemon_set(&self) -> Option<&'a DaemonSet> {
        (self.kind == WorkloadKind::DaemonSet)
            .then(|| &self.picture.seen::<DaemonSet>()[self.entry.template.index as usize])
    }

    /// The ReplicaSet that holds the template.
    pub fn replica_set(&self) -> Option<&'a ReplicaSet> {
        (self.kind == WorkloadKind::ReplicaSet)
            .then(|| &self.picture.seen::<ReplicaSet>()[self.entry.template.index as usize])
    }

    /// The ReplicationController that holds the template.
    pub fn replication_controller(&self) -> Option<&'a ReplicationController> {
        (self.kind == WorkloadKind::ReplicationController).then(|| {
            &self.picture.seen::<ReplicationController>()[self.entry.template.index as usize]
        })
    }

    /// The Rollout or CloneSet that holds the template.
    pub fn rollout(&self) -> Option<&'a Rollout> {
        let index = self.entry.template.index as usize;
        match self.kind {
            WorkloadKind::Rollout => Some(&self.picture.seen::<Rollout>()[index]),
            WorkloadKind::CloneSet => Some(&self.picture.seen::<CloneSet>()[index]),
            _ => None,
        }
    }

    /// The bare Pod that is the workload.
    pub fn pod(&self) -> Option<&'a Pod> {
        (self.kind == WorkloadKind::Pod)
            .then(|| &self.picture.seen::<Pod>()[self.entry.template.index as usize])
    }

    /// All pods that belong to it, ended ones included.
    pub fn pods(&self) -> impl Iterator<Item = &'a Pod> {
        let pods = self.picture.seen::<Pod>();
        self.entry
            .pods
            .iter()
            .map(move |index| &pods[*index as usize])
    }

    /// The pods that belong to it and have neither ended nor are about to (rule 4 of RULES.md).
    pub fn live_pods(&self) -> impl Iterator<Item = &'a Pod> {
        self.pods().filter(|pod| is_live(pod))
    }

    /// The field of the pod specification, from the object that a person edits.
    pub fn at(&self, field: &str) -> String {
        let prefix = match self.kind {
            WorkloadKind::Pod => "spec",
            WorkloadKind::CronJob => "spec.jobTemplate.spec.template.spec",
            _ => "spec.template.spec",
        };
        self.within(&format!("{prefix}.{field}"))
    }

    /// The field of the template, its metadata for one, from the object that a person edits.
    pub fn at_template(&self, field: &str) -> String {
        let prefix = match self.kind {
            WorkloadKind::Pod => "",
            WorkloadKind::CronJob => "spec.jobTemplate.spec.template.",
            _ => "spec.template.",
        };
        self.within(&format!("{prefix}{field}"))
    }

    /// A field of the object that holds the template; an operator's child is named before it.
    pub fn within(&self, path: &str) -> String {
        match &self.entry.via {
            Some(via) => format!("{}/{}: {path}", via.kind, via.name),
            None if self.kind == WorkloadKind::Pod && self.entry.object.kind != "Pod" => {
                format!("Pod: {path}")
            }
            None => path.to_owned(),
        }
    }

    /// Every container, in the order in which they start.
    pub fn every_container(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        let workload = *self;
        let spec = self.spec;
        spec.init_containers
            .iter()
            .map(|container| {
                let role = if container.restart_policy == "Always" {
                    ContainerRole::Sidecar
                } else {
                    ContainerRole::Init
                };
                (role, container)
            })
            .chain(
                spec.containers
                    .iter()
                    .map(|container| (ContainerRole::App, container)),
            )
            .chain(
                spec.ephemeral_containers
                    .iter()
                    .map(|container| (ContainerRole::Ephemeral, container)),
            )
            .map(move |(role, container)| ContainerView {
                role,
                container,
                workload,
            })
    }

    /// The containers that run as long as the pod: app containers and native sidecars.
    pub fn long_running_containers(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        self.every_container()
            .filter(|view| matches!(view.role, ContainerRole::App | ContainerRole::Sidecar))
    }
}

/// What a container is to its pod (rule 2 of RULES.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRole {
    /// One of `containers`.
    App,
    /// One of `initContainers` that keeps running.
    Sidecar,
    /// Another one of `initContainers`.
    Init,
    /// One of `ephemeralContainers`.
    Ephemeral,
}

/// One container of a workload's template.
#[derive(Clone, Copy, Debug)]
pub struct ContainerView<'a> {
    /// What it is to its pod.
    pub role: ContainerRole,
    /// The container.
    pub container: &'a Container,
    workload: Workload<'a>,
}

impl ContainerView<'_> {
    /// A field of the container, from the object that a person edits.
    pub fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path())
    }

    /// The container itself, from the object that a person edits.
    pub fn path(&self) -> String {
        let list = match self.role {
            ContainerRole::App => "containers",
            ContainerRole::Sidecar | ContainerRole::Init => "initContainers",
            ContainerRole::Ephemeral => "ephemeralContainers",
        };
        self.workload
            .at(&format!("{list}[name={}]", self.container.name))
    }
}

impl<'a> Context<'a> {
    /// Every workload, and every owner that was not seen though it has children (rule 1 of RULES.md). Demands ReplicaSet.
    #[track_caller]
    pub fn workloads(
        &self,
    ) -> impl Iterator<Item = Result<Workload<'a>, &'a UnseenOwner>> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::ReplicaSet)])
            .workloads()
    }

    /// Every workload of a namespace that was seen. Demands ReplicaSet.
    #[track_caller]
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::ReplicaSet)])
            .workloads_in(namespace)
    }

    /// The workload that a pod belongs to; none for one that was not read. Demands Pod.
    ///
    /// # Errors
    /// Its owner was not seen.
    #[track_caller]
    pub fn workload_of(&self, pod: &Pod) -> Result<Option<Workload<'a>>, Why> {
        self.reading(&[Evidence::Objects(Kind::Pod)])
            .workload_of(pod)
    }

    /// The pods of the control plane, and what they run: findings may sit on them.
    #[track_caller]
    pub fn control_plane_pods(
        &self,
    ) -> impl Iterator<Item = (&'a Pod, ControlPlaneComponent)> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::Pod)])
            .control_plane_pods()
    }
}

/// Whether a pod has neither ended nor is about to (rule 4 of RULES.md).
pub fn is_live(pod: &Pod) -> bool {
    !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed")
        && pod.metadata.deletion_timestamp.is_none()
}

impl Picture<'_> {
    /// Every workload that was seen, and every owner that was not seen though it has children.
    ///
    /// Left out are mirror pods, which belong to their node, and bare pods that have ended.
    pub fn workloads(&self) -> impl Iterator<Item = Result<Workload<'_>, &UnseenOwner>> {
        let index = self.derived::<Index>();
        let ids = 0..u32::try_from(index.entries.len()).unwrap_or(u32::MAX);
        ids.filter_map(move |id| self.counted(index, id).map(Ok))
            .chain(index.unseen.iter().map(Err))
    }

    /// Every workload of a namespace that was seen.
    pub fn workloads_in<'a>(
        &'a self,
        namespace: &str,
    ) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        let index = self.derived::<Index>();
        self.derived::<Gathered>()
            .by_namespace
            .get(namespace)
            .into_iter()
            .flatten()
            .filter_map(move |id| self.counted(index, *id))
    }

    fn counted<'a>(&'a self, index: &'a Index, id: u32) -> Option<Workload<'a>> {
        let workload = self.workload_in(index, id);
        let live = self.origin == Origin::Live;
        workload
            .pod()
            .is_none_or(|pod| !is_mirror(pod) && (!live || is_live(pod)))
            .then_some(workload)
    }

    /// The live pods by the workload that a person edits, sorted by its key, and why those are not known of which it
    /// was not seen.
    pub fn live_pods_by_workload(
        &self,
    ) -> (
        impl Iterator<Item = (Workload<'_>, Vec<&Pod>)>,
        impl Iterator<Item = &Why>,
    ) {
        let index = self.derived::<Index>();
        let gathered = self.derived::<Gathered>();
        let pods = self.seen::<Pod>();
        let groups = gathered.live.iter().map(move |(entry, places)| {
            let pods = places.iter().map(|place| &pods[*place as usize]).collect();
            (self.workload_in(index, *entry), pods)
        });
        let unknown = gathered.undecided.iter();
        (
            groups,
            unknown.filter_map(|place| index.undecided_pods.get(place)),
        )
    }

    /// The pods of the control plane that were seen, and what they run.
    pub fn control_plane_pods(&self) -> impl Iterator<Item = (&Pod, ControlPlaneComponent)> {
        let pods = self.seen::<Pod>();
        self.derived::<Gathered>()
            .control_plane
            .iter()
            .map(|(place, component)| (&pods[*place as usize], *component))
    }

    fn workload_in<'a>(&'a self, index: &'a Index, id: u32) -> Workload<'a> {
        let entry = &index.entries[id as usize];
        let At { kind, index } = entry.template;
        let index = index as usize;
        let (metadata, template, spec): (&ObjectMeta, &ObjectMeta, &PodSpec) = match kind {
            WorkloadKind::Deployment => parts(
                &self.seen::<Deployment>()[index].metadata,
                &self.seen::<Deployment>()[index].spec.template,
            ),
            WorkloadKind::StatefulSet => parts(
                &self.seen::<StatefulSet>()[index].metadata,
                &self.seen::<StatefulSet>()[index].spec.template,
            ),
            WorkloadKind::DaemonSet => parts(
                &self.seen::<DaemonSet>()[index].metadata,
                &self.seen::<DaemonSet>()[index].spec.template,
            ),
            WorkloadKind::ReplicaSet => parts(
                &self.seen::<ReplicaSet>()[index].metadata,
                &self.seen::<ReplicaSet>()[index].spec.template,
            ),
            WorkloadKind::ReplicationController => parts(
                &self.seen::<ReplicationController>()[index].metadata,
                &self.seen::<ReplicationController>()[index].spec.template,
            ),
            WorkloadKind::Job => parts(
                &self.seen::<Job>()[index].metadata,
                &self.seen::<Job>()[index].spec.template,
            ),
            WorkloadKind::CronJob => parts(
                &self.seen::<CronJob>()[index].metadata,
                &self.seen::<CronJob>()[index]
                    .spec
                    .job_template
                    .spec
                    .template,
            ),
            WorkloadKind::Pod => {
                let pod = &self.seen::<Pod>()[index];
                (&pod.metadata, &pod.metadata, &*pod.spec)
            }
            WorkloadKind::Rollout => {
                let rollout = &self.seen::<Rollout>()[index];
                rollout_parts(&rollout.metadata, rollout.spec.template.as_ref())
            }
            WorkloadKind::CloneSet => {
                let rollout = &self.seen::<CloneSet>()[index];
                rollout_parts(&rollout.metadata, rollout.spec.template.as_ref())
            }
        };
        Workload {
            picture: self,
            entry,
            id,
            kind,
            metadata,
            labels: &template.labels,
            template,
            spec,
        }
    }

    /// The workload that a pod belongs to; why not, when its owner was not seen.
    pub fn workload_of(&self, pod: &Pod) -> Result<Option<Workload<'_>>, Why> {
        let index = self.derived::<Index>();
        let pods = self.seen::<Pod>();
        let wanted = &pod.metadata;
        let Ok(at) = pods.binary_search_by(|pod| {
            let found = &pod.metadata;
            (&found.namespace, &found.name).cmp(&(&wanted.namespace, &wanted.name))
        }) else {
            return Ok(None);
        };
        let id = u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(why) = index.undecided_pods.get(&id) {
            return Err(why.clone());
        }
        Ok(index.of_pod[at].map(|id| self.workload_in(index, id)))
    }
}

fn parts<'a>(
    metadata: &'a ObjectMeta,
    template: &'a crate::inventory::types::PodTemplateSpec,
) -> (&'a ObjectMeta, &'a ObjectMeta, &'a PodSpec) {
    (metadata, &template.metadata, &template.spec)
}

fn rollout_parts<'a>(
    metadata: &'a ObjectMeta,
    template: Option<&'a crate::inventory::types::PodTemplateSpec>,
) -> (&'a ObjectMeta, &'a ObjectMeta, &'a PodSpec) {
    static NO_SPEC: std::sync::LazyLock<PodSpec> = std::sync::LazyLock::new(PodSpec::default);
    match template {
        Some(template) => parts(metadata, template),
        // Its template stands in the Deployment that `workloadRef` names, which is a workload itself.
        None => (metadata, metadata, &NO_SPEC),
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::Picture;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Workload, WorkloadKind};
    use crate::model::Subject as _;
    use crate::{
        inventory::{
            Evidence, Gap, GapReason, Inventory, Kind, Loader, kinds::Pod, yaml_documents,
        },
        wire::{Time, Uid},
    };

    fn load(yaml: &str) -> Inventory {
        let mut loader = Loader::new("default");
        for document in yaml_documents(&format!(
            "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n---\n{yaml}"
        ))
        .unwrap()
        {
            loader.add(document, None).unwrap();
        }
        loader.finish(Time(0))
    }

    fn owned(kind: &str, name: &str, uid: &str, owner: Option<(&str, &str, &str, &str)>) -> String {
        let api_version = match kind {
            "Pod" => "v1",
            "Job" | "CronJob" => "batch/v1",
            _ => "apps/v1",
        };
        let owner = owner.map_or(String::new(), |(api_version, kind, name, uid)| {
            format!(", ownerReferences: [{{apiVersion: {api_version}, kind: {kind}, name: {name}, uid: {uid}, controller: true}}]")
        });
        let spec = match kind {
            "Pod" => "{containers: [{name: app, image: a}]}",
            _ => "{template: {spec: {containers: [{name: app, image: a}]}}}",
        };
        format!(
            "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop, uid: {uid}{owner}}}\nspec: {spec}\nstatus: {{phase: Running}}\n"
        )
    }

    fn tops(inventory: &Inventory) -> Vec<(String, usize)> {
        let picture = Picture::of(inventory);
        let mut tops: Vec<_> = picture
            .workloads()
            .flatten()
            .map(|workload: Workload<'_>| (workload.object().to_string(), workload.pods().count()))
            .collect();
        tops.sort();
        tops
    }

    #[test]
    fn pods_roll_up_to_their_top_controller() {
        let inventory = load(
            &[
                owned("Deployment", "web", "d1", None),
                owned(
                    "ReplicaSet",
                    "web-1",
                    "r1",
                    Some(("apps/v1", "Deployment", "web", "d1")),
                ),
                owned(
                    "ReplicaSet",
                    "web-2",
                    "r2",
                    Some(("apps/v1", "Deployment", "web", "d1")),
                ),
                owned(
                    "Pod",
                    "web-2-a",
                    "p1",
                    Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
                ),
                owned(
                    "Pod",
                    "web-2-b",
                    "p2",
                    Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
                ),
                owned("CronJob", "tidy", "c1", None),
                owned(
                    "Job",
                    "tidy-1",
                    "j1",
                    Some(("batch/v1", "CronJob", "tidy", "c1")),
                ),
                owned(
                    "Pod",
                    "tidy-1-a",
                    "p3",
                    Some(("batch/v1", "Job", "tidy-1", "j1")),
                ),
                owned("Pod", "alone", "p4", None),
            ]
            .concat(),
        );
        let tops = tops(&inventory);
        let tops: Vec<_> = tops
            .iter()
            .map(|(name, pods)| (name.as_str(), *pods))
            .collect();
        assert_eq!(
            tops,
            [
                ("CronJob shop/tidy", 1),
                ("Deployment shop/web", 2),
                ("Pod shop/alone", 1)
            ]
        );
    }

    #[test]
    fn an_object_that_kready_does_not_have_gathers_its_children() {
        let inventory = load(
            &[
                owned(
                    "StatefulSet",
                    "db-a",
                    "s1",
                    Some(("db.example/v1", "Database", "db", "x1")),
                ),
                owned(
                    "StatefulSet",
                    "db-b",
                    "s2",
                    Some(("db.example/v1", "Database", "db", "x1")),
                ),
                owned(
                    "Pod",
                    "cache-0",
                    "p1",
                    Some(("cache.example/v1", "Cache", "cache", "x2")),
                ),
                owned(
                    "Pod",
                    "cache-1",
                    "p2",
                    Some(("cache.example/v1", "Cache", "cache", "x2")),
                ),
            ]
            .concat(),
        );
        let tops = tops(&inventory);
        let tops: Vec<_> = tops
            .iter()
            .map(|(name, pods)| (name.as_str(), *pods))
            .collect();
        assert_eq!(
            tops,
            [
                ("Cache shop/cache", 2),
                ("Database shop/db", 0),
                ("Database shop/db", 0)
            ]
        );
        let picture = Picture::of(&inventory);
        let database = picture
            .workloads()
            .flatten()
            .find(|workload| workload.kind == WorkloadKind::StatefulSet)
            .unwrap();
        assert!(database.is_operated());
        assert_eq!(
            database.at("containers"),
            "StatefulSet/db-a: spec.template.spec.containers"
        );
    }

    #[test]
    fn of_the_generations_of_one_owner_the_newest_that_runs_has_the_template() {
        let generation = |number: u8, replicas: u8| {
            format!(
                "apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: web-{number}, namespace: shop, uid: r{number}, creationTimestamp: 2026-09-0{number}T00:00:00Z, ownerReferences: [{{apiVersion: apps.openshift.io/v1, kind: DeploymentConfig, name: web, uid: d, controller: true}}]}}\nspec: {{replicas: {replicas}, template: {{spec: {{containers: [{{name: app, image: \"a:{number}\"}}]}}}}}}\n---\n"
            )
        };
        for (replicas, image) in [([0, 0, 2], "a:3"), ([0, 2, 0], "a:2"), ([0, 0, 0], "a:3")] {
            let yaml: String = (1..).zip(replicas).map(|(a, b)| generation(a, b)).collect();
            let inventory = load(&yaml);
            let picture = Picture::of(&inventory);
            let found: Vec<_> = picture.workloads().flatten().collect();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].reference().kind, "DeploymentConfig");
            assert_eq!(found[0].spec.containers[0].image, image);
        }
    }

    #[test]
    fn the_node_of_a_mirror_pod_is_no_controller_and_the_pod_no_workload() {
        let inventory = load(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: etcd-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}, ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: n, controller: true}]}\nspec: {containers: [{name: etcd, image: etcd}]}\n",
        );
        assert_eq!(Picture::of(&inventory).workloads().count(), 0);
        let pod = &inventory.seen::<Pod>()[0];
        assert_eq!(
            Picture::of(&inventory)
                .workload_of(pod)
                .unwrap()
                .unwrap()
                .kind,
            WorkloadKind::Pod
        );
    }

    #[test]
    fn children_of_an_unseen_owner_are_undecided() {
        let yaml = [
            owned(
                "ReplicaSet",
                "web-1",
                "r1",
                Some(("apps/v1", "Deployment", "web", "d1")),
            ),
            owned(
                "Pod",
                "web-1-a",
                "p1",
                Some(("apps/v1", "ReplicaSet", "web-1", "r1")),
            ),
        ]
        .concat();
        let mut inventory = load(&yaml);
        // Everything was seen, and the owner is gone: its children gather under its name.
        assert_eq!(tops(&inventory), [("Deployment shop/web".to_owned(), 1)]);
        inventory.withhold(
            Evidence::Objects(Kind::Deployment),
            &Gap::new(GapReason::Forbidden, "denied"),
        );
        assert_eq!(
            Picture::of(&inventory)
                .workloads()
                .filter(Result::is_err)
                .count(),
            1
        );
        assert_eq!(Picture::of(&inventory).workloads().flatten().count(), 0);
        assert!(
            Picture::of(&inventory)
                .workload_of(&inventory.seen::<Pod>()[0])
                .is_err()
        );
    }

    /// Controllers of every sort, and pods that each name one of them.
    fn with_pods(owners: &[usize], name: impl Fn(usize) -> String) -> Inventory {
        let choices = [
            Some(("apps/v1", "ReplicaSet", "web-1", "r1")),
            Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
            Some(("apps/v1", "ReplicaSet", "gone", "r9")),
            Some(("apps/v1", "StatefulSet", "db-a", "s1")),
            Some(("apps/v1", "StatefulSet", "db-b", "s2")),
            Some(("cache.example/v1", "Cache", "cache", "x2")),
            Some(("v1", "Node", "a", "n1")),
            None,
        ];
        let mut yaml = vec![
            owned("Deployment", "web", "d1", None),
            owned(
                "ReplicaSet",
                "web-1",
                "r1",
                Some(("apps/v1", "Deployment", "web", "d1")),
            ),
            owned(
                "ReplicaSet",
                "web-2",
                "r2",
                Some(("apps/v1", "Deployment", "web", "d1")),
            ),
            owned(
                "StatefulSet",
                "db-a",
                "s1",
                Some(("db.example/v1", "Database", "db", "x1")),
            ),
            owned(
                "StatefulSet",
                "db-b",
                "s2",
                Some(("db.example/v1", "Database", "db", "x1")),
            ),
        ];
        for (number, owner) in owners.iter().enumerate() {
            let uid = format!("p{number}");
            yaml.push(owned(
                "Pod",
                &name(number),
                &uid,
                choices[owner % choices.len()],
            ));
        }
        load(&yaml.concat())
    }

    fn homes(inventory: &Inventory) -> BTreeMap<Uid, String> {
        inventory
            .seen::<Pod>()
            .iter()
            .map(|pod| {
                let picture = Picture::of(inventory);
                let workload = picture.workload_of(pod).unwrap().unwrap();
                let object = workload.object();
                let home = if object.kind == "Pod" {
                    "itself".to_owned()
                } else {
                    object.to_string()
                };
                (pod.metadata.uid, home)
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn what_pods_belong_to_does_not_depend_on_their_neighbours(
            owners in prop::collection::vec(0..8_usize, 1..10),
        ) {
            let forwards = with_pods(&owners, |number| format!("pod-{number:02}"));
            let apart = with_pods(&owners, |number| format!("pod-{}{number:02}", owners[number]));
            prop_assert_eq!(homes(&forwards), homes(&apart));
        }

        #[test]
        fn live_pods_are_gathered_as_one_by_one(
            owners in prop::collection::vec(0..8_usize, 0..10),
        ) {
            let inventory = with_pods(&owners, |number| format!("pod-{number:02}"));
            let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for pod in inventory.seen::<Pod>() {
                let picture = Picture::of(&inventory);
                let object = picture.workload_of(pod).unwrap().unwrap().object();
                expected
                    .entry(super::key(&object).join("/"))
                    .or_default()
                    .push(pod.metadata.name.to_string());
            }
            let picture = Picture::of(&inventory);
            let (groups, unknown) = picture.live_pods_by_workload();
            let gathered: Vec<(String, Vec<String>)> = groups
                .map(|(workload, pods)| {
                    let names = pods.iter().map(|pod| pod.metadata.name.to_string()).collect();
                    (super::key(&workload.object()).join("/"), names)
                })
                .collect();
            prop_assert_eq!(gathered, expected.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(unknown.count(), 0);
            for namespace in ["shop", "other"] {
                let picture = Picture::of(&inventory);
                let here = picture.workloads_in(namespace).map(|it| it.object());
                let all = picture.workloads().flatten().map(|it| it.object());
                let filtered: Vec<_> = all.filter(|it| it.namespace == namespace).collect();
                prop_assert_eq!(here.collect::<Vec<_>>(), filtered);
            }
        }
    }

    #[test]
    fn owners_in_a_circle_end_the_walk() {
        let inventory = load(
            &[
                owned(
                    "ReplicaSet",
                    "a",
                    "r1",
                    Some(("apps/v1", "ReplicaSet", "b", "r2")),
                ),
                owned(
                    "ReplicaSet",
                    "b",
                    "r2",
                    Some(("apps/v1", "ReplicaSet", "a", "r1")),
                ),
            ]
            .concat(),
        );
        assert_eq!(tops(&inventory).len(), 2);
    }

    #[test]
    fn equal_pods_share_one_specification_and_an_unequal_one_does_not_hide() {
        let pod = |name: &str, privileged: bool| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{nodeName: {name}, containers: [{{name: app, image: a, securityContext: {{privileged: {privileged}}}}}]}}\n"
            )
        };
        let inventory = load(&[pod("a", false), pod("b", false), pod("c", true)].concat());
        let pods = inventory.seen::<Pod>();
        assert!(pods[0].spec.same(&pods[1].spec) && !pods[0].spec.same(&pods[2].spec));
        assert_eq!(pods[1].node_name, "b");
    }
}

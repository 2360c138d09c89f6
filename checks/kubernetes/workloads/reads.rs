//! The workloads of a picture, and how checks read them.

use super::{
    gathered::{Gathered, is_live},
    names::Names,
    owners::{Index, UnseenOwner},
    view::Workload,
};
use crate::{
    inventory::{
        Context, Evidence, Guard, Kind, Listed, Origin, Picture, Visit,
        control_plane::{ControlPlaneComponent, is_mirror},
        kinds::Pod,
        needs::WORKLOADS,
    },
    model::{Text, Why},
};

impl<'a> Context<'a> {
    /// Every workload of a kind that the check declares, and every owner that was not seen though it has children (rule
    /// 1 of RULES.md). Demands ReplicaSet.
    #[track_caller]
    pub fn workloads(
        &self,
    ) -> impl Iterator<Item = Result<Workload<'a>, &'a UnseenOwner>> + use<'a> {
        let guard = self.guard();
        self.reading(&[Evidence::Objects(Kind::ReplicaSet)])
            .workloads()
            .filter_map(move |workload| match workload {
                Ok(workload) => shown(workload, guard).map(Ok),
                Err(owner) => Some(Err(owner)),
            })
    }

    /// Every workload of a namespace that was seen, of the kinds that the check declares. Demands ReplicaSet.
    #[track_caller]
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        let guard = self.guard();
        self.reading(&[Evidence::Objects(Kind::ReplicaSet)])
            .workloads_in(namespace)
            .filter_map(move |workload| shown(workload, guard))
    }

    /// Every workload of a namespace that was seen and bears this name, or whose top-level controller does, of the kinds that
    /// the check declares. Demands ReplicaSet.
    #[track_caller]
    pub fn workloads_named(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        let guard = self.guard();
        self.reading(&[Evidence::Objects(Kind::ReplicaSet)])
            .workloads_named(namespace, name)
            .filter_map(move |workload| shown(workload, guard))
    }

    /// Whether every workload of a namespace was seen. Demands WORKLOADS.
    ///
    /// # Errors
    /// Not all kinds of them were.
    #[track_caller]
    pub fn sees_workloads_in(&self, namespace: &str) -> Result<(), Why> {
        struct Seen<'c, 'a>(&'c Context<'a>, &'c str);
        impl Visit for Seen<'_, '_> {
            type Output = Result<(), Why>;
            fn visit<K: Listed>(self) -> Result<(), Why> {
                self.0.correlated_in::<K>(self.1).map(|_| ())
            }
        }
        self.reading(WORKLOADS);
        WORKLOADS
            .iter()
            .filter_map(|evidence| match evidence {
                Evidence::Objects(kind) => Some(*kind),
                _ => None,
            })
            .try_for_each(|kind| kind.visit(Seen(self, namespace)))
    }

    /// The workload that a pod belongs to; none for one that was not read. Demands Pod.
    ///
    /// # Errors
    /// Its owner was not seen.
    #[track_caller]
    pub fn workload_of(&self, pod: &Pod) -> Result<Option<Workload<'a>>, Why> {
        let workload = self
            .reading(&[Evidence::Objects(Kind::Pod)])
            .workload_of(pod)?;
        Ok(workload.map(|workload| workload.guarded(self.guard())))
    }

    /// The pods of the control plane, and what they run: findings may sit on them. Demands Pod.
    #[track_caller]
    pub fn control_plane_pods(
        &self,
    ) -> impl Iterator<Item = (&'a Pod, ControlPlaneComponent)> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::Pod)])
            .control_plane_pods()
    }
}

/// A workload as a check may see it; none when the check does not declare the kind that holds its template.
fn shown(workload: Workload<'_>, guard: Guard) -> Option<Workload<'_>> {
    guard
        .allows(Evidence::Objects(workload.kind.kind()))
        .then(|| workload.guarded(guard))
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

    /// Every workload of a namespace that was seen and bears this name, or whose top-level controller does.
    pub(crate) fn workloads_named<'a>(
        &'a self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        let index = self.derived::<Index>();
        let Names(names) = self.derived();
        let ids = names.get(&(Text::from(namespace), Text::from(name)));
        ids.into_iter()
            .flatten()
            .filter_map(move |id| self.counted(index, *id))
    }

    fn counted<'a>(&'a self, index: &'a Index, id: u32) -> Option<Workload<'a>> {
        let workload = Workload::of(self, index, id);
        let live = self.origin == Origin::Live;
        workload
            .held_by::<Pod>()
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
            (Workload::of(self, index, *entry), pods)
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

    /// The workload that a pod belongs to; why not, when its owner was not seen.
    pub fn workload_of(&self, pod: &Pod) -> Result<Option<Workload<'_>>, Why> {
        let index = self.derived::<Index>();
        let pods = self.seen::<Pod>();
        let wanted = &pod.metadata;
        let Ok(at) = pods.binary_search_by(|pod| {
            let found = &pod.metadata;
            (&found.namespace, &found.name, found.copy).cmp(&(
                &wanted.namespace,
                &wanted.name,
                wanted.copy,
            ))
        }) else {
            return Ok(None);
        };
        let id = u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(why) = index.undecided_pods.get(&id) {
            return Err(why.clone());
        }
        Ok(index.of_pod[at].map(|id| Workload::of(self, index, id)))
    }
}

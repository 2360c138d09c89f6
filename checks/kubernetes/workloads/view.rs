//! One workload: a pod template at its top-level controller.

use std::sync::{Arc, LazyLock};

use super::{
    gathered::{Gathered, is_live},
    owners::{At, Entry, Index},
};
use crate::{
    inventory::{
        Evidence, Guard, Kind, Listed, Picture, Runs, WorkloadKind,
        kinds::Pod,
        types::{HoldsTemplate, ObjectMeta, PersistentVolumeClaim, PodSpec, PodTemplate},
    },
    model::{ObjectRef, Subject, Text},
    wire::Labels,
};

static NO_SPEC: LazyLock<PodSpec> = LazyLock::new(PodSpec::default);

/// One pod template at its top-level controller, with the live pods that belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    picture: &'a Picture<'a>,
    /// Of the check that asks; none for whoever may read everything.
    guard: Option<Guard>,
    entry: &'a Entry,
    id: u32,
    pub(in super::super) holder: &'a dyn HoldsTemplate,
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
    /// One of the index.
    pub(super) fn of(picture: &'a Picture<'a>, index: &'a Index, id: u32) -> Self {
        let entry = &index.entries[id as usize];
        let At { kind, index } = entry.template;
        let holder = picture.holder(kind, index as usize);
        let metadata = holder.metadata();
        // A Rollout's template may stand in the Deployment that its `workloadRef` names, which is a workload itself.
        let template = holder.template().unwrap_or(PodTemplate {
            metadata,
            spec: &NO_SPEC,
        });
        Self {
            picture,
            guard: None,
            entry,
            id,
            holder,
            kind,
            metadata,
            labels: &template.metadata.labels,
            template: template.metadata,
            spec: template.spec,
        }
    }

    /// The same, for a check: it shows no more than the check declares.
    pub(crate) const fn guarded(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

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
        match self.kind.runs() {
            Runs::ToCompletion => false,
            Runs::Itself => matches!(self.spec.restart_policy.as_str(), "" | "Always"),
            Runs::Replicas | Runs::Generation | Runs::PerNode => true,
        }
    }

    /// Whether it is a Job or a Pod that Helm runs at a step of a release.
    pub fn is_hook(&self) -> bool {
        matches!(self.kind, WorkloadKind::Job | WorkloadKind::Pod)
            && self.metadata.annotations.has("helm.sh/hook")
    }

    /// Whether it asks for no replicas at all (rule 8 of RULES.md): an autoscaler that rests at none has written that.
    pub fn is_scaled_to_zero(&self) -> bool {
        self.kind.is_replicated() && self.declared_replicas() == Some(0)
    }

    /// Whether it is a Job that will not start another pod.
    pub fn has_ended(&self) -> bool {
        self.kind == WorkloadKind::Job
            && self.conditions().iter().any(|condition| {
                condition.is_true() && matches!(condition.kind.as_str(), "Complete" | "Failed")
            })
    }

    /// The number of replicas that it asks for by itself; none where a kind has no such number.
    pub fn declared_replicas(&self) -> Option<i32> {
        self.holder.declared_replicas()
    }

    /// The templates of the claims that each replica gets for itself.
    pub fn volume_claim_templates(&self) -> &'a [PersistentVolumeClaim] {
        self.holder.volume_claim_templates()
    }

    /// The object that holds the template, when it is of this kind. Demands `K` of a check.
    #[track_caller]
    pub fn held_by<K: Listed>(&self) -> Option<&'a K> {
        if let Some(guard) = &self.guard {
            guard.declared(Evidence::Objects(K::KIND));
        }
        (self.kind.kind() == K::KIND)
            .then(|| &self.picture.seen::<K>()[self.entry.template.index as usize])
    }

    /// All pods that belong to it, ended ones included. Demands Pod of a check.
    #[track_caller]
    pub fn pods(&self) -> impl Iterator<Item = &'a Pod> + use<'a> {
        if let Some(guard) = &self.guard {
            guard.declared(Evidence::Objects(Kind::Pod));
        }
        let pods = self.picture.seen::<Pod>();
        self.entry
            .pods
            .iter()
            .map(move |index| &pods[*index as usize])
    }

    /// The pods that belong to it and have neither ended nor are about to (rule 4 of RULES.md). Demands Pod of a check.
    #[track_caller]
    pub fn live_pods(&self) -> impl Iterator<Item = &'a Pod> + use<'a> {
        self.pods().filter(|pod| is_live(pod))
    }

    /// The field of the pod specification, from the object that a person edits.
    pub fn at(&self, field: &str) -> String {
        self.at_template(&format!("spec.{field}"))
    }

    /// The field of the template, its metadata for one, from the object that a person edits.
    pub fn at_template(&self, field: &str) -> String {
        match self.holder.template_path() {
            "" => self.within(field),
            path => self.within(&format!("{path}.{field}")),
        }
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
}

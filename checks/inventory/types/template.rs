//! The kinds that hold a pod template, as one.

use std::fmt;

use super::{
    meta::{Condition, ObjectMeta},
    pod::{Pod, PodSpec},
    storage::PersistentVolumeClaim,
    workload::{
        CronJob, DaemonSet, Deployment, DeploymentConfig, Job, PodTemplateSpec, ReplicaSet,
        ReplicationController, Rollout, StatefulSet,
    },
};
use crate::wire::Shared;

/// What pods are made from.
#[derive(Clone, Copy, Debug)]
pub struct PodTemplate<'a> {
    /// The metadata that they get.
    pub metadata: &'a ObjectMeta,
    /// What they consist of.
    pub spec: &'a PodSpec,
}

impl<'a> From<&'a PodTemplateSpec> for PodTemplate<'a> {
    fn from(template: &'a PodTemplateSpec) -> Self {
        Self {
            metadata: &template.metadata,
            spec: &template.spec,
        }
    }
}

/// How many pods are as they should be, and how many should be, as a controller counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many are.
    pub count: i32,
    /// How many should be.
    pub wanted: i32,
    /// The field that says how many are.
    pub field: &'static str,
}

/// An object that holds a pod template: a controller, or a pod, which is its own.
///
/// What a kind has no field for keeps the answer that is given here.
pub trait HoldsTemplate: fmt::Debug + Send + Sync {
    /// Its metadata.
    fn metadata(&self) -> &ObjectMeta;

    /// The template; none when it stands in another object.
    fn template(&self) -> Option<PodTemplate<'_>>;

    /// The template's specification, to reduce.
    fn pod_spec_mut(&mut self) -> Option<&mut Shared<PodSpec>>;

    /// Where the template stands: `spec.template`; of a pod, which is its own, the empty path.
    fn template_path(&self) -> &'static str {
        "spec.template"
    }

    /// The number of replicas that it asks for; none for a kind without such a number.
    fn declared_replicas(&self) -> Option<i32> {
        None
    }

    /// For how many seconds a pod has to be ready before it counts as available.
    fn min_ready_seconds(&self) -> i32 {
        0
    }

    /// The templates of the claims that each replica gets for itself.
    fn volume_claim_templates(&self) -> &[PersistentVolumeClaim] {
        &[]
    }

    /// The conditions that its controller reports.
    fn conditions(&self) -> &[Condition] {
        &[]
    }

    /// The newest generation that its controller has seen; none for a kind that does not tell it as a number.
    fn observed_generation(&self) -> Option<i64> {
        None
    }

    /// How many replicas take traffic; none for a kind that does not count them.
    fn available(&self) -> Option<Tally> {
        None
    }

    /// How many pods its controller counts, in whatever state they are; 0 for a kind that does not count them.
    fn existing(&self) -> i32 {
        0
    }

    /// How many of the pods that are to be replaced are of the newest template; none for a kind that replaces none, and
    /// where that is left to a person (`OnDelete`).
    fn updated(&self) -> Option<Tally> {
        None
    }

    /// The object as one of these.
    fn as_holder(&self) -> &dyn HoldsTemplate
    where
        Self: Sized,
    {
        self
    }
}

/// The replicas of the newest template, in the field in which most kinds count them.
const fn updated(count: i32, wanted: i32) -> Option<Tally> {
    Some(Tally {
        count,
        wanted,
        field: "status.updatedReplicas",
    })
}

/// Whether pods are replaced without a person: unless told otherwise, the API server takes a rolling update.
fn rolls(strategy: &str) -> bool {
    matches!(strategy, "" | "RollingUpdate")
}

/// What all of them have, and where.
macro_rules! held {
    ($($field:ident).+) => {
        fn metadata(&self) -> &ObjectMeta {
            &self.metadata
        }
        fn template(&self) -> Option<PodTemplate<'_>> {
            Some((&self.$($field).+).into())
        }
        fn pod_spec_mut(&mut self) -> Option<&mut Shared<PodSpec>> {
            Some(&mut self.$($field).+.spec)
        }
    };
}

/// What those have that keep a number of replicas.
macro_rules! replicated {
    () => {
        fn declared_replicas(&self) -> Option<i32> {
            Some(self.spec.replicas.unwrap_or(1))
        }
        fn min_ready_seconds(&self) -> i32 {
            self.spec.min_ready_seconds
        }
    };
}

/// What those have whose controllers count the replicas that are available.
macro_rules! counted {
    () => {
        fn available(&self) -> Option<Tally> {
            Some(Tally {
                count: self.status.available_replicas,
                wanted: self.spec.replicas.unwrap_or(1),
                field: "status.availableReplicas",
            })
        }
        fn existing(&self) -> i32 {
            self.status.replicas
        }
    };
}

/// What those have whose controllers report on them.
macro_rules! reported {
    () => {
        fn conditions(&self) -> &[Condition] {
            &self.status.conditions
        }
        fn observed_generation(&self) -> Option<i64> {
            Some(self.status.observed_generation)
        }
    };
}

impl HoldsTemplate for Deployment {
    held!(spec.template);
    replicated!();
    reported!();
    counted!();
    fn updated(&self) -> Option<Tally> {
        updated(self.status.updated_replicas, self.status.replicas)
    }
}

impl HoldsTemplate for StatefulSet {
    held!(spec.template);
    replicated!();
    reported!();
    fn volume_claim_templates(&self) -> &[PersistentVolumeClaim] {
        &self.spec.volume_claim_templates
    }
    fn available(&self) -> Option<Tally> {
        Some(Tally {
            count: self.status.ready_replicas,
            wanted: self.spec.replicas.unwrap_or(1),
            field: "status.readyReplicas",
        })
    }
    fn existing(&self) -> i32 {
        self.status.replicas
    }
    fn updated(&self) -> Option<Tally> {
        let strategy = &self.spec.update_strategy;
        let partition = strategy
            .rolling_update
            .as_ref()
            .map_or(0, |bounds| bounds.partition.max(0));
        let declared = self.spec.replicas.unwrap_or(1);
        let above = declared.saturating_sub(partition).max(0);
        let wanted = self.status.replicas.min(above);
        updated(self.status.updated_replicas, wanted).filter(|_| rolls(&strategy.kind))
    }
}

impl HoldsTemplate for DaemonSet {
    held!(spec.template);
    reported!();
    fn min_ready_seconds(&self) -> i32 {
        self.spec.min_ready_seconds
    }
    fn available(&self) -> Option<Tally> {
        Some(Tally {
            count: self.status.number_available,
            wanted: self.status.desired_number_scheduled,
            field: "status.numberAvailable",
        })
    }
    fn existing(&self) -> i32 {
        self.status.current_number_scheduled
    }
    fn updated(&self) -> Option<Tally> {
        rolls(&self.spec.update_strategy.kind).then_some(Tally {
            count: self.status.updated_number_scheduled,
            wanted: self.status.current_number_scheduled,
            field: "status.updatedNumberScheduled",
        })
    }
}

impl HoldsTemplate for ReplicaSet {
    held!(spec.template);
    replicated!();
    reported!();
    counted!();
}

impl HoldsTemplate for ReplicationController {
    held!(spec.template);
    replicated!();
    reported!();
    counted!();
}

impl HoldsTemplate for Job {
    held!(spec.template);
    fn conditions(&self) -> &[Condition] {
        &self.status.conditions
    }
}

impl HoldsTemplate for CronJob {
    held!(spec.job_template.spec.template);
    fn template_path(&self) -> &'static str {
        "spec.jobTemplate.spec.template"
    }
}

impl HoldsTemplate for Pod {
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn template(&self) -> Option<PodTemplate<'_>> {
        Some(PodTemplate {
            metadata: &self.metadata,
            spec: &self.spec,
        })
    }
    fn pod_spec_mut(&mut self) -> Option<&mut Shared<PodSpec>> {
        Some(&mut self.spec)
    }
    fn template_path(&self) -> &'static str {
        ""
    }
    fn declared_replicas(&self) -> Option<i32> {
        Some(1)
    }
}

/// Argo writes the generation that it has seen as a text.
impl HoldsTemplate for Rollout {
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn template(&self) -> Option<PodTemplate<'_>> {
        self.spec.template.as_ref().map(PodTemplate::from)
    }
    fn pod_spec_mut(&mut self) -> Option<&mut Shared<PodSpec>> {
        self.spec
            .template
            .as_mut()
            .map(|template| &mut template.spec)
    }
    replicated!();
    counted!();
    fn updated(&self) -> Option<Tally> {
        updated(self.status.updated_replicas, self.status.replicas)
    }
}

impl HoldsTemplate for DeploymentConfig {
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn template(&self) -> Option<PodTemplate<'_>> {
        self.spec.template.as_ref().map(PodTemplate::from)
    }
    fn pod_spec_mut(&mut self) -> Option<&mut Shared<PodSpec>> {
        self.spec
            .template
            .as_mut()
            .map(|template| &mut template.spec)
    }
    /// One that is only tested rests without pods.
    fn declared_replicas(&self) -> Option<i32> {
        let replicas = self.spec.replicas.unwrap_or(1);
        Some(if self.spec.test { 0 } else { replicas })
    }
    fn min_ready_seconds(&self) -> i32 {
        self.spec.min_ready_seconds
    }
    reported!();
    fn available(&self) -> Option<Tally> {
        Some(Tally {
            count: self.status.available_replicas,
            wanted: self.declared_replicas().unwrap_or(1),
            field: "status.availableReplicas",
        })
    }
    fn updated(&self) -> Option<Tally> {
        updated(self.status.updated_replicas, self.status.replicas)
    }
}

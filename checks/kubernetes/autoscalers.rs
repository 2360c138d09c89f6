//! What scales a workload, and how few replicas it may come down to (rule 8 of RULES.md).

use super::workloads::Workload;
use crate::{
    inventory::{
        Context, Kind, Listed, Visit, WorkloadKind,
        kinds::{HorizontalPodAutoscaler, ScaledObject},
        needs::AUTOSCALERS,
        types::{Condition, CrossVersionObjectReference, ObjectMeta, condition},
    },
    model::{ObjectRef, Subject, Text, Unknown, Why},
};

/// What scales a workload.
#[derive(Clone, Copy, Debug)]
pub enum Autoscaler<'a> {
    /// A HorizontalPodAutoscaler.
    Horizontal(&'a HorizontalPodAutoscaler),
    /// A KEDA ScaledObject.
    Scaled(&'a ScaledObject),
}

impl Autoscaler<'_> {
    /// The fewest replicas it goes down to; KEDA's default is none, Kubernetes' own is one.
    pub fn floor(&self) -> i32 {
        match self {
            Self::Horizontal(autoscaler) => autoscaler.spec.min_replicas.unwrap_or(1),
            Self::Scaled(object) => object
                .spec
                .idle_replica_count
                .or(object.spec.min_replica_count)
                .unwrap_or(0),
        }
    }
}

impl<'a> Autoscaler<'a> {
    /// What it names as its target, and the kind that is meant where it names none.
    fn target(&self) -> (&'a CrossVersionObjectReference, &'static str) {
        match self {
            Self::Horizontal(autoscaler) => (&autoscaler.spec.scale_target_ref, ""),
            Self::Scaled(object) => (&object.spec.scale_target_ref, "Deployment"),
        }
    }

    fn namespace(&self) -> &'a Text {
        match self {
            Self::Horizontal(autoscaler) => &autoscaler.metadata.namespace,
            Self::Scaled(object) => &object.metadata.namespace,
        }
    }
}

/// Whether a kind was seen in a namespace.
struct Seen<'c, 'a, 'n>(&'c Context<'a>, &'n str);

impl Visit for Seen<'_, '_, '_> {
    type Output = Result<(), Why>;
    fn visit<K: Listed>(self) -> Result<(), Why> {
        self.0.correlated_in::<K>(self.1).map(|_| ())
    }
}

impl Subject for Autoscaler<'_> {
    fn object(&self) -> ObjectRef {
        match self {
            Self::Horizontal(autoscaler) => autoscaler.object(),
            Self::Scaled(object) => object.object(),
        }
    }
}

/// The ScaledObject that made an autoscaler.
pub fn scaled_object_of(metadata: &ObjectMeta) -> Option<&Text> {
    let owner = metadata.controller()?;
    (owner.kind == "ScaledObject" && owner.api_version.starts_with("keda.sh/"))
        .then_some(&owner.name)
}

/// Whether KEDA makes an autoscaler of a ScaledObject, which is what a person edits.
pub fn is_made_by_keda(metadata: &ObjectMeta) -> bool {
    scaled_object_of(metadata).is_some()
}

/// Whether KEDA leaves what it scales alone because somebody said so.
pub fn is_paused(metadata: &ObjectMeta, conditions: &[Condition]) -> bool {
    let asked = metadata
        .annotations
        .get("autoscaling.keda.sh/paused")
        .is_some_and(|value| {
            !matches!(
                value.as_str(),
                "0" | "f" | "F" | "false" | "FALSE" | "False"
            )
        });
    asked || condition(conditions, "Paused").is_some_and(Condition::is_true)
}

/// Whether a reference means the workload, or the custom resource that owns it.
fn targets(
    reference: &CrossVersionObjectReference,
    default_kind: &str,
    workload: &Workload<'_>,
) -> bool {
    let kind = if reference.kind.is_empty() {
        default_kind
    } else {
        reference.kind.as_str()
    };
    let means = |name: &Text, of: &str| reference.name == *name && kind == of;
    if !workload.kind.is_replicated() {
        return false;
    }
    let own = workload.kind.kind().resource().kind;
    let top = workload.reference();
    means(&workload.metadata.name, own) || means(&top.name, &top.kind)
}

impl<'a> Context<'a> {
    /// What scales a workload; a ScaledObject goes before the autoscaler that KEDA makes of it. Demands AUTOSCALERS.
    ///
    /// # Errors
    /// None was seen that does, and not all were seen.
    #[track_caller]
    pub fn autoscaler_of(&self, workload: &Workload<'a>) -> Result<Option<Autoscaler<'a>>, Why> {
        let namespace = workload.namespace();
        let names = [&workload.metadata.name, &workload.reference().name];
        let scaled = self
            .reading(AUTOSCALERS)
            .scaled_objects_for(namespace, names)
            .find(|object| targets(&object.spec.scale_target_ref, "Deployment", workload));
        if let Some(object) = scaled {
            return Ok(Some(Autoscaler::Scaled(object)));
        }
        // Which of the two it is, or that it is none, takes sight of both kinds.
        self.correlated_in::<ScaledObject>(namespace)?;
        self.correlated_in::<HorizontalPodAutoscaler>(namespace)?;
        Ok(self
            .reading(AUTOSCALERS)
            .autoscalers_for(namespace, names)
            .find(|autoscaler| targets(&autoscaler.spec.scale_target_ref, "", workload))
            .map(Autoscaler::Horizontal))
    }

    /// The workload that an autoscaler scales; none when it is known to be absent, or of a kind that is not read.
    /// Demands OWNERS.
    ///
    /// # Errors
    /// It was not seen, and may exist.
    #[track_caller]
    pub fn target_of(&self, autoscaler: &Autoscaler<'a>) -> Result<Option<Workload<'a>>, Why> {
        let (reference, default_kind) = autoscaler.target();
        let namespace = autoscaler.namespace();
        let mut workloads = self.workloads_named(namespace, &reference.name);
        let found = workloads.find(|workload| targets(reference, default_kind, workload));
        if found.is_some() {
            return Ok(found);
        }
        let group = reference.api_version.split_once('/');
        let group = group.map_or("", |(group, _)| group);
        let kind = match (group, reference.kind.as_str()) {
            ("", "") => Some(Kind::Deployment),
            (group, kind) => Kind::of(group, kind),
        };
        let replicated = WorkloadKind::ALL
            .iter()
            .filter(|kind| kind.is_replicated())
            .find(|replicated| Some(replicated.kind()) == kind);
        match replicated {
            Some(kind) => kind.kind().visit(Seen(self, namespace)).map(|()| None),
            None => Ok(None),
        }
    }

    /// The fewest replicas that a workload may come down to; none for kinds without such a number. Demands AUTOSCALERS.
    ///
    /// # Errors
    /// It may be scaled by something that was not seen, or what was seen is no number of replicas.
    #[track_caller]
    pub fn replica_floor(&self, workload: &Workload<'a>) -> Result<Option<i32>, Why> {
        let Some(declared) = workload.declared_replicas() else {
            return Ok(None);
        };
        if workload.kind == WorkloadKind::Pod || declared == 0 {
            // An autoscaler leaves a workload alone that is scaled to zero by hand.
            return Ok(Some(declared));
        }
        if declared < 0 {
            return Err(no_replicas(workload.reference(), declared));
        }
        let Some(autoscaler) = self.autoscaler_of(workload)? else {
            return Ok(Some(declared));
        };
        match autoscaler.floor() {
            floor if floor < 0 => Err(no_replicas(&autoscaler.object(), floor)),
            floor => Ok(Some(floor)),
        }
    }
}

/// Fewer than none, which no API server would store.
fn no_replicas(object: &ObjectRef, count: i32) -> Why {
    Why::new(
        Unknown::Unreadable,
        format!("{object} requires {count} replicas, which is not a valid number"),
    )
}

//! A claim that nobody provisions or binds.

use crate::{
    inventory::types::Pod,
    kubernetes::settled::{FIVE_MINUTES, since},
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "pvc-pending",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a PersistentVolumeClaim gets no volume",
    fix: "find out why it gets no volume: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<PersistentVolumeClaim>(),
        correlated::<StorageClass>(),
        correlated::<Pod>(),
        quoted::<Event>(),
    ],
    docs: include_str!("pvc_pending.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<PersistentVolumeClaim>(|claim| {
        let metadata = &claim.metadata;
        let created = metadata.creation_timestamp;
        let pending = claim.status.phase == "Pending" && metadata.deletion_timestamp.is_none();
        if !pending || !cx.has_lasted(created, FIVE_MINUTES) {
            return Ok(Judgement::Sound);
        }
        let class = class_of(cx, claim)?;
        // The controller binds a claim that names its volume at once, whatever the class says.
        let waits = claim.spec.volume_name.is_empty()
            && matches!(&class, Class::Known(class) if class.volume_binding_mode == "WaitForFirstConsumer");
        let from = if waits {
            match consumed_since(cx, claim)? {
                Consumer::Since(from) => from.max(created),
                Consumer::None => return Ok(Judgement::Sound),
            }
        } else {
            created
        };
        let reason = reason(cx, claim, &class, waits);
        let seen = format_args!("Pending{}: {reason}", since(from));
        let finding = Finding::on(claim).at("status.phase");
        Ok(finding.saw(seen, "Bound").into())
    }))
}

/// The class of a claim.
enum Class<'a> {
    Known(&'a StorageClass),
    /// It names one that does not exist.
    Absent(&'a Text),
    /// It names none, and there is no default.
    NoDefault,
    /// It asks for a volume without a class.
    None,
}

/// The annotation by which claims named their class before there was a field.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn class_of<'a>(cx: &Context<'a>, claim: &'a PersistentVolumeClaim) -> Result<Class<'a>, Why> {
    let name = claim
        .metadata
        .annotations
        .get(BETA_CLASS)
        .or(claim.spec.storage_class_name.as_ref());
    match name {
        Some(name) if name.is_empty() => Ok(Class::None),
        Some(name) => Ok(cx
            .named::<StorageClass>("", name)?
            .map_or(Class::Absent(name), Class::Known)),
        // The default class is written into a claim on its creation, and later once there is one.
        None => {
            Ok(default_class(cx.correlated::<StorageClass>()?)
                .map_or(Class::NoDefault, Class::Known))
        }
    }
}

fn default_class(classes: &[StorageClass]) -> Option<&StorageClass> {
    classes
        .iter()
        .filter(|class| class.is_default())
        .max_by_key(|class| class.metadata.creation_timestamp)
}

/// The pod that waits longest for a claim.
enum Consumer {
    None,
    Since(Option<Time>),
}

/// Since when a live pod that may be scheduled has been waiting for the claim, when it was long enough.
fn consumed_since(cx: &Context<'_>, claim: &PersistentVolumeClaim) -> Result<Consumer, Why> {
    let metadata = &claim.metadata;
    let long_enough = cx
        .consumers_of(&metadata.namespace, &metadata.name)
        .filter(|pod| consumes(pod, &metadata.name))
        .map(|pod| pod.metadata.creation_timestamp)
        .filter(|created| cx.has_lasted(*created, FIVE_MINUTES))
        .min();
    if let Some(since) = long_enough {
        return Ok(Consumer::Since(since));
    }
    cx.correlated_in::<Pod>(&metadata.namespace)?;
    Ok(Consumer::None)
}

fn consumes(pod: &Pod, claim: &str) -> bool {
    crate::kubernetes::is_live(pod)
        && pod.spec.scheduling_gates.is_empty()
        && pod.spec.volumes.iter().any(|volume| {
            let named = volume
                .persistent_volume_claim
                .as_ref()
                .is_some_and(|source| source.claim_name == claim);
            // The claim of an ephemeral volume bears the names of its pod and of the volume.
            let own = volume.ephemeral.is_some()
                && claim
                    .strip_prefix(pod.metadata.name.as_str())
                    .and_then(|rest| rest.strip_prefix('-'))
                    .is_some_and(|rest| rest == volume.name);
            named || own
        })
}

fn reason(
    cx: &Context<'_>,
    claim: &PersistentVolumeClaim,
    class: &Class<'_>,
    waits: bool,
) -> String {
    let event = cx
        .seen::<Event>()
        .iter()
        .filter(|event| {
            event.metadata.namespace == claim.metadata.namespace
                && event.involved_object.kind == "PersistentVolumeClaim"
                && event.involved_object.name == claim.metadata.name
                && event.reason == "ProvisioningFailed"
        })
        .max_by_key(|event| event.last_seen());
    if let Some(event) = event {
        return event.message.trim().to_owned();
    }
    let volume = &claim.spec.volume_name;
    if !volume.is_empty() {
        return format!("it waits for PersistentVolume {volume}");
    }
    match class {
        Class::Absent(name) => format!("StorageClass {name} does not exist"),
        Class::NoDefault => "it names no StorageClass, and none is the default".to_owned(),
        Class::None => {
            "it has no class, and no PersistentVolume without a class fits it".to_owned()
        }
        Class::Known(class) if class.provisioner == "kubernetes.io/no-provisioner" => format!(
            "no PersistentVolume of StorageClass {} fits it",
            class.metadata.name
        ),
        Class::Known(class) if waits => format!(
            "a pod waits for it, and {} has provisioned nothing",
            class.provisioner
        ),
        Class::Known(class) => format!("{} has provisioned nothing", class.provisioner),
    }
}

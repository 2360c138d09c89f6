//! What is said of a workload that runs too few replicas.

use crate::{
    inventory::{IntParam, needs::quoted},
    prelude::*,
};

/// How few replicas are too few.
pub(super) const MINIMUM: IntParam = IntParam {
    name: "minimum",
    default: 2,
    about: "the smallest accepted number of replicas",
};

/// What says why a second replica would not run as things are.
pub(super) const OBSTACLES: crate::inventory::Need = quoted::<PersistentVolumeClaim>();

/// The finding on a workload with so few replicas, which is excused where there is one by design. Demands
/// PersistentVolumeClaim, and Deployment.
pub(super) fn too_few(
    cx: &Context<'_>,
    workload: &Workload<'_>,
    replicas: i32,
    minimum: i64,
    alone: Option<&'static str>,
) -> Judgement {
    let seen = match (alone, obstacle(cx, workload)) {
        (Some(reason), _) => format!("{replicas}, by design: {reason}"),
        (None, Some(obstacle)) => format!("{replicas}; {obstacle}"),
        (None, None) => replicas.to_string(),
    };
    let finding = Finding::on(workload)
        .at(workload.within("spec.replicas"))
        .saw(seen, format_args!("at least {minimum}"));
    let mut faults = Faults::new();
    faults.add(finding);
    Judgement::Faults(faults.excused(alone.is_some() && !cx.includes_system()))
}

/// What has to change before a second replica can run.
fn obstacle(cx: &Context<'_>, workload: &Workload<'_>) -> Option<String> {
    let mounted = workload.spec.volumes.iter().filter_map(|volume| {
        let source = volume.persistent_volume_claim.as_ref()?;
        cx.find::<PersistentVolumeClaim>(workload.namespace(), &source.claim_name)
    });
    let of_one_node = |claim: &&PersistentVolumeClaim| {
        let modes = &claim.spec.access_modes;
        !modes.is_empty()
            && modes
                .iter()
                .all(|mode| matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod"))
    };
    if let Some(claim) = mounted.into_iter().find(of_one_node) {
        return Some(format!(
            "claim {} allows one node at a time: give each replica its own first",
            claim.metadata.name
        ));
    }
    let deployment = workload.held_by::<Deployment>()?;
    (deployment.spec.strategy.kind == "Recreate").then(|| {
        "strategy Recreate stops all replicas at once: change it to RollingUpdate first".to_owned()
    })
}

//! A pod that nobody creates anew once it is gone.

use std::collections::HashMap;

use crate::{
    inventory::{
        Origin,
        control_plane::{component_of, is_mirror},
        types::{OwnerReference, Pod},
    },
    kubernetes::rollup::is_live,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "bare-pod",
    pillar: Pillar::HighAvailability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a pod has no controller",
    needs: &[examined::<Pod>(), correlated_all(COMPONENTS)],
    standards: &[
        Standard::Kubescape("C-0073"),
        Standard::Eks("reliability/application"),
    ],
    docs: include_str!("bare_pod.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    // Pods of one controller are one subject, whether it was seen or not.
    let mut controllers: HashMap<(&Text, &OwnerReference), u32> = HashMap::new();
    let mut last = None;
    for pod in cx.examined::<Pod>() {
        if !is_live(pod) || is_mirror(pod) || is_left_alone(cx, pod) {
            continue;
        }
        let Some(owner) = pod.metadata.controller() else {
            sheet.examine(judge(cx, pod));
            continue;
        };
        let controller = (&pod.metadata.namespace, owner);
        if last != Some(controller) {
            last = Some(controller);
            let next = u32::try_from(controllers.len()).unwrap_or(u32::MAX);
            let key = *controllers.entry(controller).or_insert(next);
            sheet.examine_as(key, None);
        }
    }
    Ok(sheet)
}

/// Whether a pod without a controller is meant to be one: it does its work once, at somebody's bidding.
fn is_left_alone(cx: &Context<'_>, pod: &Pod) -> bool {
    let metadata = &pod.metadata;
    metadata.annotations.has("helm.sh/hook")
        // `kubectl debug node/…`; older versions of it set no label.
        || metadata.labels.is("app.kubernetes.io/managed-by", "kubectl-debug")
        || metadata.name.starts_with("node-debugger-")
        // The manifest of a static pod, which the kubelet runs.
        || (cx.origin() == Origin::Files && component_of(pod).is_some())
}

fn judge(cx: &Context<'_>, pod: &Pod) -> Result<Option<Finding>, Why> {
    if cx.is_provider_managed(&pod.metadata)? {
        return Ok(None);
    }
    let seen = match pod.metadata.owner_references.first() {
        Some(owner) => format!(
            "none; {} {} owns the pod and doesn't control it",
            owner.kind, owner.name
        ),
        None => "none".to_owned(),
    };
    let wanted = if matches!(pod.spec.restart_policy.as_str(), "" | "Always") {
        "a controller, such as a Deployment or StatefulSet"
    } else {
        "a controller, such as a Job"
    };
    Ok(Some(
        Finding::on(pod)
            .at("metadata.ownerReferences")
            .saw(seen, wanted),
    ))
}

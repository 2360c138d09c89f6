//! A pod that nobody creates anew once it is gone.

use std::collections::HashSet;

use crate::{
    inventory::{
        Origin,
        control_plane::{component_of, is_mirror},
        types::{OwnerReference, Pod},
    },
    kubernetes::is_live,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "bare-pod",
    pillar: Pillar::HighAvailability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a pod has no controller",
    fix: "create the pod through a Deployment, StatefulSet or Job",
    tier: 1,
    since: "0.1.0",
    needs: &[examined::<Pod>(), correlated_all(COMPONENTS)],
    standards: &[
        Standard::Kubescape("C-0073"),
        Standard::Eks("reliability/application"),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("bare_pod.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // Pods of one controller are one subject, whether it was seen or not.
    let mut controllers: HashSet<(&Text, &OwnerReference)> = HashSet::new();
    let mut last = None;
    Ok(cx.judge::<Pod>(|pod| {
        if !is_live(pod) || is_mirror(pod) || is_left_alone(cx, pod) {
            return Ok(Judgement::NotASubject);
        }
        let Some(owner) = pod.metadata.controller() else {
            return Ok(finding(pod).into());
        };
        let controller = (&pod.metadata.namespace, owner);
        let known = last.replace(controller) == Some(controller) || !controllers.insert(controller);
        Ok(if known {
            Judgement::NotASubject
        } else {
            Judgement::Sound
        })
    }))
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

fn finding(pod: &Pod) -> Finding {
    let seen = match pod.metadata.owner_references.first() {
        Some(owner) => format!(
            "none; {} {} owns the pod, but does not control it",
            owner.kind, owner.name
        ),
        None => "none".to_owned(),
    };
    let wanted = if matches!(pod.spec.restart_policy.as_str(), "" | "Always") {
        "a controller, such as a Deployment or StatefulSet"
    } else {
        "a controller, such as a Job"
    };
    Finding::on(pod)
        .at("metadata.ownerReferences")
        .saw(seen, wanted)
}

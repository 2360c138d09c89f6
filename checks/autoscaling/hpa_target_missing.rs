//! An autoscaler that scales nothing, because what it names is not there.

use crate::{
    inventory::{
        Origin,
        types::{CrossVersionObjectReference, condition},
    },
    knowledge::Made,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-target-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a HorizontalPodAutoscaler has no target",
    fix: "point scaleTargetRef at a workload that exists, or delete the autoscaler",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        correlated::<Deployment>(),
        correlated::<StatefulSet>(),
        correlated::<ReplicaSet>(),
        correlated::<ReplicationController>(),
        correlated::<Rollout>(),
        correlated::<CloneSet>(),
        correlated::<DeploymentConfig>(),
        // Whether manifests hold workloads of the namespace at all.
        correlated_all(WORKLOADS),
    ],
    standards: &[Standard::Kubescape("C-0300")],
    docs: include_str!("hpa_target_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<HorizontalPodAutoscaler>(|autoscaler| judge(cx, autoscaler)))
}

fn judge(cx: &Context<'_>, autoscaler: &HorizontalPodAutoscaler) -> Result<Judgement, Why> {
    let target = &autoscaler.spec.scale_target_ref;
    let namespace = &autoscaler.metadata.namespace;
    let group = target
        .api_version
        .split_once('/')
        .map_or("", |(group, _)| group);
    let exists = match (group, target.kind.as_str()) {
        ("apps", "Deployment") => cx.named::<Deployment>(namespace, &target.name)?.is_some(),
        ("apps", "StatefulSet") => cx.named::<StatefulSet>(namespace, &target.name)?.is_some(),
        ("apps", "ReplicaSet") => cx.named::<ReplicaSet>(namespace, &target.name)?.is_some(),
        ("", "ReplicationController") => cx
            .named::<ReplicationController>(namespace, &target.name)?
            .is_some(),
        ("" | "extensions", "Deployment" | "StatefulSet" | "ReplicaSet")
        | ("apps", "ReplicationController") => {
            let seen = format!(
                "no kind {} in apiVersion {:?}",
                target.kind, target.api_version
            );
            return Ok(missing(autoscaler, seen).into());
        }
        ("argoproj.io", "Rollout") => cx.named::<Rollout>(namespace, &target.name)?.is_some(),
        ("apps.kruise.io", "CloneSet") => cx.named::<CloneSet>(namespace, &target.name)?.is_some(),
        ("apps.openshift.io" | "", "DeploymentConfig") => cx
            .named::<DeploymentConfig>(namespace, &target.name)?
            .is_some(),
        _ if cx.origin() == Origin::Files => is_among_custom_objects(cx, autoscaler, group),
        _ => return other(cx, autoscaler, group),
    };
    if exists {
        return Ok(Judgement::Sound);
    }
    if cx.origin() == Origin::Live {
        let seen = format!("no {} in namespace {namespace}", name(target));
        return Ok(missing(autoscaler, seen).into());
    }
    let missed = name(target);
    let is_builtin = matches!(group, "" | "apps");
    if !is_builtin {
        // What belongs to a product comes with the product.
        let message = format!("{missed} ({}) is not among the files", target.api_version);
        return Err(Why::new(Unknown::Hidden, message));
    }
    cx.holds_workloads(namespace, &missed)?;
    cx.is_not_made(Made::Workloads, namespace, &[&target.name], &missed)?;
    let seen = format!("{missed}, {}", cx.absent());
    Ok(missing(autoscaler, seen).into())
}

/// Whether manifests hold the custom resource that is named.
fn is_among_custom_objects(
    cx: &Context<'_>,
    autoscaler: &HorizontalPodAutoscaler,
    group: &str,
) -> bool {
    let target = &autoscaler.spec.scale_target_ref;
    cx.custom_objects().any(|custom| {
        let object = &custom.object;
        object.group() == group
            && object.kind == target.kind
            && object.name == target.name
            && object.namespace == autoscaler.metadata.namespace
    })
}

fn missing(autoscaler: &HorizontalPodAutoscaler, seen: String) -> Finding {
    Finding::on(autoscaler)
        .at("spec.scaleTargetRef")
        .saw(seen, "an object that can be scaled")
}

/// An object of any other kind: what discovery and the autoscaler itself know of it.
fn other(
    cx: &Context<'_>,
    autoscaler: &HorizontalPodAutoscaler,
    group: &str,
) -> Result<Judgement, Why> {
    let target = &autoscaler.spec.scale_target_ref;
    let unread = || {
        Why::new(
            Unknown::Unreadable,
            format!("{} of {} was not read", target.kind, target.api_version),
        )
    };
    let Some(discovery) = cx.discovery().get("discovery")? else {
        return Err(unread());
    };
    if discovery.stale.contains(group) {
        return Err(unread());
    }
    let Some((_, resource)) = discovery.of_kind(group, &target.kind) else {
        let seen = format!(
            "no kind {} in apiVersion {:?} is served",
            target.kind, target.api_version
        );
        return Ok(missing(autoscaler, seen).into());
    };
    let scale = format!("{}/scale", resource.name);
    if discovery.resource(group, &scale).is_none() {
        let seen = format!("kind {} has no scale subresource", target.kind);
        return Ok(missing(autoscaler, seen).into());
    }
    // The autoscaler's controller reads the target's scale every few seconds, and says how that went.
    match condition(&autoscaler.status.conditions, "AbleToScale") {
        Some(able) if able.is_true() || able.reason != "FailedGetScale" => Ok(Judgement::Sound),
        Some(able) if able.message.contains("not found") => {
            let seen = format!("no {}: {}", name(target), able.message);
            Ok(missing(autoscaler, seen).into())
        }
        _ => Err(unread()),
    }
}

fn name(target: &CrossVersionObjectReference) -> String {
    format!("{} {}", target.kind, target.name)
}

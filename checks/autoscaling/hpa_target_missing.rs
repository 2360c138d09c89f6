//! An autoscaler that scales nothing, because what it names is not there.

use crate::{
    inventory::{
        Origin,
        types::{CrossVersionObjectReference, condition},
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-target-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a HorizontalPodAutoscaler has no target",
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        correlated::<Deployment>(),
        correlated::<StatefulSet>(),
        correlated::<ReplicaSet>(),
        correlated::<ReplicationController>(),
        correlated::<Rollout>(),
        correlated::<CloneSet>(),
    ],
    standards: &[Standard::Kubescape("C-0300")],
    docs: include_str!("hpa_target_missing.md"),
    run,
    ..Check::BASE
};

/// What is known of a target.
enum Target {
    There,
    /// Why not, as a clause.
    Missing(String),
    /// A manifest may name what other manifests bring.
    Unjudged,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    for autoscaler in cx.seen::<HorizontalPodAutoscaler>() {
        match resolve(cx, autoscaler) {
            Ok(Target::There) => sheet.examine(Ok(None)),
            Ok(Target::Missing(why)) => sheet.examine(Ok(Some(
                Finding::on(autoscaler)
                    .at("spec.scaleTargetRef")
                    .saw(why, "an object that can be scaled"),
            ))),
            Ok(Target::Unjudged) => {}
            Err(why) => sheet.undecided(why),
        }
    }
    Ok(sheet)
}

fn resolve(cx: &Context<'_>, autoscaler: &HorizontalPodAutoscaler) -> Result<Target, Why> {
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
            return Ok(Target::Missing(format!(
                "no kind {} in apiVersion {:?}",
                target.kind, target.api_version
            )));
        }
        _ if cx.origin() == Origin::Files => return Ok(Target::Unjudged),
        ("argoproj.io", "Rollout") => cx.named::<Rollout>(namespace, &target.name)?.is_some(),
        ("apps.kruise.io", "CloneSet") => cx.named::<CloneSet>(namespace, &target.name)?.is_some(),
        _ => return other(cx, autoscaler, group),
    };
    Ok(if exists {
        Target::There
    } else {
        Target::Missing(format!("no {} in namespace {namespace}", name(target)))
    })
}

/// An object of any other kind: what discovery and the autoscaler itself know of it.
fn other(
    cx: &Context<'_>,
    autoscaler: &HorizontalPodAutoscaler,
    group: &str,
) -> Result<Target, Why> {
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
        return Ok(Target::Missing(format!(
            "no kind {} in apiVersion {:?} is served",
            target.kind, target.api_version
        )));
    };
    let scale = format!("{}/scale", resource.name);
    if discovery.resource(group, &scale).is_none() {
        return Ok(Target::Missing(format!(
            "kind {}, which has no scale subresource",
            target.kind
        )));
    }
    // The autoscaler's controller reads the target's scale every few seconds, and says how that went.
    match condition(&autoscaler.status.conditions, "AbleToScale") {
        Some(able) if able.is_true() || able.reason != "FailedGetScale" => Ok(Target::There),
        Some(able) if able.message.contains("not found") => Ok(Target::Missing(format!(
            "no {}: {}",
            name(target),
            able.message
        ))),
        _ => Err(unread()),
    }
}

fn name(target: &CrossVersionObjectReference) -> String {
    format!("{} {}", target.kind, target.name)
}

//! An autoscaler at its upper bound, where more load finds no further pod.

use crate::{
    inventory::types::condition,
    kubernetes::{autoscalers::scaled_object_of, settled::since},
    model::ObjectRef,
    prelude::*,
    wire::HOUR,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-saturated",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "an autoscaler has been at its upper bound for an hour",
    fix: "raise maxReplicas, or correct requests that are too low: kubectl describe {object}",
    tier: 2,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Aks("07.06.03")],
    excuse: Excuse::Provider,
    docs: include_str!("hpa_saturated.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<HorizontalPodAutoscaler>(|autoscaler| {
        let metadata = &autoscaler.metadata;
        let most = autoscaler.spec.max_replicas;
        let limited = condition(&autoscaler.status.conditions, "ScalingLimited").filter(|it| {
            // Shorter peaks are what the bound is for.
            it.is_true() && it.reason == "TooManyReplicas" && cx.has_held(it, HOUR)
        });
        let Some(limited) = limited.filter(|_| autoscaler.status.current_replicas == most) else {
            return Ok(Judgement::Sound);
        };
        // Where KEDA makes the autoscaler, a person edits the ScaledObject.
        let finding = match scaled_object_of(metadata) {
            Some(name) => Finding::on(&ObjectRef {
                api_version: "keda.sh/v1alpha1".into(),
                kind: "ScaledObject".into(),
                namespace: metadata.namespace.clone(),
                name: name.clone(),
                copy: 0,
            })
            .at("spec.maxReplicaCount"),
            None => Finding::on(autoscaler).at("spec.maxReplicas"),
        };
        let seen = format!(
            "{most}, but the load has required more{}",
            since(limited.last_transition_time)
        );
        Ok(finding
            .saw(seen, "a maximum above what the load requires")
            .into())
    }))
}

//! An autoscaler that does not scale, because it lacks metrics or a target.

use std::collections::BTreeSet;

use crate::{
    inventory::{
        Listed,
        types::{Condition, condition},
    },
    kubernetes::{
        autoscalers::{is_paused, scaled_object_of},
        settled::{FIVE_MINUTES, told},
    },
    model::Subject,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-inactive",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "an autoscaler does not scale",
    fix: "fix the cause that its conditions name: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        examined::<ScaledObject>(),
        examined::<ScaledJob>(),
    ],
    standards: &[Standard::Aks("01.01.03"), Standard::Aks("07.06.03")],
    docs: include_str!("hpa_inactive.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut reported: BTreeSet<(&Text, &Text)> = BTreeSet::new();
    let mut sheet = cx.judge::<ScaledObject>(|object| {
        let findings = of_keda(cx, object, &object.status.conditions);
        if !findings.is_empty() {
            reported.insert((&object.metadata.namespace, &object.metadata.name));
        }
        Ok(findings.into())
    });
    cx.judge_into::<ScaledJob>(&mut sheet, |job| {
        Ok(of_keda(cx, job, &job.status.conditions).into())
    });
    cx.judge_into::<HorizontalPodAutoscaler>(&mut sheet, |autoscaler| {
        let metadata = &autoscaler.metadata;
        if let Some(owner) = scaled_object_of(metadata) {
            if reported.contains(&(&metadata.namespace, owner)) {
                return Ok(Judgement::NotASubject);
            }
            // One that was not seen may be what is reported.
            cx.named::<ScaledObject>(&metadata.namespace, owner)?;
        }
        of_kubernetes(cx, autoscaler)
    });
    Ok(sheet)
}

/// The conditions of an autoscaler that must not be False.
const WORKS: [&str; 2] = ["AbleToScale", "ScalingActive"];

fn of_kubernetes(cx: &Context<'_>, autoscaler: &HorizontalPodAutoscaler) -> Result<Judgement, Why> {
    let metadata = &autoscaler.metadata;
    if metadata.deletion_timestamp.is_some() {
        return Ok(Judgement::Sound);
    }
    let conditions = &autoscaler.status.conditions;
    if conditions.is_empty() && cx.has_lasted(metadata.creation_timestamp, FIVE_MINUTES) {
        return Err(Why::new(
            Unknown::Unreadable,
            format!(
                "HorizontalPodAutoscaler {}/{} has no conditions: its controller has not seen it",
                metadata.namespace, metadata.name
            ),
        ));
    }
    // At none there is nothing to scale until a metric asks for it.
    let rests = condition(conditions, "ScaledToZero").is_some_and(Condition::is_true);
    let broken = WORKS
        .iter()
        .filter_map(|kind| condition(conditions, kind))
        .filter(|it| it.status == "False" && it.reason != "ScalingDisabled" && !rests);
    let findings = broken.filter_map(|it| finding(cx, autoscaler, it, "True"));
    Ok(findings.collect::<Vec<_>>().into())
}

fn of_keda<K: Listed + Subject>(
    cx: &Context<'_>,
    object: &K,
    conditions: &[Condition],
) -> Vec<Finding> {
    let metadata = object.metadata();
    if metadata.deletion_timestamp.is_some() || is_paused(metadata, conditions) {
        return Vec::new();
    }
    let ready = condition(conditions, "Ready");
    let Some(ready) = ready else {
        return cx
            .has_lasted(metadata.creation_timestamp, FIVE_MINUTES)
            .then(|| {
                Finding::on(object)
                    .at("status.conditions[type=Ready]")
                    .saw("no such condition: KEDA's operator has not seen it", "True")
            })
            .into_iter()
            .collect();
    };
    let fallback = condition(conditions, "Fallback").filter(|fallback| fallback.is_true());
    let unready = (!ready.is_true()).then_some((ready, "True"));
    unready
        .into_iter()
        .chain(fallback.map(|fallback| (fallback, "False")))
        .filter_map(|(it, expected)| finding(cx, object, it, expected))
        .collect()
}

/// What a condition says, when it has said so long enough.
fn finding<K: Listed + Subject>(
    cx: &Context<'_>,
    object: &K,
    it: &Condition,
    expected: &str,
) -> Option<Finding> {
    // KEDA's conditions bear no time.
    let from = it
        .last_transition_time
        .or(object.metadata().creation_timestamp);
    if !cx.has_lasted(from, FIVE_MINUTES) {
        return None;
    }
    let seen = told(
        &it.status,
        it.last_transition_time,
        [&it.reason, &it.message],
    );
    Some(
        Finding::on(object)
            .at(format!("status.conditions[type={}]", it.kind))
            .saw(seen, expected),
    )
}

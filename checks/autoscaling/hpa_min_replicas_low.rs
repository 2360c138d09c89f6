//! An autoscaler that goes down to a single pod brings back the single point of failure.

use crate::{
    inventory::{IntParam, Param, types::condition},
    kubernetes::autoscalers::{Autoscaler, is_made_by_keda, is_paused},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-min-replicas-low",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "an autoscaler may scale down to a single replica",
    fix: "set minReplicas (minReplicaCount of a ScaledObject) to at least 2",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        examined::<ScaledObject>(),
        correlated_all(OWNERS),
        correlated_all(SERVED),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Aks("07.06.03")],
    params: &[Param::Int(MINIMUM)],
    excuse: Excuse::Provider,
    docs: include_str!("hpa_min_replicas_low.md"),
    run,
    ..Check::BASE
};

const MINIMUM: IntParam = IntParam {
    name: "minimum",
    default: 2,
    about: "the smallest accepted number of replicas",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minimum = cx.int(MINIMUM);
    let mut sheet = cx.judge::<HorizontalPodAutoscaler>(|autoscaler| {
        // KEDA writes 1 where its own object says 0, which is the one to judge.
        if is_made_by_keda(&autoscaler.metadata) || is_at_rest(autoscaler) {
            return Ok(Judgement::NotASubject);
        }
        let written = autoscaler.spec.min_replicas;
        if written == Some(0) && is_woken(autoscaler) {
            return Ok(Judgement::Sound);
        }
        judge(
            cx,
            &Autoscaler::Horizontal(autoscaler),
            ("spec.minReplicas", written),
            minimum,
        )
    });
    cx.judge_into::<ScaledObject>(&mut sheet, |object| {
        if is_paused(&object.metadata, &object.status.conditions) {
            return Ok(Judgement::NotASubject);
        }
        let spec = &object.spec;
        let written = match spec.idle_replica_count {
            Some(_) => ("spec.idleReplicaCount", spec.idle_replica_count),
            None => ("spec.minReplicaCount", spec.min_replica_count),
        };
        let scaled = Autoscaler::Scaled(object);
        // Going down to none while there is nothing to do is what KEDA is for.
        if scaled.floor() == 0 {
            return Ok(Judgement::Sound);
        }
        judge(cx, &scaled, written, minimum)
    });
    Ok(sheet)
}

/// Whether its target is scaled to zero by hand, so that it scales nothing.
fn is_at_rest(autoscaler: &HorizontalPodAutoscaler) -> bool {
    condition(&autoscaler.status.conditions, "ScalingActive")
        .is_some_and(|active| active.status == "False" && active.reason == "ScalingDisabled")
}

/// Whether something that needs no pod of the target tells when there is work again: the API asks for it.
fn is_woken(autoscaler: &HorizontalPodAutoscaler) -> bool {
    let mut metrics = autoscaler.spec.metrics.iter();
    metrics.any(|metric| matches!(metric.kind.as_str(), "External" | "Object"))
}

fn judge<'a>(
    cx: &Context<'a>,
    autoscaler: &Autoscaler<'a>,
    (path, written): (&'static str, Option<i32>),
    minimum: i64,
) -> Result<Judgement, Why> {
    let floor = autoscaler.floor();
    if i64::from(floor) >= minimum {
        return Ok(Judgement::Sound);
    }
    let mut alone = None;
    // What is no number is wrong, whatever it scales. What was not seen of the target, or is of another kind, is taken for one that clients wait for.
    if floor >= 0
        && let Some(workload) = cx.target_of(autoscaler)?
    {
        if workload.is_scaled_to_zero() {
            return Ok(Judgement::NotASubject);
        }
        let redundancy = cx.redundancy_of(&workload)?;
        if redundancy.gap == Gap::Bearable || cx.is_provider_managed(workload.metadata)? {
            return Ok(Judgement::Sound);
        }
        alone = redundancy.alone;
    }
    let seen = match written {
        Some(written) if written < 0 => {
            format!("{written}, which is not a valid number of replicas")
        }
        Some(written) => written.to_string(),
        None => format!("unset, which means {floor}"),
    };
    let seen = match alone {
        Some(reason) => format!("{seen}; one by design: {reason}"),
        None => seen,
    };
    let finding = Finding::on(autoscaler).at(path);
    let mut faults = Faults::new();
    faults.add(finding.saw(seen, format_args!("at least {minimum}")));
    let excused = alone.is_some() && !cx.includes_system();
    Ok(Judgement::Faults(faults.excused(excused)))
}

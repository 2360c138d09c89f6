//! A volume that one node at a time may hold, and a Deployment that wants it on two.

use crate::{
    kubernetes::autoscalers::Autoscaler,
    model::Subject,
    prelude::*,
    wire::{IntOrString, Rounding},
};

pub(super) static CHECK: Check = Check {
    id: "rwo-claim-shared",
    pillar: Pillar::Storage,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "pods of a Deployment share a volume that only one node can mount",
    fix: "use strategy Recreate, a StatefulSet with a claim per replica, or a ReadWriteMany volume",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Deployment>(),
        correlated::<PersistentVolumeClaim>(),
        correlated::<PersistentVolume>(),
        correlated::<CsiDriver>(),
        correlated_all(AUTOSCALERS),
        correlated_all(OWNERS),
    ],
    docs: include_str!("rwo_claim_shared.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let Some(deployment) = workload.held_by::<Deployment>() else {
            return Ok(Judgement::NotASubject);
        };
        let Some(claims) = exclusive_claims(cx, workload)? else {
            return Ok(Judgement::NotASubject);
        };
        if claims.is_empty() {
            return Ok(Judgement::Sound);
        }
        let Some(together) = together(cx, workload, deployment)? else {
            return Ok(Judgement::Sound);
        };
        let mut faults = Faults::new();
        faults.extend(
            claims
                .iter()
                .map(|claim| finding(workload, claim, &together)),
        );
        faults.judgement()
    }))
}

/// A claim that one node, or one pod, may use at a time.
struct Exclusive<'a> {
    volume: &'a Text,
    claim: &'a Text,
    /// Whether it is one pod.
    by_pod: bool,
}

/// The claims among a workload's volumes that cannot be shared; none when it mounts no claim that exists.
fn exclusive_claims<'a>(
    cx: &Context<'a>,
    workload: &Workload<'a>,
) -> Result<Option<Vec<Exclusive<'a>>>, Why> {
    let mut exclusive = Vec::new();
    let mut any = false;
    for volume in &workload.spec.volumes {
        let Some(source) = &volume.persistent_volume_claim else {
            continue;
        };
        // One that is missing is reported as a reference; manifests may leave it to others.
        let Some(claim) =
            cx.named::<PersistentVolumeClaim>(workload.namespace(), &source.claim_name)?
        else {
            continue;
        };
        any = true;
        let modes = &claim.spec.access_modes;
        let by_pod = !modes.is_empty() && modes.iter().all(|mode| mode == "ReadWriteOncePod");
        let alone = |mode: &Text| matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod");
        let exclusively = !modes.is_empty() && modes.iter().all(alone);
        if exclusively && (by_pod || is_attached(cx, claim)?) {
            exclusive.push(Exclusive {
                volume: &volume.name,
                claim: &source.claim_name,
                by_pod,
            });
        }
    }
    Ok(any.then_some(exclusive))
}

/// Whether a claim's volume is attached to one node at a time; what is shared by its network, or lies on a node, is not
/// (`kubernetes/pkg/volume/csi/csi_plugin.go`, `CanAttach`), whatever its access mode says.
fn is_attached(cx: &Context<'_>, claim: &PersistentVolumeClaim) -> Result<bool, Why> {
    if claim.spec.volume_name.is_empty() {
        return Ok(true);
    }
    let Some(volume) = cx.referred::<PersistentVolume>("", &claim.spec.volume_name)? else {
        return Ok(true);
    };
    if volume.spec.nfs.0 || volume.spec.local.0 {
        return Ok(false);
    }
    let Some(source) = &volume.spec.csi else {
        return Ok(true);
    };
    let driver = cx.referred::<CsiDriver>("", &source.driver)?;
    Ok(driver.is_none_or(|driver| driver.spec.attach_required != Some(false)))
}

/// Why there are two pods at once, and what would change that.
struct Together {
    seen: String,
    remedy: &'static str,
}

/// Whether a Deployment runs more than one pod at a time, ever.
fn together<'a>(
    cx: &Context<'a>,
    workload: &Workload<'a>,
    deployment: &Deployment,
) -> Result<Option<Together>, Why> {
    let spec = &deployment.spec;
    let replicas = spec.replicas.unwrap_or(1);
    if replicas < 0 {
        return Err(Why::new(
            Unknown::Unreadable,
            format!(
                "{}: spec.replicas is {replicas}, which is not a valid number of pods",
                workload.reference()
            ),
        ));
    }
    if replicas > 1 {
        return Ok(Some(Together {
            seen: format!("{replicas} pods"),
            remedy: "one replica",
        }));
    }
    // What a new pod waits for, the old one holds until the new one is ready.
    if replicas == 1
        && let Some(surge) = surge(workload, deployment)?
    {
        return Ok(Some(Together {
            seen: format!("a new pod beside the old one (maxSurge {surge})"),
            remedy: "strategy Recreate, or maxSurge 0",
        }));
    }
    let most = match cx.autoscaler_of(workload)? {
        // It leaves alone what is scaled to zero by hand.
        Some(Autoscaler::Horizontal(_)) if replicas == 0 => None,
        Some(scaler @ Autoscaler::Horizontal(autoscaler)) => {
            Some((scaler, "maxReplicas", autoscaler.spec.max_replicas))
        }
        Some(scaler @ Autoscaler::Scaled(object)) => {
            let most = object.spec.max_replica_count.unwrap_or(KEDA_MAXIMUM);
            Some((scaler, "maxReplicaCount", most))
        }
        None => None,
    };
    let Some((scaler, field, most)) = most else {
        return Ok(None);
    };
    if most < 1 {
        let object = scaler.object();
        return Err(Why::new(
            Unknown::Unreadable,
            format!("{object}: spec.{field} is {most}, which is not a valid maximum"),
        ));
    }
    Ok((most > 1).then(|| Together {
        seen: format!(
            "up to {most} pods ({} {})",
            scaler.object().kind,
            scaler.object().name
        ),
        remedy: "one replica, and no autoscaler",
    }))
}

/// How many replicas a ScaledObject goes up to that does not say so.
const KEDA_MAXIMUM: i32 = 100;

/// By how much a rolling update goes above one replica, as it is written; none when the old pod goes first.
fn surge(workload: &Workload<'_>, deployment: &Deployment) -> Result<Option<String>, Why> {
    let strategy = &deployment.spec.strategy;
    let not_understood = |what: &str, written: &str| {
        Why::new(
            Unknown::Unreadable,
            format!(
                "{}: {what} {written:?} is not understood",
                workload.reference()
            ),
        )
    };
    match strategy.kind.as_str() {
        "" | "RollingUpdate" => {}
        "Recreate" => return Ok(None),
        other => return Err(not_understood("strategy", other)),
    }
    let written = strategy
        .rolling_update
        .as_ref()
        .and_then(|update| update.max_surge.clone());
    let surge = written.unwrap_or_else(|| IntOrString::String("25%".into()));
    let text = surge.to_string();
    match surge.resolve(1, Rounding::Up) {
        Some(0) => Ok(None),
        Some(1..) => Ok(Some(text)),
        _ => Err(not_understood("maxSurge", &text)),
    }
}

fn finding(workload: &Workload<'_>, claim: &Exclusive<'_>, together: &Together) -> Finding {
    let Exclusive {
        volume,
        claim,
        by_pod,
    } = claim;
    let alone = if *by_pod {
        "one pod at a time (ReadWriteOncePod)"
    } else {
        "one node at a time (ReadWriteOnce)"
    };
    Finding::on(workload)
        .at(workload.at(&format!("volumes[name={volume}]")))
        .saw(
            format_args!("{}, but claim {claim} allows {alone}", together.seen),
            format_args!("{}, or a claim that allows many nodes", together.remedy),
        )
}

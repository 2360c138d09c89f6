//! A budget that allows no eviction: nodes that hold its pods can't be drained.

use std::collections::BTreeMap;

use crate::{
    check::REPLICATED,
    inventory::{
        Origin,
        budgets::{Demand, covers},
        types::condition,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "pdb-blocking",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a PodDisruptionBudget never allows an eviction",
    needs: &[
        examined::<PodDisruptionBudget>(),
        correlated_all(WORKLOADS),
        correlated_all(AUTOSCALERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[Standard::Eks("cluster-upgrades"), Standard::Aks("02.02.04")],
    docs: include_str!("pdb_blocking.md"),
    run,
    ..Check::BASE
};

/// For how long the disruption controller may fail before that counts, in seconds.
const SYNC_PATIENCE: i64 = 300;

/// What would help in every case.
const ONE_AT_LEAST: &str = "maxUnavailable of at least 1";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut by_namespace: BTreeMap<&Text, Vec<Workload<'_>>> = BTreeMap::new();
    for workload in cx.workloads().flatten() {
        // A drain leaves the pods of DaemonSets where they are.
        if workload.kind != WorkloadKind::DaemonSet {
            by_namespace
                .entry(workload.namespace())
                .or_default()
                .push(workload);
        }
    }
    let mut sheet = Sheet::new();
    for budget in cx.examined::<PodDisruptionBudget>() {
        let namespace = &budget.metadata.namespace;
        let workloads = by_namespace.get(namespace).map_or(&[][..], Vec::as_slice);
        match judge(cx, budget, workloads) {
            Ok(Some(findings)) => sheet.examine(Ok(findings)),
            // It selects nothing, which is another check's finding.
            Ok(None) => {}
            Err(why) => sheet.undecided(why),
        }
    }
    Ok(sheet)
}

/// A selected workload, and whether the budget selects it by its template rather than by labels that only pods bear.
struct Selected<'a> {
    workload: Workload<'a>,
    by_template: bool,
}

fn select<'a>(
    budget: &PodDisruptionBudget,
    workloads: &[Workload<'a>],
) -> Result<Vec<Selected<'a>>, Why> {
    let mut selected = Vec::new();
    for workload in workloads {
        let by_template = covers(budget, workload.labels)?;
        let mut by_pod = false;
        for pod in workload.live_pods() {
            by_pod = by_pod || covers(budget, &pod.metadata.labels)?;
        }
        if by_template || by_pod {
            selected.push(Selected {
                workload: *workload,
                by_template,
            });
        }
    }
    Ok(selected)
}

fn judge(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    workloads: &[Workload<'_>],
) -> Result<Option<Vec<Finding>>, Why> {
    let selected = select(budget, workloads)?;
    if selected.is_empty() {
        cx.sees_workloads_in(&budget.metadata.namespace)?;
        return Ok(None);
    }
    let demand = Demand::of(budget);
    let finding = if demand.forbids_all() {
        Some(by_itself(budget, &demand))
    } else if let Some(finding) = by_status(cx, budget, &demand) {
        Some(finding)
    } else {
        by_replicas(cx, budget, &demand, &selected)?
    };
    match finding {
        Some(_) if cx.is_provider_managed(&budget.metadata)? => Ok(Some(Vec::new())),
        finding => Ok(Some(finding.into_iter().collect())),
    }
}

/// It forbids every eviction, however many pods there are.
fn by_itself(budget: &PodDisruptionBudget, demand: &Demand<'_>) -> Finding {
    let finding = Finding::on(budget).at(demand.field());
    match demand {
        Demand::MaxUnavailable(most) => finding.saw(most, "at least 1"),
        Demand::MinAvailable(fewest) => {
            finding.saw(fewest, format_args!("less than 100%, or {ONE_AT_LEAST}"))
        }
        Demand::Nothing => finding.saw("neither minAvailable nor maxUnavailable", ONE_AT_LEAST),
    }
}

/// The disruption controller says so. The place is the one where replicas alone would show it: one fault, one fingerprint.
fn by_status(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    demand: &Demand<'_>,
) -> Option<Finding> {
    let status = &budget.status;
    let current = status.observed_generation >= budget.metadata.generation;
    if cx.origin() != Origin::Live || !current || status.disruptions_allowed > 0 {
        return None;
    }
    let failed = condition(&status.conditions, "DisruptionAllowed")
        .filter(|allowed| allowed.reason == "SyncFailed" && cx.has_held(allowed, SYNC_PATIENCE));
    if let Some(failed) = failed {
        return Some(
            Finding::on(budget)
                .at("status.conditions[type=DisruptionAllowed]")
                .saw(
                    format_args!("SyncFailed: {}", failed.message),
                    "pods whose number of replicas the disruption controller can tell",
                ),
        );
    }
    let healthy = status.current_healthy >= status.expected_pods && status.expected_pods > 0;
    healthy.then(|| {
        Finding::on(budget).at(demand.field()).saw(
            format_args!(
                "no disruption allowed while {} of {} pods are healthy and {} must be",
                status.current_healthy, status.expected_pods, status.desired_healthy
            ),
            "at least 1 while all pods are healthy",
        )
    })
}

/// The workloads run, or may come down to, no more replicas than must be there.
fn by_replicas(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    demand: &Demand<'_>,
    selected: &[Selected<'_>],
) -> Result<Option<Finding>, Why> {
    cx.sees_workloads_in(&budget.metadata.namespace)?;
    let (mut floor, mut declared) = (0_i32, 0_i32);
    let mut scaled_by = Vec::new();
    for Selected {
        workload,
        by_template,
    } in selected
    {
        let countable = REPLICATED.contains(&workload.kind) || workload.pod().is_some();
        let operated = workload.kind == WorkloadKind::Pod && workload.is_operated();
        let Some(lowest) = cx
            .replica_floor(workload)?
            .filter(|_| countable && *by_template && !operated)
        else {
            // How many pods there will be is not written down: what the controller says of them counts.
            return Ok(None);
        };
        let now = workload.declared_replicas().unwrap_or(lowest);
        if lowest < now
            && let Some(autoscaler) = cx.autoscaler_of(workload)?
        {
            scaled_by.push(crate::model::Subject::object(&autoscaler).to_string());
        }
        floor = floor.saturating_add(lowest);
        declared = declared.saturating_add(now);
    }
    if floor == 0 || demand.allows(floor) != Some(0) {
        return Ok(None);
    }
    let value = match demand {
        Demand::MinAvailable(value) | Demand::MaxUnavailable(value) => value.to_string(),
        Demand::Nothing => String::new(),
    };
    let replicas = if floor == 1 { "replica" } else { "replicas" };
    let at_floor = demand.allows(declared).is_some_and(|allowed| allowed > 0);
    let seen = if at_floor && !scaled_by.is_empty() {
        format!(
            "{value}, which is all {floor} {replicas} to which {} scales down",
            scaled_by.join(", ")
        )
    } else {
        format!("{value} of {floor} {replicas}")
    };
    let expected = if floor == 1 {
        format!("a second replica, or {ONE_AT_LEAST}")
    } else {
        format!("at most {} of {floor}, or {ONE_AT_LEAST}", floor - 1)
    };
    Ok(Some(
        Finding::on(budget).at(demand.field()).saw(seen, expected),
    ))
}

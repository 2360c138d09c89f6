//! A budget that allows no eviction: nodes that hold its pods can't be drained.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::collections::HashMap;

use crate::{
    inventory::{
        Origin,
        types::{LabelSelector, condition},
    },
    kubernetes::budgets::{Demand, covers},
    prelude::*,
    wire::{Labels, MINUTE},
};

pub(super) static CHECK: Check = Check {
    id: "pdb-blocking",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a PodDisruptionBudget never allows an eviction",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<PodDisruptionBudget>(),
        correlated_all(WORKLOADS),
        correlated_all(AUTOSCALERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[Standard::Eks("cluster-upgrades"), Standard::Aks("02.02.04")],
    excuse: Excuse::Provider,
    docs: include_str!("pdb_blocking.md"),
    run,
    ..Check::BASE
};

/// How long the disruption controller may fail before that counts, in seconds.
const SYNC_PATIENCE: i64 = 5 * MINUTE;

/// What would help in every case.
const ONE_AT_LEAST: &str = "maxUnavailable of at least 1";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let selected = selected(cx);
    Ok(cx.judge::<PodDisruptionBudget>(|budget| {
        match selected.get(&key(budget)) {
            Some(Ok(selected)) => judge(cx, budget, selected),
            Some(Err(why)) => Err(why.clone()),
            None => {
                let namespace = &budget.metadata.namespace;
                cx.sees_workloads_in(namespace)?;
                let demand = Demand::of(budget);
                let elsewhere = cx.holds_workloads(namespace, "what the budget selects");
                match elsewhere {
                    // It selects nothing, which is another check's finding.
                    Ok(()) => Ok(Judgement::NotASubject),
                    // Whatever it selects.
                    Err(_) if demand.forbids_all() => Ok(by_itself(budget, &demand).into()),
                    Err(_) if matches!(demand, Demand::MaxUnavailable(_)) => Ok(Judgement::Sound),
                    Err(why) => Err(why),
                }
            }
        }
    }))
}

/// A selected workload, and whether the budget selects it by its template rather than by labels that only pods bear.
struct Selected<'a> {
    workload: Workload<'a>,
    by_template: bool,
}

/// What budgets select, by namespace, name and selector: manifests may hold two of one name.
type ByBudget<'a> = HashMap<Key<'a>, Result<Vec<Selected<'a>>, Why>>;
type Key<'a> = (&'a str, &'a str, Option<&'a LabelSelector>);

fn key(budget: &PodDisruptionBudget) -> Key<'_> {
    let metadata = &budget.metadata;
    let selector = budget.spec.selector.as_ref();
    (&metadata.namespace, &metadata.name, selector)
}

/// What each budget selects, if anything; why not, where its selector cannot be evaluated.
fn selected<'a>(cx: &Context<'a>) -> ByBudget<'a> {
    let mut all = ByBudget::new();
    for workload in cx.workloads().flatten() {
        // A drain leaves the pods of DaemonSets where they are.
        if workload.kind == WorkloadKind::DaemonSet {
            continue;
        }
        let namespace = workload.namespace();
        let mut select = |labels: &Labels, by_template: bool| {
            for budget in cx.budgets_for(namespace, labels) {
                let covered = covers(budget, labels);
                if matches!(covered, Ok(false)) {
                    continue;
                }
                let of_budget = all.entry(key(budget)).or_insert(Ok(Vec::new()));
                match (covered, of_budget) {
                    (Err(why), of_budget) => *of_budget = Err(why),
                    // Its template, or another pod, is there already.
                    (_, Ok(selected))
                        if selected.last().is_none_or(|last| last.workload != workload) =>
                    {
                        selected.push(Selected {
                            workload,
                            by_template,
                        });
                    }
                    _ => {}
                }
            }
        };
        select(workload.labels, true);
        let mut last = workload.labels;
        for pod in workload.live_pods() {
            let labels = &pod.metadata.labels;
            if labels != last {
                select(labels, false);
                last = labels;
            }
        }
    }
    all
}

fn judge(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    selected: &[Selected<'_>],
) -> Result<Judgement, Why> {
    // There is nothing to evict.
    if !selected.is_empty() && selected.iter().all(|it| it.workload.is_scaled_to_zero()) {
        return Ok(Judgement::NotASubject);
    }
    let demand = Demand::of(budget);
    let finding = if demand.forbids_all() {
        Some(by_itself(budget, &demand))
    } else if let Some(finding) = by_status(cx, budget, &demand) {
        Some(finding)
    } else {
        by_replicas(cx, budget, &demand, selected)?
    };
    Ok(finding.into())
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
    // An eviction takes its share before the controller has counted again, and a new budget has yet to be counted.
    let allowed = condition(&status.conditions, "DisruptionAllowed");
    let settled = allowed.is_none_or(|it| !it.is_true() && cx.has_held(it, SYNC_PATIENCE));
    let healthy = healthy && settled;
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
        let countable = workload.kind.is_replicated() || workload.kind == WorkloadKind::Pod;
        let operated = workload.kind == WorkloadKind::Pod && workload.is_operated();
        let Some(lowest) = cx
            .replica_floor(workload)?
            .filter(|_| countable && *by_template && !operated)
        else {
            // Nothing says how many pods there will be: what the controller says of them counts.
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
    let Some(allowed) = demand.allows(floor) else {
        return Err(Why::new(
            Unknown::Unreadable,
            format!(
                "{} of {} is neither a number nor a percentage",
                demand.field(),
                crate::model::Subject::object(budget)
            ),
        ));
    };
    if floor == 0 || allowed > 0 {
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

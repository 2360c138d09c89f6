//! A budget that allows no eviction: nodes that hold its pods can't be drained.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{cell::OnceCell, collections::HashMap};

use crate::{
    inventory::{
        Origin,
        types::{LabelSelector, condition},
    },
    kubernetes::{
        autoscalers::Autoscaler,
        budgets::{Demand, covers},
    },
    model::Subject as _,
    prelude::*,
    wire::{Labels, MINUTE},
};

pub(super) static CHECK: Check = Check {
    id: "pdb-blocking",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a PodDisruptionBudget never allows an eviction",
    fix: "set maxUnavailable: 1 instead, and run at least two replicas",
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
                let elsewhere = cx.holds_workloads(namespace, "a workload that the budget selects");
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

/// What the workloads that a budget selects come to: there may be very many of both.
struct Selected<'a> {
    /// The last of them, by its place among all.
    last: usize,
    /// Whether one of them is not scaled to zero.
    any_awake: bool,
    /// How many replicas they have; none where nothing says how many pods there will be.
    replicas: Result<Option<Replicas<'a>>, Why>,
}

/// How many replicas workloads have.
#[derive(Clone, Default)]
struct Replicas<'a> {
    floor: i32,
    declared: i32,
    /// The first of what may scale some of them down, and how many there are.
    scaled_by: Vec<Autoscaler<'a>>,
    scalers: usize,
}

/// How many autoscalers a finding names.
const NAMED: usize = 3;

impl<'a> Replicas<'a> {
    /// Those of one workload; none where nothing says how many there will be.
    fn of(cx: &Context<'a>, workload: &Workload<'a>) -> Result<Option<Self>, Why> {
        let countable = workload.kind.is_replicated() || workload.kind == WorkloadKind::Pod;
        let operated = workload.kind == WorkloadKind::Pod && workload.is_operated();
        let floor = cx.replica_floor(workload)?;
        let Some(floor) = floor.filter(|_| countable && !operated) else {
            return Ok(None);
        };
        let declared = workload.declared_replicas().unwrap_or(floor);
        let autoscaler = if floor < declared {
            cx.autoscaler_of(workload)?
        } else {
            None
        };
        Ok(Some(Self {
            floor,
            declared,
            scalers: usize::from(autoscaler.is_some()),
            scaled_by: autoscaler.into_iter().collect(),
        }))
    }

    fn add(&mut self, other: &Self) {
        self.floor = self.floor.saturating_add(other.floor);
        self.declared = self.declared.saturating_add(other.declared);
        self.scalers += other.scalers;
        let room = NAMED.saturating_sub(self.scaled_by.len());
        self.scaled_by.extend(other.scaled_by.iter().take(room));
    }

    /// What may scale them down, in words; none when nothing does.
    fn scaled_by(&self) -> Option<String> {
        let named = self.scaled_by.iter();
        let mut named: Vec<String> = named.map(|it| it.object().to_string()).collect();
        if self.scalers > named.len() {
            named.push(format!("{} more", self.scalers - named.len()));
        }
        (!named.is_empty()).then(|| named.join(", "))
    }
}

impl<'a> Selected<'a> {
    /// Adds a workload that the budget selects by its template, or by labels that only pods bear.
    fn add(
        &mut self,
        workload: &Workload<'a>,
        share: &Result<Option<Replicas<'a>>, Why>,
        by_template: bool,
    ) {
        self.any_awake |= !workload.is_scaled_to_zero();
        if let Ok(Some(replicas)) = &mut self.replicas {
            match share {
                Ok(Some(share)) if by_template => replicas.add(share),
                // What the controller says of them counts.
                Ok(_) => self.replicas = Ok(None),
                Err(why) => self.replicas = Err(why.clone()),
            }
        }
    }
}

/// What budgets select, by namespace and selector.
type BySelector<'a> = HashMap<Key<'a>, Result<Selected<'a>, Why>>;
type Key<'a> = (&'a str, Option<&'a LabelSelector>);

fn key(budget: &PodDisruptionBudget) -> Key<'_> {
    (&budget.metadata.namespace, budget.spec.selector.as_ref())
}

/// What each budget selects, if anything; why not, where its selector cannot be evaluated.
fn selected<'a>(cx: &Context<'a>) -> BySelector<'a> {
    let mut all = BySelector::new();
    for (place, workload) in cx.workloads().flatten().enumerate() {
        // A drain leaves the pods of DaemonSets where they are.
        if workload.kind == WorkloadKind::DaemonSet {
            continue;
        }
        let namespace = workload.namespace();
        let share = OnceCell::new();
        let mut select = |labels: &Labels, by_template: bool| {
            for budget in cx.budgets_for(namespace, labels) {
                let covered = covers(budget, labels);
                if matches!(covered, Ok(false)) {
                    continue;
                }
                let of_budget = all.entry(key(budget)).or_insert_with(|| {
                    Ok(Selected {
                        last: usize::MAX,
                        any_awake: false,
                        replicas: Ok(Some(Replicas::default())),
                    })
                });
                match (covered, of_budget) {
                    (Err(why), of_budget) => *of_budget = Err(why),
                    // Its template, or another pod, is there already.
                    (_, Ok(selected)) if selected.last != place => {
                        selected.last = place;
                        let share = share.get_or_init(|| Replicas::of(cx, &workload));
                        selected.add(&workload, share, by_template);
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
    let budgets = cx.seen::<PodDisruptionBudget>();
    for of_namespace in budgets.chunk_by(|a, b| a.metadata.namespace == b.metadata.namespace) {
        for (budget, why) in cx.budgets_left_out(&of_namespace[0].metadata.namespace) {
            all.insert(key(budget), Err(why));
        }
    }
    all
}

fn judge(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    selected: &Selected<'_>,
) -> Result<Judgement, Why> {
    // There is nothing to evict.
    if !selected.any_awake {
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
                    "pods whose number of replicas the disruption controller can compute",
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
                "no disruption allowed: {} of {} pods are healthy, and {} must be",
                status.current_healthy, status.expected_pods, status.desired_healthy
            ),
            "at least 1 allowed while all pods are healthy",
        )
    })
}

/// The workloads run, or may come down to, no more replicas than must be there.
fn by_replicas(
    cx: &Context<'_>,
    budget: &PodDisruptionBudget,
    demand: &Demand<'_>,
    selected: &Selected<'_>,
) -> Result<Option<Finding>, Why> {
    cx.sees_workloads_in(&budget.metadata.namespace)?;
    let Some(replicas) = selected.replicas.as_ref().map_err(Clone::clone)? else {
        return Ok(None);
    };
    let (floor, declared) = (replicas.floor, replicas.declared);
    let Some(allowed) = demand.allows(floor) else {
        return Err(Why::new(
            Unknown::Unreadable,
            format!(
                "{} of {} is neither a number nor a percentage",
                demand.field(),
                budget.object()
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
    let counted = if floor == 1 { "replica" } else { "replicas" };
    let at_floor = demand.allows(declared).is_some_and(|allowed| allowed > 0);
    let seen = match replicas.scaled_by() {
        Some(scaled_by) if at_floor => {
            format!("{value}, but {scaled_by} may scale down to {floor} {counted}")
        }
        _ => format!("{value} of {floor} {counted}"),
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

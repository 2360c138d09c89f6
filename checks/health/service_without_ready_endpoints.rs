//! A Service that leads nowhere at the moment.

use std::collections::BTreeMap;

use super::services::workloads_by_service;
use crate::{
    inventory::types::Pod,
    kubernetes::{
        availability::{down, unready_since, what_holds_most_up},
        endpoints::{ready_endpoints, service_of},
        is_live, selects, selects_all,
        settled::{FIVE_MINUTES, newest},
    },
    model::clause,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "service-without-ready-endpoints",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a Service has no ready endpoint",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Service>(),
        correlated::<EndpointSlice>(),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("service_without_ready_endpoints.md"),
    run,
    ..Check::BASE
};

type Slices<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a EndpointSlice>>;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut slices: Slices<'_> = BTreeMap::new();
    for slice in cx.seen::<EndpointSlice>() {
        if let Some(service) = service_of(slice) {
            let key = (slice.metadata.namespace.as_str(), service.as_str());
            slices.entry(key).or_default().push(slice);
        }
    }
    let workloads = workloads_by_service(cx);
    Ok(cx.judge::<Service>(|service| {
        let metadata = &service.metadata;
        let key = (metadata.namespace.as_str(), metadata.name.as_str());
        let slices = slices.get(&key).map_or(&[][..], Vec::as_slice);
        let workloads = workloads.get(&key).map_or(&[][..], Vec::as_slice);
        judge(cx, service, slices, workloads)
    }))
}

fn judge(
    cx: &Context<'_>,
    service: &Service,
    slices: &[&EndpointSlice],
    workloads: &[Workload<'_>],
) -> Result<Judgement, Why> {
    if service.spec.kind == "ExternalName" || service.metadata.deletion_timestamp.is_some() {
        return Ok(Judgement::NotASubject);
    }
    let (ready, all) = slices
        .iter()
        .map(|slice| ready_endpoints(slice))
        .fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    if ready > 0 {
        return Ok(Judgement::Sound);
    }
    let namespace = &service.metadata.namespace;
    cx.correlated_in::<EndpointSlice>(namespace)?;
    let mut selected: Vec<&Pod> = Vec::new();
    let (down_since, cause) = if service.spec.selector.is_empty() {
        if slices.is_empty() {
            return Ok(Judgement::NotASubject);
        }
        let made = slices.iter().map(|slice| slice.metadata.creation_timestamp);
        let cause = "it has no selector that would find others".to_owned();
        (newest(made), cause)
    } else {
        cx.sees_workloads_in(namespace)?;
        selected = selected_pods(cx, service);
        match expected(service, &selected, workloads) {
            Some(expected) => expected,
            None => return Ok(Judgement::NotASubject),
        }
    };
    let down_since = newest([down_since, service.metadata.creation_timestamp]);
    if !cx.has_lasted(down_since, FIVE_MINUTES) {
        return Ok(Judgement::Sound);
    }
    let counted = match all {
        0 => "no endpoint".to_owned(),
        1 => "1 endpoint, not ready".to_owned(),
        all => format!("{all} endpoints, none ready"),
    };
    let finding = Finding::on(service).at("spec.selector").saw(
        format_args!("{counted}{}: {cause}", down(down_since, selected)),
        "at least 1 ready endpoint",
    );
    Ok(finding.into())
}

fn selected_pods<'a>(cx: &Context<'a>, service: &Service) -> Vec<&'a Pod> {
    cx.pods_for(service)
        .filter(|pod| is_live(pod) && selects_all(&service.spec.selector, &pod.metadata.labels))
        .collect()
}

/// When what a Service selects stopped being ready, and why; none when it selects nothing that should run.
fn expected(
    service: &Service,
    pods: &[&Pod],
    workloads: &[Workload<'_>],
) -> Option<(Option<Time>, String)> {
    if !pods.is_empty() {
        let since = newest(pods.iter().map(|pod| unready_since(pod)));
        return Some((
            since,
            what_holds_most_up(pods.iter().copied()).unwrap_or_default(),
        ));
    }
    let wanted: Vec<&Workload<'_>> = workloads
        .iter()
        .filter(|workload| {
            selects(service, workload)
                && workload
                    .availability()
                    .is_some_and(|state| state.desired >= 1)
        })
        .collect();
    let first = wanted.first()?;
    let since = newest(wanted.iter().map(|workload| workload.unavailable_since()));
    let cause = first.replica_failure().map_or_else(
        || format!("{} has no pod", first.reference()),
        |failure| clause(&failure.message).to_owned(),
    );
    Some((since, cause))
}

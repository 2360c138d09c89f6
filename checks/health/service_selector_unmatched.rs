//! A Service that no pod will ever stand behind.

use crate::{
    inventory::{
        Kind, ServedBy,
        types::{ObjectMeta, OwnerReference},
    },
    kubernetes::{added, endpoints::workloads_by_service, is_live, selects, selects_all},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "service-selector-unmatched",
    pillar: Pillar::Health,
    severity: Severity::Medium,
    impact: Impact::Broken,
    title: "a Service's selector matches no workload",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Service>(),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    standards: &[Standard::Kubescape("C-0293")],
    excuse: Excuse::Provider,
    docs: include_str!("service_selector_unmatched.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let workloads = workloads_by_service(cx);
    Ok(cx.judge::<Service>(|service| {
        let metadata = &service.metadata;
        if service.spec.selector.is_empty()
            || service.spec.kind == "ExternalName"
            || metadata.deletion_timestamp.is_some()
            || is_left_alone(service)
        {
            return Ok(Judgement::NotASubject);
        }
        let mut workloads = workloads
            .get(&(metadata.namespace.as_str(), metadata.name.as_str()))
            .into_iter()
            .flatten();
        if workloads.any(|workload| selects(service, workload)) {
            return Ok(Judgement::Sound);
        }
        judge(cx, service)
    }))
}

/// Whether a Service may lead nowhere on purpose.
fn is_left_alone(service: &Service) -> bool {
    // Monitoring stacks bring Services for control-plane pods, which a managed cluster doesn't show.
    (service.metadata.namespace == "kube-system" && service.spec.cluster_ip == "None")
        || is_operated(&service.metadata)
}

/// Whether a custom resource owns an object: its operator decides when there are pods.
fn is_operated(metadata: &ObjectMeta) -> bool {
    let is_custom = |owner: &OwnerReference| {
        let group = owner
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        Kind::of(group, &owner.kind)
            .is_none_or(|kind| kind.resource().served_by == ServedBy::Custom)
    };
    metadata.owner_references.iter().any(is_custom)
}

fn judge(cx: &Context<'_>, service: &Service) -> Result<Judgement, Why> {
    let namespace = &service.metadata.namespace;
    let selector = &service.spec.selector;
    let mut pods = cx.pods_for(service);
    if pods.any(|pod| is_live(pod) && selects_all(selector, &pod.metadata.labels)) {
        return Ok(Judgement::Sound);
    }
    let mut closest: Option<(usize, Workload<'_>)> = None;
    for workload in cx.workloads_in(namespace) {
        let held = selector
            .iter()
            .filter(|(key, value)| {
                workload.labels.is(key, value) || added(workload.kind, key).is_some()
            })
            .count();
        if held == selector.len() {
            return Ok(Judgement::Sound);
        }
        if held > closest.as_ref().map_or(0, |(most, _)| *most) {
            closest = Some((held, workload));
        }
    }
    cx.sees_workloads_in(namespace)?;
    if let Some(object) = cx.operated_in(namespace) {
        return Err(Why::new(
            Unknown::Unrecognised,
            format!("an operator may make pods with these labels for {object}"),
        ));
    }
    let asked: Vec<String> = selector
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let hint = closest
        .map(|(_, workload)| differs(service, &workload))
        .unwrap_or_default();
    let finding = Finding::on(service).at("spec.selector").saw(
        format_args!("{} matches no pod and no template{hint}", asked.join(",")),
        "the labels of pods that serve it",
    );
    Ok(finding.into())
}

/// Where the labels of the workload that comes closest differ.
fn differs(service: &Service, workload: &Workload<'_>) -> String {
    let other: Vec<String> = service
        .spec
        .selector
        .iter()
        .filter(|(key, value)| {
            !workload.labels.is(key, value) && added(workload.kind, key).is_none()
        })
        .map(|(key, _)| match workload.labels.get(key) {
            Some(found) => format!("{key}={found}"),
            None => format!("no {key}"),
        })
        .collect();
    let object = workload.reference();
    format!(
        "; {} {} has {}",
        object.kind,
        object.name,
        other.join(" and ")
    )
}

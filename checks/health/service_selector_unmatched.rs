//! A Service that no pod will ever stand behind.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
};

use crate::{
    inventory::{
        Kind, Origin, ServedBy,
        types::{ObjectMeta, OwnerReference},
    },
    knowledge::{Made, is_label_of_controller, is_set_at_run_time},
    kubernetes::{
        added,
        endpoints::{selector_of, workloads_by_selector},
        is_live, selects, selects_all,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "service-selector-unmatched",
    pillar: Pillar::Health,
    severity: Severity::Medium,
    impact: Impact::Broken,
    title: "a Service's selector matches no workload",
    fix: "correct the selector, or delete the Service",
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
    let workloads = workloads_by_selector(cx);
    let keys = OnceCell::new();
    // Many Services may have one selector, which is judged once.
    let mut told = HashMap::new();
    Ok(cx.judge::<Service>(|service| {
        let metadata = &service.metadata;
        if service.spec.selector.is_empty()
            || service.spec.kind == "ExternalName"
            || metadata.deletion_timestamp.is_some()
            || is_left_alone(service)
        {
            return Ok(Judgement::NotASubject);
        }
        let selector = selector_of(service);
        let of_selector = told.entry(selector).or_insert_with(|| {
            let mut workloads = workloads.get(&selector).into_iter().flatten();
            if workloads.any(|workload| selects(service, workload)) {
                return Ok(None);
            }
            mismatch(cx, service, &keys)
        });
        Ok(match of_selector.as_ref().map_err(Clone::clone)? {
            None => Judgement::Sound,
            Some(seen) => Finding::on(service)
                .at("spec.selector")
                .saw(seen, "labels that the Service's pods have")
                .into(),
        })
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

/// The keys of all labels of templates, collected when they are first asked for.
type Keys<'a> = OnceCell<BTreeSet<&'a Text>>;

/// What a Service's selector matches nothing of, and what comes closest; none when it matches something.
fn mismatch<'a>(
    cx: &Context<'a>,
    service: &Service,
    keys: &Keys<'a>,
) -> Result<Option<String>, Why> {
    let namespace = &service.metadata.namespace;
    let selector = &service.spec.selector;
    let mut pods = cx.pods_for(service);
    if pods.any(|pod| is_live(pod) && selects_all(selector, &pod.metadata.labels)) {
        return Ok(None);
    }
    let mut closest: Option<(usize, Workload<'_>)> = None;
    for workload in cx.workloads_in(namespace) {
        cx.look();
        let held = selector
            .iter()
            .filter(|(key, value)| {
                workload.labels.is(key, value) || added(workload.kind, key).is_some()
            })
            .count();
        if held == selector.len() {
            return Ok(None);
        }
        if held > closest.as_ref().map_or(0, |(most, _)| *most) {
            closest = Some((held, workload));
        }
    }
    cx.sees_workloads_in(namespace)?;
    let asked: Vec<String> = selector
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let asked = asked.join(",");
    let nothing = match cx.origin() {
        Origin::Live => "no pod and no pod template",
        Origin::Files => {
            may_match_elsewhere(cx, service, &asked, keys)?;
            "no pod template among the files"
        }
    };
    let hint = closest
        .map(|(_, workload)| differs(service, &workload))
        .unwrap_or_default();
    Ok(Some(format!("{asked} matches {nothing}{hint}")))
}

/// Makes sure that no pods can match that the files don't show (rule 15 of RULES.md).
fn may_match_elsewhere<'a>(
    cx: &Context<'a>,
    service: &Service,
    asked: &str,
    keys: &Keys<'a>,
) -> Result<(), Why> {
    let namespace = &service.metadata.namespace;
    let selector = &service.spec.selector;
    let missing = format!("a workload with {asked}");
    cx.holds_workloads(namespace, &missing)?;
    let unmatched: Vec<&str> = selector
        .iter()
        .filter(|(key, value)| {
            let mut workloads = cx.workloads_in(namespace);
            !workloads.any(|workload| workload.labels.is(key, value))
        })
        .map(|(_, value)| value.as_str())
        .collect();
    cx.is_not_made(Made::Workloads, namespace, &unmatched, &missing)?;
    let hidden = |what: String| Why::new(Unknown::Hidden, what);
    if let Some((key, _)) = selector.iter().find(|(key, _)| is_label_of_controller(key)) {
        return Err(hidden(format!(
            "a controller creates the pods with label {key}"
        )));
    }
    // A role is put on pods while they run, and stands in no template.
    let keys = keys.get_or_init(|| {
        let workloads = cx.workloads().flatten();
        workloads
            .flat_map(|workload| workload.labels.iter().map(|(key, _)| key))
            .collect()
    });
    let (set, at_run_time): (Vec<_>, Vec<_>) = selector
        .iter()
        .partition(|(key, value)| keys.contains(key) && !is_set_at_run_time(key, value));
    let matches_others = |workload: &Workload<'_>| {
        set.iter()
            .all(|(key, value)| workload.labels.is(key, value))
    };
    if let Some((key, _)) = at_run_time.first()
        && !set.is_empty()
        && cx.workloads_in(namespace).any(|it| matches_others(&it))
    {
        return Err(hidden(format!(
            "no pod template among the files sets {key}; pods may get it while they run"
        )));
    }
    Ok(())
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

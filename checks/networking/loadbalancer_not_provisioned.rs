//! A way in that was ordered and never made.

use crate::{
    inventory::{Listed, types::ServiceStatus},
    kubernetes::settled::{TEN_MINUTES, since},
    model::Subject,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "loadbalancer-not-provisioned",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a load balancer or Ingress has no address",
    fix: "find out why from its events: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Service>(),
        examined::<Ingress>(),
        correlated::<IngressClass>(),
        correlated_all(PLATFORM),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("loadbalancer_not_provisioned.md"),
    run,
    ..Check::BASE
};

/// What marks the class of Ingresses that name none.
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// Controllers, by the start of their name, that write no address into an Ingress unless told to.
const SILENT: &[&str] = &[
    "apisix.apache.org/",
    "haproxy.org/",
    "openshift.io/ingress-to-route",
    "traefik.io/",
];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = cx.judge::<Service>(|service| Ok(judge_service(cx, service)));
    cx.judge_into::<Ingress>(&mut sheet, |ingress| judge_ingress(cx, ingress));
    Ok(sheet)
}

fn judge_service(cx: &Context<'_>, service: &Service) -> Judgement {
    if service.spec.kind != "LoadBalancer" || service.metadata.deletion_timestamp.is_some() {
        return Judgement::NotASubject;
    }
    judge(cx, service, &service.status, "spec.type")
}

fn judge_ingress(cx: &Context<'_>, ingress: &Ingress) -> Result<Judgement, Why> {
    if ingress.metadata.deletion_timestamp.is_some() || !publishes(cx, ingress)? {
        return Ok(Judgement::NotASubject);
    }
    Ok(judge(cx, ingress, &ingress.status, "spec.ingressClassName"))
}

fn judge<K: Listed + Subject>(
    cx: &Context<'_>,
    object: &K,
    status: &ServiceStatus,
    path: &str,
) -> Judgement {
    let addresses = &status.load_balancer.ingress;
    let created = object.metadata().creation_timestamp;
    let mut findings: Vec<Finding> = addresses
        .iter()
        .flat_map(|address| &address.ports)
        .filter(|port| !port.error.is_empty() && cx.is_settled(created))
        .map(|port| {
            Finding::on(object)
                .at("status.loadBalancer.ingress.ports")
                .saw(
                    format_args!("error {} at port {}", port.error, port.port),
                    "a port without an error",
                )
        })
        .collect();
    let has_address = addresses
        .iter()
        .any(|address| !address.ip.is_empty() || !address.hostname.is_empty());
    if !has_address && findings.is_empty() && cx.has_lasted(created, TEN_MINUTES) {
        findings.push(Finding::on(object).at(path).saw(
            format_args!("no address{}", since(created)),
            "an address in status.loadBalancer",
        ));
    }
    findings.into()
}

/// Whether the class of an Ingress exists, and its controller is one that writes an address into the status.
fn publishes(cx: &Context<'_>, ingress: &Ingress) -> Result<bool, Why> {
    let named = if ingress.spec.ingress_class_name.is_empty() {
        ingress
            .metadata
            .annotations
            .get("kubernetes.io/ingress.class")
    } else {
        Some(&ingress.spec.ingress_class_name)
    };
    let class = match named {
        Some(name) => cx.named::<IngressClass>("", name)?,
        None => cx
            .correlated::<IngressClass>()?
            .iter()
            .find(|class| class.metadata.annotations.is(DEFAULT_CLASS, "true")),
    };
    Ok(class.is_some_and(|class| {
        let controller = &class.spec.controller;
        !SILENT.iter().any(|silent| controller.starts_with(silent))
    }))
}

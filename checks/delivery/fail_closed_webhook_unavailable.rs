//! A webhook that nobody answers, while every request that it is asked about fails.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{Webhook, WebhookService},
    kubernetes::{
        endpoints::{ready_endpoints, service_of},
        webhooks::DEFAULT_PORT,
    },
    model::ObjectRef,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "fail-closed-webhook-unavailable",
    pillar: Pillar::Delivery,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "a webhook that refuses when it is down is down",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<ValidatingWebhookConfiguration>(),
        examined::<MutatingWebhookConfiguration>(),
        correlated::<Service>(),
        correlated::<EndpointSlice>(),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("reliability/controlplane")],
    docs: include_str!("fail_closed_webhook_unavailable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    for (config, webhooks) in cx.webhook_configurations() {
        sheet.judge(judge(cx, &config, webhooks));
    }
    Ok(sheet)
}

/// A configuration is a subject when a webhook of it that fails closed is asked at a Service.
fn judge(cx: &Context<'_>, config: &ObjectRef, webhooks: &[Webhook]) -> Result<Judgement, Why> {
    let mut faults = Faults::new();
    let mut asks = false;
    // By Service and what is wrong with it the first webhook, and how many there are.
    let mut broken: BTreeMap<(String, String), (&Text, usize)> = BTreeMap::new();
    for webhook in webhooks.iter().filter(|webhook| webhook.fails_closed()) {
        let Some(service) = &webhook.client_config.service else {
            match is_providers(cx, webhook) {
                Ok(true) => {}
                Ok(false) => {
                    let message = format!("webhook {} is called by its URL", webhook.name);
                    faults.miss(Why::new(Unknown::Hidden, message));
                }
                Err(why) => faults.miss(why),
            }
            continue;
        };
        asks = true;
        match fault(cx, service) {
            Ok(None) => {}
            Ok(Some(fault)) => {
                let name = format!("{}/{}", service.namespace, service.name);
                let known = broken.entry((name, fault));
                known.or_insert((&webhook.name, 0)).1 += 1;
            }
            Err(why) => faults.miss(why),
        }
    }
    faults.extend(broken.into_iter().map(|((_, seen), (first, count))| {
        let others = match count {
            1 => String::new(),
            count => format!(", for {count} webhooks"),
        };
        Finding::on(config)
            .at(format!("webhooks[name={first}].clientConfig.service"))
            .saw(
                format_args!("{seen}{others}"),
                "a Service with a ready endpoint",
            )
    }));
    Ok(match faults.judgement()? {
        Judgement::Sound if !asks => Judgement::NotASubject,
        judgement => judgement,
    })
}

/// Whether the webhook is part of a control plane that the provider runs.
fn is_providers(cx: &Context<'_>, webhook: &Webhook) -> Result<bool, Why> {
    Ok(webhook.is_local() && cx.is_control_plane_managed()?)
}

fn fault(cx: &Context<'_>, named: &WebhookService) -> Result<Option<String>, Why> {
    let WebhookService {
        namespace, name, ..
    } = named;
    let port = named.port.unwrap_or(DEFAULT_PORT);
    let Some(service) = cx.named::<Service>(namespace, name)? else {
        return Ok(Some(format!(
            "Service {namespace}/{name}, which does not exist"
        )));
    };
    if service.spec.kind == "ExternalName" {
        let message = format!("Service {namespace}/{name} leads out of the cluster");
        return Err(Why::new(Unknown::Hidden, message));
    }
    if !service.spec.ports.iter().any(|listed| listed.port == port) {
        return Ok(Some(format!(
            "Service {namespace}/{name}, which has no port {port}"
        )));
    }
    let ready = cx
        .seen_in::<EndpointSlice>(namespace)
        .iter()
        .filter(|slice| service_of(slice) == Some(name))
        .any(|slice| ready_endpoints(slice).0 > 0);
    if ready {
        return Ok(None);
    }
    cx.correlated_in::<EndpointSlice>(namespace)?;
    Ok(Some(format!(
        "Service {namespace}/{name}, which has no ready endpoint"
    )))
}

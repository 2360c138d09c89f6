//! A webhook that nobody answers, while every request that it is asked about fails.

use std::{cell::OnceCell, collections::BTreeMap};

use crate::{
    inventory::types::{Webhook, WebhookService},
    kubernetes::{endpoints::Endpoints, settled::newest, webhooks::DEFAULT_PORT},
    model::ObjectRef,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "fail-closed-webhook-unavailable",
    pillar: Pillar::Delivery,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "a fail-closed webhook is down",
    fix: "get the pods behind the webhook ready, or set failurePolicy: Ignore until they are",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<ValidatingWebhookConfiguration>(),
        examined::<MutatingWebhookConfiguration>(),
        correlated::<Service>(),
        correlated::<EndpointSlice>(),
        correlated_all(WORKLOADS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Eks("reliability/controlplane")],
    docs: include_str!("fail_closed_webhook_unavailable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    let backends = Backends {
        cx,
        endpoints: OnceCell::new(),
    };
    for (config, webhooks) in cx.webhook_configurations() {
        sheet.judge(backends.judge(&config, webhooks));
    }
    Ok(sheet)
}

/// The Services behind webhooks.
struct Backends<'c, 'a> {
    cx: &'c Context<'a>,
    endpoints: OnceCell<Endpoints<'a>>,
}

impl Backends<'_, '_> {
    /// A configuration is a subject when a webhook of it that fails closed is asked at a Service.
    fn judge(&self, config: &ObjectRef, webhooks: &[Webhook]) -> Result<Judgement, Why> {
        let cx = self.cx;
        let mut faults = Faults::new();
        let created = created(cx, config);
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
            match self.fault(service, created) {
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

    /// What has been wrong with a Service for five minutes, for a configuration that was made then.
    fn fault(&self, named: &WebhookService, created: Option<Time>) -> Result<Option<String>, Why> {
        let cx = self.cx;
        let is_settled = |since: Option<Time>| cx.is_settled(newest([created, since]));
        let WebhookService {
            namespace, name, ..
        } = named;
        let port = named.port.unwrap_or(DEFAULT_PORT);
        let Some(service) = cx.named::<Service>(namespace, name)? else {
            return Ok(is_settled(None)
                .then(|| format!("Service {namespace}/{name}, which does not exist")));
        };
        if service.spec.kind == "ExternalName" {
            let message = format!("Service {namespace}/{name} points outside the cluster");
            return Err(Why::new(Unknown::Hidden, message));
        }
        if !service.spec.ports.iter().any(|listed| listed.port == port) {
            let made = service.metadata.creation_timestamp;
            return Ok(is_settled(made)
                .then(|| format!("Service {namespace}/{name}, which has no port {port}")));
        }
        let endpoints = self.endpoints.get_or_init(|| Endpoints::of(cx));
        let outage = endpoints.outage(cx, service)?;
        Ok(outage
            .filter(|outage| is_settled(outage.since))
            .map(|outage| {
                format!(
                    "Service {namespace}/{name}, which has no ready endpoint{}",
                    outage.told
                )
            }))
    }
}

/// Whether the webhook is part of a control plane that the provider runs.
fn is_providers(cx: &Context<'_>, webhook: &Webhook) -> Result<bool, Why> {
    Ok(webhook.is_local() && cx.is_control_plane_managed()?)
}

/// When a configuration was made.
fn created(cx: &Context<'_>, config: &ObjectRef) -> Option<Time> {
    let name = &config.name;
    if config.kind == "ValidatingWebhookConfiguration" {
        let found = cx.find::<ValidatingWebhookConfiguration>("", name);
        found.and_then(|found| found.metadata.creation_timestamp)
    } else {
        let found = cx.find::<MutatingWebhookConfiguration>("", name);
        found.and_then(|found| found.metadata.creation_timestamp)
    }
}

//! A webhook that nobody answers, while every request that it is asked about fails.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{Webhook, WebhookService},
    kubernetes::{
        endpoints::{ready_endpoints, service_of},
        webhooks::DEFAULT_PORT,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "fail-closed-webhook-unavailable",
    pillar: Pillar::Delivery,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "a webhook that refuses when it is down is down",
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
        let closed: Vec<&Webhook> = webhooks
            .iter()
            .filter(|webhook| webhook.fails_closed())
            .collect();
        let mut judge = Judge {
            cx,
            faults: BTreeMap::new(),
            why: None,
            counts: false,
        };
        for webhook in closed {
            judge.webhook(webhook);
        }
        let Judge {
            faults,
            why,
            counts,
            ..
        } = judge;
        let findings: Vec<Finding> = faults
            .into_iter()
            .map(|((_, seen), (first, count))| {
                let others = match count {
                    1 => String::new(),
                    count => format!(", for {count} webhooks"),
                };
                Finding::on(&config)
                    .at(format!("webhooks[name={first}].clientConfig.service"))
                    .saw(
                        format_args!("{seen}{others}"),
                        "a Service with a ready endpoint",
                    )
            })
            .collect();
        if !findings.is_empty() || (counts && why.is_none()) {
            sheet.examine(Ok(findings));
        }
        if let Some(why) = why {
            sheet.undecided(why);
        }
    }
    Ok(sheet)
}

struct Judge<'c, 'a> {
    cx: &'c Context<'a>,
    /// By Service and what is wrong with it the first webhook, and how many there are.
    faults: BTreeMap<(String, String), (&'a Text, usize)>,
    why: Option<Why>,
    counts: bool,
}

impl<'a> Judge<'_, 'a> {
    fn webhook(&mut self, webhook: &'a Webhook) {
        let Some(service) = &webhook.client_config.service else {
            match self.is_providers(webhook) {
                Ok(true) => {}
                Ok(false) => {
                    let message = format!("webhook {} is called by its URL", webhook.name);
                    self.undecided(Why::new(Unknown::Hidden, message));
                }
                Err(why) => self.undecided(why),
            }
            return;
        };
        self.counts = true;
        match self.fault(service) {
            Ok(None) => {}
            Ok(Some(fault)) => {
                let name = format!("{}/{}", service.namespace, service.name);
                let known = self.faults.entry((name, fault));
                known.or_insert((&webhook.name, 0)).1 += 1;
            }
            Err(why) => self.undecided(why),
        }
    }

    fn undecided(&mut self, why: Why) {
        if self.why.as_ref().is_none_or(|known| why < *known) {
            self.why = Some(why);
        }
    }

    /// Whether the webhook is part of a control plane that the provider runs.
    fn is_providers(&self, webhook: &Webhook) -> Result<bool, Why> {
        Ok(webhook.is_local() && self.cx.is_control_plane_managed()?)
    }

    fn fault(&self, named: &WebhookService) -> Result<Option<String>, Why> {
        let WebhookService {
            namespace, name, ..
        } = named;
        let port = named.port.unwrap_or(DEFAULT_PORT);
        let Some(service) = self.cx.named::<Service>(namespace, name)? else {
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
        let ready = self
            .cx
            .inventory
            .seen_in::<EndpointSlice>(namespace)
            .iter()
            .filter(|slice| service_of(slice) == Some(name))
            .any(|slice| ready_endpoints(slice).0 > 0);
        if ready {
            return Ok(None);
        }
        self.cx.correlated_in::<EndpointSlice>(namespace)?;
        Ok(Some(format!(
            "Service {namespace}/{name}, which has no ready endpoint"
        )))
    }
}

//! A webhook whose outage keeps its own pods from coming back.

use crate::{
    inventory::{
        Listed,
        types::{LabelSelector, ObjectMeta, Webhook, WebhookService},
    },
    kubernetes::{admission::labels_of, selects},
    model::ObjectRef,
    prelude::*,
    wire::Labels,
};

pub(super) static CHECK: Check = Check {
    id: "webhook-scope-unsafe",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a fail-closed webhook blocks its own restart",
    fix: "exclude kube-system and its own namespace with namespaceSelector",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Both,
    reach: Reach::Cluster,
    needs: &[
        examined::<ValidatingWebhookConfiguration>(),
        examined::<MutatingWebhookConfiguration>(),
        // What a selector by other labels than the name leaves out.
        correlated::<Namespace>(),
        // Which pods are its own.
        correlated::<Service>(),
        correlated_all(WORKLOADS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Eks("reliability/controlplane"),
        Standard::Eks("scalability/workloads"),
    ],
    docs: include_str!("webhook_scope_unsafe.md"),
    run,
    ..Check::BASE
};

/// The label by which every namespace bears its own name.
const NAME: &str = "kubernetes.io/metadata.name";

const SYSTEM: &str = "kube-system";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    for (config, webhooks) in cx.webhook_configurations() {
        sheet.judge(judge(cx, &config, webhooks));
    }
    Ok(sheet)
}

fn judge(cx: &Context<'_>, config: &ObjectRef, webhooks: &[Webhook]) -> Result<Judgement, Why> {
    if !webhooks.iter().any(Webhook::fails_closed) {
        return Ok(Judgement::NotASubject);
    }
    let mut faults = Faults::new();
    for webhook in webhooks.iter().filter(|webhook| webhook.fails_closed()) {
        match fault(cx, webhook) {
            Ok(Some(fault)) => faults.add(
                Finding::on(config)
                    .at(format!("webhooks[name={}].{}", webhook.name, fault.field))
                    .saw(fault.seen, fault.expected),
            ),
            Ok(None) => {}
            Err(why) => faults.miss(why),
        }
    }
    faults.judgement()
}

struct Fault {
    seen: String,
    field: &'static str,
    expected: &'static str,
}

fn fault(cx: &Context<'_>, webhook: &Webhook) -> Result<Option<Fault>, Why> {
    let vital = webhook.vital_resources();
    if vital.is_empty() {
        return Ok(None);
    }
    let objects = webhook.object_selector.as_ref();
    let objects = objects.filter(|selector| !selector.is_empty());
    if let Some(selector) = objects
        && !understood(selector, &Labels::default())?
    {
        // What is labelled for it: a choice that somebody made for each object.
        return Ok(None);
    }
    // Selectors of namespaces leave out nothing that is in none.
    let nodes = vital.contains(&"nodes");
    let service = webhook.client_config.service.as_ref();
    let own = service
        .map(|service| service.namespace.as_str())
        .filter(|own| *own != SYSTEM);
    let mut places = Vec::new();
    if vital != ["nodes"] {
        if covers(cx, webhook, SYSTEM)? {
            places.push(SYSTEM);
        }
        if let (Some(own), Some(service)) = (own, service)
            && covers(cx, webhook, own)?
            && !leaves_out_own_pods(cx, objects, service)?
        {
            places.push(own);
        }
    }
    if places.is_empty() && !nodes {
        return Ok(None);
    }
    let conditions = &webhook.match_conditions;
    let speaks_of_namespaces = conditions.iter().any(|condition| {
        let expression = condition.expression.as_str();
        [SYSTEM, "request.namespace", "namespaceObject"]
            .into_iter()
            .chain(own)
            .any(|word| expression.contains(word))
    });
    if speaks_of_namespaces && !webhook.names("nodes") {
        return Ok(None);
    }
    if !conditions.is_empty() {
        let message = format!(
            "webhook {} has matchConditions, which are not evaluated",
            webhook.name
        );
        return Err(Why::new(Unknown::Unrecognised, message));
    }
    if webhook.is_local() && cx.is_control_plane_managed()? {
        return Ok(None);
    }
    if places.is_empty() {
        return Ok(Some(Fault {
            seen: "nodes, which no namespaceSelector excludes".to_owned(),
            field: "rules",
            expected: "an objectSelector, matchConditions, or failurePolicy Ignore",
        }));
    }
    Ok(Some(Fault {
        seen: format!(
            "{}, including those of {}",
            vital.join(", "),
            places.join(" and ")
        ),
        field: "namespaceSelector",
        expected: "a selector that excludes kube-system and its own namespace",
    }))
}

/// Whether a selector of objects leaves out the pods that answer for the webhook themselves.
fn leaves_out_own_pods(
    cx: &Context<'_>,
    selector: Option<&LabelSelector>,
    named: &WebhookService,
) -> Result<bool, Why> {
    let Some(selector) = selector else {
        return Ok(false);
    };
    let namespace = named.namespace.as_str();
    let Some(service) = cx.named::<Service>(namespace, &named.name)? else {
        return Ok(false);
    };
    let mut any = false;
    for workload in cx.workloads_in(namespace) {
        if selects(service, &workload) {
            if understood(selector, workload.labels)? {
                return Ok(false);
            }
            any = true;
        }
    }
    if !any {
        cx.sees_workloads_in(namespace)?;
    }
    Ok(any)
}

/// Whether the webhook is asked about what is in a namespace.
fn covers(cx: &Context<'_>, webhook: &Webhook, namespace: &str) -> Result<bool, Why> {
    let Some(selector) = &webhook.namespace_selector else {
        return Ok(true);
    };
    let by_name_alone = selector.match_labels.iter().all(|(key, _)| key == NAME)
        && selector.match_expressions.iter().all(|it| it.key == NAME);
    let unlabelled = ObjectMeta {
        name: namespace.into(),
        ..ObjectMeta::default()
    };
    let metadata = if by_name_alone {
        None
    } else {
        cx.named::<Namespace>("", namespace)?.map(Listed::metadata)
    };
    understood(selector, &labels_of(metadata.unwrap_or(&unlabelled)))
}

fn understood(selector: &LabelSelector, labels: &Labels) -> Result<bool, Why> {
    selector
        .selects(labels)
        .map_err(|bad| Why::new(Unknown::Unreadable, bad.to_string()))
}

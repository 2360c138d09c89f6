//! A webhook whose outage keeps its own pods from coming back.

use crate::{
    inventory::{
        Listed,
        types::{LabelSelector, ObjectMeta, Webhook},
    },
    kubernetes::admission::labels_of,
    model::ObjectRef,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "webhook-scope-unsafe",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a webhook that refuses when it is down is asked about its own recovery",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Both,
    reach: Reach::Cluster,
    needs: &[
        examined::<ValidatingWebhookConfiguration>(),
        examined::<MutatingWebhookConfiguration>(),
        // What a selector by other labels than the name leaves out.
        correlated::<Namespace>(),
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
    if let Some(selector) = &webhook.object_selector
        && !selector.is_empty()
    {
        // What is labelled for it, or not labelled against it: a choice that somebody made for each object.
        return understood(selector, &labels_of(&ObjectMeta::default())).map(|_| None);
    }
    let own = webhook.client_config.service.as_ref();
    let own = own.map(|service| service.namespace.as_str());
    // Selectors of namespaces leave out nothing that is in none.
    let nodes = vital.contains(&"nodes") && webhook.names("nodes");
    let mut covered = Ok(true);
    if !nodes {
        covered = match (
            covers(cx, webhook, SYSTEM),
            own.map_or(Ok(true), |own| covers(cx, webhook, own)),
        ) {
            (Ok(false), _) | (_, Ok(false)) => return Ok(None),
            (Err(why), _) | (_, Err(why)) => Err(why),
            _ => Ok(true),
        };
    }
    let conditions = &webhook.match_conditions;
    let speaks_of_namespaces = conditions.iter().any(|condition| {
        let expression = condition.expression.as_str();
        [SYSTEM, "request.namespace", "namespaceObject"]
            .into_iter()
            .chain(own)
            .any(|word| expression.contains(word))
    });
    if speaks_of_namespaces && !nodes {
        return Ok(None);
    }
    if !conditions.is_empty() {
        let message = format!(
            "webhook {} has matchConditions, which are not evaluated",
            webhook.name
        );
        return Err(Why::new(Unknown::Unrecognised, message));
    }
    covered?;
    if webhook.is_local() && cx.is_control_plane_managed()? {
        return Ok(None);
    }
    if nodes {
        return Ok(Some(Fault {
            seen: "nodes, which no selector of namespaces leaves out".to_owned(),
            field: "rules",
            expected: "an objectSelector or matchConditions, or failurePolicy Ignore",
        }));
    }
    let resources = vital.join(", ");
    let places = match own {
        Some(own) if own != SYSTEM => format!("{SYSTEM} and {own}"),
        _ => SYSTEM.to_owned(),
    };
    Ok(Some(Fault {
        seen: format!("{resources}, also of {places}"),
        field: "namespaceSelector",
        expected: "a selector that leaves out kube-system and its own namespace",
    }))
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

fn understood(selector: &LabelSelector, labels: &crate::wire::Labels) -> Result<bool, Why> {
    selector
        .selects(labels)
        .map_err(|bad| Why::new(Unknown::Unreadable, bad.to_string()))
}

//! The policies of Cilium.

use super::target::{Answer, Direction, NotEvaluated, Target, namespace_label, selects};
use crate::{
    inventory::types::{CiliumNetworkPolicy as CiliumPolicy, CiliumRule, LabelSelector},
    model::Text,
};

pub(super) fn cilium(policy: &CiliumPolicy, target: &Target<'_>, direction: Direction) -> Answer {
    let mut evaluated = Ok(false);
    for rule in policy.spec.iter().chain(&policy.specs) {
        if !cilium_denies(rule, direction) {
            continue;
        }
        let Some(selector) = &rule.endpoint_selector else {
            continue;
        };
        match cilium_selects(selector, target) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => evaluated = Err(error),
        }
    }
    evaluated
}

/// Whether a rule denies what it does not allow. To Cilium an empty list of rules is no section at all.
fn cilium_denies(rule: &CiliumRule, direction: Direction) -> bool {
    let default = &rule.enable_default_deny;
    let (set, sections) = match direction {
        Direction::Ingress => (default.ingress, [&rule.ingress, &rule.ingress_deny]),
        Direction::Egress => (default.egress, [&rule.egress, &rule.egress_deny]),
    };
    set.unwrap_or_else(|| {
        sections
            .into_iter()
            .flatten()
            .any(|section| !section.is_empty())
    })
}

fn cilium_selects(selector: &LabelSelector, target: &Target<'_>) -> Answer {
    let keys = selector.match_labels.iter().map(|(key, _)| key).chain(
        selector
            .match_expressions
            .iter()
            .map(|requirement| &requirement.key),
    );
    let mut labels = Vec::new();
    for key in keys {
        if let Some(value) = cilium_label(key, target)? {
            labels.push((key.clone(), value));
        }
    }
    selects(selector, &labels.into_iter().collect())
}

/// The value of a label as Cilium names it: with its source before a colon, or without.
fn cilium_label(key: &str, target: &Target<'_>) -> Result<Option<Text>, NotEvaluated> {
    let plain = ["k8s:", "any:"]
        .iter()
        .find_map(|source| key.strip_prefix(source))
        .unwrap_or(key);
    if plain.contains(':') {
        // Another source, which no pod has: `reserved:host`.
        return Ok(None);
    }
    Ok(match plain {
        "io.kubernetes.pod.namespace" => Some(target.namespace.clone()),
        "io.cilium.k8s.policy.serviceaccount" => Some(target.service_account.into()),
        "io.cilium.k8s.policy.cluster" => return Err(NotEvaluated),
        _ => match plain.strip_prefix("io.cilium.k8s.namespace.labels.") {
            Some(key) => namespace_label(key, target),
            None => target.labels.get(plain).cloned(),
        },
    })
}

//! The policies of Kubernetes itself: of namespaces, and of the whole cluster.

use super::target::{Answer, Direction, Target, selects};
use crate::{
    inventory::{
        kinds::NetworkPolicy,
        types::{ClusterNetworkPolicy as ClusterPolicy, LabelSelector},
    },
    wire::Labels,
};

pub(super) fn network_policy(
    policy: &NetworkPolicy,
    target: &Target<'_>,
    direction: Direction,
) -> Answer {
    let spec = &policy.spec;
    let named = if spec.policy_types.is_empty() {
        direction == Direction::Ingress || !spec.egress.is_empty()
    } else {
        spec.policy_types
            .iter()
            .any(|kind| kind == direction.name())
    };
    Ok(named && selects(&spec.pod_selector, target.labels)?)
}

/// Such a policy isolates where it denies what comes from every namespace; its other rules only pass or allow.
pub(super) fn cluster_network_policy(
    policy: &ClusterPolicy,
    target: &Target<'_>,
    direction: Direction,
) -> Answer {
    let denies = direction == Direction::Ingress
        && policy.spec.ingress.iter().any(|rule| {
            rule.action == "Deny"
                && rule.from.iter().any(|peer| {
                    peer.namespaces
                        .as_ref()
                        .is_some_and(LabelSelector::is_empty)
                })
        });
    if !denies {
        return Ok(false);
    }
    let with_name: Labels;
    let name = "kubernetes.io/metadata.name";
    let namespace_labels = if target.namespace_labels.has(name) {
        target.namespace_labels
    } else {
        with_name = target
            .namespace_labels
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .chain([(name.into(), target.namespace.clone())])
            .collect();
        &with_name
    };
    let subject = &policy.spec.subject;
    if let Some(namespaces) = &subject.namespaces {
        return selects(namespaces, namespace_labels);
    }
    let Some(pods) = &subject.pods else {
        return Ok(false);
    };
    let both = [
        (&pods.namespace_selector, namespace_labels),
        (&pods.pod_selector, target.labels),
    ];
    for (selector, labels) in both {
        if let Some(selector) = selector
            && !selects(selector, labels)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

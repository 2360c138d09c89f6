//! The policies of Calico.

use super::{
    calico_selector::selects,
    target::{Answer, Direction, NotEvaluated, Target, namespace_label},
};
use crate::{inventory::types::GlobalNetworkPolicySpec, model::Text};

pub(super) fn calico(
    spec: &GlobalNetworkPolicySpec,
    target: &Target<'_>,
    direction: Direction,
) -> Answer {
    let named = if spec.types.is_empty() {
        match direction {
            Direction::Ingress => !spec.ingress.is_empty() || spec.egress.is_empty(),
            Direction::Egress => !spec.egress.is_empty(),
        }
    } else {
        spec.types.iter().any(|kind| kind == direction.name())
    };
    // A staged policy only tells what it would do.
    if !named || !spec.staged_action.is_empty() {
        return Ok(false);
    }
    let in_namespace = selects(&spec.namespace_selector, &|key| match key {
        "projectcalico.org/name" => Ok(Some(target.namespace.clone())),
        _ => Ok(namespace_label(key, target)),
    });
    let selected = selects(&spec.selector, &|key| calico_label(key, target));
    match (in_namespace, selected) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        (Ok(true), Ok(true)) => Ok(true),
        _ => Err(NotEvaluated),
    }
}

fn calico_label(key: &str, target: &Target<'_>) -> Result<Option<Text>, NotEvaluated> {
    Ok(match key {
        "projectcalico.org/namespace" => Some(target.namespace.clone()),
        "projectcalico.org/orchestrator" => Some("k8s".into()),
        "projectcalico.org/serviceaccount" => Some(target.service_account.into()),
        _ if key.starts_with("pcsa.") => return Err(NotEvaluated),
        _ => match key.strip_prefix("pcns.") {
            Some(key) => namespace_label(key, target),
            None => target.labels.get(key).cloned(),
        },
    })
}

//! The policies of Calico, and the language of their selectors.

use super::target::{Answer, Direction, NotEvaluated, Target, namespace_label};
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
    let in_namespace = calico_selects(&spec.namespace_selector, &|key| match key {
        "projectcalico.org/name" => Ok(Some(target.namespace.clone())),
        _ => Ok(namespace_label(key, target)),
    });
    let selected = calico_selects(&spec.selector, &|key| calico_label(key, target));
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

type Lookup<'l> = &'l dyn Fn(&str) -> Result<Option<Text>, NotEvaluated>;

/// Evaluates alternatives of conjunctions of simple terms; an empty selector selects everything.
fn calico_selects(selector: &str, label: Lookup<'_>) -> Answer {
    if selector.trim().is_empty() {
        return Ok(true);
    }
    let mut evaluated = Ok(false);
    for alternative in selector.split("||") {
        let mut holds = Ok(true);
        for term in alternative.split("&&") {
            match calico_term(term.trim(), label) {
                Ok(true) => {}
                Ok(false) => {
                    holds = Ok(false);
                    break;
                }
                Err(error) => holds = Err(error),
            }
        }
        match holds {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => evaluated = Err(error),
        }
    }
    evaluated
}

fn calico_term(term: &str, label: Lookup<'_>) -> Answer {
    if let Some(inner) = term.strip_prefix('!') {
        return calico_term(inner.trim(), label).map(|holds| !holds);
    }
    match term {
        "all()" => return Ok(true),
        "global()" => return Ok(false),
        _ => {}
    }
    if let Some(key) = term
        .strip_prefix("has(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return Ok(label(plain_key(key)?)?.is_some());
    }
    if let Some((key, value)) = term.split_once("==") {
        let value = quoted(value)?;
        return Ok(label(plain_key(key)?)?.is_some_and(|label| label == value));
    }
    if let Some((key, value)) = term.split_once("!=") {
        let value = quoted(value)?;
        return Ok(label(plain_key(key)?)?.is_none_or(|label| label != value));
    }
    let (head, values) = term
        .strip_suffix('}')
        .and_then(|term| term.split_once('{'))
        .ok_or(NotEvaluated)?;
    let values = values
        .split(',')
        .filter(|value| !value.trim().is_empty())
        .map(quoted)
        .collect::<Result<Vec<_>, _>>()?;
    let mut words = head.split_whitespace();
    let key = plain_key(words.next().unwrap_or_default())?;
    let listed =
        |value: Option<Text>| value.is_some_and(|label| values.iter().any(|value| label == *value));
    match (words.next(), words.next(), words.next()) {
        (Some("in"), None, None) => Ok(listed(label(key)?)),
        (Some("not"), Some("in"), None) => Ok(!listed(label(key)?)),
        _ => Err(NotEvaluated),
    }
}

fn plain_key(key: &str) -> Result<&str, NotEvaluated> {
    let key = key.trim();
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-'));
    plain.then_some(key).ok_or(NotEvaluated)
}

fn quoted(value: &str) -> Result<&str, NotEvaluated> {
    let value = value.trim();
    ['\'', '"']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .filter(|value| !value.contains(['\'', '"']))
        .ok_or(NotEvaluated)
}

//! Which pods are isolated, in which direction, and by whose policy (rule 14 of RULES.md).

use crate::{
    inventory::Context,
    model::{Unknown, Why},
};
use crate::{
    inventory::{
        Evidence, Kind, Listed,
        kinds::{
            AdminNetworkPolicy, BaselineAdminNetworkPolicy, CalicoNetworkPolicy,
            CiliumClusterwideNetworkPolicy, CiliumNetworkPolicy, ClusterNetworkPolicy,
            GlobalNetworkPolicy, NetworkPolicy,
        },
        types::{
            CiliumNetworkPolicy as CiliumPolicy, CiliumRule, ClusterNetworkPolicy as ClusterPolicy,
            GlobalNetworkPolicySpec, LabelSelector,
        },
    },
    model::Text,
    wire::Labels,
};

/// The policies of one namespace.
pub const OWN_POLICIES: &[Evidence] = &[
    Evidence::Objects(Kind::NetworkPolicy),
    Evidence::Objects(Kind::CiliumNetworkPolicy),
    Evidence::Objects(Kind::CalicoNetworkPolicy),
];

/// The policies of the whole cluster.
pub const CLUSTER_POLICIES: &[Evidence] = &[
    Evidence::Objects(Kind::CiliumClusterwideNetworkPolicy),
    Evidence::Objects(Kind::GlobalNetworkPolicy),
    Evidence::Objects(Kind::ClusterNetworkPolicy),
    Evidence::Objects(Kind::AdminNetworkPolicy),
    Evidence::Objects(Kind::BaselineAdminNetworkPolicy),
];

/// From where a connection comes, seen from the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }
}

/// A pod as policies see it; one on its node's network is subject to none.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its namespace.
    pub namespace: &'a Text,
    /// The labels of its namespace.
    pub namespace_labels: &'a Labels,
    /// Its own labels.
    pub labels: &'a Labels,
    /// The ServiceAccount as which it runs.
    pub service_account: &'a str,
}

/// Why a policy's selector has no answer here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NotEvaluated;

impl NotEvaluated {
    fn why<K: Listed>(policy: &K) -> Why {
        Why::new(
            Unknown::Unrecognised,
            format!(
                "the selector of {} {} could not be evaluated",
                K::KIND.resource().kind,
                policy.metadata().name
            ),
        )
    }
}

type Answer = Result<bool, NotEvaluated>;

fn selects(selector: &LabelSelector, labels: &Labels) -> Answer {
    selector.selects(labels).map_err(|_| NotEvaluated)
}

/// Gathers the answers of policies that may each isolate: one that does is enough.
#[derive(Debug, Default)]
struct Any {
    isolated: bool,
    why: Option<Why>,
}

impl Any {
    fn ask<K: Listed>(&mut self, policies: &[K], isolates: impl Fn(&K) -> Answer) {
        for policy in policies {
            if self.isolated {
                return;
            }
            match isolates(policy) {
                Ok(yes) => self.isolated = yes,
                Err(NotEvaluated) => {
                    self.why.get_or_insert_with(|| NotEvaluated::why(policy));
                }
            }
        }
    }

    fn ask_all<K: Listed>(
        &mut self,
        cx: &Context<'_>,
        namespace: Option<&str>,
        isolates: impl Fn(&K) -> Answer,
    ) {
        let listing = cx.listing::<K>();
        let (seen, sight) = match namespace {
            Some(namespace) => (
                cx.seen_in::<K>(namespace),
                listing.seen_in(namespace, &K::KIND.resource()),
            ),
            None => (listing.items(), listing.seen(&K::KIND.resource())),
        };
        self.ask(seen, isolates);
        if let (false, Err(why)) = (self.isolated, sight)
            && self.why.as_ref().is_none_or(|known| why < *known)
        {
            self.why = Some(why);
        }
    }

    fn answer(self) -> Result<bool, Why> {
        match self.why {
            Some(why) if !self.isolated => Err(why),
            _ => Ok(self.isolated),
        }
    }
}

impl Context<'_> {
    /// Whether a policy of the pod's own namespace, or of the whole cluster, isolates it in a direction.
    ///
    /// # Errors
    /// None that was seen and understood does, and there may be another.
    #[track_caller]
    pub fn is_isolated(&self, target: &Target<'_>, direction: Direction) -> Result<bool, Why> {
        let mut any = Any::default();
        let namespace = Some(target.namespace.as_str());
        any.ask_all::<NetworkPolicy>(self, namespace, |policy| {
            network_policy(policy, target, direction)
        });
        any.ask_all::<CiliumNetworkPolicy>(self, namespace, |policy| {
            cilium(policy, target, direction)
        });
        any.ask_all::<CalicoNetworkPolicy>(self, namespace, |policy| {
            calico(&policy.spec, target, direction)
        });
        self.ask_cluster(&mut any, target, direction);
        any.answer()
    }

    /// Whether a policy of the whole cluster isolates the pod in either direction.
    ///
    /// # Errors
    /// None that was seen and understood does, and there may be another.
    #[track_caller]
    pub fn is_isolated_by_cluster(&self, target: &Target<'_>) -> Result<bool, Why> {
        let mut any = Any::default();
        for direction in Direction::BOTH {
            self.ask_cluster(&mut any, target, direction);
        }
        any.answer()
    }

    #[track_caller]
    fn ask_cluster(&self, any: &mut Any, target: &Target<'_>, direction: Direction) {
        any.ask_all::<CiliumClusterwideNetworkPolicy>(self, None, |policy| {
            cilium(policy, target, direction)
        });
        any.ask_all::<GlobalNetworkPolicy>(self, None, |policy| {
            calico(&policy.spec, target, direction)
        });
        any.ask_all::<ClusterNetworkPolicy>(self, None, |policy| {
            cluster_network_policy(policy, target, direction)
        });
        any.ask_all::<AdminNetworkPolicy>(self, None, |policy| {
            cluster_network_policy(policy, target, direction)
        });
        any.ask_all::<BaselineAdminNetworkPolicy>(self, None, |policy| {
            cluster_network_policy(policy, target, direction)
        });
    }
}

fn network_policy(policy: &NetworkPolicy, target: &Target<'_>, direction: Direction) -> Answer {
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

fn cilium(policy: &CiliumPolicy, target: &Target<'_>, direction: Direction) -> Answer {
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
        // Of another source, which no pod has: `reserved:host`.
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

/// A label of the namespace; the API server gives each the one with its name.
fn namespace_label(key: &str, target: &Target<'_>) -> Option<Text> {
    match target.namespace_labels.get(key) {
        None if key == "kubernetes.io/metadata.name" => Some(target.namespace.clone()),
        value => value.cloned(),
    }
}

fn calico(spec: &GlobalNetworkPolicySpec, target: &Target<'_>, direction: Direction) -> Answer {
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

/// Such a policy isolates where it denies what comes from every namespace; its other rules only pass or allow.
fn cluster_network_policy(
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        Answer, Direction, NotEvaluated, Target, calico, cilium, cluster_network_policy,
        network_policy,
    };
    use crate::{inventory::types, model::Text, wire::Labels};

    fn ask(answer: impl Fn(&Target<'_>, Direction) -> Answer) -> [Answer; 2] {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect()
        };
        let namespace = Text::from("shop");
        let target = Target {
            namespace: &namespace,
            namespace_labels: &labels(&[("team", "red")]),
            labels: &labels(&[("app", "cart"), ("tier", "web")]),
            service_account: "cart",
        };
        Direction::BOTH.map(|direction| answer(&target, direction))
    }

    const BOTH: [Answer; 2] = [Ok(true), Ok(true)];
    const INGRESS: [Answer; 2] = [Ok(true), Ok(false)];
    const EGRESS: [Answer; 2] = [Ok(false), Ok(true)];
    const NONE: [Answer; 2] = [Ok(false), Ok(false)];

    #[test]
    fn a_network_policy_isolates_in_the_directions_that_it_names() {
        for (spec, expected) in [
            (json!({ "podSelector": {} }), INGRESS),
            (json!({ "podSelector": {}, "egress": [{}] }), BOTH),
            (
                json!({ "podSelector": {}, "policyTypes": ["Egress"] }),
                EGRESS,
            ),
            (
                json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [] }),
                BOTH,
            ),
            (
                json!({ "podSelector": { "matchLabels": { "app": "pay" } } }),
                NONE,
            ),
        ] {
            let policy = serde_json::from_value(json!({ "spec": spec })).unwrap();
            let answers = ask(|target, direction| network_policy(&policy, target, direction));
            assert_eq!(answers, expected, "{spec}");
        }
    }

    #[test]
    fn a_cilium_policy_isolates_unless_it_says_that_it_does_not() {
        let all = json!({});
        for (rule, expected) in [
            (json!({ "endpointSelector": all, "ingress": [{}] }), INGRESS),
            (json!({ "endpointSelector": all, "ingress": [] }), NONE),
            (
                json!({ "endpointSelector": all, "egressDeny": [{}] }),
                EGRESS,
            ),
            (
                json!({ "endpointSelector": all, "ingress": [{}], "egress": [{}], "enableDefaultDeny": { "ingress": false } }),
                EGRESS,
            ),
            (
                json!({ "endpointSelector": all, "enableDefaultDeny": { "ingress": true, "egress": true } }),
                BOTH,
            ),
            (json!({ "nodeSelector": all, "ingress": [{}] }), NONE),
            (
                json!({ "endpointSelector": { "matchLabels": { "k8s:io.kubernetes.pod.namespace": "shop", "any:app": "cart" } }, "ingress": [{}] }),
                INGRESS,
            ),
            (
                json!({ "endpointSelector": { "matchExpressions": [{ "key": "k8s:io.cilium.k8s.namespace.labels.team", "operator": "In", "values": ["red"] }] }, "ingress": [{}] }),
                INGRESS,
            ),
            (
                json!({ "endpointSelector": { "matchLabels": { "reserved:host": "" } }, "ingress": [{}] }),
                NONE,
            ),
            (
                json!({ "endpointSelector": { "matchLabels": { "io.cilium.k8s.policy.cluster": "a" } }, "ingress": [{}] }),
                [Err(NotEvaluated), Ok(false)],
            ),
        ] {
            for policy in [
                json!({ "spec": rule }),
                json!({ "specs": [{ "endpointSelector": { "matchLabels": { "app": "pay" } }, "egress": [{}] }, rule] }),
            ] {
                let policy: types::CiliumNetworkPolicy = serde_json::from_value(policy).unwrap();
                let answers = ask(|target, direction| cilium(&policy, target, direction));
                assert_eq!(answers, expected, "{rule}");
            }
        }
    }

    #[test]
    fn a_calico_selector_is_evaluated_as_far_as_it_is_simple() {
        let selector = |selector: &str| json!({ "selector": selector });
        let unknown = [Err(NotEvaluated), Ok(false)];
        for (spec, expected) in [
            (json!({}), INGRESS),
            (selector("all()"), INGRESS),
            (selector("app == 'cart'"), INGRESS),
            (selector("app == \"pay\" || has(tier)"), INGRESS),
            (selector("app == 'cart' && !has(tier)"), NONE),
            (
                selector("app in { 'pay', 'cart' } && tier not in {'db'}"),
                INGRESS,
            ),
            (selector("app != 'cart'"), NONE),
            (selector("projectcalico.org/namespace == 'shop'"), INGRESS),
            (selector("app starts with 'c'"), unknown.clone()),
            (selector("(app == 'cart') && has(tier)"), unknown.clone()),
            (selector("app == 'pay' && app contains 'c'"), NONE),
            (
                json!({ "namespaceSelector": "team == 'blue'", "selector": "x starts with 'y'" }),
                NONE,
            ),
            (
                json!({ "namespaceSelector": "kubernetes.io/metadata.name == 'shop'" }),
                INGRESS,
            ),
            (json!({ "namespaceSelector": "global()" }), NONE),
            (json!({ "types": ["Egress"] }), EGRESS),
            (json!({ "egress": [{}] }), EGRESS),
            (json!({ "egress": [{}], "ingress": [{}] }), BOTH),
            (json!({ "selector": "all()", "stagedAction": "Set" }), NONE),
        ] {
            let policy: Value = spec.clone();
            let policy = serde_json::from_value(policy).unwrap();
            let answers = ask(|target, direction| calico(&policy, target, direction));
            assert_eq!(answers, expected, "{spec}");
        }
    }

    #[test]
    fn a_cluster_network_policy_isolates_where_it_denies_everyone() {
        let deny = json!([{ "action": "Deny", "from": [{ "namespaces": {} }] }]);
        let all = json!({ "namespaces": {} });
        for (spec, expected) in [
            (json!({ "subject": all, "ingress": deny }), INGRESS),
            (
                json!({ "subject": { "namespaces": { "matchLabels": { "team": "blue" } } }, "ingress": deny }),
                NONE,
            ),
            (
                json!({ "subject": { "namespaces": { "matchLabels": { "kubernetes.io/metadata.name": "shop" } } }, "ingress": deny }),
                INGRESS,
            ),
            (
                json!({ "subject": { "pods": { "namespaceSelector": {}, "podSelector": { "matchLabels": { "app": "cart" } } } }, "ingress": deny }),
                INGRESS,
            ),
            (
                json!({ "subject": all, "ingress": [{ "action": "Allow", "from": [{ "namespaces": {} }] }] }),
                NONE,
            ),
            (
                json!({ "subject": all, "ingress": [{ "action": "Deny", "from": [{ "namespaces": { "matchLabels": { "a": "b" } } }] }] }),
                NONE,
            ),
        ] {
            let policy = serde_json::from_value(json!({ "spec": spec })).unwrap();
            let answers =
                ask(|target, direction| cluster_network_policy(&policy, target, direction));
            assert_eq!(answers, expected, "{spec}");
        }
    }
}

//! What each kind of policy isolates.

use serde_json::{Value, json};

use super::{
    calico::calico,
    cilium::cilium,
    network_policy::{cluster_network_policy, network_policy},
    target::{Answer, Direction, NotEvaluated, Target},
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
fn a_calico_selector_is_evaluated_as_far_as_its_labels_are_known() {
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
        (selector("app starts with 'c'"), INGRESS),
        (selector("!(app == 'cart' && !has(tier))"), INGRESS),
        (selector("pcsa.team == 'blue'"), unknown.clone()),
        (selector("app == 'cart' && (has(tier)"), unknown.clone()),
        (selector("app == 'pay' && app contains 'c'"), NONE),
        (
            json!({ "namespaceSelector": "team == 'blue'", "selector": "pcsa.x == 'y'" }),
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
        let answers = ask(|target, direction| cluster_network_policy(&policy, target, direction));
        assert_eq!(answers, expected, "{spec}");
    }
}

//! Whether a Node takes a pod: node selector, required node affinity, taints and `nodeName`, as the scheduler and the
//! DaemonSet controller judge them. Room, ports, volumes and other pods are no part of it, and neither is a cordon.

use crate::{
    inventory::types::{
        LabelSelectorRequirement, Node, NodeSelector, NodeSelectorTerm, PodSpec, Taint, Toleration,
    },
    model::{Text, Unknown, Why, any_or_why},
    wire::Labels,
};

/// The only field of a Node that an affinity can name.
const NAME_FIELD: &str = "metadata.name";

/// What the DaemonSet controller lets its pods tolerate besides what the template says, as key and effect.
const OF_DAEMON_SETS: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The same for pods in the network of their Node.
const OF_DAEMON_SETS_ON_HOST_NETWORK: (&str, &str) =
    ("node.kubernetes.io/network-unavailable", "NoSchedule");

/// Whether a Node takes pods of a template.
///
/// # Errors
/// The answer rests on something that no API server would store: an unknown operator, a number that is none.
pub fn accepts(node: &Node, spec: &PodSpec) -> Result<bool, Why> {
    Ok(is_named_and_selected(node, spec)? && tolerates(node, spec, |_| false)?)
}

/// Whether a Node takes the pods of a DaemonSet, which tolerate more than their template says.
///
/// # Errors
/// The same as of [`accepts`].
pub fn accepts_daemon(node: &Node, spec: &PodSpec) -> Result<bool, Why> {
    let implied = |taint: &Taint| {
        let taint = (taint.key.as_str(), taint.effect.as_str());
        OF_DAEMON_SETS.contains(&taint)
            || (spec.host_network && taint == OF_DAEMON_SETS_ON_HOST_NETWORK)
    };
    Ok(is_named_and_selected(node, spec)? && tolerates(node, spec, implied)?)
}

fn is_named_and_selected(node: &Node, spec: &PodSpec) -> Result<bool, Why> {
    let named = spec.node_name.is_empty() || spec.node_name == node.metadata.name;
    Ok(named && is_selected(node, spec)?)
}

/// Whether node selector and required node affinity of a template select a Node.
///
/// # Errors
/// No alternative of the affinity selects it, and one of them is not understood.
pub fn is_selected(node: &Node, spec: &PodSpec) -> Result<bool, Why> {
    if !super::selects_all(&spec.node_selector, &node.metadata.labels) {
        return Ok(false);
    }
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| affinity.required.as_ref());
    required.map_or(Ok(true), |required| is_one_of(node, required))
}

/// Whether one of the alternatives selects a Node.
///
/// # Errors
/// None does, and one of them is not understood.
pub(super) fn is_one_of(node: &Node, selector: &NodeSelector) -> Result<bool, Why> {
    // One that is not understood matters only when no other selects the Node.
    let terms = selector.node_selector_terms.iter();
    any_or_why(terms.map(|term| holds(term, node)))
}

/// Whether all requirements of an alternative hold; one without any selects nothing.
fn holds(term: &NodeSelectorTerm, node: &Node) -> Result<bool, Why> {
    let mut all = !(term.match_expressions.is_empty() && term.match_fields.is_empty());
    // All are read: one that is not understood makes the whole alternative so.
    for requirement in &term.match_expressions {
        all &= label_holds(requirement, &node.metadata.labels)?;
    }
    for requirement in &term.match_fields {
        all &= field_holds(requirement, &node.metadata.name)?;
    }
    Ok(all)
}

fn label_holds(requirement: &LabelSelectorRequirement, labels: &Labels) -> Result<bool, Why> {
    let LabelSelectorRequirement {
        key,
        operator,
        values,
    } = requirement;
    if !is_label_key(key) || !values.iter().all(|value| is_label_value(value)) {
        return Err(strange("key or value", requirement));
    }
    let found = labels.get(key);
    match operator.as_str() {
        "In" if !values.is_empty() => Ok(found.is_some_and(|value| values.contains(value))),
        "NotIn" if !values.is_empty() => Ok(!found.is_some_and(|value| values.contains(value))),
        "Exists" if values.is_empty() => Ok(found.is_some()),
        "DoesNotExist" if values.is_empty() => Ok(found.is_none()),
        "Gt" | "Lt" => {
            let [bound] = values.as_slice() else {
                return Err(strange("number of values", requirement));
            };
            let Ok(bound) = bound.parse::<i64>() else {
                return Err(strange("number", requirement));
            };
            // A label that is no number is neither more nor less.
            let number = found.and_then(|value| value.parse::<i64>().ok());
            Ok(number.is_some_and(|number| {
                if operator == "Gt" {
                    number > bound
                } else {
                    number < bound
                }
            }))
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => Err(strange("number of values", requirement)),
        _ => Err(strange("operator", requirement)),
    }
}

fn field_holds(requirement: &LabelSelectorRequirement, name: &Text) -> Result<bool, Why> {
    if requirement.key != NAME_FIELD {
        return Err(strange("field", requirement));
    }
    let equals = |wanted: bool| match requirement.values.as_slice() {
        [value] => Ok((value == name) == wanted),
        _ => Err(strange("number of values", requirement)),
    };
    match requirement.operator.as_str() {
        "In" => equals(true),
        "NotIn" => equals(false),
        _ => Err(strange("operator", requirement)),
    }
}

fn strange(what: &str, requirement: &LabelSelectorRequirement) -> Why {
    let LabelSelectorRequirement {
        key,
        operator,
        values,
    } = requirement;
    Why::new(
        Unknown::Unreadable,
        format!("the node affinity has an unknown {what}: {key:?} {operator:?} {values:?}"),
    )
}

/// Whether a template tolerates every taint of a Node that keeps pods off or drives them away.
fn tolerates(node: &Node, spec: &PodSpec, implied: impl Fn(&Taint) -> bool) -> Result<bool, Why> {
    let hard = |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
    // One taint is enough, whatever becomes of the others.
    let keeps_off = node
        .spec
        .taints
        .iter()
        .filter(hard)
        .filter(|taint| !implied(taint))
        .map(|taint| is_tolerated(taint, &spec.tolerations).map(|tolerated| !tolerated));
    any_or_why(keeps_off).map(|keeps_off| !keeps_off)
}

fn is_tolerated(taint: &Taint, tolerations: &[Toleration]) -> Result<bool, Why> {
    let tolerations = tolerations.iter();
    any_or_why(tolerations.map(|toleration| matches_taint(toleration, taint)))
}

fn matches_taint(toleration: &Toleration, taint: &Taint) -> Result<bool, Why> {
    let concerns = |own: &Text, its: &Text| own.is_empty() || own == its;
    if !concerns(&toleration.effect, &taint.effect) || !concerns(&toleration.key, &taint.key) {
        return Ok(false);
    }
    match toleration.operator.as_str() {
        "" | "Equal" => Ok(toleration.value == taint.value),
        "Exists" => Ok(true),
        operator @ ("Lt" | "Gt") => {
            let Some(bound) = decimal(&toleration.value) else {
                return Err(Why::new(
                    Unknown::Unreadable,
                    format!(
                        "a toleration of {:?} compares with {:?}, which is not a number",
                        toleration.key, toleration.value
                    ),
                ));
            };
            // A taint whose value is no number is not tolerated.
            Ok(decimal(&taint.value).is_some_and(|value| {
                if operator == "Lt" {
                    value < bound
                } else {
                    value > bound
                }
            }))
        }
        operator => Err(Why::new(
            Unknown::Unreadable,
            format!(
                "a toleration of {:?} has the unknown operator {operator:?}",
                toleration.key
            ),
        )),
    }
}

/// A whole number as a person writes it: no plus, no leading zero.
fn decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (!digits.starts_with('0') || text == "0");
    canonical.then(|| text.parse().ok()).flatten()
}

/// Whether a text can be the key of a label: a name, with a domain in front of it or without.
fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_domain(domain) && is_name(name),
        None => is_name(key),
    }
}

/// Whether a text can be the value of a label.
fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_name(value)
}

fn is_name(name: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    name.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn is_domain(domain: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    domain.len() <= 253
        && domain.split('.').all(|label| {
            label.bytes().next().is_some_and(lower)
                && label.bytes().next_back().is_some_and(lower)
                && label.bytes().all(|byte| lower(byte) || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{accepts, accepts_daemon, decimal, is_label_key};
    use crate::inventory::types::{Node, PodSpec};

    fn node(spec: &Value) -> Node {
        serde_json::from_value(json!({
            "metadata": { "name": "a", "labels": {
                "zone": "b", "cores": "8", "empty": "", "topology.kubernetes.io/region": "eu"
            } },
            "spec": spec
        }))
        .unwrap()
    }

    /// Whether an untainted Node takes a pod; none when that is not understood.
    fn taken(spec: Value) -> Option<bool> {
        let spec: PodSpec = serde_json::from_value(spec).unwrap();
        accepts(&node(&json!({})), &spec).ok()
    }

    fn required(terms: &Value) -> Option<bool> {
        taken(json!({ "affinity": { "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms }
        } } }))
    }

    fn label(key: &str, operator: &str, values: &[&str]) -> Option<bool> {
        required(&json!([{ "matchExpressions": [
            { "key": key, "operator": operator, "values": values }
        ] }]))
    }

    fn field(key: &str, operator: &str, values: &[&str]) -> Option<bool> {
        required(&json!([{ "matchFields": [
            { "key": key, "operator": operator, "values": values }
        ] }]))
    }

    #[test]
    fn a_pod_that_wants_nothing_is_taken_and_one_that_names_its_node_by_it_alone() {
        assert_eq!(taken(json!({})), Some(true));
        assert_eq!(taken(json!({ "nodeName": "a" })), Some(true));
        assert_eq!(taken(json!({ "nodeName": "c" })), Some(false));
    }

    #[test]
    fn a_node_selector_wants_every_label() {
        let selector = |labels: Value| taken(json!({ "nodeSelector": labels }));
        assert_eq!(selector(json!({ "zone": "b", "empty": "" })), Some(true));
        assert_eq!(selector(json!({ "zone": "b", "cores": "4" })), Some(false));
        assert_eq!(selector(json!({ "absent": "" })), Some(false));
        // It is not validated by whoever places pods: it just selects nothing.
        assert_eq!(selector(json!({ "zone": "a b" })), Some(false));
    }

    #[test]
    fn every_operator_on_labels() {
        assert_eq!(label("zone", "In", &["a", "b"]), Some(true));
        assert_eq!(label("zone", "In", &["a"]), Some(false));
        assert_eq!(label("absent", "In", &[""]), Some(false));
        assert_eq!(label("empty", "In", &[""]), Some(true));
        assert_eq!(label("zone", "NotIn", &["a"]), Some(true));
        assert_eq!(label("zone", "NotIn", &["a", "b"]), Some(false));
        assert_eq!(label("absent", "NotIn", &["a"]), Some(true));
        assert_eq!(label("zone", "Exists", &[]), Some(true));
        assert_eq!(label("absent", "Exists", &[]), Some(false));
        assert_eq!(label("zone", "DoesNotExist", &[]), Some(false));
        assert_eq!(label("absent", "DoesNotExist", &[]), Some(true));
        assert_eq!(label("cores", "Gt", &["7"]), Some(true));
        assert_eq!(label("cores", "Gt", &["8"]), Some(false));
        assert_eq!(label("cores", "Lt", &["9"]), Some(true));
        assert_eq!(label("cores", "Lt", &["8"]), Some(false));
        assert_eq!(label("absent", "Lt", &["8"]), Some(false));
        assert_eq!(label("zone", "Gt", &["1"]), Some(false));
    }

    #[test]
    fn what_no_api_server_would_store_is_not_understood() {
        for (operator, values) in [
            ("in", &["b"][..]),
            ("", &["b"]),
            ("Equals", &["b"]),
            ("In", &[]),
            ("NotIn", &[]),
            ("Exists", &["b"]),
            ("DoesNotExist", &["b"]),
            ("Gt", &[]),
            ("Gt", &["1", "2"]),
            ("Lt", &["few"]),
            ("In", &["b", "not a label"]),
        ] {
            assert_eq!(
                label("zone", operator, values),
                None,
                "{operator} {values:?}"
            );
        }
        assert_eq!(label("", "Exists", &[]), None);
        assert_eq!(label("a//b", "DoesNotExist", &[]), None);
    }

    #[test]
    fn a_field_is_the_name_of_the_node() {
        assert_eq!(field("metadata.name", "In", &["a"]), Some(true));
        assert_eq!(field("metadata.name", "In", &["b"]), Some(false));
        assert_eq!(field("metadata.name", "NotIn", &["a"]), Some(false));
        assert_eq!(field("metadata.name", "NotIn", &["b"]), Some(true));
        assert_eq!(field("metadata.name", "In", &["a", "b"]), None);
        assert_eq!(field("metadata.name", "Exists", &[]), None);
        assert_eq!(field("spec.unschedulable", "In", &["a"]), None);
    }

    #[test]
    fn terms_are_alternatives_and_their_requirements_hold_together() {
        let yes = json!({ "key": "zone", "operator": "In", "values": ["b"] });
        let no = json!({ "key": "zone", "operator": "In", "values": ["c"] });
        let odd = json!({ "key": "zone", "operator": "Near", "values": ["b"] });
        let terms = |terms: &[&[&Value]]| {
            let terms: Vec<Value> = terms
                .iter()
                .map(|requirements| json!({ "matchExpressions": requirements }))
                .collect();
            required(&json!(terms))
        };
        assert_eq!(terms(&[&[&no], &[&yes]]), Some(true));
        assert_eq!(terms(&[&[&yes, &no]]), Some(false));
        assert_eq!(terms(&[]), Some(false), "no alternative selects nothing");
        assert_eq!(terms(&[&[]]), Some(false), "an empty one selects nothing");
        assert_eq!(terms(&[&[&odd], &[&yes]]), Some(true));
        assert_eq!(terms(&[&[&odd], &[&no]]), None);
        assert_eq!(terms(&[&[&no, &odd]]), None);
        let both = required(&json!([{
            "matchExpressions": [yes],
            "matchFields": [{ "key": "metadata.name", "operator": "In", "values": ["c"] }]
        }]));
        assert_eq!(both, Some(false));
    }

    /// Whether a Node with these taints takes a pod with these tolerations.
    fn tolerated(taints: &Value, tolerations: &Value) -> Option<bool> {
        let spec: PodSpec = serde_json::from_value(json!({ "tolerations": tolerations })).unwrap();
        accepts(&node(&json!({ "taints": taints })), &spec).ok()
    }

    #[test]
    fn every_operator_on_taints() {
        let taint = json!([{ "key": "gpu", "value": "4", "effect": "NoSchedule" }]);
        let one = |toleration: Value| tolerated(&taint, &json!([toleration]));
        assert_eq!(tolerated(&taint, &json!([])), Some(false));
        assert_eq!(one(json!({ "key": "gpu", "value": "4" })), Some(true));
        assert_eq!(
            one(json!({ "key": "gpu", "operator": "Equal", "value": "4" })),
            Some(true)
        );
        assert_eq!(
            one(json!({ "key": "gpu", "operator": "Equal", "value": "5" })),
            Some(false)
        );
        assert_eq!(
            one(json!({ "key": "gpu", "operator": "Exists" })),
            Some(true)
        );
        assert_eq!(
            one(json!({ "key": "tpu", "operator": "Exists" })),
            Some(false)
        );
        assert_eq!(one(json!({ "operator": "Exists" })), Some(true));
        assert_eq!(
            one(json!({ "operator": "Exists", "effect": "NoExecute" })),
            Some(false)
        );
        let compared = |operator: &str, value: &str| {
            one(json!({ "key": "gpu", "operator": operator, "value": value }))
        };
        assert_eq!(compared("Lt", "5"), Some(true));
        assert_eq!(compared("Lt", "4"), Some(false));
        assert_eq!(compared("Gt", "3"), Some(true));
        assert_eq!(compared("Gt", "4"), Some(false));
        assert_eq!(compared("Gt", "03"), None);
        assert_eq!(compared("Near", "4"), None);
        // What concerns another taint is not asked.
        assert_eq!(
            one(json!({ "key": "tpu", "operator": "Near" })),
            Some(false)
        );
        assert_eq!(
            tolerated(
                &taint,
                &json!([{ "key": "gpu", "operator": "Near" }, { "operator": "Exists" }])
            ),
            Some(true)
        );
    }

    #[test]
    fn a_preference_keeps_no_pod_off_and_every_other_taint_does() {
        let taint = |effect: &str| json!([{ "key": "a", "effect": effect }]);
        assert_eq!(
            tolerated(&taint("PreferNoSchedule"), &json!([])),
            Some(true)
        );
        assert_eq!(tolerated(&taint("NoSchedule"), &json!([])), Some(false));
        assert_eq!(tolerated(&taint("NoExecute"), &json!([])), Some(false));
        let two = json!([
            { "key": "a", "effect": "NoSchedule" },
            { "key": "b", "effect": "NoExecute" }
        ]);
        assert_eq!(
            tolerated(&two, &json!([{ "key": "a", "operator": "Exists" }])),
            Some(false)
        );
        assert_eq!(
            tolerated(&two, &json!([{ "key": "a", "operator": "Near" }])),
            Some(false),
            "the other one is not tolerated anyway"
        );
        let word = json!([{ "key": "a", "value": "many", "effect": "NoSchedule" }]);
        assert_eq!(
            tolerated(
                &word,
                &json!([{ "key": "a", "operator": "Gt", "value": "1" }])
            ),
            Some(false)
        );
    }

    #[test]
    fn daemons_stay_where_others_are_driven_off() {
        let daemon = |taint: &str, effect: &str, host_network: bool| {
            let spec: PodSpec =
                serde_json::from_value(json!({ "hostNetwork": host_network })).unwrap();
            let node = node(&json!({ "taints": [{ "key": taint, "effect": effect }] }));
            assert_eq!(accepts(&node, &spec).ok(), Some(false));
            accepts_daemon(&node, &spec).ok()
        };
        for (taint, effect) in [
            ("node.kubernetes.io/not-ready", "NoExecute"),
            ("node.kubernetes.io/unreachable", "NoExecute"),
            ("node.kubernetes.io/disk-pressure", "NoSchedule"),
            ("node.kubernetes.io/memory-pressure", "NoSchedule"),
            ("node.kubernetes.io/pid-pressure", "NoSchedule"),
            ("node.kubernetes.io/unschedulable", "NoSchedule"),
        ] {
            assert_eq!(daemon(taint, effect, false), Some(true), "{taint}");
        }
        let network = "node.kubernetes.io/network-unavailable";
        assert_eq!(daemon(network, "NoSchedule", false), Some(false));
        assert_eq!(daemon(network, "NoSchedule", true), Some(true));
        assert_eq!(
            daemon("node.kubernetes.io/not-ready", "NoSchedule", true),
            Some(false)
        );
        assert_eq!(
            daemon("node-role.kubernetes.io/control-plane", "NoSchedule", true),
            Some(false)
        );
    }

    #[test]
    fn numbers_and_keys_are_read_as_the_api_server_reads_them() {
        assert_eq!(decimal("-7"), Some(-7));
        assert_eq!(decimal("0"), Some(0));
        for none in [
            "",
            "-",
            "-0",
            "+1",
            "01",
            "1.0",
            "1e3",
            "99999999999999999999",
        ] {
            assert_eq!(decimal(none), None, "{none}");
        }
        for key in ["a", "a.b/c", "topology.kubernetes.io/zone", "A_b-1.c"] {
            assert!(is_label_key(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a-", "a b", "a./b"] {
            assert!(!is_label_key(key), "{key}");
        }
    }
}

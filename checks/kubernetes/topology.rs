//! What a Node is to the cluster: worker or control plane, real or virtual, and where it stands (rule 17 of RULES.md).

use super::settled::FIVE_MINUTES;
use crate::{
    inventory::types::{Condition, Node, condition},
    model::{NotApplicable, Text},
    wire::Time,
};

/// Labels that name a zone, the one that counts first.
const ZONE: &[&str] = &[
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// Labels that name a region, the one that counts first.
const REGION: &[&str] = &[
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];

/// What marks a Node of the control plane, as label and as taint.
const CONTROL_PLANE: &[&str] = &[
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// Labels of Nodes that are no machines.
const VIRTUAL: &[(&str, &str)] = &[
    ("eks.amazonaws.com/compute-type", "fargate"),
    ("type", "virtual-kubelet"),
    ("liqo.io/type", "virtual-node"),
];

/// Labels of Nodes behind which nothing runs, or only what another cluster's Nodes run.
const FAKE: &[(&str, &str)] = &[("type", "kwok"), ("vcluster.loft.sh/fake-node", "true")];

/// Whether the Node is marked as one of the control plane, whatever else it runs.
pub fn is_control_plane(node: &Node) -> bool {
    CONTROL_PLANE
        .iter()
        .any(|label| node.metadata.labels.has(label))
}

/// Whether a taint keeps ordinary pods off a Node of the control plane.
pub fn has_control_plane_taint(node: &Node) -> bool {
    node.spec.taints.iter().any(|taint| {
        CONTROL_PLANE.contains(&taint.key.as_str())
            && matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
    })
}

fn has_one_of(node: &Node, labels: &[(&str, &str)]) -> bool {
    labels
        .iter()
        .any(|(label, value)| node.metadata.labels.is(label, value))
}

/// Whether the Node is made up: kwok, or what a virtual cluster shows of its host's.
pub fn is_fake(node: &Node) -> bool {
    has_one_of(node, FAKE)
        || node.metadata.annotations.has("kwok.x-k8s.io/node")
        || node.spec.provider_id.starts_with("kwok://")
}

/// Whether the Node is no machine: made up, Fargate, a virtual kubelet.
pub fn is_virtual(node: &Node) -> bool {
    is_fake(node)
        || has_one_of(node, VIRTUAL)
        || node
            .spec
            .taints
            .iter()
            .any(|taint| taint.key == "virtual-kubelet.io/provider")
}

/// Why no Node is left to be judged.
pub const fn why_none(nodes: &[Node]) -> NotApplicable {
    if nodes.is_empty() {
        NotApplicable::Absent
    } else {
        NotApplicable::Topology
    }
}

/// Whether the kubelet says that the Node is ready.
pub fn is_ready(node: &Node) -> bool {
    condition(&node.status.conditions, "Ready").is_some_and(Condition::is_true)
}

/// Whether the Node is Ready, or was within the last five minutes: one that restarts is no loss yet.
pub fn was_ready_lately(node: &Node, now: Time) -> bool {
    let lately = |time: Option<Time>| time.is_some_and(|time| now.since(time) < FIVE_MINUTES);
    condition(&node.status.conditions, "Ready").is_some_and(|ready| {
        // One that was made only now has yet to become ready.
        ready.is_true()
            || lately(ready.last_transition_time) && !lately(node.metadata.creation_timestamp)
    })
}

/// The taint that the controller puts on a cordoned Node, with the time.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// Whether the Node takes no new pods, and has taken none for five minutes, as far as its taint tells.
pub fn is_cordoned(node: &Node, now: Time) -> bool {
    let taint = node.spec.taints.iter().find(|taint| taint.key == CORDONED);
    let since = taint.and_then(|taint| taint.time_added);
    node.spec.unschedulable && since.is_none_or(|since| now.since(since) >= FIVE_MINUTES)
}

/// Whether ordinary pods can be placed on the Node: Ready, not cordoned, neither only for some minutes, not reserved for
/// the control plane, a machine.
pub fn is_schedulable_worker(node: &Node, now: Time) -> bool {
    !is_cordoned(node, now)
        && !has_control_plane_taint(node)
        && was_ready_lately(node, now)
        && !is_virtual(node)
}

/// The zone of a Node; OpenStack's catch-all and the bare fault domains of unzoned machines name none.
pub fn zone(node: &Node) -> Option<&Text> {
    first(node, ZONE)
        .filter(|zone| *zone != "nova" && !zone.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The region of a Node.
pub fn region(node: &Node) -> Option<&Text> {
    first(node, REGION)
}

fn first<'a>(node: &'a Node, labels: &[&str]) -> Option<&'a Text> {
    labels
        .iter()
        .filter_map(|label| node.metadata.labels.get(label))
        .find(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_control_plane, is_fake, is_virtual, was_ready_lately, zone};
    use crate::{
        inventory::{decode_json, types::Node},
        wire::{MINUTE, Time},
    };

    fn is_schedulable_worker(node: &Node) -> bool {
        super::is_schedulable_worker(node, Time(0))
    }

    fn node(metadata: &str, spec: &str, ready: &str) -> Node {
        decode_json(&format!(
            r#"{{"metadata":{{"name":"a",{metadata}}},"spec":{{{spec}}},"status":{{"conditions":[{{"type":"Ready","status":"{ready}"}}]}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_worker_is_ready_open_and_a_machine() {
        let plain = r#""labels":{}"#;
        assert!(is_schedulable_worker(&node(plain, "", "True")));
        assert!(!is_schedulable_worker(&node(plain, "", "Unknown")));
        assert!(!is_schedulable_worker(&node(
            plain,
            r#""unschedulable":true"#,
            "True"
        )));
        let tainted =
            r#""taints":[{"key":"node-role.kubernetes.io/control-plane","effect":"NoSchedule"}]"#;
        assert!(!is_schedulable_worker(&node(plain, tainted, "True")));
        let labelled = r#""labels":{"node-role.kubernetes.io/control-plane":""}"#;
        let untainted = node(labelled, "", "True");
        assert!(is_control_plane(&untainted) && is_schedulable_worker(&untainted));
        let fake = node(r#""annotations":{"kwok.x-k8s.io/node":"fake"}"#, "", "True");
        assert!(is_virtual(&fake) && is_fake(&fake) && !is_schedulable_worker(&fake));
        let of_a_host = node(
            r#""labels":{"vcluster.loft.sh/fake-node":"true"}"#,
            "",
            "True",
        );
        assert!(is_fake(&of_a_host));
        let rented = r#""labels":{"eks.amazonaws.com/compute-type":"fargate"}"#;
        let rented = node(rented, "", "True");
        assert!(is_virtual(&rented) && !is_fake(&rented));
    }

    #[test]
    fn what_has_lasted_for_some_minutes_alone_makes_no_node_useless() {
        let silent: Node = decode_json(
            r#"{"metadata":{"name":"a"},"status":{"conditions":[{"type":"Ready","status":"Unknown","lastTransitionTime":"1970-01-01T00:00:00Z"}]}}"#,
        )
        .unwrap();
        assert!(was_ready_lately(&silent, Time(4 * MINUTE)));
        assert!(!was_ready_lately(&silent, Time(5 * MINUTE)));
        let cordoned = r#""unschedulable":true,"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule","timeAdded":"1970-01-01T00:00:00Z"}]"#;
        let cordoned = node(r#""labels":{}"#, cordoned, "True");
        let at = |minutes| super::is_schedulable_worker(&cordoned, Time(minutes * MINUTE));
        assert!(at(4) && !at(5));
    }

    #[test]
    fn a_zone_is_a_name_and_not_a_fault_domain() {
        let of = |label: &str, value: &str| {
            let labels = format!(r#""labels":{{"{label}":"{value}"}}"#);
            zone(&node(&labels, "", "True")).map(ToString::to_string)
        };
        let (new, old) = (
            "topology.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/zone",
        );
        assert_eq!(of(new, "eu-west-1a").as_deref(), Some("eu-west-1a"));
        assert_eq!(of(old, "b").as_deref(), Some("b"));
        for none in ["nova", "0", "1", ""] {
            assert_eq!(of(new, none), None, "{none}");
        }
    }
}

//! Whether the pods of a workload keep away from one another.

use super::{
    added_labels::{Added, added},
    selectors::BadSelector,
    workloads::Workload,
};
use crate::{
    inventory::{
        Context, Evidence, Kind, Origin,
        kinds::Namespace,
        types::{LabelSelector, PodAffinityTerm, PodSpec, TopologySpreadConstraint},
    },
    model::{Text, Unknown, Why},
    wire::Labels,
};

/// The label by which Nodes are told apart.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// The label that every Namespace has: its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl<'a> Context<'a> {
    /// Whether anti-affinity or a spread constraint keeps so many replicas of a workload on different Nodes, as a rule or
    /// as a preference; a rule of anti-affinity along anything wider does as well. Demands Namespace.
    ///
    /// # Errors
    /// None that is understood does, and one has an operator that no API server would store, or applies to namespaces
    /// by labels that were not seen.
    #[track_caller]
    pub fn is_spread_over_nodes(
        &self,
        workload: &Workload<'a>,
        replicas: i32,
    ) -> Result<bool, Why> {
        self.declared(Evidence::Objects(Kind::Namespace));
        let spec = workload.spec;
        let constraints = spec
            .topology_spread_constraints
            .iter()
            .filter(|constraint| {
                constraint.topology_key == HOSTNAME && spreads(constraint, replicas)
            })
            .map(|constraint| {
                let selector = constraint.label_selector.as_ref();
                selects_own(selector, &constraint.match_label_keys, &[], workload)
            });
        let terms = anti_affinity(spec)
            // Two zones are two nodes; a preference for two zones may come down to one node.
            .filter(|(term, required)| *required || term.topology_key == HOSTNAME)
            .map(|(term, _)| self.keeps_apart(term, workload));
        let mut unknown = None;
        for judgement in constraints.chain(terms) {
            match judgement {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// Whether a term of anti-affinity is about the workload's own pods.
    fn keeps_apart(&self, term: &PodAffinityTerm, workload: &Workload<'a>) -> Result<bool, Why> {
        let selector = term.label_selector.as_ref();
        let (same, other) = (&term.match_label_keys, &term.mismatch_label_keys);
        Ok(selects_own(selector, same, other, workload)?
            && self.is_in_namespaces(term, workload.namespace())?)
    }

    /// Whether a term is about pods of a namespace; `own` is the one of the pod that has the term. Demands Namespace.
    ///
    /// # Errors
    /// It selects namespaces by labels that were not seen, or that nobody understands.
    pub(super) fn is_in_namespaces(&self, term: &PodAffinityTerm, own: &Text) -> Result<bool, Why> {
        let selector = match &term.namespace_selector {
            None => return Ok(term.namespaces.is_empty() || term.namespaces.contains(own)),
            Some(_) if term.namespaces.contains(own) => return Ok(true),
            Some(selector) if selector.is_empty() => return Ok(true),
            Some(selector) => selector,
        };
        let name = [(Text::from(NAME_LABEL), own.clone())];
        let labels: Labels = match self.named::<Namespace>("", own)? {
            Some(namespace) => {
                let labels = namespace.metadata.labels.iter();
                labels
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .filter(|(key, _)| key != NAME_LABEL)
                    .chain(name)
                    .collect()
            }
            None if self.origin() == Origin::Files => {
                return Err(Why::new(
                    Unknown::Hidden,
                    format!("the labels of Namespace {own} are not part of the files"),
                ));
            }
            None => name.into_iter().collect(),
        };
        selector.selects(&labels).map_err(|bad| strange(&bad))
    }
}

/// Whether a constraint along Nodes spreads so many replicas at all. As a rule that allows a difference as large as their
/// number it admits all of them to one Node, and the scheduler takes a rule for no preference.
fn spreads(constraint: &TopologySpreadConstraint, replicas: i32) -> bool {
    constraint.max_skew < replicas || constraint.when_unsatisfiable == "ScheduleAnyway"
}

/// Terms of anti-affinity, and whether they are required.
fn anti_affinity(spec: &PodSpec) -> impl Iterator<Item = (&PodAffinityTerm, bool)> {
    spec.affinity
        .iter()
        .filter_map(|affinity| affinity.pod_anti_affinity.as_ref())
        .flat_map(|rules| {
            let preferred = rules.preferred.iter().map(|term| &term.pod_affinity_term);
            let required = rules.required.iter().map(|term| (term, true));
            required.chain(preferred.map(|term| (term, false)))
        })
}

/// Whether a selector selects the other pods of the same workload.
///
/// The API server adds to it, for each pod, that the labels of `same` have the pod's own value, and those of `other`
/// haven't; labels that the pod lacks are passed over.
fn selects_own(
    selector: Option<&LabelSelector>,
    same: &[Text],
    other: &[Text],
    workload: &Workload<'_>,
) -> Result<bool, Why> {
    let Some(selector) = selector else {
        return Ok(false);
    };
    let added = |key: &Text| added(workload.kind, key);
    let tells_each_apart = same.iter().any(|key| added(key) == Some(Added::PerPod));
    let leaves_all_out = other.iter().any(|key| {
        matches!(added(key), Some(Added::PerRevision | Added::PerObject))
            || workload.labels.has(key)
    });
    let selected = selector
        .selects(workload.labels)
        .map_err(|bad| strange(&bad))?;
    Ok(selected && !tells_each_apart && !leaves_all_out)
}

fn strange(bad: &BadSelector) -> Why {
    Why::new(Unknown::Unreadable, bad.to_string())
}

/// Whether no two pods of a template fit on one Node, because each takes the same port of it.
pub(crate) fn takes_port_of_node(spec: &PodSpec) -> bool {
    let sidecars = spec
        .init_containers
        .iter()
        .filter(|container| container.restart_policy == "Always");
    sidecars
        .chain(&spec.containers)
        .flat_map(|container| container.ports.iter())
        // In the network of the Node the API server makes every declared port one of the Node.
        .any(|port| port.host_port > 0 || (spec.host_network && port.container_port > 0))
}

#[cfg(test)]
mod tests {
    use crate::inventory::Picture;
    use serde_json::{Value, json};

    use super::{selects_own, takes_port_of_node};
    use crate::{
        inventory::{
            Inventory, Loader,
            types::{PodAffinityTerm, PodSpec},
        },
        wire::Time,
    };

    fn inventory(kind: &str) -> Inventory {
        let mut loader = Loader::new("default");
        let workload = json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": "a" },
            "spec": { "template": {
                "metadata": { "labels": { "app": "a", "release": "x" } },
                "spec": { "containers": [{ "name": "app", "image": "a" }] }
            } }
        });
        loader.add(workload, None).unwrap();
        loader.finish(Time(0))
    }

    /// Whether a term selects the other pods of the same workload; none when that is not understood.
    fn selects(kind: &str, term: Value) -> Option<bool> {
        let inventory = inventory(kind);
        let picture = Picture::of(&inventory);
        let workload = picture.workloads().next().unwrap().unwrap();
        let term: PodAffinityTerm = serde_json::from_value(term).unwrap();
        let (same, other) = (&term.match_label_keys, &term.mismatch_label_keys);
        selects_own(term.label_selector.as_ref(), same, other, &workload).ok()
    }

    #[test]
    fn no_selector_selects_nothing_and_an_empty_one_everything() {
        assert_eq!(selects("Deployment", json!({})), Some(false));
        assert_eq!(
            selects("Deployment", json!({ "labelSelector": {} })),
            Some(true)
        );
        let odd = json!({ "labelSelector": { "matchExpressions": [{ "key": "app", "operator": "Near" }] } });
        assert_eq!(selects("Deployment", odd), None);
    }

    #[test]
    fn keys_narrow_the_selector_to_pods_that_are_alike_or_that_differ() {
        let keyed = |kind: &str, field: &str, key: &str| {
            selects(
                kind,
                json!({ "labelSelector": { "matchLabels": { "app": "a" } }, field: [key] }),
            )
        };
        for (field, key, expected) in [
            ("matchLabelKeys", "release", true),
            ("matchLabelKeys", "absent", true),
            ("matchLabelKeys", "pod-template-hash", true),
            ("mismatchLabelKeys", "release", false),
            ("mismatchLabelKeys", "absent", true),
            ("mismatchLabelKeys", "pod-template-hash", false),
        ] {
            assert_eq!(
                keyed("Deployment", field, key),
                Some(expected),
                "{field} {key}"
            );
        }
        for (field, key, expected) in [
            ("matchLabelKeys", "controller-revision-hash", true),
            ("matchLabelKeys", "apps.kubernetes.io/pod-index", false),
            ("mismatchLabelKeys", "apps.kubernetes.io/pod-index", true),
            ("mismatchLabelKeys", "controller-revision-hash", false),
        ] {
            assert_eq!(
                keyed("StatefulSet", field, key),
                Some(expected),
                "{field} {key}"
            );
        }
    }

    #[test]
    fn a_port_of_the_node_can_be_taken_once() {
        let takes = |spec: Value| {
            let spec: PodSpec = serde_json::from_value(spec).unwrap();
            takes_port_of_node(&spec)
        };
        let with = |port: Value| json!({ "containers": [{ "name": "a", "ports": [port] }] });
        assert!(!takes(with(json!({ "containerPort": 80 }))));
        assert!(takes(with(json!({ "containerPort": 80, "hostPort": 80 }))));
        assert!(takes(json!({
            "hostNetwork": true,
            "containers": [{ "name": "a", "ports": [{ "containerPort": 80 }] }]
        })));
        assert!(!takes(
            json!({ "hostNetwork": true, "containers": [{ "name": "a" }] })
        ));
        let init = |policy: &str| {
            json!({ "initContainers": [{
                "name": "a", "restartPolicy": policy, "ports": [{ "containerPort": 80, "hostPort": 80 }]
            }] })
        };
        assert!(takes(init("Always")));
        assert!(!takes(init("")));
    }
}

//! What else confines a pod to Nodes: its bound volumes, and the pods that it wants to be near (rule 17 of RULES.md).

use std::collections::BTreeSet;

use super::{scheduling::is_one_of, workloads::is_live};
use crate::{
    inventory::{
        Context,
        kinds::{Node, PersistentVolume, PersistentVolumeClaim, Pod},
        types::PodAffinityTerm,
    },
    model::{Text, Unknown, Why},
};

/// Labels of volumes and Nodes that say where they are, the one of old and the one that took its place.
const PLACES: &[(&str, &str)] = &[
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
];

/// What parts the places of a volume that is in several.
const BETWEEN_PLACES: &str = "__";

/// What confines a pod besides its template's rules about Nodes.
#[derive(Debug, Default)]
pub struct Confinement<'a> {
    volumes: Vec<&'a PersistentVolume>,
    /// For each term the key, and the values where the pods that it wants to be near run; all values when there are none.
    near: Vec<(&'a Text, Option<BTreeSet<&'a Text>>)>,
}

/// Whether a pod has a volume that may be bound to a place, or wants to be near other pods.
pub fn may_be_confined(pod: &Pod) -> bool {
    claims(pod).next().is_some() || !near(pod).is_empty()
}

fn near(pod: &Pod) -> &[PodAffinityTerm] {
    let affinity = pod.spec.affinity.as_ref();
    let near = affinity.and_then(|affinity| affinity.pod_affinity.as_ref());
    near.map_or(&[], |near| &near.required)
}

/// The names of a pod's claims: an ephemeral volume's bears the names of its pod and of the volume.
fn claims(pod: &Pod) -> impl Iterator<Item = Text> {
    pod.spec.volumes.iter().filter_map(|volume| {
        if volume.ephemeral.is_some() {
            return Some(format!("{}-{}", pod.metadata.name, volume.name).into());
        }
        let claim = volume.persistent_volume_claim.as_ref()?;
        Some(claim.claim_name.clone())
    })
}

impl<'a> Context<'a> {
    /// What confines a pod. Demands Pod, Node, Namespace, PersistentVolumeClaim and PersistentVolume.
    ///
    /// # Errors
    /// What may confine it was not seen.
    #[track_caller]
    pub fn confinement_of(&self, pod: &'a Pod) -> Result<Confinement<'a>, Why> {
        let mut confinement = Confinement::default();
        for name in claims(pod) {
            let claim = self.named::<PersistentVolumeClaim>(&pod.metadata.namespace, &name)?;
            let volume = claim.map(|claim| &claim.spec.volume_name);
            let Some(volume) = volume.filter(|name| !name.is_empty()) else {
                continue;
            };
            confinement
                .volumes
                .extend(self.named::<PersistentVolume>("", volume)?);
        }
        let terms = near(pod);
        if terms.is_empty() {
            return Ok(confinement);
        }
        // The scheduler counts the pods that all terms mean.
        let mut hosts: Vec<&Node> = Vec::new();
        for other in self.correlated::<Pod>()? {
            let itself = (&other.metadata.namespace, &other.metadata.name)
                == (&pod.metadata.namespace, &pod.metadata.name);
            if !itself
                && is_live(other)
                && !other.node_name.is_empty()
                && self.is_meant(terms, pod, other)?
            {
                hosts.extend(self.named::<Node>("", &other.node_name)?);
            }
        }
        // The first of a series that want to be near one another may be anywhere.
        let is_first = hosts.is_empty() && self.is_meant(terms, pod, pod)?;
        confinement.near = terms
            .iter()
            .map(|term| {
                let values = hosts
                    .iter()
                    .filter_map(|node| node.metadata.labels.get(&term.topology_key));
                (&term.topology_key, (!is_first).then(|| values.collect()))
            })
            .collect();
        Ok(confinement)
    }

    /// Whether all terms of a pod mean another one.
    fn is_meant(&self, terms: &[PodAffinityTerm], pod: &Pod, other: &Pod) -> Result<bool, Why> {
        for term in terms {
            let Some(selector) = &term.label_selector else {
                return Ok(false);
            };
            let selected = selector
                .selects(&other.metadata.labels)
                .map_err(|bad| Why::new(Unknown::Unreadable, bad.to_string()))?;
            let own = &pod.metadata.namespace;
            let namespace = &other.metadata.namespace;
            let alone = term.namespaces.is_empty() && term.namespace_selector.is_none();
            let here = if alone {
                own == namespace
            } else {
                self.is_in_namespaces(term, namespace)?
            };
            if !selected || !here {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Confinement<'_> {
    /// Whether a Node is among those to which the pod is confined.
    ///
    /// # Errors
    /// A volume's rule about Nodes is not understood.
    pub fn admits(&self, node: &Node) -> Result<bool, Why> {
        let near = self.near.iter().all(|(key, values)| {
            node.metadata
                .labels
                .get(key)
                .is_some_and(|value| values.as_ref().is_none_or(|values| values.contains(value)))
        });
        if !near {
            return Ok(false);
        }
        for volume in &self.volumes {
            let required = volume.spec.node_affinity.as_ref();
            let required = required.and_then(|affinity| affinity.required.as_ref());
            let reached = required.map_or(Ok(true), |required| is_one_of(node, required))?;
            if !reached || !is_in_place(volume, node) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a Node is where a volume's labels say that it is; one that says nothing of its own place is.
fn is_in_place(volume: &PersistentVolume, node: &Node) -> bool {
    let labels = &node.metadata.labels;
    let says = PLACES
        .iter()
        .any(|(old, new)| labels.has(old) || labels.has(new));
    let place_of = |old: &str, new: &str| labels.get(old).or_else(|| labels.get(new));
    !says
        || PLACES.iter().all(|(old, new)| {
            let wanted = |key: &str| volume.metadata.labels.get(key);
            let within = |places: Option<&Text>, place: Option<&Text>| {
                places.is_none_or(|places| {
                    place.is_some_and(|place| {
                        places.split(BETWEEN_PLACES).any(|it| it == place.as_str())
                    })
                })
            };
            within(wanted(old), place_of(old, new)) && within(wanted(new), labels.get(new))
        })
}

//! What pods ask of nodes as the scheduler adds it up, and how much of the nodes that is.

use std::collections::HashMap;

use crate::{
    inventory::types::{Container, Node, Pod, PodSpec},
    wire::{Quantities, Quantity, Time},
};

/// What a pod asks of its node of a resource, in billionths of its unit: the formula of the scheduler.
///
/// App containers and native sidecars run together; other init containers run before them, one after another, beside
/// the sidecars that have started. What the pod asks for as a whole goes before that, and its overhead comes on top.
/// The pod is one that the API server has filled in: a limit alone is no request here.
///
/// # Errors
/// The first amount that is no quantity, or is less than nothing.
pub fn effective_request<'a>(spec: &'a PodSpec, resource: &str) -> Result<i128, &'a Quantity> {
    let of = |container: &'a Container| amount(&container.resources.requests, resource);
    let mut running: i128 = 0;
    for container in &spec.containers {
        running = running.saturating_add(of(container)?);
    }
    let (mut sidecars, mut starting): (i128, i128) = (0, 0);
    for container in &spec.init_containers {
        let asked = of(container)?;
        let beside = sidecars.saturating_add(asked);
        if container.restart_policy == "Always" {
            running = running.saturating_add(asked);
            sidecars = beside;
        }
        starting = starting.max(beside);
    }
    let mut total = running.max(starting);
    if let Some(pod) = spec.resources.as_deref()
        && pod.requests.get(resource).is_some()
        && (matches!(resource, "cpu" | "memory") || resource.starts_with("hugepages-"))
    {
        total = amount(&pod.requests, resource)?;
    }
    Ok(total.saturating_add(amount(&spec.overhead, resource)?))
}

fn amount<'a>(amounts: &'a Quantities, resource: &str) -> Result<i128, &'a Quantity> {
    match amounts.get(resource) {
        None => Ok(0),
        Some(quantity) => quantity.nanos().filter(|nanos| *nanos >= 0).ok_or(quantity),
    }
}

/// How much of some nodes is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// What pods ask for, in billionths of the unit.
    pub asked: i128,
    /// What the nodes have to give, in billionths of the unit.
    pub allocatable: i128,
    /// The first request that could not be added up, in words.
    pub unread_request: Option<String>,
    /// The first node that does not say what it has, in words.
    pub unread_allocatable: Option<String>,
}

impl Use {
    /// Whether at least so many hundredths of what there is are asked for, whatever could not be added up.
    pub fn reaches(&self, percent: i128) -> bool {
        self.asked > 0 && self.asked.saturating_mul(100) >= self.allocatable.saturating_mul(percent)
    }

    /// The share that is asked for, in whole percent rounded down.
    pub fn percent(&self) -> i128 {
        self.asked
            .saturating_mul(100)
            .checked_div(self.allocatable)
            .unwrap_or(i128::MAX)
    }
}

/// How full some nodes are.
#[derive(Debug, Default)]
pub struct Fill<'a> {
    /// Of all of them.
    pub cpu: Use,
    /// Of all of them.
    pub memory: Use,
    /// Of each of them: its pods, as many units as there are.
    pub pods: Vec<(&'a Node, Use)>,
}

/// One unit, in billionths.
const ONE: i128 = 1_000_000_000;

impl<'a> Fill<'a> {
    /// Counts the pods on `nodes` that have been there since `by`: while pods are replaced, old and new stand side by side.
    /// Those that have ended ask for nothing; those that are about to go still do. Pods of negative priority hold room for
    /// others, and give way to them.
    pub fn of(nodes: &[&'a Node], pods: &[Pod], by: Time) -> Self {
        let mut fill = Self::default();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for node in nodes {
            let name = node.metadata.name.as_str();
            for (total, resource) in [(&mut fill.cpu, "cpu"), (&mut fill.memory, "memory")] {
                total.allow(node, resource);
            }
            let mut slots = Use::default();
            slots.allow(node, "pods");
            places.insert(name, fill.pods.len());
            fill.pods.push((node, slots));
        }
        // Pods of one owner stand side by side, and share their specification.
        let mut last: Option<(*const PodSpec, [Result<i128, String>; 2])> = None;
        for pod in pods {
            if matches!(pod.status.phase.as_str(), "Succeeded" | "Failed")
                || pod.spec.priority.is_some_and(|priority| priority < 0)
                || pod.metadata.creation_timestamp > Some(by)
            {
                continue;
            }
            let Some(place) = places.get(pod.node_name.as_str()) else {
                continue;
            };
            fill.pods[*place].1.asked += ONE;
            let spec: &PodSpec = &pod.spec;
            let key = std::ptr::from_ref(spec);
            if last.as_ref().is_none_or(|(known, _)| *known != key) {
                let asked = ["cpu", "memory"].map(|resource| {
                    effective_request(spec, resource).map_err(|bad| {
                        let place = &pod.metadata;
                        let text = bad.text().as_str();
                        format!(
                            "Pod {}/{} requests {text:?} of {resource}, which is not a valid quantity",
                            place.namespace, place.name
                        )
                    })
                });
                last = Some((key, asked));
            }
            if let Some((_, [cpu, memory])) = &last {
                fill.cpu.ask(cpu);
                fill.memory.ask(memory);
            }
        }
        fill
    }
}

impl Use {
    fn allow(&mut self, node: &Node, resource: &str) {
        let written = node.status.allocatable.get(resource);
        match written
            .and_then(Quantity::nanos)
            .filter(|nanos| *nanos >= 0)
        {
            Some(nanos) => self.allocatable = self.allocatable.saturating_add(nanos),
            None => {
                self.unread_allocatable.get_or_insert_with(|| {
                    let text = written.map_or("", |quantity| quantity.text().as_str());
                    format!(
                        "Node {}: {text:?} is not a valid quantity of allocatable {resource}",
                        node.metadata.name
                    )
                });
            }
        }
    }

    fn ask(&mut self, asked: &Result<i128, String>) {
        match asked {
            Ok(nanos) => self.asked = self.asked.saturating_add(*nanos),
            Err(bad) => {
                self.unread_request.get_or_insert_with(|| bad.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::effective_request;
    use crate::inventory::types::PodSpec;

    fn of(spec: serde_json::Value) -> (String, String) {
        let spec: PodSpec = serde_json::from_value(spec).unwrap();
        let text = |resource, unit: i128| {
            effective_request(&spec, resource).map_or_else(
                |bad| format!("bad {bad}"),
                |nanos| (nanos / unit).to_string(),
            )
        };
        (text("cpu", 1_000_000), text("memory", 1_000_000_000))
    }

    fn asks(cpu: &str, memory: &str) -> serde_json::Value {
        serde_json::json!({ "resources": { "requests": { "cpu": cpu, "memory": memory } } })
    }

    fn sidecar(cpu: &str, memory: &str) -> serde_json::Value {
        let mut container = asks(cpu, memory);
        container["restartPolicy"] = "Always".into();
        container
    }

    fn both(cpu: &str, memory: &str) -> (String, String) {
        (cpu.to_owned(), memory.to_owned())
    }

    #[test]
    fn init_containers_count_by_the_largest_of_them() {
        let spec = serde_json::json!({
            "initContainers": [asks("2", "10"), asks("1", "300")],
            "containers": [asks("500m", "100"), asks("1", "50")]
        });
        assert_eq!(of(spec), both("2000", "300"));
    }

    #[test]
    fn sidecars_add_to_the_app_and_to_what_starts_after_them() {
        let spec = serde_json::json!({
            "initContainers": [asks("2", "10"), sidecar("1", "100"), asks("2", "10"), sidecar("1", "100")],
            "containers": [asks("500m", "100")]
        });
        assert_eq!(of(spec), both("3000", "300"));
    }

    #[test]
    fn a_pod_that_asks_as_a_whole_asks_for_that_and_its_overhead() {
        let spec = serde_json::json!({
            "resources": { "requests": { "cpu": "4" } },
            "overhead": { "cpu": "250m", "memory": "20" },
            "containers": [asks("500m", "100")]
        });
        assert_eq!(of(spec), both("4250", "120"));
    }

    #[test]
    fn what_is_no_amount_is_named() {
        let spec = serde_json::json!({ "containers": [asks("abc", "-1")] });
        assert_eq!(of(spec), both("bad abc", "bad -1"));
        assert_eq!(of(serde_json::json!({})), both("0", "0"));
        let spec = serde_json::json!({ "containers": [asks("9E", "9E"), asks("9E", "9E")] });
        assert_eq!(of(spec).1, "18000000000000000000");
    }
}

//! What a container asks for and is held to once admission has filled in the defaults (rule 9 of RULES.md).

use std::collections::{HashMap, HashSet};

use super::workloads::Workload;
use crate::{
    inventory::{
        Context, Derived, Evidence, Kind, Origin, Picture, Slot, WorkloadKind,
        kinds::LimitRange,
        types::{Container, LimitRangeItem, PodSpec},
    },
    model::{Text, Unknown, Why},
    wire::Quantity,
};

/// What a LimitRange gives a container that asks for nothing: its default request, else its default limit, else the
/// most or the least that it allows.
pub fn default_request<'a>(item: &'a LimitRangeItem, resource: &str) -> Option<&'a Quantity> {
    (item.kind == "Container")
        .then(|| {
            item.default_request
                .get(resource)
                .or_else(|| default_limit(item, resource))
                .or_else(|| item.min.get(resource))
        })
        .flatten()
}

/// What a LimitRange holds a container to that has no limit: its default, else the most that it allows.
pub fn default_limit<'a>(item: &'a LimitRangeItem, resource: &str) -> Option<&'a Quantity> {
    (item.kind == "Container")
        .then(|| {
            item.default
                .get(resource)
                .or_else(|| item.max.get(resource))
        })
        .flatten()
}

/// By namespace and resource where its LimitRanges give something to containers: of each kind of answer (something, what is no
/// quantity, nothing) the first, as a request and as a limit.
#[derive(Debug, Default)]
struct Defaults(HashMap<(Text, Text), Vec<(u32, u32)>>);

impl Derived for Defaults {
    const SLOT: Slot = Slot::Defaults;

    fn of(picture: &Picture<'_>) -> Self {
        let mut all = Self::default();
        let mut told = HashSet::new();
        let ranges = picture.seen::<LimitRange>();
        let of_namespace =
            |a: &LimitRange, b: &LimitRange| a.metadata.namespace == b.metadata.namespace;
        for ranges in ranges.chunk_by(of_namespace) {
            for (place, range) in (0..).zip(ranges) {
                picture.look();
                for (number, item) in (0..).zip(&range.spec.limits) {
                    let resources = [&item.default_request, &item.default, &item.min, &item.max];
                    for (resource, _) in resources
                        .into_iter()
                        .flat_map(crate::wire::Quantities::iter)
                    {
                        let key = (&range.metadata.namespace, resource);
                        for (kind, default_of) in [default_request, default_limit as DefaultOf]
                            .into_iter()
                            .enumerate()
                        {
                            let Some(quantity) = default_of(item, resource) else {
                                continue;
                            };
                            let answer = (quantity.is_set(), quantity.nanos().is_none());
                            if told.insert((key, kind, answer)) {
                                let key = (key.0.clone(), key.1.clone());
                                all.0.entry(key).or_default().push((place, number));
                            }
                        }
                    }
                }
            }
        }
        all
    }
}

type DefaultOf = for<'b> fn(&'b LimitRangeItem, &str) -> Option<&'b Quantity>;

/// A pod specification, and what admission makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// The namespace where its pods run.
    pub namespace: &'a str,
    /// The specification.
    pub spec: &'a PodSpec,
    /// Whether it is a live pod's, which already carries what admission gave it.
    pub is_admitted: bool,
}

/// What a container asks for by itself: a limit without a request is one; a request of zero stays zero.
pub fn own_request<'a>(container: &'a Container, resource: &str) -> Option<&'a Quantity> {
    let resources = &container.resources;
    let asked = resources.requests.get(resource);
    asked.or_else(|| resources.limits.get(resource))
}

impl<'a> Template<'a> {
    /// What the pod as a whole asks for. Its limit is a request only where no container asks for the resource: else the
    /// sum of what containers ask for is, which leaves the others with nothing.
    pub fn pod_request(&self, resource: &str) -> Option<&'a Quantity> {
        let pod = self.spec.resources.as_deref()?;
        let of_containers = || {
            let PodSpec {
                containers,
                init_containers,
                ..
            } = self.spec;
            let mut all = containers.iter().chain(init_containers);
            all.any(|container| own_request(container, resource).is_some())
        };
        let asked = pod.requests.get(resource);
        asked.or_else(|| {
            pod.limits
                .get(resource)
                .filter(|limit| limit.is_set() && !of_containers())
        })
    }

    /// What the pod as a whole is held to.
    pub fn pod_limit(&self, resource: &str) -> Option<&'a Quantity> {
        self.spec.resources.as_deref()?.limits.get(resource)
    }
}

impl<'a> Context<'a> {
    /// A workload's pod specification, and what admission makes of it. Demands nothing.
    pub fn template_of(&self, workload: &Workload<'a>) -> Template<'a> {
        Template {
            namespace: workload.namespace(),
            spec: workload.spec,
            is_admitted: workload.kind == WorkloadKind::Pod && self.origin() == Origin::Live,
        }
    }

    /// What a container, or its pod as a whole, asks for of a resource; nothing and zero are the same.
    /// Demands LimitRange.
    ///
    /// # Errors
    /// It asks for nothing itself, and not all LimitRanges of the namespace were seen or understood.
    #[track_caller]
    pub fn request_of(
        &self,
        template: &Template<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        let pod = template.pod_request(resource);
        if let Some(pod) = pod.filter(|quantity| quantity.is_set()) {
            return Ok(Some(pod));
        }
        let admitted = self.admitted_request(template, container, resource)?;
        Ok(admitted.filter(|quantity| quantity.is_set()))
    }

    /// What a container asks for of a resource once it is admitted, zero and what is no quantity included.
    /// Demands LimitRange.
    ///
    /// # Errors
    /// It asks for nothing itself, and not all LimitRanges of the namespace were seen or understood.
    #[track_caller]
    pub fn admitted_request(
        &self,
        template: &Template<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        let own = own_request(container, resource);
        self.or_default(template, own, resource, default_request)
    }

    /// What a container, or its pod as a whole, is held to of a resource; nothing and zero are the same.
    /// Demands LimitRange.
    ///
    /// # Errors
    /// It has no limit itself, and not all LimitRanges of the namespace were seen or understood.
    #[track_caller]
    pub fn limit_of(
        &self,
        template: &Template<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        let pod = template.pod_limit(resource);
        if let Some(pod) = pod.filter(|quantity| quantity.is_set()) {
            return Ok(Some(pod));
        }
        let own = container.resources.limits.get(resource);
        let admitted = self.or_default(template, own, resource, default_limit)?;
        Ok(admitted.filter(|quantity| quantity.is_set()))
    }

    fn or_default(
        &self,
        template: &Template<'a>,
        own: Option<&'a Quantity>,
        resource: &str,
        default_of: DefaultOf,
    ) -> Result<Option<&'a Quantity>, Why> {
        if own.is_some() || template.is_admitted {
            return Ok(own);
        }
        let namespace = template.namespace;
        let ranges = self.seen_in::<LimitRange>(namespace);
        let picture = self.reading(&[Evidence::Objects(Kind::LimitRange)]);
        let Defaults(defaults) = picture.derived();
        let known = defaults.get(&(namespace.into(), resource.into()));
        let first = |is_meant: fn(&Quantity) -> bool| {
            let known = known.into_iter().flatten();
            let mut of_kind = known.filter_map(|(range, item)| {
                let range = ranges.get(*range as usize)?;
                let quantity = default_of(range.spec.limits.get(*item as usize)?, resource)?;
                Some((range, quantity))
            });
            of_kind.find(|(_, quantity)| is_meant(quantity))
        };
        // The order of several LimitRanges is not defined.
        if let Some((_, set)) = first(Quantity::is_set) {
            return Ok(Some(set));
        }
        self.correlated_in::<LimitRange>(namespace)?;
        if let Some((range, bad)) = first(|quantity| quantity.nanos().is_none()) {
            return Err(Why::new(
                Unknown::Unreadable,
                format!(
                    "LimitRange {namespace}/{}: {bad:?} is not a valid quantity of {resource}",
                    range.metadata.name,
                    bad = bad.text().as_str()
                ),
            ));
        }
        Ok(first(|_| true).map(|(_, zero)| zero))
    }
}

#[cfg(test)]
mod tests {
    use super::{default_limit, default_request};
    use crate::inventory::types::LimitRangeItem;

    fn ask(item: serde_json::Value) -> (Option<String>, Option<String>) {
        let item: LimitRangeItem = serde_json::from_value(item).unwrap();
        let text = |quantity: Option<&crate::wire::Quantity>| quantity.map(ToString::to_string);
        (
            text(default_request(&item, "memory")),
            text(default_limit(&item, "memory")),
        )
    }

    #[test]
    fn defaults_are_those_of_the_api_server() {
        let some = |text: &str| Some(text.to_owned());
        let item = |fields: serde_json::Value| {
            let mut item = serde_json::json!({ "type": "Container" });
            item.as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
            ask(item)
        };
        assert_eq!(
            item(serde_json::json!({ "defaultRequest": { "memory": "64Mi" } })),
            (some("64Mi"), None)
        );
        assert_eq!(
            item(serde_json::json!({ "default": { "memory": "1Gi" } })),
            (some("1Gi"), some("1Gi"))
        );
        assert_eq!(
            item(serde_json::json!({ "max": { "memory": "2Gi" } })),
            (some("2Gi"), some("2Gi"))
        );
        assert_eq!(
            item(serde_json::json!({ "min": { "memory": "8Mi" } })),
            (some("8Mi"), None)
        );
        assert_eq!(
            ask(serde_json::json!({ "type": "Pod", "max": { "memory": "2Gi" } })),
            (None, None)
        );
        assert_eq!(
            item(serde_json::json!({ "default": { "cpu": "1" } })),
            (None, None)
        );
    }
}

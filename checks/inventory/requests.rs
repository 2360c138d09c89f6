//! What a container asks for and is held to once admission has filled in the defaults (catalogue rule 9).

use super::{
    Origin,
    kinds::LimitRange,
    types::{Container, LimitRangeItem},
    values::Quantity,
    workloads::{Workload, WorkloadKind},
};
use crate::{check::Context, model::Why};

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

type DefaultOf = for<'b> fn(&'b LimitRangeItem, &str) -> Option<&'b Quantity>;

impl<'a> Context<'a> {
    /// What a container, or its pod as a whole, asks for of a resource; nothing and zero are the same.
    ///
    /// # Errors
    /// It asks for nothing itself, and not all LimitRanges of the namespace were seen.
    #[track_caller]
    pub fn request_of(
        &self,
        workload: &Workload<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        let pod = workload.spec.resources.as_deref().and_then(|pod| {
            let asked = pod.requests.get(resource);
            asked.or_else(|| pod.limits.get(resource))
        });
        let own = container.resources.requests.get(resource);
        // A limit without a request is one; a request of zero stays zero.
        let own = own.or_else(|| container.resources.limits.get(resource));
        self.or_default(workload, pod, own, resource, default_request)
    }

    /// What a container, or its pod as a whole, is held to of a resource; nothing and zero are the same.
    ///
    /// # Errors
    /// It has no limit itself, and not all LimitRanges of the namespace were seen.
    #[track_caller]
    pub fn limit_of(
        &self,
        workload: &Workload<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        let pod = workload
            .spec
            .resources
            .as_deref()
            .and_then(|pod| pod.limits.get(resource));
        let own = container.resources.limits.get(resource);
        self.or_default(workload, pod, own, resource, default_limit)
    }

    fn or_default(
        &self,
        workload: &Workload<'a>,
        pod: Option<&'a Quantity>,
        own: Option<&'a Quantity>,
        resource: &str,
        default_of: DefaultOf,
    ) -> Result<Option<&'a Quantity>, Why> {
        if let Some(pod) = pod.filter(|quantity| quantity.is_set()) {
            return Ok(Some(pod));
        }
        if let Some(own) = own {
            return Ok(Some(own).filter(|quantity| quantity.is_set()));
        }
        // A live pod already carries what admission gave it.
        if workload.kind == WorkloadKind::Pod && self.origin() == Origin::Live {
            return Ok(None);
        }
        let namespace = workload.namespace();
        let ranges = self.inventory.seen_in::<LimitRange>(namespace);
        let default = ranges
            .iter()
            .flat_map(|range| &range.spec.limits)
            .filter_map(|item| default_of(item, resource))
            .find(|quantity| quantity.is_set());
        if default.is_none() {
            self.correlated_in::<LimitRange>(namespace)?;
        }
        Ok(default)
    }
}

#[cfg(test)]
mod tests {
    use super::{default_limit, default_request};
    use crate::inventory::types::LimitRangeItem;

    fn ask(item: serde_json::Value) -> (Option<String>, Option<String>) {
        let item: LimitRangeItem = serde_json::from_value(item).unwrap();
        let text =
            |quantity: Option<&crate::inventory::Quantity>| quantity.map(ToString::to_string);
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

//! What Services select, as checks of health ask it.

use std::collections::BTreeMap;

use crate::{inventory::Context, kubernetes::Workload};

/// The workloads that each Service may select, by its namespace and name, of which manifests may hold two.
pub(super) fn workloads_by_service<'a>(
    cx: &Context<'a>,
) -> BTreeMap<(&'a str, &'a str), Vec<Workload<'a>>> {
    let mut by_service: BTreeMap<_, Vec<Workload<'_>>> = BTreeMap::new();
    for workload in cx.workloads().flatten() {
        for service in cx.services_for(workload.namespace(), workload.labels) {
            let metadata = &service.metadata;
            let key = (metadata.namespace.as_str(), metadata.name.as_str());
            by_service.entry(key).or_default().push(workload);
        }
    }
    by_service
}

//! Health: do probes tell the truth, and is everything up now?

mod container_crash_looping;
mod container_oom_killed;
mod pod_not_ready;
mod probe_port_unresolved;
mod readiness_probe_missing;
mod rollout_stalled;
mod service_selector_unmatched;
mod service_without_ready_endpoints;
mod workload_degraded;
mod workload_unavailable;

use std::collections::BTreeMap;

use crate::{frame::Check, inventory::Context, kubernetes::Workload};

pub(crate) static CHECKS: &[&Check] = &[
    &container_crash_looping::CHECK,
    &container_oom_killed::CHECK,
    &pod_not_ready::CHECK,
    &probe_port_unresolved::CHECK,
    &readiness_probe_missing::CHECK,
    &rollout_stalled::CHECK,
    &service_selector_unmatched::CHECK,
    &service_without_ready_endpoints::CHECK,
    &workload_degraded::CHECK,
    &workload_unavailable::CHECK,
];

/// The workloads that each Service may select, by its namespace and name, of which manifests may hold two.
fn workloads_by_service<'a>(cx: &Context<'a>) -> BTreeMap<(&'a str, &'a str), Vec<Workload<'a>>> {
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

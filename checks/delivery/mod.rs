//! Delivery: can the cluster and its workloads be changed safely?

mod api_version_removed;
mod component_retired;
mod fail_closed_webhook_unavailable;
mod graceful_shutdown_broken;
mod job_failing;
mod kubelet_version_skew;
mod kubernetes_version_unsupported;
mod manifest_invalid;
mod reference_missing;
mod webhook_scope_unsafe;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &api_version_removed::CHECK,
    &component_retired::CHECK,
    &fail_closed_webhook_unavailable::CHECK,
    &graceful_shutdown_broken::CHECK,
    &job_failing::CHECK,
    &kubelet_version_skew::CHECK,
    &kubernetes_version_unsupported::CHECK,
    &manifest_invalid::CHECK,
    &reference_missing::CHECK,
    &webhook_scope_unsafe::CHECK,
];

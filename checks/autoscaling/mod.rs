//! Autoscaling: is capacity declared, bounded and able to follow load?

mod amounts;
mod cluster_capacity_exhausted;
mod cpu_request_missing;
mod hpa_inactive;
mod hpa_min_replicas_low;
mod hpa_request_missing;
mod hpa_saturated;
mod hpa_target_missing;
mod memory_limit_missing;
mod memory_request_missing;
mod node_autoscaler_missing;
mod pod_unschedulable;
mod resource_metrics_api_unavailable;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &cluster_capacity_exhausted::CHECK,
    &cpu_request_missing::CHECK,
    &hpa_inactive::CHECK,
    &hpa_min_replicas_low::CHECK,
    &hpa_request_missing::CHECK,
    &hpa_saturated::CHECK,
    &hpa_target_missing::CHECK,
    &memory_limit_missing::CHECK,
    &memory_request_missing::CHECK,
    &node_autoscaler_missing::CHECK,
    &pod_unschedulable::CHECK,
    &resource_metrics_api_unavailable::CHECK,
];

//! Autoscaling: is capacity declared, bounded and able to follow load?

mod hpa_target_missing;
mod memory_request_missing;
mod pod_unschedulable;
mod resource_metrics_api_unavailable;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &hpa_target_missing::CHECK,
    &memory_request_missing::CHECK,
    &pod_unschedulable::CHECK,
    &resource_metrics_api_unavailable::CHECK,
];

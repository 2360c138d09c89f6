//! Health: do probes tell the truth, and is everything up now?

mod container_crash_looping;
mod readiness_probe_missing;
mod service_without_ready_endpoints;
mod workload_unavailable;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &container_crash_looping::CHECK,
    &readiness_probe_missing::CHECK,
    &service_without_ready_endpoints::CHECK,
    &workload_unavailable::CHECK,
];

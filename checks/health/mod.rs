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

use crate::frame::Check;

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

//! Health: do probes tell the truth, and is everything up now?

mod container_crash_looping;
mod readiness_probe_missing;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &container_crash_looping::CHECK,
    &readiness_probe_missing::CHECK,
];

//! Observability: would anyone notice, and could they find out why?

mod audit_log_disabled;
mod log_collection_missing;
mod metrics_collection_missing;
mod runtime_detection_missing;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &audit_log_disabled::CHECK,
    &log_collection_missing::CHECK,
    &metrics_collection_missing::CHECK,
    &runtime_detection_missing::CHECK,
];

/// What was seen where no component that does something has a Ready pod.
fn without_ready_pod(what: &str, idle: &[&str]) -> String {
    if idle.is_empty() {
        format!("no known {what}")
    } else {
        format!("{} without a Ready pod of its own", idle.join(", "))
    }
}

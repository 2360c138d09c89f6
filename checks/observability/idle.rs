//! Components that are there and do nothing.

/// What was seen where no component that does something has a Ready pod.
pub(super) fn without_ready_pod(what: &str, idle: &[&str]) -> String {
    if idle.is_empty() {
        format!("no known {what}")
    } else {
        format!("{} without a Ready pod of its own", idle.join(", "))
    }
}

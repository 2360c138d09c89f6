//! Observability: would anyone notice, and could they find out why?

mod alerting_rules_missing;
mod audit_log_disabled;
mod idle;
mod log_collection_missing;
mod metrics_collection_missing;
mod runtime_detection_missing;
mod telemetry_agent_coverage_incomplete;
mod telemetry_storage_ephemeral;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &alerting_rules_missing::CHECK,
    &audit_log_disabled::CHECK,
    &log_collection_missing::CHECK,
    &metrics_collection_missing::CHECK,
    &runtime_detection_missing::CHECK,
    &telemetry_agent_coverage_incomplete::CHECK,
    &telemetry_storage_ephemeral::CHECK,
];

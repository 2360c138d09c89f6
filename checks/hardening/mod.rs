//! Hardening: how far does one compromised pod or token get?

mod anonymous_access_granted;
mod cluster_admin_granted;
mod host_namespace_shared;
mod pod_security_enforcement_missing;
mod privileged_container;
mod secret_literal_in_environment;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &anonymous_access_granted::CHECK,
    &cluster_admin_granted::CHECK,
    &host_namespace_shared::CHECK,
    &pod_security_enforcement_missing::CHECK,
    &privileged_container::CHECK,
    &secret_literal_in_environment::CHECK,
];

//! Hardening: how far does one compromised pod or token get?

mod host_namespace_shared;
mod privileged_container;
mod secret_literal_in_environment;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &host_namespace_shared::CHECK,
    &privileged_container::CHECK,
    &secret_literal_in_environment::CHECK,
];

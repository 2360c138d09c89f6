//! Networking: is traffic isolated, routed, named and encrypted?

mod api_certificate_expiring;
mod ingress_backend_missing;
mod networkpolicy_missing;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &api_certificate_expiring::CHECK,
    &ingress_backend_missing::CHECK,
    &networkpolicy_missing::CHECK,
];

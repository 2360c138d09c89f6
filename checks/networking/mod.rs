//! Networking: is traffic isolated, routed, named and encrypted?

mod api_certificate_expiring;
mod cluster_dns_single_replica;
mod cni_policy_unenforced;
mod ingress_backend_missing;
mod ingress_tls_missing;
mod loadbalancer_not_provisioned;
mod networkpolicy_missing;
mod sensitive_interface_exposed;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &api_certificate_expiring::CHECK,
    &cluster_dns_single_replica::CHECK,
    &cni_policy_unenforced::CHECK,
    &ingress_backend_missing::CHECK,
    &ingress_tls_missing::CHECK,
    &loadbalancer_not_provisioned::CHECK,
    &networkpolicy_missing::CHECK,
    &sensitive_interface_exposed::CHECK,
];

//! Delivery: can the cluster and its workloads be changed safely?

mod component_retired;
mod kubelet_version_skew;
mod kubernetes_version_unsupported;
mod reference_missing;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &component_retired::CHECK,
    &kubelet_version_skew::CHECK,
    &kubernetes_version_unsupported::CHECK,
    &reference_missing::CHECK,
];

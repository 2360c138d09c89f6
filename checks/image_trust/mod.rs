//! Image trust: is what runs what was meant to run?

mod image_pull_failing;
mod image_registry_retired;
mod image_signature_policy_missing;
mod image_tag_drifted;
mod image_tag_latest;
mod vulnerability_scanning_missing;

use crate::{
    frame::Check,
    kubernetes::Workload,
    model::{Text, Unknown, Why},
};

pub(crate) static CHECKS: &[&Check] = &[
    &image_pull_failing::CHECK,
    &image_registry_retired::CHECK,
    &image_signature_policy_missing::CHECK,
    &image_tag_drifted::CHECK,
    &image_tag_latest::CHECK,
    &vulnerability_scanning_missing::CHECK,
];

/// That no container runtime would know what a container's image is.
fn no_reference(image: &Text, workload: &Workload<'_>) -> Why {
    let object = workload.reference();
    Why::new(
        Unknown::Unreadable,
        format!("{image:?} of {object} is no image reference"),
    )
}

//! Image trust: is what runs what was meant to run?

mod image_pull_failing;
mod image_registry_retired;
mod image_signature_policy_missing;
mod image_tag_drifted;
mod image_tag_latest;
mod images;
mod vulnerability_scanning_missing;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &image_pull_failing::CHECK,
    &image_registry_retired::CHECK,
    &image_signature_policy_missing::CHECK,
    &image_tag_drifted::CHECK,
    &image_tag_latest::CHECK,
    &vulnerability_scanning_missing::CHECK,
];

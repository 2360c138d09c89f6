//! Image trust: is what runs what was meant to run?

mod image_pull_failing;
mod image_signature_policy_missing;
mod image_tag_latest;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &image_pull_failing::CHECK,
    &image_signature_policy_missing::CHECK,
    &image_tag_latest::CHECK,
];

//! Storage: does data survive, and can it be brought back?

mod backup_missing;
mod pvc_lost;
mod pvc_pending;
mod stateful_data_ephemeral;
mod storageclass_default_missing;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &backup_missing::CHECK,
    &pvc_lost::CHECK,
    &pvc_pending::CHECK,
    &stateful_data_ephemeral::CHECK,
    &storageclass_default_missing::CHECK,
];

//! Storage: does data survive, and can it be brought back?

mod backup_missing;
mod pv_failed;
mod pvc_lost;
mod pvc_pending;
mod rwo_claim_shared;
mod stateful_data_ephemeral;
mod storageclass_binding_immediate;
mod storageclass_default_missing;
mod volume_attach_failing;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &backup_missing::CHECK,
    &pv_failed::CHECK,
    &pvc_lost::CHECK,
    &pvc_pending::CHECK,
    &rwo_claim_shared::CHECK,
    &stateful_data_ephemeral::CHECK,
    &storageclass_binding_immediate::CHECK,
    &storageclass_default_missing::CHECK,
    &volume_attach_failing::CHECK,
];

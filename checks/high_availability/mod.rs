//! High availability: does the cluster, and each workload, survive the loss of one machine, zone or drain?

mod pdb_blocking;
mod pdb_missing;
mod workload_single_replica;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &pdb_blocking::CHECK,
    &pdb_missing::CHECK,
    &workload_single_replica::CHECK,
];

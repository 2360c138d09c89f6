//! High availability: does the cluster, and each workload, survive the loss of one machine, zone or drain?

mod node_not_ready;
mod nodes_single_zone;
mod pdb_blocking;
mod pdb_missing;
mod single_worker_node;
mod workload_single_replica;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &node_not_ready::CHECK,
    &nodes_single_zone::CHECK,
    &pdb_blocking::CHECK,
    &pdb_missing::CHECK,
    &single_worker_node::CHECK,
    &workload_single_replica::CHECK,
];

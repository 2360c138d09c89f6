//! High availability: does the cluster, and each workload, survive the loss of one machine, zone or drain?

mod api_server_unhealthy;
mod control_plane_single_replica;
mod etcd_single_member;
mod etcd_unhealthy;
mod node_not_ready;
mod nodes_single_zone;
mod pdb_blocking;
mod pdb_missing;
mod single_worker_node;
mod workload_single_replica;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &api_server_unhealthy::CHECK,
    &control_plane_single_replica::CHECK,
    &etcd_single_member::CHECK,
    &etcd_unhealthy::CHECK,
    &node_not_ready::CHECK,
    &nodes_single_zone::CHECK,
    &pdb_blocking::CHECK,
    &pdb_missing::CHECK,
    &single_worker_node::CHECK,
    &workload_single_replica::CHECK,
];

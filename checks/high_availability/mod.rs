//! High availability: does the cluster, and each workload, survive the loss of one machine, zone or drain?

mod api_server_unhealthy;
mod background_workload_single_replica;
mod bare_pod;
mod control_plane_single_replica;
mod etcd_single_member;
mod etcd_unhealthy;
mod node_not_ready;
mod node_pressure;
mod node_spread_missing;
mod nodes_single_zone;
mod pdb_blocking;
mod pdb_missing;
mod replicas;
mod replicas_on_single_node;
mod single_worker_node;
mod workload_single_replica;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &api_server_unhealthy::CHECK,
    &background_workload_single_replica::CHECK,
    &bare_pod::CHECK,
    &control_plane_single_replica::CHECK,
    &etcd_single_member::CHECK,
    &etcd_unhealthy::CHECK,
    &node_not_ready::CHECK,
    &node_pressure::CHECK,
    &node_spread_missing::CHECK,
    &nodes_single_zone::CHECK,
    &pdb_blocking::CHECK,
    &pdb_missing::CHECK,
    &replicas_on_single_node::CHECK,
    &single_worker_node::CHECK,
    &workload_single_replica::CHECK,
];

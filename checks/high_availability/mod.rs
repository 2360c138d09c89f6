//! High availability: does the cluster, and each workload, survive the loss of one machine, zone or drain?

mod workload_single_replica;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[&workload_single_replica::CHECK];

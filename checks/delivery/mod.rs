//! Delivery: can the cluster and its workloads be changed safely?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];

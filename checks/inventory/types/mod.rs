//! The inventory's own types: the fields that checks read and no others, with Kubernetes' names.

mod cluster;
mod meta;
mod monitoring;
mod network;
mod pod;
mod policy;
mod rbac;
mod storage;
mod workload;

pub use cluster::*;
pub use meta::*;
pub use monitoring::*;
pub use network::*;
pub use pod::*;
pub(super) use policy::MUTATING;
pub use policy::*;
pub use rbac::*;
pub use storage::*;
pub use workload::*;

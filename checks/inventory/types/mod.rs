//! The inventory's own types: the fields that checks read and no others, with Kubernetes' names.

mod cluster;
mod env;
mod hook;
mod meta;
mod monitoring;
mod network;
mod pod;
mod policy;
mod pooled;
mod rbac;
mod shell;
mod storage;
mod template;
mod workload;
mod writers;

pub use cluster::*;
pub use env::*;
pub use hook::HookCommand;
pub use meta::*;
pub use monitoring::*;
pub use network::*;
pub use pod::*;
pub(crate) use policy::MUTATING;
pub use policy::*;
pub use rbac::*;
pub(crate) use shell::base_name;
pub use storage::*;
pub use template::*;
pub use workload::*;
pub use writers::*;

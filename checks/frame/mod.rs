//! The frame in which rules are asked: what a check is, and how its outcome is derived.

pub mod causes;
mod check;
pub mod grants;
mod judge;
mod needs;
mod page;
mod pod_security;
mod prepare;
mod redundancy;
mod references;
mod stores;

pub use check::*;
pub use needs::{CONTROLLERS, REPLICATED, TEMPLATES};
pub use page::Heading;
pub use pod_security::Expected;
pub use prepare::{PREPARATIONS, Preparation};
pub use redundancy::{Gap, Redundancy};
pub use references::Asked;
pub use stores::Stores;

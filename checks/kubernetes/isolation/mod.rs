//! Which pods are isolated, in which direction, and by whose policy (rule 14 of RULES.md).

mod calico;
mod calico_selector;
mod cilium;
mod network_policy;
mod policies;
mod target;
#[cfg(test)]
mod tests;

pub use policies::{CLUSTER_POLICIES, OWN_POLICIES};
pub use target::{Direction, Target};

//! What it means for a Kubernetes cluster to be ready for production: rules, their vocabulary, the inventory.
//!
//! This crate knows Kubernetes objects and rules. It has no client, no runtime and no command line in its
//! dependency graph, and its lints keep it from the clock, the environment and the disk.

pub mod check;
pub mod inventory;
pub mod model;

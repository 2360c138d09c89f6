//! What kready knows of the world: components and how they are recognised, platforms, releases and their end.

mod images;
mod tiers;

pub use images::{data_server, data_server_of, is_auth_proxy, is_injected_sidecar};
pub use tiers::{Capability, Expectation, FlagSet, Platform};

/// The day of the knowledge: a question about dates is Unknown `stale` 180 days later.
pub const DATE: &str = "2026-09-15";

//! What kready knows of the world: components and how they are recognised, platforms, releases and their end.

mod components;
mod flags;
mod images;
mod installed;
mod platforms;
mod recognise;
pub mod releases;
#[cfg(test)]
mod tests;
mod tiers;

pub use components::{Component, DATE, Signals, Status, component, components};
pub(crate) use components::{of_image, registry_of};
pub use flags::{FlagSet, node_args};
pub use images::{data_server, data_server_of, is_auth_proxy, is_injected_sidecar};
pub use installed::{Installed, VersionSource, installed, is_local};
pub use recognise::{Recognised, Sight, Signal, Verdict};
pub(crate) use recognise::{of_machine, of_volume};
pub use tiers::{Capability, Expectation, Platform, platform};

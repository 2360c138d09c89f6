//! What kready knows of the world: components and how they are recognised, platforms, releases and their end.

mod agents;
mod apis;
mod components;
pub mod credentials;
mod flags;
mod images;
mod installed;
mod interfaces;
mod node_autoscaling;
mod platforms;
mod recognise;
pub mod releases;
mod telemetry;
#[cfg(test)]
mod tests;
mod tiers;

pub use apis::{Removal, may_make_pods, removal};
pub use components::{Component, DATE, Signals, Status, component, components};
pub(crate) use components::{of_image, registry_of};
pub use flags::{FlagSet, node_args};
pub use images::{data_server, data_server_of, is_auth_proxy, is_injected_sidecar};
pub use installed::{Installed, VersionSource, installed, is_local};
pub use interfaces::{Interface, interface_of_image, interface_of_name};
pub use recognise::{Recognised, Sight, Signal, Verdict};
pub(crate) use recognise::{of_os_image, of_runtime, of_volume};
pub use telemetry::telemetry_store_of;
pub use tiers::{Capability, Expectation, Platform, platform};

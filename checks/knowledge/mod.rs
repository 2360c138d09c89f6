//! What kready knows of the world: components and how they are recognised, platforms, releases and their end.

mod agents;
mod candidate;
mod capabilities;
mod components;
mod excuses;
mod flags;
mod homes;
mod images;
mod installed;
mod interfaces;
mod makes;
mod node_autoscaling;
mod parts;
mod platforms;
mod possible_platforms;
mod provider;
mod recognised;
pub mod releases;
mod served;
mod sidecars;
mod sight;
mod signals;
mod telemetry;
#[cfg(test)]
mod tests;

pub use capabilities::Capability;
pub use components::{Component, DATE, Signals, Status, component, components};
pub(crate) use components::{of_image, of_os_image, of_runtime, of_volume, registry_of};
pub use flags::{FlagSet, node_args};
pub use images::{data_server, data_server_of, is_auth_proxy};
pub use installed::{Installed, VersionSource, installed, is_local};
pub use interfaces::{Interface, interface_of_image, interface_of_name};
pub use makes::{Made, is_brought_at_run_time, is_label_of_controller, is_set_at_run_time};
pub use parts::Availability;
pub use platforms::Platform;
pub use provider::platform;
pub use recognised::Recognised;
pub(crate) use recognised::prepare;
pub use sidecars::{behind, candidates, is_injected, may_be_injected};
pub use sight::{Sight, Signal, Verdict};
pub use telemetry::telemetry_store_of;

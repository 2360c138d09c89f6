//! What Kubernetes makes of the objects: selectors, owners, scheduling, budgets, RBAC, Pod Security, routes.

mod added_labels;
pub mod admission;
pub mod autoscalers;
pub mod availability;
pub mod budgets;
pub mod capacity;
pub mod confined;
pub mod endpoints;
pub mod exposure;
pub(crate) mod grammar;
mod images;
pub mod isolation;
mod leaders;
mod namespaces;
pub mod pod_security;
pub mod rbac;
pub mod requests;
mod rollouts;
pub mod routes;
pub mod schedule;
pub mod scheduling;
mod selector_index;
mod selectors;
mod services;
pub mod settled;
mod spread;
pub mod topology;
pub mod versions;
pub mod volumes;
pub mod webhooks;
pub(crate) mod workloads;

pub use added_labels::{Added, added};
pub use grammar::is_label_key;
pub use images::ImageRef;
pub(crate) use selector_index::prepare as prepare_selector_index;
pub use selectors::{BadSelector, selects_all};
pub use services::{is_for_clients, is_headless, selects};
pub use spread::HOSTNAME;
pub(crate) use spread::takes_port_of_node;
pub use workloads::{
    ContainerRole, ContainerView, ImageView, UnseenOwner, Workload, path_of_container,
};
pub(crate) use workloads::{has_ended, is_live, prepare as prepare_workloads};

//! Who may do what: roles and bindings, answering as the API server's authorizer does (rule 12 of RULES.md).

mod aggregation;
mod bindings;
mod known_roles;
mod roles;
mod rules;

pub use bindings::{Binding, is_bootstrapped, is_group, is_user};
pub use known_roles::is_builtin;
pub use roles::CLUSTER_ADMIN;
pub use rules::Request;

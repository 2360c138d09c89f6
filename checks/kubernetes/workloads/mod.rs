//! Ten kinds, one view: every pod template once, at its top-level controller (rule 1 of RULES.md).

mod containers;
mod gathered;
mod names;
mod owners;
mod reads;
mod view;

#[cfg(test)]
mod tests;

pub use containers::{ContainerRole, ContainerView, ImageView, path_of_container};
pub(crate) use gathered::prepare;
pub(crate) use gathered::{has_ended, is_live};
pub use owners::UnseenOwner;
pub use view::Workload;

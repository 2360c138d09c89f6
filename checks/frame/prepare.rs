//! What is computed over an inventory before the checks are asked, so that they need not wait for one another.

use crate::{inventory::Picture, knowledge, kubernetes};

/// Its name, and how it is computed.
pub type Preparation = (&'static str, fn(&Picture<'_>));

/// Everything that many checks ask for, in any order.
pub const PREPARATIONS: &[Preparation] = &[
    ("index: components", knowledge::prepare),
    ("index: workloads", kubernetes::prepare_workloads),
    ("index: selectors", kubernetes::prepare_selector_index),
];

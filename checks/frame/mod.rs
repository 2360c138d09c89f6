//! The frame in which rules are asked: what a check is, and how its outcome is derived.

mod check;
mod judge;
mod prepare;

pub use check::*;
pub use prepare::{PREPARATIONS, Preparation};

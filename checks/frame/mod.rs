//! The frame in which rules are asked: what a check is, and how its outcome is derived.

mod check;

pub use check::*;

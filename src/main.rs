//! Parse, run, exit code.

mod collect;
mod failure;
mod render;
mod report;

fn main() {}

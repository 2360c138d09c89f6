//! Parse, run, exit code.

mod audit;
mod collect;
mod failure;
mod render;
mod report;

fn main() {}

//! The program from outside: against a fake API server, files, and a real control plane.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod harness;
mod program;
mod server;
mod tls;
mod world;

//! The program from outside: against a fake API server, files, and a real control plane.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod agreement;
mod commands;
mod components;
mod connection;
mod control_plane;
mod demo;
mod files;
mod forms;
mod harness;
mod hostile;
mod misbehaviour;
mod output;
mod profile;
mod program;
mod reading;
mod reports;
mod repository;
mod restarts;
mod scope;
mod server;
mod snapshot;
mod strange;
mod tls;
mod verdicts;
mod world;
mod yaml;

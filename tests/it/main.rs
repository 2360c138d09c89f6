//! The program from outside: against a fake API server, files, and a real control plane.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod action;
mod agreement;
mod bounds;
mod bounds_of_files;
mod chart;
mod commands;
mod components;
mod connection;
mod control_plane;
mod credentials;
mod dashboards;
mod demo;
mod files;
mod first;
mod formats;
mod forms;
mod habits;
mod harness;
mod hostile;
mod html;
mod kubectl;
mod misbehaviour;
mod openreports;
mod output;
mod picture;
mod pipelines;
mod planted;
mod plugin;
mod plugins;
mod profile;
mod program;
mod proxies;
mod reading;
mod release;
mod reports;
mod repository;
mod restarts;
mod same_file;
mod scope;
mod server;
mod signals;
mod site;
mod snapshot;
mod strange;
mod table;
mod tls;
mod tools;
mod verdicts;
mod waivers;
mod wire;
mod world;
mod wrappers;
mod yaml;

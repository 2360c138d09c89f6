//! What it means for a Kubernetes cluster to be ready for production: rules, their vocabulary, the inventory.
//!
//! This crate knows Kubernetes objects and rules. It has no client, no runtime and no command line in its
//! dependency graph, and its lints keep it from the clock, the environment and the disk.

#![warn(missing_docs)]

pub mod frame;
pub mod inventory;
pub mod knowledge;
pub mod kubernetes;
pub mod model;
pub mod wire;

mod autoscaling;
mod delivery;
mod hardening;
mod health;
mod high_availability;
mod image_trust;
mod networking;
mod observability;
mod storage;

/// What every check needs to say what it is.
mod prelude {
    pub(crate) use super::{
        frame::{CONTROLLERS, Check, Gap, Mode, REPLICATED, Reach, TEMPLATES},
        inventory::{
            Context, Evidence, WorkloadKind,
            kinds::*,
            needs::{
                AUTOSCALERS, COMPONENTS, FLAGS, OWNERS, PLATFORM, SERVED, WORKLOADS, correlated,
                correlated_all, examined, examined_all, optional, optional_all, quoted,
            },
        },
        kubernetes::Workload,
        model::{
            Doubt, Excuse, Expectation, Faults, Finding, Impact, Judgement, NotApplicable, Pillar,
            Severity, Sheet, Standard, Text, Undecided, Unknown, Why,
        },
    };
}

/// All built-in checks, grouped by pillar, sorted by id within one.
pub fn builtin() -> impl Iterator<Item = &'static frame::Check> {
    [
        high_availability::CHECKS,
        health::CHECKS,
        autoscaling::CHECKS,
        storage::CHECKS,
        observability::CHECKS,
        image_trust::CHECKS,
        hardening::CHECKS,
        delivery::CHECKS,
        networking::CHECKS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

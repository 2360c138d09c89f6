//! Logs die with their pod: the ones that would explain a crash first of all.

use crate::{knowledge::Capability, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "log-collection-missing",
    pillar: Pillar::Observability,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "nothing collects logs",
    fix: "install a log collector such as Fluent Bit, or declare yours",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[correlated_all(COMPONENTS)],
    standards: &[
        Standard::Aks("07.04.02"),
        Standard::Gke("5.7.1"),
        Standard::Nsa("Log"),
        Standard::Owasp("K10"),
        Standard::Eks("reliability/application"),
    ],
    capability: Some("log-collection"),
    docs: include_str!("log_collection_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(match cx.capability("log-collection")? {
        Capability::Present(components) => {
            Sheet::cluster(None).note(format!("collected by {}", components.join(", ")))
        }
        Capability::Absent(idle) => Sheet::cluster(Some(Finding::cluster().saw(
            super::idle::without_ready_pod("log collector", &idle),
            "a log collector with a Ready pod; if yours runs outside the cluster, declare it under declarations in kready.yaml",
        ))),
    })
}

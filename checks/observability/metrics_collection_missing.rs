//! Nobody measures: an overload is first noticed by those who suffer from it.

use crate::{knowledge::Capability, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "metrics-collection-missing",
    pillar: Pillar::Observability,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "nothing collects metrics",
    fix: "install a metrics collector such as Prometheus, or declare yours",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[correlated_all(COMPONENTS)],
    standards: &[
        Standard::Aks("07.04.01"),
        Standard::Aks("07.04.03"),
        Standard::Gke("5.7.1"),
        Standard::Owasp("K10"),
    ],
    capability: Some("metrics-collection"),
    docs: include_str!("metrics_collection_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(match cx.capability("metrics-collection")? {
        Capability::Present(components) => {
            Sheet::cluster(None).note(format!("collected by {}", components.join(", ")))
        }
        Capability::Absent(idle) => Sheet::cluster(Some(Finding::cluster().saw(
            super::idle::without_ready_pod("metrics collector", &idle),
            "a metrics collector with a Ready pod; if yours runs outside the cluster, declare it under declarations in kready.yaml",
        ))),
    })
}

//! Nobody watches what containers do: an intruder who is in stays unseen.

use crate::{knowledge::Capability, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "runtime-detection-missing",
    pillar: Pillar::Observability,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "nothing detects attacks on running containers",
    fix: "install a sensor such as Falco or Tetragon, or declare yours",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[correlated_all(COMPONENTS)],
    standards: &[
        Standard::Aks("04.02.05"),
        Standard::Eks("security/detective"),
        Standard::Nsa("Log"),
        Standard::Owasp("K10"),
    ],
    capability: Some(CAPABILITY),
    docs: include_str!("runtime_detection_missing.md"),
    run,
    ..Check::BASE
};

const CAPABILITY: &str = "runtime-threat-detection";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(match cx.capability(CAPABILITY)? {
        Capability::Present(components) => {
            Sheet::cluster(None).note(format!("watched by {}", components.join(", ")))
        }
        Capability::Absent(idle) => {
            let service = cx
                .platform()
                .ok()
                .and_then(|platform| service_of(platform.id))
                .map_or_else(|| "yours".to_owned(), str::to_owned);
            Sheet::cluster(Some(Finding::cluster().saw(
                super::idle::without_ready_pod("runtime sensor", &idle),
                format_args!("a sensor with a Ready pod; if {service} works without one, declare it under declarations in kready.yaml"),
            )))
        }
    })
}

/// What a provider sells for it.
fn service_of(platform: &str) -> Option<&'static str> {
    Some(match platform {
        "gke" | "gke-autopilot" => "Container Threat Detection of Security Command Center",
        "eks" | "eks-auto-mode" => "GuardDuty's EKS Protection",
        "aks" => "Microsoft Defender for Containers",
        "openshift" => "Red Hat Advanced Cluster Security",
        _ => return None,
    })
}

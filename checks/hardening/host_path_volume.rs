//! What a pod reads of its node ties it to that node, and shows it what is not its own.

use crate::{kubernetes::pod_security::HostPath, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "host-path-volume",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a pod mounts a path of its node",
    fix: "use a ConfigMap, an image volume or a PersistentVolumeClaim instead of hostPath",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.11"),
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0048"),
        Standard::Kubescape("C-0203"),
        Standard::Trivy("KSV-0023"),
    ],
    excuse: Excuse::Expected(&[Expectation::HostPath]),
    docs: include_str!("host_path_volume.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_host_paths(|kind, _| matches!(kind, HostPath::Other))
}

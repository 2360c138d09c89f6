//! Parts of the node's system in a pod are the node in the pod.

use crate::{kubernetes::pod_security::HostPath, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "host-path-sensitive",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a pod mounts a system path of its node",
    fix: "replace the hostPath volume with a ConfigMap, projected volume or device plugin",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.11"),
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Owasp("K08"),
        Standard::Kubescape("C-0020"),
        Standard::Kubescape("C-0048"),
        Standard::Trivy("KSV-0023"),
        Standard::Trivy("KSV-0121"),
    ],
    excuse: Excuse::Expected(&[Expectation::HostPath]),
    docs: include_str!("host_path_sensitive.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_host_paths(|kind, violation| {
        violation.expected = "no system path of the node";
        matches!(kind, HostPath::Sensitive)
    })
}

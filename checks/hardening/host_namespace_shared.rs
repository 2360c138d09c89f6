//! A pod that shares a namespace with its node sees, and reaches, what is not its own.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "host-namespace-shared",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a pod shares a namespace with its node",
    fix: "remove hostNetwork, hostPID and hostIPC",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.3"),
        Standard::Cis("5.2.4"),
        Standard::Cis("5.2.5"),
        Standard::Pss("baseline"),
        Standard::Nsa("Pod 1.3"),
        Standard::Nsa("Pod 1.4"),
        Standard::Nsa("Pod 1.5"),
        Standard::Eks("4.2.2"),
        Standard::Eks("4.2.3"),
        Standard::Eks("4.2.4"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0038"),
        Standard::Kubescape("C-0041"),
        Standard::Kubescape("C-0275"),
        Standard::Kubescape("C-0276"),
        Standard::Trivy("KSV-0008"),
        Standard::Trivy("KSV-0009"),
        Standard::Trivy("KSV-0010"),
    ],
    docs: include_str!("host_namespace_shared.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::HOST_NAMESPACES, |_, violation| {
        Some(match &*violation.field {
            "hostPID" => &[Expectation::HostPid],
            "hostIPC" => &[Expectation::HostIpc],
            _ => &[Expectation::HostNetwork],
        })
    })
}

//! A HostProcess container on Windows is a process of the node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "windows-host-process",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a container runs as a process of its Windows node",
    fix: "remove windowsOptions.hostProcess, and run as a user such as ContainerUser",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.10"),
        Standard::Pss("baseline"),
        Standard::Kubescape("C-0202"),
        Standard::Kubescape("C-0211"),
        Standard::Trivy("KSV-0103"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("windows_host_process.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::WINDOWS_HOST_PROCESS, |_, _| true)
}

//! A kernel parameter that is not the pod's own is everyone's on the node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "sysctl-unsafe",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a pod sets a kernel parameter that is not known to be safe",
    fix: "remove the sysctl, use a safe one, or set it on the nodes",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("baseline"),
        Standard::Kubescape("C-0211"),
        Standard::Trivy("KSV-0026"),
    ],
    excuse: Excuse::Expected(&[]),
    docs: include_str!("sysctl_unsafe.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::SYSCTLS, |_, _| true)
}

//! Without a seccomp filter a container reaches every system call of the kernel.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "seccomp-unconfined",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container turns its seccomp filter off",
    fix: "set securityContext.seccompProfile.type: RuntimeDefault",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.6.2"),
        Standard::Pss("baseline"),
        Standard::Nsa("Pod 1.10"),
        Standard::Kubescape("C-0210"),
        Standard::Trivy("KSV-0104"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("seccomp_unconfined.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::SECCOMP, |_, _| true)
}

//! An SELinux context that is not made for containers may be one that confines nothing.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "selinux-options-forbidden",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container asks for its own SELinux context",
    fix: "remove type, user and role from seLinuxOptions; a level is allowed",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("baseline"),
        Standard::Nsa("Pod 1.8"),
        Standard::Kubescape("C-0055"),
        Standard::Trivy("KSV-0025"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("selinux_options_forbidden.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::SE_LINUX, |_, _| true)
}

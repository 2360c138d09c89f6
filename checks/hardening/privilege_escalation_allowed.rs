//! A program that may gain privileges needs no more than one flawed setuid binary.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "privilege-escalation-allowed",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container may gain more privileges than it starts with",
    fix: "set securityContext.allowPrivilegeEscalation: false",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.6"),
        Standard::Pss("restricted"),
        Standard::Nsa("Pod 1.7"),
        Standard::Eks("4.2.5"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0016"),
        Standard::Kubescape("C-0197"),
        Standard::Trivy("KSV-0001"),
    ],
    docs: include_str!("privilege_escalation_allowed.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // The API server refuses a privileged container that forbids it.
    cx.judge_control_by(&pod_security::PRIVILEGE_ESCALATION, |_, violation| {
        Some(violation.needs_privilege())
    })
}

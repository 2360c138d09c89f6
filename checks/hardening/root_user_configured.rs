//! A container that is told to run as root is root on the node once it breaks out.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "root-user-configured",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a container is told to run as root",
    fix: "set securityContext.runAsNonRoot: true, and runAsUser to a user other than 0",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.7"),
        Standard::Pss("restricted"),
        Standard::Nsa("Pod 1.6"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0013"),
        Standard::Kubescape("C-0198"),
        Standard::Trivy("KSV-0105"),
    ],
    docs: include_str!("root_user_configured.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::USER, |pod, violation| {
        if pod.is_kept_from_starting(violation) {
            violation.seen = "0 with runAsNonRoot: true, so the kubelet does not start it".into();
        }
        Some(violation.needs_root())
    })
}

//! Where nothing names a user, the image does, and most images name root.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "root-user-possible",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container may run as root if its image says so",
    fix: "set securityContext.runAsNonRoot: true, and runAsUser if the image names no number",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.7"),
        Standard::Pss("restricted"),
        Standard::Nsa("Pod 1.0"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0013"),
        Standard::Kubescape("C-0198"),
        Standard::Trivy("KSV-0012"),
        Standard::Trivy("KSV-0118"),
    ],
    docs: include_str!("root_user_possible.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::NON_ROOT, |pod, violation| {
        if !pod.is_user_left_to_image(violation) {
            return None;
        }
        violation.seen = format!("{}, without runAsUser", violation.seen).into();
        violation.expected = "true, or a runAsUser other than 0";
        Some(violation.needs_root())
    })
}

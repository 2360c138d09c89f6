//! Without a seccomp profile a container reaches every system call of the kernel.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "seccomp-profile-missing",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a container declares no seccomp profile",
    fix: "set securityContext.seccompProfile.type: RuntimeDefault",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.6.2"),
        Standard::Pss("restricted"),
        Standard::Gke("4.6.2"),
        Standard::Kubescape("C-0055"),
        Standard::Kubescape("C-0210"),
        Standard::Kubescape("C-0211"),
        Standard::Trivy("KSV-0030"),
    ],
    docs: include_str!("seccomp_profile_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::SECCOMP_RESTRICTED, |pod, violation| {
        // A profile that is there and does not confine is told by seccomp-unconfined.
        let pod = pod.context().and_then(|it| it.seccomp_profile.as_ref());
        let container = violation.container().and_then(|container| {
            container
                .security_context
                .as_ref()?
                .seccomp_profile
                .as_ref()
        });
        // A privileged container is not confined, whatever it declares.
        (pod.is_none() && container.is_none()).then(|| violation.needs_privilege())
    })
}

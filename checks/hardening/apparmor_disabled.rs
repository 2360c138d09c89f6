//! Without AppArmor, one barrier less stands between a container and its node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "apparmor-disabled",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container runs without its AppArmor profile",
    fix: "remove the profile, or set securityContext.appArmorProfile.type: RuntimeDefault",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("baseline"),
        Standard::Nsa("Pod 1.9"),
        Standard::Kubescape("C-0055"),
        Standard::Trivy("KSV-0002"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("apparmor_disabled.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::APP_ARMOR, |pod, violation| {
        // The API server copies an annotation to the container's field: one wish, told once.
        !pod.repeats_app_armor(violation)
    })
}

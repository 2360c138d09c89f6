//! Only what is declared not to run as root is kept from it.

use crate::{
    kubernetes::pod_security::{NON_ROOT, USER},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "non-root-undeclared",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a pod does not declare that it runs without root",
    fix: "set securityContext.runAsNonRoot: true",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("restricted"),
        Standard::Kubescape("C-0013"),
        Standard::Trivy("KSV-0012"),
    ],
    docs: include_str!("non_root_undeclared.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let minor = cx.policy_minor();
    Ok(cx.judge_templates(|pod, report| {
        let undeclared = NON_ROOT.violations(minor, pod);
        // Who runs as root, or may, is told by root-user-configured and root-user-possible.
        let told = undeclared
            .iter()
            .any(|violation| pod.is_user_left_to_image(violation))
            || USER.is_violated(minor, pod);
        if !told {
            for violation in undeclared {
                let expected = violation.needs_root();
                report(violation, expected);
            }
        }
    }))
}

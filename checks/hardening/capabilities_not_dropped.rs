//! Capabilities that a program does not need are there for whoever takes it over.

use crate::{
    kubernetes::pod_security::{self, baseline_capabilities},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "capabilities-not-dropped",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a container keeps capabilities that it may not need",
    fix: "set securityContext.capabilities.drop: [ALL], and add back only what is needed",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.8"),
        Standard::Cis("5.2.9"),
        Standard::Pss("restricted"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0201"),
        Standard::Kubescape("C-0211"),
        Standard::Trivy("KSV-0003"),
        Standard::Trivy("KSV-0004"),
        Standard::Trivy("KSV-0106"),
    ],
    docs: include_str!("capabilities_not_dropped.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::CAPABILITIES_RESTRICTED, |_, violation| {
        if violation.field.ends_with("drop") {
            return Some(violation.needs_privilege());
        }
        // Those beyond Baseline are told by capability-added-beyond-baseline.
        let context = violation.container()?.security_context.as_ref()?;
        let (mut added, _) = baseline_capabilities(&context.capabilities.as_ref()?.add);
        added.retain(|name| *name != "NET_BIND_SERVICE");
        violation.seen = added.join(", ").into();
        (!added.is_empty()).then_some(&[Expectation::Capabilities, Expectation::Privileged][..])
    })
}

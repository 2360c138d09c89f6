//! A privileged container is root on its node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "privileged-container",
    pillar: Pillar::Hardening,
    severity: Severity::Critical,
    impact: Impact::Exposed,
    title: "a container runs privileged",
    fix: "remove privileged: true, and add only the capabilities that the program needs",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.2"),
        Standard::Pss("baseline"),
        Standard::Nsa("Pod 1.2"),
        Standard::Eks("4.2.1"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0057"),
        Standard::Kubescape("C-0193"),
        Standard::Trivy("KSV-0017"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("privileged_container.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::PRIVILEGED, |_, _| true)
}

//! A capability beyond those of Baseline is a piece of root on the node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "capability-added-beyond-baseline",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a container adds capabilities beyond Baseline",
    fix: "drop ALL capabilities, and add only those that Baseline allows",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.8"),
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0046"),
        Standard::Kubescape("C-0199"),
        Standard::Kubescape("C-0200"),
        Standard::Trivy("KSV-0005"),
        Standard::Trivy("KSV-0022"),
        Standard::Trivy("KSV-0119"),
        Standard::Trivy("KSV-0120"),
    ],
    excuse: Excuse::Expected(&[Expectation::Capabilities, Expectation::Privileged]),
    docs: include_str!("capability_added_beyond_baseline.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::CAPABILITIES, |_, _| true)
}

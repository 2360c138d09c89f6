//! The scheduler thinks that a container needs no memory.

use super::amounts::{Amount, judge};
use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "memory-request-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a container requests no memory",
    fix: "set resources.requests.memory to what the container uses under load",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<LimitRange>(),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Kubescape("C-0269"),
        Standard::Kubescape("C-0004"),
        Standard::Trivy("KSV-0016"),
        Standard::Nsa("Pod"),
        Standard::Aks("07.05.01"),
        Standard::Owasp("K01"),
    ],
    excuse: Excuse::System,
    docs: include_str!("memory_request_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let expected = "the memory that the container needs under load";
    Ok(judge(cx, Amount::Request, "memory", expected))
}

//! Nothing keeps a container from using all the memory of its node.

use super::amounts::{Amount, judge};
use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "memory-limit-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a container has no memory limit",
    fix: "set resources.limits.memory above what the container uses at its peak",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<LimitRange>(),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Kubescape("C-0271"),
        Standard::Kubescape("C-0009"),
        Standard::Kubescape("C-0004"),
        Standard::Trivy("KSV-0018"),
        Standard::Aks("07.05.01"),
        Standard::Owasp("K01"),
    ],
    excuse: Excuse::System,
    docs: include_str!("memory_limit_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let expected = "a limit on the memory that the container may use";
    Ok(judge(cx, Amount::Limit, "memory", expected))
}

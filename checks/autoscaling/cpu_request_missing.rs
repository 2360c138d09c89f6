//! The scheduler thinks that a container needs no processor.

use super::amounts::{Amount, judge};
use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "cpu-request-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a container requests no CPU",
    fix: "set resources.requests.cpu to what the container uses under load",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<LimitRange>(),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Kubescape("C-0268"),
        Standard::Kubescape("C-0050"),
        Standard::Trivy("KSV-0015"),
        Standard::Aks("07.05.01"),
        Standard::Eks("reliability/dataplane"),
    ],
    excuse: Excuse::System,
    docs: include_str!("cpu_request_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let expected = "the CPU that the container needs under load";
    Ok(judge(cx, Amount::Request, "cpu", expected))
}

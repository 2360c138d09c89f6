//! The scheduler thinks that a container needs no memory.

use crate::{inventory::Origin, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "memory-request-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a container requests no memory",
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
    docs: include_str!("memory_request_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(
        |workload| !workload.spec.containers.is_empty(),
        |workload| {
            let mut findings = Vec::new();
            for view in workload.long_running_containers() {
                if cx.request_of(workload, view.container, "memory")?.is_some() {
                    continue;
                }
                let written = view.container.resources.requests.get("memory");
                let nothing = if workload.pod().is_some() && cx.origin() == Origin::Live {
                    "none, and no limit to take one from"
                } else {
                    "none, and neither a limit nor a LimitRange to take one from"
                };
                let seen = written.map_or_else(|| nothing.to_owned(), ToString::to_string);
                findings.push(
                    Finding::on(workload)
                        .container(&view.container.name)
                        .at(view.at("resources.requests.memory"))
                        .saw(seen, "as much memory as the container needs"),
                );
            }
            if findings.is_empty() {
                return Ok(findings);
            }
            let excused = cx.is_excused_as_system(workload)?;
            Ok(findings
                .into_iter()
                .map(|finding| finding.excused(excused))
                .collect())
        },
    ))
}

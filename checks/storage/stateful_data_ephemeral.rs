//! A database that forgets everything with its pod.

use crate::{
    knowledge::data_server_of,
    kubernetes::volumes::{outlives_the_pod, what_goes_with_the_pod},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "stateful-data-ephemeral",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a database or broker keeps its data in the pod",
    tier: 1,
    since: "0.1.0",
    needs: &[examined_all(WORKLOADS), correlated_all(COMPONENTS)],
    standards: &[Standard::Aks("07.07.04")],
    excuse: Excuse::Provider,
    docs: include_str!("stateful_data_ephemeral.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        if !workload.is_long_running() {
            return Ok(Judgement::NotASubject);
        }
        let servers: Vec<_> = workload
            .long_running_containers()
            .filter_map(|view| data_server_of(view.container).map(|product| (view, product)))
            .collect();
        if servers.is_empty() {
            return Ok(Judgement::NotASubject);
        }
        if !workload.volume_claim_templates().is_empty() || outlives_the_pod(workload.spec) {
            return Ok(Judgement::Sound);
        }
        let mut faults = Faults::new();
        faults.extend(servers.into_iter().map(|(view, product)| {
            Finding::on(workload)
                .container(&view.container.name)
                .at(workload.at("volumes"))
                .saw(
                    format_args!("{product}, and {}", what_goes_with_the_pod(workload.spec)),
                    "a claim, so that the data outlives the pod",
                )
        }));
        faults.judgement()
    }))
}

//! A history that begins anew with every restart.

use crate::{
    inventory::MadeWorkload,
    knowledge::telemetry_store_of,
    kubernetes::volumes::{outlives_the_pod, what_goes_with_the_pod},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "telemetry-storage-ephemeral",
    pillar: Pillar::Observability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "metrics, logs or traces are kept in the pod",
    tier: 1,
    since: "0.1.0",
    needs: &[examined_all(WORKLOADS), correlated_all(PLATFORM)],
    excuse: Excuse::Provider,
    docs: include_str!("telemetry_storage_ephemeral.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = cx.judge_workloads(|workload| {
        if !workload.is_long_running() {
            return Ok(Judgement::NotASubject);
        }
        let stores: Vec<_> = workload
            .long_running_containers()
            .filter_map(|view| {
                telemetry_store_of(view.container, workload.labels).map(|product| (view, product))
            })
            .collect();
        if stores.is_empty() {
            return Ok(Judgement::NotASubject);
        }
        if !workload.volume_claim_templates().is_empty() || outlives_the_pod(workload.spec) {
            return Ok(Judgement::Sound);
        }
        let findings = stores.into_iter().map(|(view, product)| {
            Finding::on(workload)
                .container(&view.container.name)
                .at(workload.at("volumes"))
                .saw(
                    format_args!("{product}, and {}", what_goes_with_the_pod(workload.spec)),
                    "a claim, so that what was recorded outlives the pod",
                )
        });
        Ok(findings.collect::<Vec<_>>().into())
    });
    for made in cx.made_workloads().filter(|made| made.is_telemetry()) {
        sheet.judge(Ok(of_made(made)));
    }
    Ok(sheet)
}

/// A custom resource of manifests, of which an operator makes a workload.
fn of_made(made: &MadeWorkload) -> Judgement {
    if made.asked.replicas.is_none_or(|replicas| replicas <= 0) {
        return Judgement::NotASubject;
    }
    let finding = (!made.asked.keeps_data).then(|| {
        let what = &made.object.kind;
        Finding::on(made).at(made.storage_at()).saw(
            format_args!("what {what} writes is deleted with its pods"),
            "a claim, so that what was recorded outlives the pod",
        )
    });
    finding.into()
}

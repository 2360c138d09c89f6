//! A history that begins anew with every restart.

use crate::{frame::Stores, knowledge::telemetry_store_of, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "telemetry-storage-ephemeral",
    pillar: Pillar::Observability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "metrics, logs or traces are kept in the pod",
    fix: "give the server a PersistentVolumeClaim for its data",
    tier: 1,
    since: "0.1.0",
    needs: &[examined_all(WORKLOADS), correlated_all(PLATFORM)],
    excuse: Excuse::Provider,
    docs: include_str!("telemetry_storage_ephemeral.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_stores(&Stores {
        telemetry: true,
        product_of: |workload, container| telemetry_store_of(container, workload.labels),
        expected: "a PersistentVolumeClaim, so that the data outlives the pod",
    }))
}

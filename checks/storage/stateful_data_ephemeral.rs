//! A database that forgets everything with its pod.

use crate::{frame::Stores, knowledge::data_server_of, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "stateful-data-ephemeral",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a database or broker keeps its data in the pod",
    fix: "mount a volumeClaimTemplate at its data directory, in a StatefulSet if it is not one yet",
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
    Ok(cx.judge_stores(&Stores {
        telemetry: false,
        product_of: |_, container| data_server_of(container),
        expected: "a PersistentVolumeClaim, so that the data outlives the pod",
    }))
}

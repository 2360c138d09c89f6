//! Replicas without a disruption budget: a drain may take them all at once.

use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "pdb-missing",
    pillar: Pillar::HighAvailability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "a replicated workload has no PodDisruptionBudget",
    fix: "add a PodDisruptionBudget with maxUnavailable: 1 that selects its pods",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Deployment>(),
        examined::<StatefulSet>(),
        examined::<Rollout>(),
        examined::<CloneSet>(),
        examined::<DeploymentConfig>(),
        correlated::<PodDisruptionBudget>(),
        correlated_all(AUTOSCALERS),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Eks("reliability/application"),
        Standard::Aks("02.02.04"),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("pdb_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        // Bare ReplicaSets and ReplicationControllers are too rare to ask for a budget of their own.
        let asked = workload.kind.is_replicated()
            && !matches!(
                workload.kind,
                WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController
            )
            && !workload.spec.containers.is_empty();
        if !asked {
            return Ok(Judgement::NotASubject);
        }
        let Some(replicas) = cx.replica_floor(workload)?.filter(|floor| *floor >= 2) else {
            return Ok(Judgement::NotASubject);
        };
        if cx.has_budget(workload)? {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(workload)
            .at(workload.within("spec.template.metadata.labels"))
            .saw(
                format_args!("{replicas} replicas that no PodDisruptionBudget selects"),
                "a PodDisruptionBudget that selects the pods",
            );
        Ok(finding.into())
    }))
}

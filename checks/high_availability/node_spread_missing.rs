//! Replicas that may all be placed on one node.

use crate::{kubernetes::takes_port_of_node, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "node-spread-missing",
    pillar: Pillar::HighAvailability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "nothing keeps the replicas of a workload on different nodes",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Deployment>(),
        examined::<StatefulSet>(),
        examined::<Rollout>(),
        examined::<CloneSet>(),
        examined::<DeploymentConfig>(),
        correlated::<Namespace>(),
        correlated_all(AUTOSCALERS),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Eks("reliability/application"),
        Standard::Aks("02.02.02"),
    ],
    excuse: Excuse::ProviderAndSystem,
    docs: include_str!("node_spread_missing.md"),
    run,
    ..Check::BASE
};

/// The label by which Nodes are told apart.
const HOSTNAME: &str = "kubernetes.io/hostname";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let asked = matches!(
            workload.kind,
            WorkloadKind::Deployment
                | WorkloadKind::StatefulSet
                | WorkloadKind::Rollout
                | WorkloadKind::CloneSet
                | WorkloadKind::DeploymentConfig
        );
        // A Rollout may refer to a template elsewhere.
        if !asked || workload.spec.containers.is_empty() {
            return Ok(Judgement::NotASubject);
        }
        let Some(replicas) = cx.replica_floor(workload)?.filter(|floor| *floor >= 2) else {
            return Ok(Judgement::NotASubject);
        };
        if takes_port_of_node(workload.spec) || cx.is_spread(workload, HOSTNAME)? {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(workload)
            .at(workload.at("topologySpreadConstraints"))
            .saw(
                format_args!("{replicas} replicas, and {}", what_is_there(workload)),
                format_args!(
                    "a spread constraint or anti-affinity on {HOSTNAME} that selects these pods"
                ),
            );
        Ok(finding.into())
    }))
}

/// What there is instead of a rule that would do.
fn what_is_there(workload: &Workload<'_>) -> String {
    let spec = workload.spec;
    let constraints = spec
        .topology_spread_constraints
        .iter()
        .map(|constraint| &constraint.topology_key);
    let terms = spec
        .affinity
        .iter()
        .filter_map(|affinity| affinity.pod_anti_affinity.as_ref())
        .flat_map(|rules| {
            let preferred = rules.preferred.iter().map(|term| &term.pod_affinity_term);
            rules.required.iter().chain(preferred)
        })
        .map(|term| &term.topology_key);
    let mut keys: Vec<&str> = constraints.chain(terms).map(Text::as_str).collect();
    if keys.contains(&HOSTNAME) {
        return format!("the rules on {HOSTNAME} don't select these pods");
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        "no rule that keeps them apart".to_owned()
    } else {
        format!("rules on {} alone", keys.join(", "))
    }
}

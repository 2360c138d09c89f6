//! Replicas that may all be placed on one node.

use crate::{
    inventory::types::TopologySpreadConstraint,
    kubernetes::{HOSTNAME, ImageRef, takes_port_of_node},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "node-spread-missing",
    pillar: Pillar::HighAvailability,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "nothing keeps the replicas of a workload on different nodes",
    fix: "add a topologySpreadConstraint with topologyKey: kubernetes.io/hostname",
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
        if !asked || workload.spec.containers.is_empty() || holds_room(workload) {
            return Ok(Judgement::NotASubject);
        }
        let Some(replicas) = cx.replica_floor(workload)?.filter(|floor| *floor >= 2) else {
            return Ok(Judgement::NotASubject);
        };
        if takes_port_of_node(workload.spec) || cx.is_spread_over_nodes(workload, replicas)? {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(workload)
            .at(workload.at("topologySpreadConstraints"))
            .saw(
                format_args!(
                    "{replicas} replicas, but {}",
                    what_is_there(workload, replicas)
                ),
                format_args!(
                    "a spread constraint or anti-affinity on {HOSTNAME} that selects these pods"
                ),
            );
        Ok(finding.into())
    }))
}

/// Whether its pods do nothing but hold room for others.
fn holds_room(workload: &Workload<'_>) -> bool {
    let mut images = workload.spec.containers.iter().map(|it| &it.image);
    images.all(|image| ImageRef::parse(image).is_some_and(|image| image.is_pause()))
}

/// What there is instead of a rule that would do.
fn what_is_there(workload: &Workload<'_>, replicas: i32) -> String {
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
        let too_wide = |constraint: &TopologySpreadConstraint| {
            constraint.topology_key == HOSTNAME && constraint.max_skew >= replicas
        };
        let wide = spec
            .topology_spread_constraints
            .iter()
            .find(|it| too_wide(it));
        return match wide {
            Some(wide) => format!("a maxSkew of {} allows them all on one node", wide.max_skew),
            None => format!("the rules on {HOSTNAME} don't select these pods"),
        };
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        "no rule keeps them apart".to_owned()
    } else {
        format!("only rules on {}", keys.join(", "))
    }
}

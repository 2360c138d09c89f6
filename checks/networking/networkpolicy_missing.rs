//! Without a policy every pod of the cluster may talk to every pod of the namespace.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::collections::HashSet;

use crate::{
    inventory::{Origin, control_plane::is_mirror, types::PodSpec},
    kubernetes::isolation::{CLUSTER_POLICIES, OWN_POLICIES, Target},
    model::Doubt,
    prelude::*,
    wire::Labels,
};

pub(super) static CHECK: Check = Check {
    id: "networkpolicy-missing",
    pillar: Pillar::Networking,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "no policy limits the traffic of a namespace's pods",
    fix: "add a default-deny NetworkPolicy, then allow what is needed",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Namespace>(),
        correlated_all(OWN_POLICIES),
        correlated_all(CLUSTER_POLICIES),
        correlated_all(WORKLOADS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.3.2"),
        Standard::Nsa("Net"),
        Standard::Eks("4.3.2"),
        Standard::Gke("4.3.2"),
        Standard::Aks("06.07.06"),
        Standard::Owasp("K05"),
        Standard::Kubescape("C-0049"),
        Standard::Kubescape("C-0054"),
        Standard::Kubescape("C-0206"),
    ],
    docs: include_str!("networkpolicy_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    for namespace in cx.tenant_namespaces() {
        let name = namespace.as_ref().map(|it| it.metadata.name.clone());
        let name = name.unwrap_or_default();
        sheet.judge_in(&name, namespace.and_then(|namespace| judge(cx, namespace)));
    }
    Ok(sheet)
}

/// What a policy sees of a pod.
struct PodView<'a> {
    labels: &'a Labels,
    spec: &'a PodSpec,
}

/// A namespace without pods that a policy could isolate is no subject.
fn judge(cx: &Context<'_>, namespace: &Namespace) -> Result<Judgement, Why> {
    let name = &namespace.metadata.name;
    let pods = pods(cx, name);
    let live = cx.origin() == Origin::Live;
    if live && pods.is_empty() {
        cx.correlated_in::<Pod>(name)?;
        return Ok(Judgement::NotASubject);
    }
    if cx.has_own_policy(name)? {
        return Ok(Judgement::Sound);
    }
    if pods.is_empty() {
        // Its pods may come from elsewhere, and its policies with them.
        cx.sees_workloads_in(name)?;
        let message = format!("no pod of namespace {name} with its own network is among the files");
        return Err(Why::new(Unknown::Hidden, message));
    }
    if are_isolated(cx, namespace, &pods)? {
        cx.correlated_in::<Pod>(name)?;
        return Ok(Judgement::Sound);
    }
    let seen = match pods.len() {
        _ if !live => "no policy".to_owned(),
        1 => "no policy for 1 pod".to_owned(),
        count => format!("no policy for {count} pods"),
    };
    let finding = Finding::on(namespace);
    Ok(finding
        .saw(seen, "a NetworkPolicy that selects every pod")
        .into())
}

/// Whether policies of the whole cluster isolate every pod of a namespace.
///
/// # Errors
/// None is known not to be isolated, and of one nobody can tell.
fn are_isolated(
    cx: &Context<'_>,
    namespace: &Namespace,
    pods: &[PodView<'_>],
) -> Result<bool, Why> {
    let mut unseen = Doubt::default();
    // Pods that look the same to a policy are asked about once.
    let mut known = HashSet::new();
    for pod in pods {
        let service_account = match pod.spec.service_account_name.as_str() {
            "" => "default",
            account => account,
        };
        if !known.insert((pod.labels, service_account)) {
            continue;
        }
        let isolated = cx.is_isolated_by_cluster(&Target {
            namespace: &namespace.metadata.name,
            namespace_labels: &namespace.metadata.labels,
            labels: pod.labels,
            service_account,
        });
        if unseen.note(isolated) == Some(false) {
            return Ok(false);
        }
    }
    unseen.or(true)
}

/// The pods of a namespace, or their templates, that have a network of their own.
fn pods<'a>(cx: &Context<'a>, namespace: &str) -> Vec<PodView<'a>> {
    if cx.origin() == Origin::Files {
        return cx
            .workloads_in(namespace)
            .filter(|workload| !workload.spec.host_network)
            .map(|workload| PodView {
                labels: workload.labels,
                spec: workload.spec,
            })
            .collect();
    }
    cx.live_pods_in(namespace)
        .filter(|pod| !pod.spec.host_network && !is_mirror(pod))
        .map(|pod| PodView {
            labels: &pod.metadata.labels,
            spec: &pod.spec,
        })
        .collect()
}

//! Where nothing refuses a privileged pod, whoever may create pods owns the nodes.

use std::collections::BTreeMap;

use crate::{
    inventory::Origin,
    kubernetes::{
        admission::{POLICY_ENGINES, POLICY_ENGINES_OF_NAMESPACES},
        pod_security::Policy,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "pod-security-enforcement-missing",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "nothing enforces a Pod Security level in a namespace",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Namespace>(),
        correlated_all(POLICY_ENGINES),
        correlated_all(POLICY_ENGINES_OF_NAMESPACES),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.2.1"),
        Standard::Cis("5.2.2"),
        Standard::Nsa("Pod"),
        Standard::Eks("security/pods"),
        Standard::Gke("4.2.1"),
        Standard::Owasp("K04"),
        Standard::Kubescape("C-0068"),
        Standard::Kubescape("C-0192"),
        Standard::Kubescape("C-0193"),
        Standard::Kubescape("C-0194"),
        Standard::Kubescape("C-0195"),
        Standard::Kubescape("C-0196"),
        Standard::Kubescape("C-0199"),
        Standard::Kubescape("C-0202"),
        Standard::Kubescape("C-0203"),
        Standard::Kubescape("C-0204"),
    ],
    docs: include_str!("pod_security_enforcement_missing.md"),
    run,
    ..Check::BASE
};

/// What a platform component may need and no level above privileged allows.
const BEYOND_BASELINE: [Expectation; 7] = [
    Expectation::Privileged,
    Expectation::HostPath,
    Expectation::HostNetwork,
    Expectation::HostPid,
    Expectation::HostIpc,
    Expectation::HostPort,
    Expectation::Capabilities,
];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let residents = Residents::of(cx);
    let mut sheet = Sheet::new();
    for namespace in cx.tenant_namespaces() {
        sheet.judge(namespace.and_then(|namespace| judge(cx, namespace, &residents)));
    }
    Ok(sheet)
}

/// A namespace without pods is no subject.
fn judge(
    cx: &Context<'_>,
    namespace: &Namespace,
    residents: &Residents<'_>,
) -> Result<Judgement, Why> {
    let name = &namespace.metadata.name;
    if cx.origin() == Origin::Live && cx.live_pods_in(name).next().is_none() {
        cx.correlated_in::<Pod>(name)?;
        return Ok(Judgement::NotASubject);
    }
    let level = namespace.metadata.labels.get(Policy::ENFORCE);
    // The API server takes a level that it does not know for the strictest one.
    if level.is_some_and(|level| level != "privileged")
        || cx.enforces_pod_security(&namespace.metadata)?
    {
        return Ok(Judgement::Sound);
    }
    // Of manifests, its pods may come from elsewhere, and what is known of them with them.
    cx.holds_workloads(name, "a pod of the namespace")?;
    let seen = level.map_or("no level", |_| "privileged");
    let finding = Finding::on(namespace)
        .at(format!("metadata.labels[{}]", Policy::ENFORCE))
        .saw(seen, "baseline or restricted");
    // What excuses a namespace is who lives in it, which the frame does not ask.
    Ok(finding.excused(residents.are_platform(cx, name)?).into())
}

/// The workloads by their namespace.
struct Residents<'a> {
    workloads: BTreeMap<&'a Text, Vec<Workload<'a>>>,
    unseen: BTreeMap<&'a Text, &'a Why>,
}

impl<'a> Residents<'a> {
    fn of(cx: &Context<'a>) -> Self {
        let mut residents = Self {
            workloads: BTreeMap::new(),
            unseen: BTreeMap::new(),
        };
        for workload in cx.workloads() {
            match workload {
                Ok(workload) => residents
                    .workloads
                    .entry(workload.namespace())
                    .or_default()
                    .push(workload),
                Err(owner) => {
                    let why = &owner.why;
                    let known = residents.unseen.entry(&owner.namespace).or_insert(why);
                    *known = why.min(known);
                }
            }
        }
        residents
    }

    /// Whether a namespace holds nothing but components that could not work under another level.
    fn are_platform(&self, cx: &Context<'a>, namespace: &Text) -> Result<bool, Why> {
        let Some(workloads) = self.workloads.get(namespace) else {
            return self
                .unseen
                .get(namespace)
                .map_or(Ok(false), |why| Err((*why).clone()));
        };
        for workload in workloads {
            let mut excused = false;
            for expectation in BEYOND_BASELINE {
                excused = excused || cx.excuses(workload, expectation)?;
            }
            if !excused {
                return Ok(false);
            }
        }
        // One more, unseen, may be anybody's.
        match self.unseen.get(namespace) {
            Some(why) => Err((*why).clone()),
            None => are_all_seen(cx, namespace),
        }
    }
}

fn are_all_seen(cx: &Context<'_>, namespace: &str) -> Result<bool, Why> {
    cx.correlated_in::<Deployment>(namespace)?;
    cx.correlated_in::<StatefulSet>(namespace)?;
    cx.correlated_in::<DaemonSet>(namespace)?;
    cx.correlated_in::<Pod>(namespace)?;
    Ok(true)
}

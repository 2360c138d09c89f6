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
    fix: "label the namespace pod-security.kubernetes.io/enforce=baseline (or restricted)",
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
const BEYOND_BASELINE: [Expectation; 8] = [
    Expectation::Privileged,
    Expectation::RuntimeSocket,
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
        let name = namespace.as_ref().map(|it| it.metadata.name.clone());
        let name = name.unwrap_or_default();
        let judgement = namespace.and_then(|namespace| judge(cx, namespace, &residents));
        sheet.judge_in(&name, judgement);
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
    if cx.origin() == Origin::Files && !residents.has_any(name) {
        return Err(Why::new(
            Unknown::Hidden,
            format!(
                "no pod of namespace {name} is among the files; its pods may come from elsewhere"
            ),
        ));
    }
    // Somebody decided that, for a component that no other level admits.
    if level.is_some() && residents.hold_node_component(cx, name)? {
        return Ok(Judgement::Sound);
    }
    let (seen, expected) = match level {
        None => (
            "no level",
            "baseline or restricted (or privileged, if the pods need it)",
        ),
        Some(_) => ("privileged", "baseline or restricted"),
    };
    let finding = Finding::on(namespace).at(format!("metadata.labels[{}]", Policy::ENFORCE));
    Ok(finding.saw(seen, expected).into())
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

    fn has_any(&self, namespace: &Text) -> bool {
        self.workloads.contains_key(namespace) || self.unseen.contains_key(namespace)
    }

    /// Whether a component is at home in a namespace that needs, or whose operator makes pods that need, more than any level
    /// but privileged admits.
    fn hold_node_component(&self, cx: &Context<'a>, namespace: &Text) -> Result<bool, Why> {
        let workloads = self.workloads.get(namespace);
        let mut all = workloads.into_iter().flatten();
        if all.any(|workload| cx.is_of_component_that_expects(workload, &BEYOND_BASELINE)) {
            return Ok(true);
        }
        // One more, unseen, may be such a one.
        match self.unseen.get(namespace) {
            Some(why) => Err((*why).clone()),
            None => are_all_seen(cx, namespace),
        }
    }
}

/// Nothing more is there, of what was not seen.
fn are_all_seen(cx: &Context<'_>, namespace: &str) -> Result<bool, Why> {
    cx.correlated_in::<Deployment>(namespace)?;
    cx.correlated_in::<StatefulSet>(namespace)?;
    cx.correlated_in::<DaemonSet>(namespace)?;
    cx.correlated_in::<Pod>(namespace)?;
    Ok(false)
}

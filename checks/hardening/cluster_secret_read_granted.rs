//! A right to read every Secret, or those of the control plane.

use crate::{
    frame::grants::Question, inventory::types::PolicyRule, kubernetes::rbac::Request, prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cluster-secret-read-granted",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a binding grants reading all Secrets, or those of kube-system",
    fix: "grant get on named Secrets only, in the namespaces that need them",
    tier: 1,
    since: "0.1.0",
    reach: Reach::Cluster,
    needs: &[
        examined::<ClusterRoleBinding>(),
        examined::<RoleBinding>(),
        correlated::<ClusterRole>(),
        correlated::<Role>(),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.1.2"),
        Standard::Eks("4.1.2"),
        Standard::Gke("4.1.2"),
        Standard::Owasp("K02"),
        Standard::Owasp("K03"),
        Standard::Kubescape("C-0015"),
        Standard::Kubescape("C-0186"),
        Standard::Trivy("KSV-0041"),
    ],
    excuse: Excuse::Expected(&[Expectation::SecretRead]),
    docs: include_str!("cluster_secret_read_granted.md"),
    run: |cx| Ok(cx.judge_grants(&QUESTION)),
    ..Check::BASE
};

const QUESTION: Question = Question {
    counts_in: |namespace| namespace == "kube-system",
    is_by_design: |_| false,
    tells_all_of_a_namespace: true,
    too_much,
    tells_where: true,
    expected: "named Secrets only, in the namespaces that need them",
};

fn too_much(rules: &[&PolicyRule], _is_namespaced: bool) -> Vec<String> {
    let verbs: Vec<&str> = ["get", "list", "watch"]
        .into_iter()
        .filter(|verb| {
            let request = Request::everywhere(verb, "", "secrets");
            rules.iter().any(|rule| rule.grants(&request))
        })
        .collect();
    if verbs.is_empty() {
        return Vec::new();
    }
    vec![format!("{} on all Secrets", verbs.join(", "))]
}

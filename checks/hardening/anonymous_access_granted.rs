//! A right of everyone who can reach the API endpoint, without any credential.

use crate::{
    inventory::types::PolicyRule,
    kubernetes::rbac::{Binding, is_group, is_user},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "anonymous-access-granted",
    pillar: Pillar::Hardening,
    severity: Severity::Critical,
    impact: Impact::Exposed,
    title: "a binding grants rights to callers without a credential",
    fix: "remove system:anonymous and system:unauthenticated from the binding",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<ClusterRoleBinding>(),
        examined::<RoleBinding>(),
        correlated::<ClusterRole>(),
        correlated::<Role>(),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Eks("security/iam"),
        Standard::Gke("4.1.8"),
        Standard::Gke("4.1.9"),
        Standard::Owasp("K09"),
        Standard::Kubescape("C-0262"),
        Standard::Trivy("KSV-0122"),
    ],
    docs: include_str!("anonymous_access_granted.md"),
    run,
    ..Check::BASE
};

/// What OpenShift lets its login page and its discovery show to everyone.
const OPENSHIFT: &[&str] = &[
    "cluster-status-binding",
    "self-access-reviewers",
    "system:discovery",
    "system:oauth-token-deleters",
    "system:openshift:discovery",
    "system:openshift:public-info-viewer",
    "system:scope-impersonation",
    "system:webhooks",
];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let cluster = cx.seen::<ClusterRoleBinding>().iter();
    // Those of the whole cluster are no question to ask of some namespaces.
    let cluster = cluster.filter(|_| !cx.is_scoped());
    let namespaced = cx.seen::<RoleBinding>().iter();
    let bindings = cluster
        .map(Binding::from)
        .chain(namespaced.map(Binding::from));
    let mut sheet = Sheet::new();
    for binding in bindings {
        sheet.judge_in(&binding.metadata.namespace, judge(cx, &binding));
    }
    Ok(sheet)
}

fn judge(cx: &Context<'_>, binding: &Binding<'_>) -> Result<Judgement, Why> {
    let anonymous: Vec<String> = binding
        .subjects
        .iter()
        .filter(|subject| {
            is_user(subject, "system:anonymous") || is_group(subject, "system:unauthenticated")
        })
        .map(|subject| binding.describe(subject))
        .collect();
    if anonymous.is_empty() || is_public_by_design(cx, binding)? {
        // Kubernetes' own bindings count only where somebody opened them.
        return Ok(if binding.is_bootstrapped() {
            Judgement::NotASubject
        } else {
            Judgement::Sound
        });
    }
    let seen = format_args!("{} for {}", binding.role.name, anonymous.join(", "));
    let finding = Finding::on(binding).at("subjects");
    Ok(finding.saw(seen, "only subjects that authenticate").into())
}

fn is_public_by_design(cx: &Context<'_>, binding: &Binding<'_>) -> Result<bool, Why> {
    const VERSION_AND_HEALTH: &str = "system:public-info-viewer";
    // Public keys and where they are: whoever verifies tokens reads them.
    const ISSUER: &str = "system:service-account-issuer-discovery";
    let name = binding.metadata.name.as_str();
    if binding.role.kind == "ClusterRole" && binding.role.name == ISSUER {
        return Ok(true);
    }
    if let Some(namespace) = binding.namespace() {
        // Nodes that join look there for the cluster's address and certificate authority.
        return Ok(namespace == "kube-public"
            && cx.rules_of(binding)?.is_some_and(|rules| {
                !rules.is_empty() && rules.iter().all(|rule| reads_cluster_info(rule))
            }));
    }
    if binding.role.name == VERSION_AND_HEALTH {
        return Ok(name == VERSION_AND_HEALTH);
    }
    Ok(OPENSHIFT.contains(&name) && matches!(cx.platform()?.id, "openshift" | "microshift"))
}

fn reads_cluster_info(rule: &PolicyRule) -> bool {
    let only = |list: &[Text], allowed: &[&str]| {
        !list.is_empty() && list.iter().all(|entry| allowed.contains(&entry.as_str()))
    };
    only(&rule.verbs, &["get", "list", "watch"])
        && only(&rule.api_groups, &[""])
        && only(&rule.resources, &["configmaps"])
        && only(&rule.resource_names, &["cluster-info"])
}

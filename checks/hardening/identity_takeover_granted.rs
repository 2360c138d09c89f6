//! A right by which its holder can become somebody else.

use crate::{
    frame::grants::Question,
    inventory::types::PolicyRule,
    kubernetes::rbac::{Binding, CLUSTER_ADMIN, Request},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "identity-takeover-granted",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a binding lets its holder act as someone else",
    fix: "grant the needed rights directly; remove impersonate, escalate, bind and token rights",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<ClusterRoleBinding>(),
        examined::<RoleBinding>(),
        correlated::<ClusterRole>(),
        correlated::<Role>(),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.1.8"),
        Standard::Cis("5.1.11"),
        Standard::Cis("5.1.13"),
        Standard::Eks("4.1.8"),
        Standard::Eks("4.1.12"),
        Standard::Gke("4.1.7"),
        Standard::Owasp("K02"),
        Standard::Kubescape("C-0065"),
        Standard::Kubescape("C-0191"),
        Standard::Kubescape("C-0280"),
        Standard::Kubescape("C-0282"),
        Standard::Trivy("KSV-0043"),
        Standard::Trivy("KSV-0050"),
        Standard::Trivy("KSV-0051"),
        Standard::Trivy("KSV-0052"),
        Standard::Trivy("KSV-0055"),
    ],
    excuse: Excuse::Expected(&[Expectation::ClusterAdmin, Expectation::Takeover]),
    docs: include_str!("identity_takeover_granted.md"),
    run: |cx| Ok(cx.judge_grants(&QUESTION)),
    ..Check::BASE
};

const QUESTION: Question = Question {
    counts_in: |_| true,
    is_by_design,
    // Who administers a namespace is its people, whether by `admin` or by a role of their own.
    tells_all_of_a_namespace: false,
    too_much,
    tells_where: false,
    expected: "the needed rights directly, without a way to get others",
};

/// Administering and editing one's own namespace is what these roles are for.
fn is_by_design(binding: &Binding<'_>) -> bool {
    binding
        .namespace()
        .is_some_and(|namespace| namespace != "kube-system")
        && binding.role.kind == "ClusterRole"
        && matches!(binding.role.name.as_str(), "admin" | "edit")
}

const RBAC: &str = "rbac.authorization.k8s.io";

/// One way to become somebody else.
struct Way {
    verbs: &'static [&'static str],
    group: &'static str,
    resource: &'static str,
    subresource: &'static str,
    /// Whether its objects live in namespaces: of others a grant within one namespace allows nothing.
    namespaced: bool,
    /// Whether a rule that is limited to some names is one as well.
    named: Named,
}

enum Named {
    /// A few names are few identities, given on purpose.
    No,
    /// Whoever is named can be become.
    Any,
    /// Only the role that allows everything.
    ClusterAdmin,
}

const fn way(
    verbs: &'static [&'static str],
    group: &'static str,
    resource: &'static str,
    namespaced: bool,
    named: Named,
) -> Way {
    Way {
        verbs,
        group,
        resource,
        subresource: "",
        namespaced,
        named,
    }
}

const AUTHENTICATION: &str = "authentication.k8s.io";

const USER_INFO: &[&str] = &["impersonate:user-info"];

const WAYS: &[Way] = &[
    way(&["escalate"], RBAC, "roles", true, Named::Any),
    way(&["escalate"], RBAC, "clusterroles", false, Named::Any),
    way(&["bind"], RBAC, "roles", true, Named::No),
    // A RoleBinding, too, may name a ClusterRole: the right to bind it is asked for in its namespace.
    way(&["bind"], RBAC, "clusterroles", true, Named::ClusterAdmin),
    way(&["impersonate"], "", "users", false, Named::Any),
    way(&["impersonate"], "", "groups", false, Named::Any),
    way(&["impersonate"], "", "serviceaccounts", true, Named::Any),
    way(&["impersonate"], AUTHENTICATION, "uids", false, Named::Any),
    // Constrained impersonation asks for a verb of its own on the identity, and for `impersonate-on:MODE:VERB` on what is
    // done under it: the second alone gives nothing.
    way(USER_INFO, AUTHENTICATION, "users", false, Named::Any),
    way(USER_INFO, AUTHENTICATION, "groups", false, Named::Any),
    way(USER_INFO, AUTHENTICATION, "uids", false, Named::Any),
    way(
        &["impersonate:serviceaccount"],
        AUTHENTICATION,
        "serviceaccounts",
        true,
        Named::Any,
    ),
    way(
        &["impersonate:arbitrary-node", "impersonate:associated-node"],
        AUTHENTICATION,
        "nodes",
        false,
        Named::Any,
    ),
    Way {
        subresource: "token",
        ..way(&["create"], "", "serviceaccounts", true, Named::No)
    },
    Way {
        subresource: "approval",
        ..way(
            &["update", "patch"],
            "certificates.k8s.io",
            "certificatesigningrequests",
            false,
            Named::No,
        )
    },
];

fn too_much(rules: &[&PolicyRule], is_namespaced: bool) -> Vec<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    for way in WAYS {
        if is_namespaced && !way.namespaced {
            continue;
        }
        if way.subresource == "approval" && !is_approver(rules) {
            continue;
        }
        let verbs: Vec<&str> = way
            .verbs
            .iter()
            .copied()
            .filter(|verb| rules.iter().any(|rule| way.is_in(rule, verb)))
            .collect();
        if verbs.is_empty() {
            continue;
        }
        let slash = if way.subresource.is_empty() { "" } else { "/" };
        let resource = format!("{}{slash}{}", way.resource, way.subresource);
        let verbs = verbs.join(", ");
        match all.iter_mut().find(|(known, _)| *known == verbs) {
            Some((_, resources)) => *resources = format!("{resources}, {resource}"),
            None => all.push((verbs, resource)),
        }
    }
    all.into_iter()
        .map(|(verbs, resources)| format!("{verbs} on {resources}"))
        .collect()
}

/// Whether rules are meant for approving certificates: the API server also asks for `approve` on the signer, which a wildcard
/// that happens to hold the subresource doesn't give.
fn is_approver(rules: &[&PolicyRule]) -> bool {
    let approves = |rule: &PolicyRule, name: &str| {
        rule.grants(&Request::Resource {
            verb: "approve",
            group: "certificates.k8s.io",
            resource: "signers",
            subresource: "",
            name,
            namespace: "",
        })
    };
    rules.iter().any(|rule| {
        let mut resources = rule.resources.iter();
        let mut names = rule.resource_names.iter();
        resources.any(|resource| *resource == "certificatesigningrequests/approval")
            || approves(rule, "")
            || names.any(|name| approves(rule, name))
    })
}

impl Way {
    fn is_in(&self, rule: &PolicyRule, verb: &str) -> bool {
        let asks = |name: &str| {
            rule.grants(&Request::Resource {
                verb,
                group: self.group,
                resource: self.resource,
                subresource: self.subresource,
                name,
                namespace: "",
            })
        };
        match self.named {
            _ if asks("") => true,
            Named::No => false,
            Named::Any => rule.resource_names.iter().any(|name| asks(name)),
            Named::ClusterAdmin => asks(CLUSTER_ADMIN),
        }
    }
}

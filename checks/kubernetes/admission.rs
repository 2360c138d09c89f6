//! Which policy engines refuse pods that ask for too much, besides Kubernetes' own Pod Security admission.

use crate::{
    inventory::{
        Context, Evidence, Kind,
        kinds::{
            ClusterAdmissionPolicy, Constraint, KyvernoClusterPolicy, KyvernoNamespacePolicy,
            KyvernoNamespacedValidatingPolicy, KyvernoValidatingPolicy, SecurityContextConstraints,
            ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
        },
        types::{
            self, KyvernoPolicySpec, KyvernoResources, KyvernoRule, LabelSelector, MatchResources,
            ObjectMeta, WebhookRule,
        },
    },
    model::{Text, Why, patterns::matches},
    wire::Labels,
};

/// Where engines keep policies for the whole cluster.
pub const POLICY_ENGINES: &[Evidence] = &[
    Evidence::Objects(Kind::ValidatingAdmissionPolicy),
    Evidence::Objects(Kind::ValidatingAdmissionPolicyBinding),
    Evidence::Objects(Kind::KyvernoClusterPolicy),
    Evidence::Objects(Kind::KyvernoValidatingPolicy),
    Evidence::Objects(Kind::Constraint),
    Evidence::Objects(Kind::ClusterAdmissionPolicy),
    Evidence::Objects(Kind::SecurityContextConstraints),
];

/// Where engines keep policies for one namespace.
pub const POLICY_ENGINES_OF_NAMESPACES: &[Evidence] = &[
    Evidence::Objects(Kind::KyvernoNamespacePolicy),
    Evidence::Objects(Kind::KyvernoNamespacedValidatingPolicy),
];

/// What the names of policies, rules and modules are made of that limit what pods may do to their node.
const POD_SECURITY_WORDS: &[&str] = &[
    "privileged",
    "privilege-escalation",
    "host-namespace",
    "host-network",
    "host-path",
    "hostpath",
    "host-process",
    "host-port",
    "capabilities",
    "pod-security",
    "podsecurity",
    "psp",
    "pss",
    "run-as-non-root",
    "run-as-nonroot",
    "seccomp",
];

/// What the expressions of policies mention that limit what pods may do to their node.
const POD_SECURITY_FIELDS: &[&str] = &[
    "privileged",
    "hostNetwork",
    "hostPID",
    "hostPath",
    "allowPrivilegeEscalation",
    "runAsNonRoot",
    "securityContext",
];

fn speaks_of_pod_security(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    POD_SECURITY_WORDS.iter().any(|word| name.contains(word))
}

impl Context<'_> {
    /// Whether an engine other than Pod Security admission refuses privileged pods in a namespace.
    /// Demands POLICY_ENGINES and POLICY_ENGINES_OF_NAMESPACES.
    ///
    /// # Errors
    /// None that was seen does, and not all was seen.
    #[track_caller]
    pub fn enforces_pod_security(&self, namespace: &ObjectMeta) -> Result<bool, Why> {
        self.reading(POLICY_ENGINES);
        let inventory = self.reading(POLICY_ENGINES_OF_NAMESPACES);
        let labels = &labels_of(namespace);
        let name = namespace.name.as_str();
        // On OpenShift every pod must fit one of them.
        let enforced = !inventory.seen::<SecurityContextConstraints>().is_empty()
            || inventory
                .seen::<KyvernoClusterPolicy>()
                .iter()
                .any(|policy| kyverno(&policy.metadata.name, &policy.spec, name, labels))
            || inventory
                .seen_in::<KyvernoNamespacePolicy>(name)
                .iter()
                .any(|policy| kyverno(&policy.metadata.name, &policy.spec, name, labels))
            || inventory
                .seen::<KyvernoValidatingPolicy>()
                .iter()
                .any(|policy| kyverno_validating(&policy.spec, labels))
            || inventory
                .seen_in::<KyvernoNamespacedValidatingPolicy>(name)
                .iter()
                .any(|policy| kyverno_validating(&policy.spec, labels))
            || inventory
                .seen::<Constraint>()
                .iter()
                .any(|constraint| gatekeeper(constraint, name, labels))
            || inventory
                .seen::<ClusterAdmissionPolicy>()
                .iter()
                .any(|policy| kubewarden(policy, labels))
            || inventory
                .seen::<ValidatingAdmissionPolicyBinding>()
                .iter()
                .any(|binding| {
                    inventory
                        .find::<ValidatingAdmissionPolicy>("", &binding.spec.policy_name)
                        .is_some_and(|policy| validating(policy, binding, labels))
                });
        if enforced {
            return Ok(true);
        }
        self.correlated::<SecurityContextConstraints>()?;
        self.correlated::<KyvernoClusterPolicy>()?;
        self.correlated_in::<KyvernoNamespacePolicy>(name)?;
        self.correlated::<KyvernoValidatingPolicy>()?;
        self.correlated_in::<KyvernoNamespacedValidatingPolicy>(name)?;
        self.correlated::<Constraint>()?;
        self.correlated::<ClusterAdmissionPolicy>()?;
        self.correlated::<ValidatingAdmissionPolicyBinding>()?;
        self.correlated::<ValidatingAdmissionPolicy>()?;
        Ok(false)
    }
}

/// The labels of a namespace, with the one that the API server gives to each.
pub(crate) fn labels_of(namespace: &ObjectMeta) -> Labels {
    let own = "kubernetes.io/metadata.name";
    namespace
        .labels
        .iter()
        .filter(|(key, _)| *key != own)
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain([(own.into(), namespace.name.clone())])
        .collect()
}

fn selects(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    selector.is_none_or(|selector| selector.selects(labels) == Ok(true))
}

fn any_matches(patterns: &[Text], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

fn is_for_pods(rules: &[WebhookRule]) -> bool {
    rules.iter().any(|rule| {
        let lists =
            |list: &[Text], wanted: &str| list.iter().any(|entry| entry == "*" || entry == wanted);
        lists(&rule.api_groups, "")
            && rule
                .resources
                .iter()
                .any(|resource| matches!(resource.as_str(), "*" | "*/*" | "pods" | "pods/*"))
            && (lists(&rule.operations, "CREATE") || rule.operations.is_empty())
    })
}

fn kyverno(policy: &str, spec: &KyvernoPolicySpec, namespace: &str, labels: &Labels) -> bool {
    spec.rules.iter().any(|rule| {
        let Some(validate) = &rule.validate else {
            return false;
        };
        let action = if validate.failure_action.is_empty() {
            &spec.validation_failure_action
        } else {
            &validate.failure_action
        };
        let about = validate.pod_security.is_some()
            || speaks_of_pod_security(policy)
            || speaks_of_pod_security(&rule.name);
        action.eq_ignore_ascii_case("enforce") && about && kyverno_matches(rule, namespace, labels)
    })
}

fn kyverno_matches(rule: &KyvernoRule, namespace: &str, labels: &Labels) -> bool {
    let holds = |resources: &KyvernoResources| {
        let pods = resources.kinds.iter().any(|kind| {
            let kind = kind.rsplit('/').next().unwrap_or_default();
            matches!(kind, "Pod" | "*")
        });
        let here = resources.namespaces.is_empty() || any_matches(&resources.namespaces, namespace);
        pods && here && selects(resources.namespace_selector.as_ref(), labels)
    };
    let matched = &rule.match_resources;
    let of = |filters: &[types::KyvernoResourceFilter]| -> Vec<bool> {
        filters
            .iter()
            .map(|filter| filter.resources.as_ref().is_some_and(holds))
            .collect()
    };
    let all = of(&matched.all);
    of(&matched.any).contains(&true)
        || (!all.is_empty() && !all.contains(&false))
        || matched.resources.as_ref().is_some_and(holds)
}

fn gatekeeper(constraint: &Constraint, namespace: &str, labels: &Labels) -> bool {
    let spec = &constraint.spec;
    let denies = matches!(spec.enforcement_action.as_str(), "" | "deny");
    let about = constraint.kind.starts_with("K8sPSP") || speaks_of_pod_security(&constraint.kind);
    let matched = &spec.matches;
    let pods = matched.kinds.is_empty()
        || matched.kinds.iter().any(|kinds| {
            kinds
                .kinds
                .iter()
                .any(|kind| matches!(kind.as_str(), "Pod" | "*"))
        });
    denies
        && about
        && pods
        && (matched.namespaces.is_empty() || any_matches(&matched.namespaces, namespace))
        && !any_matches(&matched.excluded_namespaces, namespace)
        && selects(matched.namespace_selector.as_ref(), labels)
}

fn kubewarden(policy: &ClusterAdmissionPolicy, labels: &Labels) -> bool {
    let spec = &policy.spec;
    matches!(spec.mode.as_str(), "" | "protect")
        && (speaks_of_pod_security(&spec.module) || speaks_of_pod_security(&policy.metadata.name))
        && is_for_pods(&spec.rules)
        && selects(spec.namespace_selector.as_ref(), labels)
}

/// Kyverno's policy in the terms of a ValidatingAdmissionPolicy; it needs no binding, and denies unless told otherwise.
fn kyverno_validating(spec: &types::KyvernoValidatingPolicySpec, labels: &Labels) -> bool {
    let actions = &spec.validation_actions;
    let denies = actions.is_empty() || actions.iter().any(|action| action == "Deny");
    let at_admission = matches!(spec.evaluation.mode.as_str(), "" | "Kubernetes")
        && spec.evaluation.admission.enabled != Some(false);
    let expressions = spec.validations.iter().map(|it| &it.expression);
    denies
        && at_admission
        && speak_of_pod_security(expressions.chain(spec.variables.iter().map(|it| &it.expression)))
        && constrains_pods(spec.match_constraints.as_ref(), labels)
}

fn speak_of_pod_security<'e>(mut expressions: impl Iterator<Item = &'e Text>) -> bool {
    expressions.any(|expression| {
        POD_SECURITY_FIELDS
            .iter()
            .any(|field| expression.contains(field))
    })
}

/// Whether a policy is asked about the pods of a namespace with these labels.
fn constrains_pods(resources: Option<&MatchResources>, labels: &Labels) -> bool {
    resources.is_some_and(|resources| {
        is_for_pods(&resources.resource_rules)
            && selects(resources.namespace_selector.as_ref(), labels)
    })
}

fn validating(
    policy: &ValidatingAdmissionPolicy,
    binding: &ValidatingAdmissionPolicyBinding,
    labels: &Labels,
) -> bool {
    let spec = &policy.spec;
    let bound = binding.spec.match_resources.as_ref();
    let narrowed = bound.is_none_or(|resources| {
        (resources.resource_rules.is_empty() || is_for_pods(&resources.resource_rules))
            && selects(resources.namespace_selector.as_ref(), labels)
    });
    let expressions = spec.validations.iter().map(|it| &it.expression);
    binding
        .spec
        .validation_actions
        .iter()
        .any(|action| action == "Deny")
        && speak_of_pod_security(expressions.chain(spec.variables.iter().map(|it| &it.expression)))
        && narrowed
        && constrains_pods(spec.match_constraints.as_ref(), labels)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        gatekeeper, is_for_pods, kubewarden, kyverno, kyverno_validating, labels_of, validating,
    };
    use crate::inventory::types::ObjectMeta;

    fn labels() -> crate::wire::Labels {
        let metadata: ObjectMeta =
            serde_json::from_value(json!({ "name": "shop", "labels": { "team": "red" } })).unwrap();
        labels_of(&metadata)
    }

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn kyverno_enforces_where_its_rule_matches_pods_and_fails_them() {
        let pods = json!({ "any": [{ "resources": { "kinds": ["Pod"] } }] });
        let level = json!({ "podSecurity": { "level": "baseline" } });
        for (name, spec, expected) in [
            (
                "a",
                json!({ "validationFailureAction": "Enforce", "rules": [{ "match": pods, "validate": level }] }),
                true,
            ),
            (
                "a",
                json!({ "rules": [{ "match": pods, "validate": level }] }),
                false,
            ),
            (
                "a",
                json!({ "rules": [{ "match": pods, "validate": { "failureAction": "Enforce", "podSecurity": {} } }] }),
                true,
            ),
            (
                "disallow-privileged-containers",
                json!({ "validationFailureAction": "enforce", "rules": [{ "match": pods, "validate": { "pattern": {} } }] }),
                true,
            ),
            (
                "require-labels",
                json!({ "validationFailureAction": "Enforce", "rules": [{ "match": pods, "validate": { "pattern": {} } }] }),
                false,
            ),
            (
                "a",
                json!({ "validationFailureAction": "Enforce", "rules": [{ "match": { "any": [{ "resources": { "kinds": ["Pod"], "namespaces": ["bank*"] } }] }, "validate": level }] }),
                false,
            ),
            (
                "a",
                json!({ "validationFailureAction": "Enforce", "rules": [{ "match": { "all": [{ "resources": { "kinds": ["v1/Pod"], "namespaceSelector": { "matchLabels": { "team": "red" } } } }] }, "validate": level }] }),
                true,
            ),
            (
                "a",
                json!({ "validationFailureAction": "Enforce", "rules": [{ "match": { "resources": { "kinds": ["Deployment"] } }, "validate": level }] }),
                false,
            ),
        ] {
            assert_eq!(
                kyverno(name, &read(spec.clone()), "shop", &labels()),
                expected,
                "{name} {spec}"
            );
        }
    }

    #[test]
    fn gatekeeper_enforces_by_its_library_of_constraints() {
        for (constraint, expected) in [
            (
                json!({ "kind": "K8sPSPPrivilegedContainer", "spec": {} }),
                true,
            ),
            (
                json!({ "kind": "K8sPSPPrivilegedContainer", "spec": { "enforcementAction": "dryrun" } }),
                false,
            ),
            (json!({ "kind": "K8sRequiredLabels", "spec": {} }), false),
            (
                json!({ "kind": "K8sPSPHostNamespace", "spec": { "match": { "excludedNamespaces": ["shop"] } } }),
                false,
            ),
            (
                json!({ "kind": "K8sPSPHostNamespace", "spec": { "match": { "kinds": [{ "apiGroups": [""], "kinds": ["Pod"] }], "namespaces": ["sh*"] } } }),
                true,
            ),
        ] {
            assert_eq!(
                gatekeeper(&read(constraint.clone()), "shop", &labels()),
                expected,
                "{constraint}"
            );
        }
    }

    #[test]
    fn kubewarden_enforces_unless_it_monitors() {
        let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"] }]);
        for (mode, module, expected) in [
            (
                "protect",
                "ghcr.io/kubewarden/policies/pod-privileged:v1",
                true,
            ),
            ("", "ghcr.io/kubewarden/policies/pod-privileged:v1", true),
            (
                "monitor",
                "ghcr.io/kubewarden/policies/pod-privileged:v1",
                false,
            ),
            (
                "protect",
                "ghcr.io/kubewarden/policies/safe-labels:v1",
                false,
            ),
        ] {
            let policy = json!({ "metadata": { "name": "a" }, "spec": { "mode": mode, "module": module, "rules": rules } });
            let policy = crate::inventory::decode_json(&policy.to_string()).unwrap();
            assert_eq!(kubewarden(&policy, &labels()), expected, "{mode} {module}");
        }
    }

    #[test]
    fn a_validating_policy_of_kyverno_needs_no_binding_and_denies_unless_told_otherwise() {
        let policy = |more: Value| {
            let mut spec = json!({
                "matchConstraints": { "resourceRules": [{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"] }] },
                "validations": [{ "expression": "object.spec.?hostNetwork.orValue(false) == false" }],
            });
            let own = spec.as_object_mut().unwrap();
            own.extend(more.as_object().unwrap().clone());
            spec
        };
        for (more, expected) in [
            (json!({}), true),
            (json!({ "validationActions": ["Deny"] }), true),
            (json!({ "validationActions": ["Audit", "Warn"] }), false),
            (
                json!({ "evaluation": { "admission": { "enabled": false } } }),
                false,
            ),
            (json!({ "evaluation": { "mode": "JSON" } }), false),
            (
                json!({ "validations": [{ "expression": "'team' in object.metadata.labels" }] }),
                false,
            ),
            (
                json!({ "matchConstraints": { "resourceRules": [{ "apiGroups": ["apps"], "resources": ["deployments"], "operations": ["CREATE"] }] } }),
                false,
            ),
        ] {
            let spec = read(policy(more.clone()));
            assert_eq!(kyverno_validating(&spec, &labels()), expected, "{more}");
        }
    }

    #[test]
    fn an_admission_policy_enforces_through_a_binding_that_denies() {
        let policy = json!({ "spec": {
            "matchConstraints": { "resourceRules": [{ "apiGroups": [""], "resources": ["pods"], "operations": ["CREATE", "UPDATE"] }] },
            "validations": [{ "expression": "object.spec.containers.all(c, !has(c.securityContext) || c.securityContext.privileged != true)" }],
        } });
        for (binding, expected) in [
            (json!({ "validationActions": ["Deny"] }), true),
            (json!({ "validationActions": ["Warn", "Audit"] }), false),
            (
                json!({ "validationActions": ["Deny"], "matchResources": { "namespaceSelector": { "matchLabels": { "team": "blue" } } } }),
                false,
            ),
        ] {
            let policy = read(policy.clone());
            let bound = read(json!({ "spec": binding }));
            assert_eq!(
                validating(&policy, &bound, &labels()),
                expected,
                "{binding}"
            );
        }
        assert!(!is_for_pods(&[read(
            json!({ "apiGroups": ["apps"], "resources": ["*"], "operations": ["*"] })
        )]));
    }
}

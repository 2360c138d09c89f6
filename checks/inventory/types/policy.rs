//! Admission: webhooks, policies and the engines' own kinds.

use super::meta::{LabelSelector, ObjectMeta};
use crate::{
    model::Text,
    wire::{decode::schema, protobuf::Layout},
};

/// A MutatingWebhookConfiguration: its webhooks have a field that validating ones lack.
pub(crate) const MUTATING: Layout = Layout::Renumbered(&[(1, 1), (2, 102)]);

const MUTATING_WEBHOOK: Layout = Layout::Renumbered(&[
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 5),
    (7, 7),
    (11, 10),
    (12, 11),
]);

/// A rule behind a list of resource names.
const NAMED_RULE: Layout = Layout::Inside(2);

schema! {
    /// A ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
    struct WebhookConfiguration {
        metadata: ObjectMeta = "metadata" @ 1,
        webhooks: Vec<Webhook> = "webhooks" @ 2 | 102 as MUTATING_WEBHOOK,
    }

    /// One webhook.
    struct Webhook {
        name: Text = "name" @ 1,
        client_config: WebhookClientConfig = "clientConfig" @ 2,
        rules: Vec<WebhookRule> = "rules" @ 3,
        failure_policy: Text = "failurePolicy" @ 4,
        namespace_selector: Option<LabelSelector> = "namespaceSelector" @ 5,
        object_selector: Option<LabelSelector> = "objectSelector" @ 10,
        timeout_seconds: Option<i32> = "timeoutSeconds" @ 7,
        match_conditions: Vec<MatchCondition> = "matchConditions" @ 11,
    }

    /// Where a webhook is called.
    struct WebhookClientConfig {
        url: Option<Text> = "url" @ 3,
        service: Option<WebhookService> = "service" @ 1,
    }

    /// The Service of a webhook.
    struct WebhookService {
        namespace: Text = "namespace" @ 1,
        name: Text = "name" @ 2,
        port: Option<i32> = "port" @ 4,
    }

    /// What a webhook, or an admission policy, is asked about.
    struct WebhookRule {
        operations: Vec<Text> = "operations" @ 1,
        api_groups: Vec<Text> = "apiGroups" @ 2_001,
        api_versions: Vec<Text> = "apiVersions" @ 2_002,
        resources: Vec<Text> = "resources" @ 2_003,
        scope: Text = "scope" @ 2_004,
    }

    /// A CEL expression that narrows a match.
    struct MatchCondition {
        name: Text = "name" @ 1,
        expression: Text = "expression" @ 2,
    }

    /// A ValidatingAdmissionPolicy.
    struct ValidatingAdmissionPolicy {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ValidatingAdmissionPolicySpec = "spec" @ 2,
    }

    /// What a ValidatingAdmissionPolicy demands.
    struct ValidatingAdmissionPolicySpec {
        match_constraints: Option<MatchResources> = "matchConstraints" @ 2,
        validations: Vec<Validation> = "validations" @ 3,
        variables: Vec<MatchCondition> = "variables" @ 7,
        match_conditions: Vec<MatchCondition> = "matchConditions" @ 6,
    }

    /// One demand, in CEL.
    struct Validation {
        expression: Text = "expression" @ 1,
    }

    /// Which requests a policy, or a binding, matches.
    struct MatchResources {
        namespace_selector: Option<LabelSelector> = "namespaceSelector" @ 1,
        object_selector: Option<LabelSelector> = "objectSelector" @ 2,
        resource_rules: Vec<WebhookRule> = "resourceRules" @ 3 as NAMED_RULE,
    }

    /// A ValidatingAdmissionPolicyBinding.
    struct ValidatingAdmissionPolicyBinding {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ValidatingAdmissionPolicyBindingSpec = "spec" @ 2,
    }

    /// What a binding enforces, and where.
    struct ValidatingAdmissionPolicyBindingSpec {
        policy_name: Text = "policyName" @ 1,
        match_resources: Option<MatchResources> = "matchResources" @ 3,
        validation_actions: Vec<Text> = "validationActions" @ 4,
    }

    /// A Kyverno ClusterPolicy or Policy.
    struct KyvernoPolicy {
        metadata: ObjectMeta = "metadata",
        spec: KyvernoPolicySpec = "spec",
    }

    /// The rules of a Kyverno policy.
    struct KyvernoPolicySpec {
        validation_failure_action: Text = "validationFailureAction",
        rules: Vec<KyvernoRule> = "rules",
    }

    /// One rule of a Kyverno policy.
    struct KyvernoRule {
        name: Text = "name",
        match_resources: KyvernoMatch = "match",
        validate: Option<KyvernoValidate> = "validate",
        verify_images: Vec<KyvernoVerifyImages> = "verifyImages",
    }

    /// What a Kyverno rule matches.
    struct KyvernoMatch {
        any: Vec<KyvernoResourceFilter> = "any",
        all: Vec<KyvernoResourceFilter> = "all",
        resources: Option<KyvernoResources> = "resources",
    }

    /// One filter of a Kyverno match.
    struct KyvernoResourceFilter {
        resources: Option<KyvernoResources> = "resources",
    }

    /// The resources of a Kyverno filter.
    struct KyvernoResources {
        kinds: Vec<Text> = "kinds",
        namespaces: Vec<Text> = "namespaces",
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
    }

    /// What a Kyverno rule demands.
    struct KyvernoValidate {
        failure_action: Text = "failureAction",
        pod_security: Option<KyvernoPodSecurity> = "podSecurity",
        pattern: crate::wire::Present = "pattern",
        any_pattern: crate::wire::Present = "anyPattern",
        deny: crate::wire::Present = "deny",
        cel: crate::wire::Present = "cel",
    }

    /// The Pod Security level that a Kyverno rule demands.
    struct KyvernoPodSecurity {
        level: Text = "level",
        version: Text = "version",
    }

    /// The signatures that a Kyverno rule demands.
    struct KyvernoVerifyImages {
        failure_action: Text = "failureAction",
    }

    /// A Kyverno ValidatingPolicy or NamespacedValidatingPolicy.
    struct KyvernoValidatingPolicy {
        metadata: ObjectMeta = "metadata",
        spec: KyvernoValidatingPolicySpec = "spec",
    }

    /// What a ValidatingPolicy demands, in the terms of a ValidatingAdmissionPolicy.
    struct KyvernoValidatingPolicySpec {
        match_constraints: Option<MatchResources> = "matchConstraints",
        validations: Vec<Validation> = "validations",
        variables: Vec<MatchCondition> = "variables",
        validation_actions: Vec<Text> = "validationActions",
        evaluation: KyvernoEvaluation = "evaluation",
    }

    /// When a ValidatingPolicy is asked.
    struct KyvernoEvaluation {
        mode: Text = "mode",
        admission: KyvernoAdmission = "admission",
    }

    /// Whether a ValidatingPolicy is asked when objects are admitted.
    struct KyvernoAdmission {
        enabled: Option<bool> = "enabled",
    }

    /// A Kyverno ImageValidatingPolicy.
    struct ImageValidatingPolicy {
        metadata: ObjectMeta = "metadata",
        spec: ImageValidatingPolicySpec = "spec",
    }

    /// What an ImageValidatingPolicy enforces.
    struct ImageValidatingPolicySpec {
        validation_actions: Vec<Text> = "validationActions",
    }

    /// A Gatekeeper constraint of any kind.
    struct Constraint {
        metadata: ObjectMeta = "metadata",
        /// The constraint's own kind, which names the template: `K8sPSPPrivilegedContainer`.
        kind: Text = "kind",
        spec: ConstraintSpec = "spec",
    }

    /// What a Gatekeeper constraint does, and where.
    struct ConstraintSpec {
        enforcement_action: Text = "enforcementAction",
        matches: ConstraintMatch = "match",
    }

    /// What a Gatekeeper constraint matches.
    struct ConstraintMatch {
        kinds: Vec<ConstraintKinds> = "kinds",
        namespaces: Vec<Text> = "namespaces",
        excluded_namespaces: Vec<Text> = "excludedNamespaces",
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
    }

    /// Kinds that a Gatekeeper constraint matches.
    struct ConstraintKinds {
        api_groups: Vec<Text> = "apiGroups",
        kinds: Vec<Text> = "kinds",
    }

    /// A Kubewarden ClusterAdmissionPolicy.
    struct ClusterAdmissionPolicy {
        metadata: ObjectMeta = "metadata",
        spec: ClusterAdmissionPolicySpec = "spec",
    }

    /// What a ClusterAdmissionPolicy runs.
    struct ClusterAdmissionPolicySpec {
        module: Text = "module",
        mode: Text = "mode",
        rules: Vec<WebhookRule> = "rules",
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
    }

    /// An OpenShift SecurityContextConstraints.
    struct SecurityContextConstraints {
        metadata: ObjectMeta = "metadata",
    }
}

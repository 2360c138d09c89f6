//! Admission: webhooks, policies and the engines' own kinds.

use crate::inventory::{
    decode::schema,
    text::Text,
    types::meta::{LabelSelector, ObjectMeta},
};

schema! {
    /// A ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
    struct WebhookConfiguration {
        metadata: ObjectMeta = "metadata",
        webhooks: Vec<Webhook> = "webhooks",
    }

    /// One webhook.
    struct Webhook {
        name: Text = "name",
        client_config: WebhookClientConfig = "clientConfig",
        rules: Vec<WebhookRule> = "rules",
        failure_policy: Text = "failurePolicy",
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
        object_selector: Option<LabelSelector> = "objectSelector",
        timeout_seconds: Option<i32> = "timeoutSeconds",
        match_conditions: Vec<MatchCondition> = "matchConditions",
    }

    /// Where a webhook is called.
    struct WebhookClientConfig {
        url: Option<Text> = "url",
        service: Option<WebhookService> = "service",
    }

    /// The Service of a webhook.
    struct WebhookService {
        namespace: Text = "namespace",
        name: Text = "name",
        port: Option<i32> = "port",
    }

    /// What a webhook, or an admission policy, is asked about.
    struct WebhookRule {
        operations: Vec<Text> = "operations",
        api_groups: Vec<Text> = "apiGroups",
        api_versions: Vec<Text> = "apiVersions",
        resources: Vec<Text> = "resources",
        scope: Text = "scope",
    }

    /// A CEL expression that narrows a match.
    struct MatchCondition {
        name: Text = "name",
        expression: Text = "expression",
    }

    /// A ValidatingAdmissionPolicy.
    struct ValidatingAdmissionPolicy {
        metadata: ObjectMeta = "metadata",
        spec: ValidatingAdmissionPolicySpec = "spec",
    }

    /// What a ValidatingAdmissionPolicy demands.
    struct ValidatingAdmissionPolicySpec {
        match_constraints: Option<MatchResources> = "matchConstraints",
        validations: Vec<Validation> = "validations",
        variables: Vec<MatchCondition> = "variables",
        match_conditions: Vec<MatchCondition> = "matchConditions",
    }

    /// One demand, in CEL.
    struct Validation {
        expression: Text = "expression",
    }

    /// Which requests a policy, or a binding, matches.
    struct MatchResources {
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
        object_selector: Option<LabelSelector> = "objectSelector",
        resource_rules: Vec<WebhookRule> = "resourceRules",
    }

    /// A ValidatingAdmissionPolicyBinding.
    struct ValidatingAdmissionPolicyBinding {
        metadata: ObjectMeta = "metadata",
        spec: ValidatingAdmissionPolicyBindingSpec = "spec",
    }

    /// What a binding enforces, and where.
    struct ValidatingAdmissionPolicyBindingSpec {
        policy_name: Text = "policyName",
        match_resources: Option<MatchResources> = "matchResources",
        validation_actions: Vec<Text> = "validationActions",
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
        pattern: crate::inventory::decode::Present = "pattern",
        any_pattern: crate::inventory::decode::Present = "anyPattern",
        deny: crate::inventory::decode::Present = "deny",
        cel: crate::inventory::decode::Present = "cel",
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

//! Roles, bindings and identities.

use crate::inventory::{
    decode::schema,
    text::Text,
    types::meta::{LabelSelector, ObjectMeta},
};

schema! {
    /// A ServiceAccount.
    struct ServiceAccount {
        metadata: ObjectMeta = "metadata",
        automount_service_account_token: Option<bool> = "automountServiceAccountToken",
        image_pull_secrets: Vec<crate::inventory::types::pod::LocalObjectReference> = "imagePullSecrets",
    }

    /// A Role.
    struct Role {
        metadata: ObjectMeta = "metadata",
        rules: Vec<PolicyRule> = "rules",
    }

    /// A ClusterRole.
    struct ClusterRole {
        metadata: ObjectMeta = "metadata",
        rules: Vec<PolicyRule> = "rules",
        aggregation_rule: Option<AggregationRule> = "aggregationRule",
    }

    /// Which ClusterRoles are merged into one.
    struct AggregationRule {
        cluster_role_selectors: Vec<LabelSelector> = "clusterRoleSelectors",
    }

    /// What a role allows.
    struct PolicyRule {
        verbs: Vec<Text> = "verbs",
        api_groups: Vec<Text> = "apiGroups",
        resources: Vec<Text> = "resources",
        resource_names: Vec<Text> = "resourceNames",
        non_resource_urls: Vec<Text> = "nonResourceURLs",
    }

    /// A RoleBinding.
    struct RoleBinding {
        metadata: ObjectMeta = "metadata",
        subjects: Vec<RbacSubject> = "subjects",
        role_ref: RoleRef = "roleRef",
    }

    /// A ClusterRoleBinding.
    struct ClusterRoleBinding {
        metadata: ObjectMeta = "metadata",
        subjects: Vec<RbacSubject> = "subjects",
        role_ref: RoleRef = "roleRef",
    }

    /// Whom a binding grants its role to.
    struct RbacSubject {
        kind: Text = "kind",
        api_group: Text = "apiGroup",
        name: Text = "name",
        namespace: Text = "namespace",
    }

    /// The role that a binding grants.
    struct RoleRef {
        api_group: Text = "apiGroup",
        kind: Text = "kind",
        name: Text = "name",
    }
}

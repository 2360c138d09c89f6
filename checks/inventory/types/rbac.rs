//! Roles, bindings and identities.

use super::meta::{LabelSelector, ObjectMeta};
use crate::{model::Text, wire::decode::schema};

schema! {
    /// A ServiceAccount.
    struct ServiceAccount {
        metadata: ObjectMeta = "metadata" @ 1,
        automount_service_account_token: Option<bool> = "automountServiceAccountToken" @ 4,
        image_pull_secrets: Vec<crate::inventory::types::pod::LocalObjectReference> = "imagePullSecrets" @ 3,
    }

    /// A Role.
    struct Role {
        metadata: ObjectMeta = "metadata" @ 1,
        rules: Vec<PolicyRule> = "rules" @ 2,
    }

    /// A ClusterRole.
    struct ClusterRole {
        metadata: ObjectMeta = "metadata" @ 1,
        rules: Vec<PolicyRule> = "rules" @ 2,
        aggregation_rule: Option<AggregationRule> = "aggregationRule" @ 3,
    }

    /// Which ClusterRoles are merged into one.
    struct AggregationRule {
        cluster_role_selectors: Vec<LabelSelector> = "clusterRoleSelectors" @ 1,
    }

    /// What a role allows.
    struct PolicyRule {
        verbs: Vec<Text> = "verbs" @ 1,
        api_groups: Vec<Text> = "apiGroups" @ 2,
        resources: Vec<Text> = "resources" @ 3,
        resource_names: Vec<Text> = "resourceNames" @ 4,
        non_resource_urls: Vec<Text> = "nonResourceURLs" @ 5,
    }

    /// A RoleBinding.
    struct RoleBinding {
        metadata: ObjectMeta = "metadata" @ 1,
        subjects: Vec<RbacSubject> = "subjects" @ 2,
        role_ref: RoleRef = "roleRef" @ 3,
    }

    /// A ClusterRoleBinding.
    struct ClusterRoleBinding {
        metadata: ObjectMeta = "metadata" @ 1,
        subjects: Vec<RbacSubject> = "subjects" @ 2,
        role_ref: RoleRef = "roleRef" @ 3,
    }

    /// Whom a binding grants its role to.
    struct RbacSubject {
        kind: Text = "kind" @ 1,
        api_group: Text = "apiGroup" @ 2,
        name: Text = "name" @ 3,
        namespace: Text = "namespace" @ 4,
    }

    /// The role that a binding grants.
    struct RoleRef {
        api_group: Text = "apiGroup" @ 1,
        kind: Text = "kind" @ 2,
        name: Text = "name" @ 3,
    }
}

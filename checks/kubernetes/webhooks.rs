//! Admission webhooks, of both kinds.

use crate::{
    inventory::{
        Context,
        kinds::{MutatingWebhookConfiguration, ValidatingWebhookConfiguration, object_ref},
        types::{Webhook, WebhookRule},
    },
    model::{ObjectRef, Why},
};

/// The port of a webhook's Service that names none.
pub const DEFAULT_PORT: i32 = 443;

/// What a webhook may be asked about without being able to come back once it is down.
const VITAL: [(&str, &str, bool); 3] = [
    ("", "pods", true),
    ("", "nodes", false),
    ("coordination.k8s.io", "leases", true),
];

/// Pods, and what makes them.
const WORKLOADS: [(&str, &str); 8] = [
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
];

impl Webhook {
    /// Whether requests fail while it cannot be called; that is the default.
    pub fn fails_closed(&self) -> bool {
        matches!(self.failure_policy.as_str(), "" | "Fail")
    }

    /// Whether it is called at an address of the API server's own machine: part of a control plane.
    pub fn is_local(&self) -> bool {
        let url = self.client_config.url.as_deref().unwrap_or_default();
        let host = url.strip_prefix("https://").unwrap_or_default();
        ["127.", "localhost:", "localhost/", "[::1]"]
            .iter()
            .any(|local| host.starts_with(local))
    }

    /// Which of pods, nodes and leases it is asked about before they are written.
    pub fn vital_resources(&self) -> Vec<&'static str> {
        VITAL
            .iter()
            .filter(|(group, resource, namespaced)| {
                self.rules
                    .iter()
                    .any(|rule| asks_about(rule, group, resource, *namespaced))
            })
            .map(|(_, resource, _)| *resource)
            .collect()
    }

    /// Whether it is asked about pods, or what makes them, before they are written.
    pub fn asks_about_workloads(&self) -> bool {
        let asks = |(group, resource): &(&str, &str)| {
            let mut rules = self.rules.iter();
            rules.any(|rule| asks_about(rule, group, resource, true))
        };
        WORKLOADS.iter().any(asks)
    }

    /// Whether a rule names a resource itself, rather than all.
    pub fn names(&self, wanted: &str) -> bool {
        self.rules.iter().any(|rule| {
            rule.resources
                .iter()
                .any(|listed| listed.split('/').next() == Some(wanted))
        })
    }
}

/// Whether a rule matches creating or updating objects of a resource, as the API server matches.
fn asks_about(rule: &WebhookRule, group: &str, resource: &str, namespaced: bool) -> bool {
    let lists = |list: &[crate::model::Text], wanted: &[&str]| {
        list.iter()
            .any(|entry| entry == "*" || wanted.contains(&entry.as_str()))
    };
    let in_scope = match rule.scope.as_str() {
        "Namespaced" => namespaced,
        "Cluster" => !namespaced,
        _ => true,
    };
    in_scope
        && lists(&rule.operations, &["CREATE", "UPDATE"])
        && lists(&rule.api_groups, &[group])
        && lists(&rule.api_versions, &["v1"])
        && rule.resources.iter().any(|listed| {
            let (of, subresource) = listed.split_once('/').unwrap_or((listed, ""));
            matches!(subresource, "" | "*") && (of == "*" || of == resource)
        })
}

impl<'a> Context<'a> {
    /// Whether every webhook was seen. Demands MutatingWebhookConfiguration and ValidatingWebhookConfiguration.
    ///
    /// # Errors
    /// Not all were.
    #[track_caller]
    pub fn sees_webhooks(&self) -> Result<(), Why> {
        self.correlated::<MutatingWebhookConfiguration>()?;
        self.correlated::<ValidatingWebhookConfiguration>()?;
        Ok(())
    }

    /// The webhooks of every configuration that was seen.
    /// Demands MutatingWebhookConfiguration and ValidatingWebhookConfiguration.
    #[track_caller]
    pub fn webhook_configurations(
        &self,
    ) -> impl Iterator<Item = (ObjectRef, &'a [Webhook])> + use<'a> {
        let mutating = self.seen::<MutatingWebhookConfiguration>().iter();
        let validating = self.seen::<ValidatingWebhookConfiguration>().iter();
        mutating
            .map(|config| (object_ref(config), &*config.webhooks))
            .chain(validating.map(|config| (object_ref(config), &*config.webhooks)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Webhook;

    fn vital(rule: &serde_json::Value) -> Vec<&'static str> {
        let webhook: Webhook = serde_json::from_value(json!({ "rules": [rule] })).unwrap();
        webhook.vital_resources()
    }

    #[test]
    fn rules_match_as_the_api_server_matches_them() {
        for (groups, versions, resources, operations, scope, expected) in [
            ("*", "*", "*", "*", "*", &["pods", "nodes", "leases"][..]),
            ("", "v1", "*/*", "CREATE", "", &["pods", "nodes"]),
            ("", "v1", "pods/*", "UPDATE", "", &["pods"]),
            ("", "v1", "pods/exec", "CONNECT", "", &[]),
            ("", "v1", "pods/status", "UPDATE", "", &[]),
            ("", "v1", "pods", "DELETE", "", &[]),
            ("", "v2", "pods", "CREATE", "", &[]),
            ("*", "*", "*", "*", "Cluster", &["nodes"]),
            ("*", "*", "*", "*", "Namespaced", &["pods", "leases"]),
            ("cert-manager.io", "*", "*/*", "*", "*", &[]),
            ("coordination.k8s.io", "v1", "leases", "*", "*", &["leases"]),
        ] {
            let rule = json!({
                "apiGroups": [groups], "apiVersions": [versions], "resources": [resources],
                "operations": [operations], "scope": scope,
            });
            assert_eq!(vital(&rule), expected, "{rule}");
        }
    }

    #[test]
    fn a_webhook_of_the_control_plane_is_called_on_its_machine() {
        for (url, local) in [
            ("https://127.0.0.1:23443/mutate", true),
            ("https://localhost:5443/", true),
            ("https://localhost.example.com/", false),
            ("https://hooks.example.com/127.0.0.1", false),
        ] {
            let webhook: Webhook =
                serde_json::from_value(json!({ "clientConfig": { "url": url } })).unwrap();
            assert_eq!(webhook.is_local(), local, "{url}");
        }
    }
}

//! What monitoring is told: what to scrape, and the rules of alerts.

use super::meta::{LabelSelector, ObjectMeta};
use crate::{
    model::Text,
    wire::{IntOrString, decode::schema},
};

schema! {
    /// Rules of Prometheus, or of a system that took over their form.
    struct PrometheusRule {
        metadata: ObjectMeta = "metadata",
        spec: PrometheusRuleSpec = "spec",
    }

    /// The groups of rules.
    struct PrometheusRuleSpec {
        groups: Vec<RuleGroup> = "groups",
    }

    /// Rules that are evaluated together.
    struct RuleGroup {
        rules: Vec<MonitoringRule> = "rules",
    }

    /// One rule: an alert when it names one, otherwise a series of its own.
    struct MonitoringRule {
        alert: Text = "alert",
    }
}

schema! {
    /// The Services whose pods Prometheus scrapes.
    struct ServiceMonitor {
        metadata: ObjectMeta = "metadata",
        spec: ServiceMonitorSpec = "spec",
    }

    /// Which Services those are, and at which ports.
    struct ServiceMonitorSpec {
        selector: LabelSelector = "selector",
        namespace_selector: NamespacesOfMonitor = "namespaceSelector",
        endpoints: Vec<ScrapedPort> = "endpoints",
    }

    /// The pods that Prometheus scrapes.
    struct PodMonitor {
        metadata: ObjectMeta = "metadata",
        spec: PodMonitorSpec = "spec",
    }

    /// Which pods those are, and at which ports.
    struct PodMonitorSpec {
        selector: LabelSelector = "selector",
        namespace_selector: NamespacesOfMonitor = "namespaceSelector",
        pod_metrics_endpoints: Vec<ScrapedPort> = "podMetricsEndpoints",
    }

    /// The namespaces in which a monitor looks: its own unless said.
    struct NamespacesOfMonitor {
        any: bool = "any",
        match_names: Vec<Text> = "matchNames",
    }

    /// One port that is scraped: by its name, or by the port of the pod.
    struct ScrapedPort {
        port: Text = "port",
        port_number: Option<i32> = "portNumber",
        target_port: Option<IntOrString> = "targetPort",
    }
}

impl NamespacesOfMonitor {
    /// Whether a monitor of the namespace `own` looks into another, or its own.
    pub fn hold(&self, own: &Text, namespace: &Text) -> bool {
        if self.match_names.is_empty() {
            return self.any || own == namespace;
        }
        self.any || self.match_names.contains(namespace)
    }
}

impl PrometheusRule {
    /// Whether one of the rules raises an alert.
    pub fn has_alert(&self) -> bool {
        let mut rules = self.spec.groups.iter().flat_map(|group| &group.rules);
        rules.any(|rule| !rule.alert.is_empty())
    }
}

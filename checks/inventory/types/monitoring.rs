//! What monitoring is told: the rules of alerts.

use super::meta::ObjectMeta;
use crate::{model::Text, wire::decode::schema};

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

impl PrometheusRule {
    /// Whether one of the rules raises an alert.
    pub fn has_alert(&self) -> bool {
        let mut rules = self.spec.groups.iter().flat_map(|group| &group.rules);
        rules.any(|rule| !rule.alert.is_empty())
    }
}

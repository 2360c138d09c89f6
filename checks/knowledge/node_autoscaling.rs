//! What adds nodes when pods have no room, and whether it is well.

use super::capabilities::Capability;
use crate::{
    inventory::{Context, kinds::ConfigMap},
    model::Why,
    wire::{MINUTE, Time},
};

/// The namespaces where Cluster Autoscaler reports, also when the provider runs it out of sight.
const NAMESPACES: &[&str] = &["kube-system", "openshift-machine-api"];

/// The ConfigMap that holds its report.
const STATUS: &str = "cluster-autoscaler-status";

/// Components whose pods run out of sight: their kinds are served only where they were switched on.
const OUT_OF_SIGHT: &[&str] = &["karpenter-azure", "gke-nap"];

/// Cluster Autoscaler reports every ten seconds; after so long a silence it is not at work.
const SILENT: i64 = 10 * MINUTE;

impl Context<'_> {
    /// What adds nodes when pods have no room, whether it is well or not. Demands COMPONENTS and ConfigMap.
    ///
    /// # Errors
    /// Nothing that was seen does, and not all was seen.
    #[track_caller]
    pub fn node_autoscalers(&self) -> Result<Capability, Why> {
        let components = self.capability("node-autoscaling");
        if let Ok(Capability::Present(_)) = components {
            return components;
        }
        let recognised = self.recognised();
        let mut others: Vec<&'static str> = recognised
            .iter()
            .filter(|(component, _)| OUT_OF_SIGHT.contains(&component.id))
            .map(|(component, _)| component.name)
            .collect();
        // Clusters in which only some nodes are EKS' own.
        if let Some(discovery) = self.discovery().seen()
            && discovery
                .resource("eks.amazonaws.com", "nodeclasses")
                .is_some()
        {
            others.push("EKS Auto Mode");
        }
        let status = self.autoscaler_status();
        if matches!(status, Ok(Some(_))) {
            others.push("Cluster Autoscaler");
        }
        if !others.is_empty() {
            return Ok(Capability::Present(others));
        }
        let absent = components?;
        status?;
        Ok(absent)
    }

    /// What Cluster Autoscaler says is wrong with it; none without one. Demands ConfigMap.
    ///
    /// # Errors
    /// What it says was not seen.
    #[track_caller]
    pub fn autoscaler_trouble(&self) -> Result<Option<String>, Why> {
        let report = self
            .autoscaler_status()?
            .and_then(|status| status.data.get("status"));
        Ok(report.and_then(|report| trouble(report, self.now())))
    }

    #[track_caller]
    fn autoscaler_status(&self) -> Result<Option<&ConfigMap>, Why> {
        for namespace in NAMESPACES {
            if let Some(status) = self.named::<ConfigMap>(namespace, STATUS)? {
                return Ok(Some(status));
            }
        }
        Ok(None)
    }
}

/// What is wrong by a report: YAML since 1.30, a text for people before.
fn trouble(report: &str, now: Time) -> Option<String> {
    let reported = report.lines().next().and_then(time_in);
    if let Some(reported) = reported.filter(|reported| now.since(*reported) > SILENT) {
        return Some(format!("it has reported nothing since {reported}"));
    }
    // The health of the cluster as a whole comes before those of its groups of nodes.
    let mut lines = report.lines().map(str::trim);
    let health = lines.find_map(|line| {
        line.strip_prefix("health:")
            .or_else(|| line.strip_prefix("Health:"))
    })?;
    let health = if health.trim().is_empty() {
        lines.find_map(|line| line.strip_prefix("status:"))?
    } else {
        health
    };
    let health = health.split_whitespace().next()?;
    (health != "Healthy").then(|| format!("it reports that the cluster is {health}"))
}

/// The time in `time: 2026-11-25 02:59:50.123 +0000 UTC`, or in `Cluster-autoscaler status at 2026-11-25 …:`.
fn time_in(line: &str) -> Option<Time> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| !word.starts_with("20"));
    let (date, time) = (words.next()?, words.next()?);
    let time = time.split('.').next()?;
    format!("{date}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::trouble;

    const YAML: &str = "time: 2026-11-25 02:59:50.546750398 +0000 UTC\nautoscalerStatus: Running\nclusterWide:\n  health:\n    status: HEALTH\n    nodeCounts:\n      registered:\n        total: 5\n  scaleUp:\n    status: NoActivity\nnodeGroups:\n- name: a\n  health:\n    status: Unhealthy\n";
    const TEXT: &str = "Cluster-autoscaler status at 2026-11-25 02:59:50.546750398 +0000 UTC:\nCluster-wide:\n  Health:      HEALTH (ready=5 unready=0 (resourceUnready=0) notStarted=0)\n               LastProbeTime:      2026-11-25 02:59:50 +0000 UTC\nNodeGroups:\n  Name:        a\n  Health:      Unhealthy (ready=0)\n";

    #[test]
    fn both_forms_of_a_report_are_understood() {
        let at = |time: &str| time.parse().unwrap();
        for form in [YAML, TEXT] {
            let healthy = form.replace("HEALTH", "Healthy");
            assert_eq!(trouble(&healthy, at("2026-11-25T03:00:00Z")), None);
            assert_eq!(
                trouble(&healthy, at("2026-11-25T03:20:00Z")).as_deref(),
                Some("it has reported nothing since 2026-11-25T02:59:50Z")
            );
            assert_eq!(
                trouble(
                    &form.replace("HEALTH", "Unhealthy"),
                    at("2026-11-25T03:00:00Z")
                )
                .as_deref(),
                Some("it reports that the cluster is Unhealthy")
            );
        }
        for text in ["", "health:", "20", "time: 20xx yy"] {
            assert_eq!(trouble(text, at("2026-11-25T03:00:00Z")), None, "{text}");
        }
    }
}

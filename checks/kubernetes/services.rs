//! Which workloads Services lead to (rule 3 of RULES.md).

use super::{selectors::selects_all, workloads::Workload};
use crate::{
    inventory::{Context, kinds::Service, types::ServicePort},
    model::Why,
};

/// The names of ports at which only metrics are read.
const METRICS_PORTS: &[&str] = &["metrics", "http-metrics", "prometheus", "monitoring"];

/// Whether a Service leads to pods at a port that clients use, rather than only to metrics.
pub fn serves_clients(service: &Service) -> bool {
    service.spec.kind != "ExternalName"
        && service.spec.ports.iter().any(|port| !is_for_metrics(port))
}

/// Whether only metrics are read at a Service's port, by its name.
pub fn is_for_metrics(port: &ServicePort) -> bool {
    METRICS_PORTS.contains(&port.name.as_str())
}

/// Whether a Service selects a workload's pods; one without a selector selects nothing.
pub fn selects(service: &Service, workload: &Workload<'_>) -> bool {
    !service.spec.selector.is_empty()
        && service.spec.kind != "ExternalName"
        && selects_all(&service.spec.selector, workload.labels)
}

impl<'a> Context<'a> {
    /// The Services that lead clients to a workload. Demands Service.
    ///
    /// # Errors
    /// Not all Services of the namespace were seen.
    #[track_caller]
    pub fn services_of(&self, workload: &Workload<'a>) -> Result<Vec<&'a Service>, Why> {
        self.correlated_in::<Service>(workload.namespace())?;
        Ok(self
            .services_for(workload.namespace(), workload.labels)
            .filter(|service| serves_clients(service) && selects(service, workload))
            .collect())
    }

    /// Whether a workload runs for good and a Service leads clients to it (rule 3 of RULES.md). Demands Service.
    ///
    /// # Errors
    /// No seen Service does, and not all of them were seen.
    #[track_caller]
    pub fn is_served(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        if !workload.is_long_running() {
            return Ok(false);
        }
        let known = self
            .services_for(workload.namespace(), workload.labels)
            .any(|service| serves_clients(service) && selects(service, workload));
        if known {
            return Ok(true);
        }
        self.correlated_in::<Service>(workload.namespace())
            .map(|_| false)
    }
}

//! Which workloads clients are led to (rule 3 of RULES.md).

use crate::{
    inventory::{Context, kinds::Service, types::ServicePort},
    kubernetes::{ImageRef, Workload, is_for_clients, is_headless, selects},
    model::{Doubt, Why},
};

impl<'a> Context<'a> {
    /// Whether a workload runs for good and a Service leads clients to it (rule 3 of RULES.md). Demands SERVED and
    /// COMPONENTS.
    ///
    /// # Errors
    /// No seen Service does, and not all of what tells was seen.
    #[track_caller]
    pub fn is_served(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        if !workload.is_long_running() {
            return Ok(false);
        }
        let mut unseen = Doubt::default();
        let services = self.leading_services_for(workload.namespace(), workload.labels);
        for service in services.filter(|service| selects(service, workload)) {
            let ports = unseen.note(self.client_ports(service, workload));
            if ports.is_some_and(|ports| !ports.is_empty()) {
                return Ok(true);
            }
        }
        self.correlated_in::<Service>(workload.namespace())?;
        unseen.or(false)
    }

    /// The Services that lead clients to a workload, of those that do so alike the first, each with the ports at which it
    /// does. Demands SERVED and COMPONENTS.
    ///
    /// # Errors
    /// Not all of what tells was seen.
    #[track_caller]
    pub fn services_of(
        &self,
        workload: &Workload<'a>,
    ) -> Result<Vec<(&'a Service, Vec<&'a ServicePort>)>, Why> {
        self.correlated_in::<Service>(workload.namespace())?;
        let services = self.leading_services_for(workload.namespace(), workload.labels);
        services
            .filter(|service| selects(service, workload))
            .map(|service| Ok((service, self.client_ports(service, workload)?)))
            .collect()
    }

    /// The ports of a Service at which clients reach a workload.
    #[track_caller]
    fn client_ports(
        &self,
        service: &'a Service,
        workload: &Workload<'a>,
    ) -> Result<Vec<&'a ServicePort>, Why> {
        let ports: Vec<_> = service
            .spec
            .ports
            .iter()
            .filter(|port| is_for_clients(service, port))
            .collect();
        if ports.is_empty() || !(is_headless(service) || self.tells_metrics(workload)?) {
            return Ok(ports);
        }
        Ok(if self.is_scraped_alone(service, workload)? {
            Vec::new()
        } else {
            ports
        })
    }

    /// Whether a workload does nothing but tell the metrics of something else, as is known or its image says.
    #[track_caller]
    fn tells_metrics(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        let named = workload.spec.containers.iter().any(|container| {
            ImageRef::parse(&container.image).is_some_and(|image| {
                let name = image.base_name();
                name.ends_with("exporter") || name == "kube-state-metrics"
            })
        });
        Ok(named || self.is_exporter(workload)?)
    }
}

//! Which Services lead to a workload, and what their ports are for (rule 3 of RULES.md).

use super::{selectors::selects_all, workloads::Workload};
use crate::{
    inventory::{
        Context,
        kinds::{ApiService, HttpRoute, Ingress, PodMonitor, Service, ServiceMonitor},
        types::{LabelSelector, ScrapedPort, ServicePort},
    },
    model::{Doubt, Text, Unknown, Why},
    wire::{IntOrString, Labels},
};

/// Words in the name of a port at which only metrics are read.
const OF_METRICS: &[&str] = &[
    "exporter",
    "metric",
    "metrics",
    "monitor",
    "monitoring",
    "prom",
    "prometheus",
    "stats",
    "telemetry",
];

/// Words in the name of a port at which the pods of a workload find one another.
const OF_PEERS: &[&str] = &["cluster", "gossip", "memberlist", "peer", "raft"];

/// Whether clients use a Service's port, as far as its name tells: it is neither for metrics nor for the pods' own talk.
pub fn is_for_clients(service: &Service, port: &ServicePort) -> bool {
    let has = |words: &[&str]| words_of(&port.name).any(|word| words.contains(&word));
    let is_for_peers = is_headless(service) && has(OF_PEERS);
    !is_for_peers && !has(OF_METRICS)
}

/// The words of a name, which signs and digits part.
fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(|sign: char| matches!(sign, '-' | '_') || sign.is_ascii_digit())
        .filter(|word| !word.is_empty())
}

/// Whether a Service has no address of its own, only those of its pods.
pub fn is_headless(service: &Service) -> bool {
    service.spec.cluster_ip == "None"
}

/// Whether a Service selects a workload's pods; one without a selector selects nothing.
pub fn selects(service: &Service, workload: &Workload<'_>) -> bool {
    !service.spec.selector.is_empty()
        && service.spec.kind != "ExternalName"
        && selects_all(&service.spec.selector, workload.labels)
}

impl<'a> Context<'a> {
    /// Whether monitors scrape every port of a Service, and nothing else is led to it. Demands SERVED.
    ///
    /// # Errors
    /// As far as it was seen, it is so or may be, and not all was seen.
    #[track_caller]
    pub fn is_scraped_alone(
        &self,
        service: &'a Service,
        workload: &Workload<'a>,
    ) -> Result<bool, Why> {
        let spec = &service.spec;
        if spec.ports.is_empty()
            || matches!(spec.kind.as_str(), "NodePort" | "LoadBalancer")
            || !spec.external_ips.is_empty()
        {
            return Ok(false);
        }
        let (scraped, unseen) = self.scraped(service, workload);
        let all = spec
            .ports
            .iter()
            .filter(|port| is_for_clients(service, port))
            .all(|port| scraped.iter().any(|one| leads_to(one, port, workload)));
        if !all {
            self.correlated::<ServiceMonitor>()?;
            self.correlated::<PodMonitor>()?;
            return unseen.or(false);
        }
        if self.is_referred_to(service) {
            return Ok(false);
        }
        self.correlated_in::<Ingress>(&service.metadata.namespace)?;
        self.correlated::<HttpRoute>()?;
        self.correlated::<ApiService>()?;
        self.sees_webhooks()?;
        Ok(true)
    }

    /// The ports that monitors scrape of a Service or of the pods behind it.
    fn scraped(&self, service: &'a Service, workload: &Workload<'a>) -> (Vec<Scraped<'a>>, Doubt) {
        let mut unseen = Doubt::default();
        let mut scraped = Vec::new();
        let mut selects = |selector: &LabelSelector, labels: &Labels| {
            let selected = selector
                .selects(labels)
                .map_err(|bad| Why::new(Unknown::Unreadable, bad.to_string()));
            unseen.note(selected) == Some(true)
        };
        let namespace = &service.metadata.namespace;
        for monitor in self.seen::<ServiceMonitor>() {
            let (own, spec) = (&monitor.metadata.namespace, &monitor.spec);
            if spec.namespace_selector.hold(own, namespace)
                && selects(&spec.selector, &service.metadata.labels)
            {
                scraped.extend(spec.endpoints.iter().map(Scraped::OfService));
            }
        }
        for monitor in self.seen::<PodMonitor>() {
            let (own, spec) = (&monitor.metadata.namespace, &monitor.spec);
            if spec.namespace_selector.hold(own, namespace)
                && selects(&spec.selector, workload.labels)
            {
                scraped.extend(spec.pod_metrics_endpoints.iter().map(Scraped::OfPod));
            }
        }
        (scraped, unseen)
    }

    /// Whether an Ingress, a route, an APIService or a webhook that was seen leads to a Service.
    fn is_referred_to(&self, service: &Service) -> bool {
        let (namespace, name) = (&service.metadata.namespace, &service.metadata.name);
        let by_ingress = self.seen_in::<Ingress>(namespace).iter().any(|ingress| {
            let rules = ingress
                .spec
                .rules
                .iter()
                .filter_map(|rule| rule.http.as_ref());
            let paths = rules.flat_map(|http| &http.paths).map(|path| &path.backend);
            paths
                .chain(&ingress.spec.default_backend)
                .filter_map(|backend| backend.service.as_ref())
                .any(|backend| backend.name == *name)
        });
        let by_route = || {
            self.seen::<HttpRoute>().iter().any(|route| {
                let backends = route.spec.rules.iter().flat_map(|rule| &rule.backend_refs);
                backends.into_iter().any(|backend| {
                    matches!(backend.kind.as_str(), "" | "Service")
                        && backend.name == *name
                        && super::routes::of(route, &backend.namespace) == namespace
                })
            })
        };
        let by_api = || {
            self.seen::<ApiService>().iter().any(|api| {
                let service = api.spec.service.as_ref();
                service.is_some_and(|it| it.namespace == *namespace && it.name == *name)
            })
        };
        by_ingress || by_route() || by_api() || self.is_behind_webhook(namespace, name)
    }

    /// Whether a webhook that was seen is called at a Service.
    fn is_behind_webhook(&self, namespace: &Text, name: &Text) -> bool {
        self.webhook_configurations().any(|(_, webhooks)| {
            webhooks.iter().any(|webhook| {
                let service = webhook.client_config.service.as_ref();
                service.is_some_and(|it| it.namespace == *namespace && it.name == *name)
            })
        })
    }
}

/// A port that a monitor scrapes.
#[derive(Clone, Copy)]
enum Scraped<'a> {
    /// By the port of a Service.
    OfService(&'a ScrapedPort),
    /// By the port of a pod.
    OfPod(&'a ScrapedPort),
}

/// Whether what is scraped is where a Service's port leads.
fn leads_to(scraped: &Scraped<'_>, port: &ServicePort, workload: &Workload<'_>) -> bool {
    let target = port
        .target_port
        .clone()
        .filter(|target| *target != IntOrString::Int(0))
        .unwrap_or(IntOrString::Int(port.port));
    let target = number(&target, workload);
    let is_target = |wanted: &IntOrString| number(wanted, workload) == target;
    let named = |name: &Text| IntOrString::String(name.to_string().into());
    match scraped {
        // Without a port every one of the Service is scraped.
        Scraped::OfService(one) => match &one.target_port {
            _ if !one.port.is_empty() => one.port == port.name,
            Some(wanted) => is_target(wanted),
            None => true,
        },
        Scraped::OfPod(one) => match (one.port_number, &one.target_port) {
            _ if !one.port.is_empty() => is_target(&named(&one.port)),
            (Some(wanted), _) => is_target(&IntOrString::Int(wanted)),
            (None, Some(wanted)) => is_target(wanted),
            (None, None) => true,
        },
    }
}

/// The number of a port of the pods, where a container declares its name.
fn number(port: &IntOrString, workload: &Workload<'_>) -> IntOrString {
    let IntOrString::String(name) = port else {
        return port.clone();
    };
    workload
        .long_running_containers()
        .flat_map(|view| &view.container.ports)
        .find(|declared| declared.name == name.as_str())
        .map_or_else(
            || port.clone(),
            |declared| IntOrString::Int(declared.container_port),
        )
}

#[cfg(test)]
mod tests {
    use super::is_for_clients;
    use crate::inventory::kinds::Service;

    #[test]
    fn the_words_of_its_name_tell_what_a_port_is_for() {
        let is_for_clients = |name: &str, headless: bool| {
            let service: Service = serde_json::from_value(serde_json::json!({
                "metadata": { "name": "a" },
                "spec": {
                    "clusterIP": if headless { "None" } else { "10.0.0.1" },
                    "ports": [{ "name": name, "port": 80 }]
                }
            }))
            .unwrap();
            is_for_clients(&service, &service.spec.ports[0])
        };
        for name in [
            "metrics",
            "http-metrics",
            "tcp-prometheus",
            "http-prom",
            "self-monitor",
            "metrics2",
            "web_stats",
            "telemetry",
            "pg-exporter",
        ] {
            assert!(!is_for_clients(name, false), "{name}");
        }
        for name in ["", "http", "promotion", "web", "cluster", "peer", "statsd"] {
            assert!(is_for_clients(name, false), "{name}");
        }
        for name in ["peer", "tcp-cluster", "raft", "gossip", "http-memberlist"] {
            assert!(!is_for_clients(name, true), "{name}");
        }
        assert!(is_for_clients("http", true));
    }
}

//! Which Services lead to a workload, and what their ports are for (rule 3 of RULES.md).

use std::{collections::HashSet, hash::Hash};

use super::{
    selectors::{firsts, selects_all},
    workloads::Workload,
};
use crate::{
    inventory::{
        Context, Derived, Evidence, Kind, Picture, Slot,
        kinds::{
            ApiService, HttpRoute, Ingress, MutatingWebhookConfiguration, PodMonitor, Service,
            ServiceMonitor, ValidatingWebhookConfiguration,
        },
        types::{LabelSelector, ObjectMeta, ScrapedPort, ServicePort},
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
        let mut unseen = Doubt::default();
        let all = self.scrapes_all(service, workload, &mut unseen);
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

    /// Whether monitors scrape every port of a Service, of itself or of the pods behind it, as far as their selectors can be
    /// told.
    fn scrapes_all(
        &self,
        service: &'a Service,
        workload: &Workload<'a>,
        unseen: &mut Doubt,
    ) -> bool {
        let picture = self.reading(&[
            Evidence::Objects(Kind::ServiceMonitor),
            Evidence::Objects(Kind::PodMonitor),
        ]);
        let ports = service.spec.ports.iter();
        let mut left: Vec<_> = ports.filter(|port| is_for_clients(service, port)).collect();
        let mut selects = |selector: &LabelSelector, labels: &Labels| {
            self.look();
            let selected = selector
                .selects(labels)
                .map_err(|bad| Why::new(Unknown::Unreadable, bad.to_string()));
            unseen.note(selected) == Some(true)
        };
        let namespace = &service.metadata.namespace;
        // Whoever scrapes the rest need not be looked for once nothing is left.
        let monitors = picture.derived::<Monitors>();
        let all = self.seen::<ServiceMonitor>();
        for monitor in monitors.of_services.iter().map(|at| &all[*at as usize]) {
            if left.is_empty() {
                return true;
            }
            let (own, spec) = (&monitor.metadata.namespace, &monitor.spec);
            if spec.namespace_selector.hold(own, namespace)
                && selects(&spec.selector, &service.metadata.labels)
            {
                let scraped = || spec.endpoints.iter().map(Scraped::OfService);
                left.retain(|port| !scraped().any(|one| leads_to(&one, port, workload)));
            }
        }
        let all = self.seen::<PodMonitor>();
        for monitor in monitors.of_pods.iter().map(|at| &all[*at as usize]) {
            if left.is_empty() {
                return true;
            }
            let (own, spec) = (&monitor.metadata.namespace, &monitor.spec);
            if spec.namespace_selector.hold(own, namespace)
                && selects(&spec.selector, workload.labels)
            {
                let scraped = || spec.pod_metrics_endpoints.iter().map(Scraped::OfPod);
                left.retain(|port| !scraped().any(|one| leads_to(&one, port, workload)));
            }
        }
        left.is_empty()
    }

    /// Whether an Ingress, a route, an APIService or a webhook that was seen leads to a Service.
    fn is_referred_to(&self, service: &Service) -> bool {
        let picture = self.reading(&[
            Evidence::Objects(Kind::Ingress),
            Evidence::Objects(Kind::HttpRoute),
            Evidence::Objects(Kind::ApiService),
            Evidence::Objects(Kind::MutatingWebhookConfiguration),
            Evidence::Objects(Kind::ValidatingWebhookConfiguration),
        ]);
        picture.is_referred_to(service)
    }
}

impl Picture<'_> {
    /// Whether an Ingress, a route, an APIService or a webhook that was seen leads to a Service.
    pub(super) fn is_referred_to(&self, service: &Service) -> bool {
        let Referred(referred) = self.derived();
        let ObjectMeta {
            namespace, name, ..
        } = &service.metadata;
        referred.contains(&(namespace.clone(), name.clone()))
    }
}

/// Of the monitors that scrape alike the first, by their places.
struct Monitors {
    of_services: Vec<u32>,
    of_pods: Vec<u32>,
}

impl Derived for Monitors {
    const SLOT: Slot = Slot::Monitors;

    fn of(picture: &Picture<'_>) -> Self {
        fn places<T: Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<u32> {
            let first = (0..).zip(firsts(all));
            first
                .filter_map(|(place, first)| first.then_some(place))
                .collect()
        }
        let of_services = picture.seen::<ServiceMonitor>().iter();
        let of_pods = picture.seen::<PodMonitor>().iter();
        Self {
            of_services: places(of_services.map(|it| (&it.metadata.namespace, &it.spec))),
            of_pods: places(of_pods.map(|it| (&it.metadata.namespace, &it.spec))),
        }
    }
}

/// The Services, by namespace and name, to which an Ingress, a route, an APIService or a webhook leads.
struct Referred(HashSet<(Text, Text)>);

impl Derived for Referred {
    const SLOT: Slot = Slot::Referred;

    fn of(picture: &Picture<'_>) -> Self {
        let mut referred = HashSet::new();
        for ingress in picture.seen::<Ingress>() {
            picture.look();
            let namespace = &ingress.metadata.namespace;
            let rules = ingress.spec.rules.iter();
            let rules = rules.filter_map(|rule| rule.http.as_ref());
            let paths = rules.flat_map(|http| &http.paths).map(|path| &path.backend);
            let backends = paths.chain(&ingress.spec.default_backend);
            let services = backends.filter_map(|backend| backend.service.as_ref());
            referred.extend(services.map(|it| (namespace.clone(), it.name.clone())));
        }
        for route in picture.seen::<HttpRoute>() {
            let backends = route.spec.rules.iter().flat_map(|rule| &rule.backend_refs);
            picture.look();
            let services = backends.filter(|it| matches!(it.kind.as_str(), "" | "Service"));
            referred.extend(services.map(|backend| {
                let namespace = super::routes::of(route, &backend.namespace);
                (namespace.clone(), backend.name.clone())
            }));
        }
        let apis = picture.seen::<ApiService>().iter();
        let apis = apis.filter_map(|api| api.spec.service.as_ref());
        referred.extend(apis.map(|it| (it.namespace.clone(), it.name.clone())));
        let mutating = picture.seen::<MutatingWebhookConfiguration>().iter();
        let validating = picture.seen::<ValidatingWebhookConfiguration>().iter();
        let webhooks = mutating
            .map(|config| &config.webhooks)
            .chain(validating.map(|config| &config.webhooks))
            .flatten();
        let called = webhooks.filter_map(|webhook| webhook.client_config.service.as_ref());
        referred.extend(called.map(|it| (it.namespace.clone(), it.name.clone())));
        Self(referred)
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

//! From a Service to what stands behind it: containers by port, ready addresses by name; since when there is none, and why.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{cell::RefCell, collections::HashMap};

use super::{
    availability::{down_since as down, is_crash_looping, unready_since},
    selectors::selects_all,
    services::selects,
    settled::newest,
    workloads::{ContainerView, Workload, has_ended, is_live},
};
use crate::{
    inventory::{
        Context,
        kinds::{EndpointSlice, Service},
        types::{ContainerPort, Pod, ServicePort},
    },
    model::{Text, Why, clause},
    wire::{IntOrString, Labels, Time},
};

/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The long-running containers to which a Service's port leads.
///
/// A name is looked up among the declared ports. A number need not be declared: where no container declares it, it is
/// the port of the only container of the pod's own, and of an unknown one where there are several.
pub(crate) fn behind<'a>(
    port: &ServicePort,
    workload: &Workload<'a>,
    is_injected: impl Fn(&ContainerView<'_>) -> bool,
) -> Vec<ContainerView<'a>> {
    let number = match &port.target_port {
        Some(IntOrString::String(name)) if !name.is_empty() => {
            return declaring(port, workload, |declared| declared.name == *name);
        }
        Some(IntOrString::Int(number)) if *number != 0 => *number,
        _ => port.port,
    };
    let declared = declaring(port, workload, |declared| declared.container_port == number);
    if !declared.is_empty() {
        return declared;
    }
    let own: Vec<_> = workload
        .long_running_containers()
        .filter(|view| !is_injected(view))
        .collect();
    if own.len() == 1 { own } else { Vec::new() }
}

fn declaring<'a>(
    port: &ServicePort,
    workload: &Workload<'a>,
    is_meant: impl Fn(&ContainerPort) -> bool,
) -> Vec<ContainerView<'a>> {
    workload
        .long_running_containers()
        .filter(|view| {
            let ports = &view.container.ports;
            ports.iter().any(|declared| {
                is_meant(declared) && protocol(&declared.protocol) == protocol(&port.protocol)
            })
        })
        .collect()
}

fn protocol(written: &str) -> &str {
    if written.is_empty() { "TCP" } else { written }
}

/// The name of the Service to which an EndpointSlice belongs.
pub fn service_of(slice: &EndpointSlice) -> Option<&Text> {
    slice.metadata.labels.get(SERVICE_NAME)
}

/// How many endpoints of a slice take traffic, and how many there are; an unknown state counts as ready.
pub fn ready_endpoints(slice: &EndpointSlice) -> (usize, usize) {
    let endpoints = || {
        slice
            .endpoints
            .iter()
            .filter(|endpoint| !endpoint.addresses.is_empty())
    };
    let ready = endpoints().filter(|endpoint| endpoint.conditions.ready != Some(false));
    (ready.count(), endpoints().count())
}

/// The workloads that Services may select, by namespace and selector: many Services may have one.
pub(crate) fn workloads_by_selector<'a>(cx: &Context<'a>) -> BySelector<'a> {
    let mut by_selector = BySelector::new();
    for workload in cx.workloads().flatten() {
        for service in cx.first_services_for(workload.namespace(), workload.labels) {
            by_selector
                .entry(selector_of(service))
                .or_default()
                .push(workload);
        }
    }
    by_selector
}

/// A Service's namespace and selector.
pub(crate) fn selector_of(service: &Service) -> (&str, &Labels) {
    (&service.metadata.namespace, &service.spec.selector)
}

/// Workloads by namespace and selector.
pub(crate) type BySelector<'a> = HashMap<(&'a str, &'a Labels), Vec<Workload<'a>>>;

/// What the EndpointSlices of a Service come to: others may lead to it again and again.
#[derive(Clone, Copy, Debug, Default)]
struct Slices {
    count: usize,
    ready: usize,
    endpoints: usize,
    made: Option<Time>,
}

/// What stands behind every Service, gathered once.
pub(crate) struct Endpoints<'a> {
    slices: HashMap<(&'a str, &'a str), Slices>,
    workloads: BySelector<'a>,
    /// What was said of a selector before.
    standings: RefCell<HashMap<(&'a str, &'a Labels), Standing>>,
}

/// How what a Service selects stands, none of which takes traffic.
#[derive(Clone, Debug)]
struct Standing {
    is_meant: bool,
    since: Option<Time>,
    cause: String,
    /// Whether a live pod dies soon after every start.
    loops: bool,
}

/// How a Service without a ready endpoint stands.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    /// Whether something should stand behind it: a live pod, a workload that isn't scaled to zero, or what somebody keeps by
    /// hand.
    pub(crate) is_meant: bool,
    /// Since when it has had no ready endpoint.
    pub(crate) since: Option<Time>,
    /// How many endpoints there are: `1 endpoint, not ready`.
    pub(crate) counted: String,
    /// Since when, and why: ` since 2026-11-25T02:40:00Z: app in CrashLoopBackOff`.
    pub(crate) told: String,
}

impl<'a> Endpoints<'a> {
    /// Gathers them. Demands EndpointSlice, Service and WORKLOADS.
    pub(crate) fn of(cx: &Context<'a>) -> Self {
        let mut slices: HashMap<_, Slices> = HashMap::new();
        for slice in cx.seen::<EndpointSlice>() {
            if let Some(service) = service_of(slice) {
                let key = (slice.metadata.namespace.as_str(), service.as_str());
                let known = slices.entry(key).or_default();
                let (ready, endpoints) = ready_endpoints(slice);
                known.count += 1;
                known.ready += ready;
                known.endpoints += endpoints;
                known.made = newest([known.made, slice.metadata.creation_timestamp]);
            }
        }
        Self {
            slices,
            workloads: workloads_by_selector(cx),
            standings: RefCell::default(),
        }
    }

    /// How a Service stands that has no ready endpoint; none for one that has. Demands EndpointSlice, Service, WORKLOADS
    /// and Node.
    ///
    /// # Errors
    /// None that was seen is ready, and not all was seen.
    pub(crate) fn outage(
        &self,
        cx: &Context<'a>,
        service: &'a Service,
    ) -> Result<Option<Outage>, Why> {
        let metadata = &service.metadata;
        let key = (metadata.namespace.as_str(), metadata.name.as_str());
        let slices = self.slices.get(&key).copied().unwrap_or_default();
        if slices.ready > 0 {
            return Ok(None);
        }
        cx.correlated_in::<EndpointSlice>(&metadata.namespace)?;
        let mut outage = Outage {
            is_meant: true,
            since: metadata.creation_timestamp,
            counted: match slices.endpoints {
                0 => "no endpoint".to_owned(),
                1 => "1 endpoint, not ready".to_owned(),
                all => format!("{all} endpoints, none ready"),
            },
            told: String::new(),
        };
        if service.spec.selector.is_empty() {
            outage.is_meant = slices.count > 0;
            outage.tell(
                slices.made,
                "it has no selector, so nothing updates its endpoints",
                false,
            );
            return Ok(Some(outage));
        }
        cx.sees_workloads_in(&metadata.namespace)?;
        let mut standings = self.standings.borrow_mut();
        let Standing {
            is_meant,
            since,
            cause,
            loops,
        } = standings.entry(selector_of(service)).or_insert_with(|| {
            let workloads = self.workloads.get(&selector_of(service));
            standing(cx, service, workloads.map_or(&[][..], Vec::as_slice))
        });
        outage.is_meant = *is_meant;
        outage.tell(*since, cause, *loops);
        Ok(Some(outage))
    }
}

impl Outage {
    fn tell(&mut self, since: Option<Time>, cause: &str, loops: bool) {
        self.since = newest([since, self.since]);
        self.told = format!("{}: {cause}", down(self.since, loops));
    }
}

/// When what a Service selects stopped being ready, and why.
fn standing(cx: &Context<'_>, service: &Service, workloads: &[Workload<'_>]) -> Standing {
    let pods: Vec<&Pod> = cx
        .pods_for(service)
        .filter(|pod| !has_ended(pod) && selects_all(&service.spec.selector, &pod.metadata.labels))
        .collect();
    let live = || pods.iter().copied().filter(|pod| is_live(pod));
    let unready = newest(pods.iter().map(|pod| unready_since(pod)));
    let standing = |is_meant, since, cause| Standing {
        is_meant,
        since,
        cause,
        loops: live().any(is_crash_looping),
    };
    if live().next().is_some() {
        let cause = cx
            .what_holds_most_up(live().filter(|pod| !pod.is_ready()))
            .unwrap_or_else(|| {
                "its pods are ready, but no EndpointSlice lists them as ready".to_owned()
            });
        return standing(true, unready, cause);
    }
    let wanted: Vec<&Workload<'_>> = workloads
        .iter()
        .filter(|workload| {
            let availability = workload.availability();
            selects(service, workload) && availability.is_some_and(|state| state.desired >= 1)
        })
        .collect();
    let Some(first) = wanted.first() else {
        let cause = "it selects no workload that should run".to_owned();
        return standing(false, unready, cause);
    };
    let since = wanted.iter().map(|workload| workload.unavailable_since());
    let mut since = newest(since.chain([unready]));
    if wanted.iter().any(|workload| workload.is_unseen_in_motion()) {
        // Its pods came or went between two lists: now.
        since = Some(cx.now());
    }
    let cause = match first.replica_failure() {
        Some(failure) => clause(&failure.message).to_owned(),
        None => cx
            .what_holds_most_up(pods.iter().copied())
            .unwrap_or_else(|| format!("{} has no pod", first.reference())),
    };
    standing(true, since, cause)
}

#[cfg(test)]
mod tests {
    use super::{behind, ready_endpoints};
    use crate::inventory::{
        Picture,
        kinds::{EndpointSlice, Service},
        testing::load,
    };

    fn names(containers: &str, port: &str) -> Vec<String> {
        let inventory = load(&format!(
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: a}}
spec: {{template: {{spec: {{{containers}}}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: a}}
spec: {{ports: [{{{port}}}]}}
"
        ));
        let picture = Picture::of(&inventory);
        let workload = picture.workloads().next().unwrap().unwrap();
        let service = &inventory.seen::<Service>()[0];
        behind(&service.spec.ports[0], &workload, |view| {
            view.container.name == "istio-proxy"
        })
        .iter()
        .map(|view| view.container.name.to_string())
        .collect()
    }

    #[test]
    fn a_port_leads_to_who_declares_it_or_to_the_only_container() {
        let two = "containers: [
            {name: app, image: a, ports: [{name: web, containerPort: 8080}]},
            {name: side, image: b, ports: [{name: web, containerPort: 8080, protocol: UDP}]}]";
        assert_eq!(names(two, "port: 80, targetPort: web"), ["app"]);
        assert_eq!(names(two, "port: 8080"), ["app"]);
        assert_eq!(
            names(two, "port: 80, targetPort: 8080, protocol: UDP"),
            ["side"]
        );
        assert!(names(two, "port: 80, targetPort: 9999").is_empty());
        assert!(names(two, "port: 80, targetPort: none").is_empty());
        let one = "containers: [
            {name: app, image: a},
            {name: istio-proxy, image: docker.io/istio/proxyv2}]";
        assert_eq!(names(one, "port: 80"), ["app"]);
        assert!(names(one, "port: 80, targetPort: web").is_empty());
        let native = "initContainers: [
              {name: init, image: a, ports: [{name: web, containerPort: 1}]},
              {name: side, image: a, restartPolicy: Always, ports: [{name: web, containerPort: 2}]}],
            containers: [{name: app, image: a}]";
        assert_eq!(names(native, "port: 80, targetPort: web"), ["side"]);
    }

    #[test]
    fn an_endpoint_of_unknown_state_counts_as_ready() {
        let slice: EndpointSlice = serde_json::from_value(serde_json::json!({
            "metadata": { "name": "a" },
            "endpoints": [
                { "addresses": ["10.0.0.1"] },
                { "addresses": ["10.0.0.2"], "conditions": { "ready": false } },
                { "addresses": [], "conditions": { "ready": true } }
            ]
        }))
        .unwrap();
        assert_eq!(ready_endpoints(&slice), (1, 2));
    }
}

//! From a Service to what stands behind it: containers by port, ready addresses by name.

use super::workloads::{ContainerView, Workload};
use crate::{
    inventory::{
        kinds::EndpointSlice,
        types::{ContainerPort, ServicePort},
    },
    model::Text,
    wire::IntOrString,
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

//! Containers that a mesh or an agent puts into the pods of others.

use crate::{
    inventory::types::ServicePort,
    kubernetes::{ContainerView, ImageRef, Workload, endpoints},
};

/// Containers that a mesh or an agent injects: the container's name and its image's last component.
const SIDECARS: &[(&str, &[&str])] = &[
    ("istio-proxy", &["proxyv2"]),
    ("istio-init", &["proxyv2"]),
    ("linkerd-proxy", &["proxy"]),
    ("linkerd-init", &["proxy-init"]),
    ("kuma-sidecar", &["kuma-dp"]),
    ("consul-dataplane", &["consul-dataplane"]),
    ("envoy-sidecar", &["envoy", "consul-dataplane"]),
    ("envoy", &["aws-appmesh-envoy"]),
    ("xray-daemon", &["aws-xray-daemon", "xray-daemon"]),
    ("vault-agent", &["vault", "openbao"]),
    ("vault-agent-init", &["vault", "openbao"]),
    ("daprd", &["daprd", "dapr"]),
    ("jaeger-agent", &["jaeger-agent"]),
    (
        "otc-container",
        &[
            "opentelemetry-collector",
            "opentelemetry-collector-contrib",
            "otelcol",
        ],
    ),
    (
        "gke-gcsfuse-sidecar",
        &["gcs-fuse-csi-driver-sidecar-mounter"],
    ),
    ("datadog-agent-injected", &["agent"]),
    ("queue-proxy", &["queue"]),
    ("skupper-router", &["skupper-router"]),
    ("osm-envoy", &["envoy"]),
];

/// Whether a mesh or an agent put the container into the pod.
pub fn is_injected(view: &ContainerView<'_>) -> bool {
    let container = view.container;
    ImageRef::parse(&container.image).is_some_and(|image| is_sidecar(&container.name, &image))
}

/// Whether a container is one that a mesh or an agent adds to pods.
pub(super) fn is_sidecar(container: &str, image: &ImageRef) -> bool {
    SIDECARS
        .iter()
        .any(|(name, images)| *name == container && images.contains(&image.base_name()))
}

/// The long-running containers to which a Service's port leads, with those aside that a mesh or an agent put there.
pub fn behind<'a>(port: &ServicePort, workload: &Workload<'a>) -> Vec<ContainerView<'a>> {
    endpoints::behind(port, workload, is_injected)
}

#[cfg(test)]
mod tests {
    use super::{behind, is_sidecar};
    use crate::{
        inventory::{Picture, kinds::Service, testing::load},
        kubernetes::ImageRef,
    };

    fn image(image: &str) -> ImageRef {
        ImageRef::parse(image).unwrap()
    }

    #[test]
    fn a_sidecar_needs_its_name_and_its_image() {
        assert!(is_sidecar(
            "istio-proxy",
            &image("docker.io/istio/proxyv2:1.24")
        ));
        assert!(!is_sidecar("istio-proxy", &image("registry.example/app:1")));
        assert!(!is_sidecar("app", &image("docker.io/istio/proxyv2:1.24")));
    }

    #[test]
    fn a_port_that_nobody_declares_leads_to_the_only_container_that_is_not_injected() {
        let inventory = load(
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: a}
      - {name: istio-proxy, image: docker.io/istio/proxyv2}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: [{port: 80}, {port: 80, targetPort: web}]}
",
        );
        let picture = Picture::of(&inventory);
        let workload = picture.workloads().next().unwrap().unwrap();
        let ports = &inventory.seen::<Service>()[0].spec.ports;
        let names = |port| -> Vec<String> {
            behind(port, &workload)
                .iter()
                .map(|view| view.container.name.to_string())
                .collect()
        };
        assert_eq!(names(&ports[0]), ["app"]);
        assert!(names(&ports[1]).is_empty());
    }
}

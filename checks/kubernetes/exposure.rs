//! How Services are reached from outside the cluster.

use crate::{inventory::kinds::Service, model::Text};

/// Annotations by which a provider is asked for a load balancer that only its own network reaches.
const INTERNAL: &[(&str, &[&str])] = &[
    (
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
        &["intranet"],
    ),
    (
        "service.beta.kubernetes.io/aws-load-balancer-internal",
        &["true", "0.0.0.0/0"],
    ),
    (
        "service.beta.kubernetes.io/aws-load-balancer-scheme",
        &["internal"],
    ),
    (
        "service.beta.kubernetes.io/azure-load-balancer-internal",
        &["true"],
    ),
    (
        "service.beta.kubernetes.io/oci-load-balancer-internal",
        &["true"],
    ),
    (
        "service.beta.kubernetes.io/openstack-internal-load-balancer",
        &["true"],
    ),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("cloud.google.com/load-balancer-type", &["internal"]),
];

/// The annotation by which AWS is asked for a load balancer that ends TLS.
const AWS_CERTIFICATE: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";

/// Whether a Service of type LoadBalancer asks its provider for one that only its own network reaches.
pub fn is_internal(service: &Service) -> bool {
    INTERNAL.iter().any(|(key, values)| {
        let written = service.metadata.annotations.get(key);
        written.is_some_and(|written| {
            let written = written.to_lowercase();
            values.contains(&written.as_str())
        })
    })
}

/// Whether a Service is open at a port of every node, whatever port that will be.
pub fn has_node_ports(service: &Service) -> bool {
    match service.spec.kind.as_str() {
        "NodePort" => true,
        "LoadBalancer" => {
            service.spec.allocate_load_balancer_node_ports != Some(false)
                || service.spec.ports.iter().any(|port| port.node_port != 0)
        }
        _ => false,
    }
}

/// The addresses of a load balancer that a Service made, when the load balancer ends TLS for what stands behind it.
pub fn addresses_with_tls(service: &Service) -> impl Iterator<Item = &Text> {
    let ends_tls = service.metadata.annotations.has(AWS_CERTIFICATE);
    service
        .status
        .load_balancer
        .ingress
        .iter()
        .filter(move |_| ends_tls)
        .flat_map(|address| [&address.ip, &address.hostname])
        .filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{addresses_with_tls, has_node_ports, is_internal};
    use crate::inventory::kinds::Service;

    fn service(annotations: &str, spec: &str) -> Service {
        serde_json::from_str(&format!(
            r#"{{"metadata":{{"name":"a","annotations":{{{annotations}}}}},"spec":{{{spec}}},"status":{{"loadBalancer":{{"ingress":[{{"hostname":"a.elb.example"}}]}}}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_provider_is_asked_for_an_internal_load_balancer_in_its_own_way() {
        for (annotations, internal) in [
            ("", false),
            (
                r#""service.beta.kubernetes.io/aws-load-balancer-scheme":"internal""#,
                true,
            ),
            (
                r#""service.beta.kubernetes.io/aws-load-balancer-scheme":"internet-facing""#,
                false,
            ),
            (r#""networking.gke.io/load-balancer-type":"Internal""#, true),
        ] {
            assert_eq!(
                is_internal(&service(annotations, "")),
                internal,
                "{annotations}"
            );
        }
    }

    #[test]
    fn a_load_balancer_has_node_ports_unless_it_is_told_not_to() {
        for (spec, has) in [
            (r#""type":"LoadBalancer""#, true),
            (
                r#""type":"LoadBalancer","allocateLoadBalancerNodePorts":false"#,
                false,
            ),
            (r#""type":"NodePort""#, true),
            (r#""type":"ClusterIP""#, false),
        ] {
            assert_eq!(has_node_ports(&service("", spec)), has, "{spec}");
        }
    }

    #[test]
    fn only_a_load_balancer_with_a_certificate_ends_tls() {
        let with = service(
            r#""service.beta.kubernetes.io/aws-load-balancer-ssl-cert":"arn""#,
            "",
        );
        assert_eq!(addresses_with_tls(&with).count(), 1);
        assert_eq!(addresses_with_tls(&service("", "")).count(), 0);
    }
}

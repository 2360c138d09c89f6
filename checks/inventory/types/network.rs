//! Services, their endpoints, Ingresses and network policies.

use crate::inventory::{
    decode::{Present, schema},
    text::{Labels, Text},
    types::meta::{LabelSelector, ObjectMeta},
    values::IntOrString,
};

schema! {
    /// A Service.
    struct Service {
        metadata: ObjectMeta = "metadata",
        spec: ServiceSpec = "spec",
        status: ServiceStatus = "status",
    }

    /// What a Service leads to.
    struct ServiceSpec {
        ports: Vec<ServicePort> = "ports",
        selector: Labels = "selector",
        cluster_ip: Text = "clusterIP",
        kind: Text = "type",
        external_ips: Vec<Text> = "externalIPs",
        load_balancer_source_ranges: Vec<Text> = "loadBalancerSourceRanges",
        publish_not_ready_addresses: bool = "publishNotReadyAddresses",
    }

    /// One port of a Service.
    struct ServicePort {
        name: Text = "name",
        protocol: Text = "protocol",
        port: i32 = "port",
        target_port: Option<IntOrString> = "targetPort",
        node_port: i32 = "nodePort",
    }

    /// What a load balancer reported.
    struct ServiceStatus {
        load_balancer: LoadBalancerStatus = "loadBalancer",
    }

    /// The addresses of a load balancer.
    struct LoadBalancerStatus {
        ingress: Vec<LoadBalancerIngress> = "ingress",
    }

    /// One address of a load balancer.
    struct LoadBalancerIngress {
        ip: Text = "ip",
        hostname: Text = "hostname",
    }

    /// A part of a Service's endpoints.
    struct EndpointSlice {
        metadata: ObjectMeta = "metadata",
        endpoints: Vec<Endpoint> = "endpoints",
        ports: Vec<EndpointPort> = "ports",
    }

    /// One endpoint.
    struct Endpoint {
        addresses: Vec<Text> = "addresses",
        conditions: EndpointConditions = "conditions",
        target_ref: Option<TargetReference> = "targetRef",
        node_name: Text = "nodeName",
    }

    /// Whether an endpoint takes traffic.
    struct EndpointConditions {
        ready: Option<bool> = "ready",
    }

    /// The pod behind an endpoint.
    struct TargetReference {
        kind: Text = "kind",
        name: Text = "name",
    }

    /// One port of the endpoints.
    struct EndpointPort {
        name: Text = "name",
        port: i32 = "port",
    }

    /// An Ingress.
    struct Ingress {
        metadata: ObjectMeta = "metadata",
        spec: IngressSpec = "spec",
        status: ServiceStatus = "status",
    }

    /// What an Ingress routes.
    struct IngressSpec {
        ingress_class_name: Text = "ingressClassName",
        default_backend: Option<IngressBackend> = "defaultBackend",
        tls: Vec<IngressTls> = "tls",
        rules: Vec<IngressRule> = "rules",
    }

    /// Hosts that are served with TLS.
    struct IngressTls {
        hosts: Vec<Text> = "hosts",
        secret_name: Text = "secretName",
    }

    /// The routes of one host.
    struct IngressRule {
        host: Text = "host",
        http: Option<HttpIngressRule> = "http",
    }

    /// The paths of one host.
    struct HttpIngressRule {
        paths: Vec<HttpIngressPath> = "paths",
    }

    /// One path.
    struct HttpIngressPath {
        path: Text = "path",
        backend: IngressBackend = "backend",
    }

    /// Where a path leads.
    struct IngressBackend {
        service: Option<IngressServiceBackend> = "service",
        resource: Present = "resource",
    }

    /// A Service behind a path.
    struct IngressServiceBackend {
        name: Text = "name",
        port: ServiceBackendPort = "port",
    }

    /// A Service's port, by name or by number.
    struct ServiceBackendPort {
        name: Text = "name",
        number: i32 = "number",
    }

    /// An IngressClass.
    struct IngressClass {
        metadata: ObjectMeta = "metadata",
        spec: IngressClassSpec = "spec",
    }

    /// Who serves an IngressClass.
    struct IngressClassSpec {
        controller: Text = "controller",
    }

    /// A Gateway API GatewayClass.
    struct GatewayClass {
        metadata: ObjectMeta = "metadata",
        spec: GatewayClassSpec = "spec",
    }

    /// Who serves a GatewayClass.
    struct GatewayClassSpec {
        controller_name: Text = "controllerName",
    }

    /// A NetworkPolicy.
    struct NetworkPolicy {
        metadata: ObjectMeta = "metadata",
        spec: NetworkPolicySpec = "spec",
    }

    /// Whom a NetworkPolicy selects, and in which directions.
    struct NetworkPolicySpec {
        pod_selector: LabelSelector = "podSelector",
        ingress: Vec<Present> = "ingress",
        egress: Vec<Present> = "egress",
        policy_types: Vec<Text> = "policyTypes",
    }

    /// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
    struct CiliumNetworkPolicy {
        metadata: ObjectMeta = "metadata",
        spec: Option<CiliumRule> = "spec",
        specs: Vec<CiliumRule> = "specs",
    }

    /// One rule of a Cilium policy.
    struct CiliumRule {
        endpoint_selector: Option<LabelSelector> = "endpointSelector",
        node_selector: Present = "nodeSelector",
        /// Absent is no section; an empty list is one.
        ingress: Option<Vec<Present>> = "ingress",
        ingress_deny: Option<Vec<Present>> = "ingressDeny",
        egress: Option<Vec<Present>> = "egress",
        egress_deny: Option<Vec<Present>> = "egressDeny",
        enable_default_deny: CiliumDefaultDeny = "enableDefaultDeny",
    }

    /// Whether a Cilium rule isolates.
    struct CiliumDefaultDeny {
        ingress: Option<bool> = "ingress",
        egress: Option<bool> = "egress",
    }

    /// A Calico GlobalNetworkPolicy, or NetworkPolicy of one namespace.
    struct GlobalNetworkPolicy {
        metadata: ObjectMeta = "metadata",
        spec: GlobalNetworkPolicySpec = "spec",
    }

    /// Whom a GlobalNetworkPolicy selects, in Calico's own selector language.
    struct GlobalNetworkPolicySpec {
        selector: Text = "selector",
        namespace_selector: Text = "namespaceSelector",
        types: Vec<Text> = "types",
        ingress: Vec<Present> = "ingress",
        egress: Vec<Present> = "egress",
        staged_action: Text = "stagedAction",
    }

    /// A ClusterNetworkPolicy or AdminNetworkPolicy of the network policy API group.
    struct ClusterNetworkPolicy {
        metadata: ObjectMeta = "metadata",
        spec: ClusterNetworkPolicySpec = "spec",
    }

    /// Whom a ClusterNetworkPolicy selects.
    struct ClusterNetworkPolicySpec {
        tier: Text = "tier",
        subject: ClusterNetworkPolicySubject = "subject",
        ingress: Vec<ClusterNetworkPolicyRule> = "ingress",
    }

    /// The pods that a ClusterNetworkPolicy speaks of.
    struct ClusterNetworkPolicySubject {
        namespaces: Option<LabelSelector> = "namespaces",
        pods: Option<ClusterNetworkPolicyPods> = "pods",
    }

    /// Pods by two selectors.
    struct ClusterNetworkPolicyPods {
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
        pod_selector: Option<LabelSelector> = "podSelector",
    }

    /// One rule of a ClusterNetworkPolicy.
    struct ClusterNetworkPolicyRule {
        action: Text = "action",
        from: Vec<ClusterNetworkPolicyPeer> = "from",
    }

    /// Whose traffic a ClusterNetworkPolicyRule speaks of.
    struct ClusterNetworkPolicyPeer {
        namespaces: Option<LabelSelector> = "namespaces",
    }
}

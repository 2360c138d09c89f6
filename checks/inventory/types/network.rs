//! Services, their endpoints, Ingresses and network policies.

use super::meta::{LabelSelector, ObjectMeta};
use crate::{
    model::Text,
    wire::{IntOrString, Labels, Present, decode::schema},
};

schema! {
    /// A Service.
    struct Service {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ServiceSpec = "spec" @ 2,
        status: ServiceStatus = "status" @ 3,
    }

    /// What a Service leads to.
    struct ServiceSpec {
        ports: Vec<ServicePort> = "ports" @ 1,
        selector: Labels = "selector" @ 2,
        cluster_ip: Text = "clusterIP" @ 3,
        kind: Text = "type" @ 4,
        external_ips: Vec<Text> = "externalIPs" @ 5,
        load_balancer_source_ranges: Vec<Text> = "loadBalancerSourceRanges" @ 9,
        publish_not_ready_addresses: bool = "publishNotReadyAddresses" @ 13,
        allocate_load_balancer_node_ports: Option<bool> = "allocateLoadBalancerNodePorts" @ 20,
        load_balancer_class: Text = "loadBalancerClass" @ 21,
    }

    /// One port of a Service.
    struct ServicePort {
        name: Text = "name" @ 1,
        protocol: Text = "protocol" @ 2,
        port: i32 = "port" @ 3,
        target_port: Option<IntOrString> = "targetPort" @ 4,
        node_port: i32 = "nodePort" @ 5,
    }

    /// What a load balancer reported.
    struct ServiceStatus {
        load_balancer: LoadBalancerStatus = "loadBalancer" @ 1,
    }

    /// The addresses of a load balancer.
    struct LoadBalancerStatus {
        ingress: Vec<LoadBalancerIngress> = "ingress" @ 1,
    }

    /// One address of a load balancer.
    struct LoadBalancerIngress {
        ip: Text = "ip" @ 1,
        hostname: Text = "hostname" @ 2,
        ports: Vec<LoadBalancerPort> = "ports" @ 4,
    }

    /// What became of one port of a load balancer.
    struct LoadBalancerPort {
        port: i32 = "port" @ 1,
        error: Text = "error" @ 3,
    }

    /// A part of a Service's endpoints.
    struct EndpointSlice {
        metadata: ObjectMeta = "metadata" @ 1,
        endpoints: Vec<Endpoint> = "endpoints" @ 2,
        ports: Vec<EndpointPort> = "ports" @ 3,
    }

    /// One endpoint.
    struct Endpoint {
        addresses: Vec<Text> = "addresses" @ 1,
        conditions: EndpointConditions = "conditions" @ 2,
        target_ref: Option<TargetReference> = "targetRef" @ 4,
        node_name: Text = "nodeName" @ 6,
    }

    /// Whether an endpoint takes traffic.
    struct EndpointConditions {
        ready: Option<bool> = "ready" @ 1,
    }

    /// The pod behind an endpoint.
    struct TargetReference {
        kind: Text = "kind" @ 1,
        name: Text = "name" @ 3,
    }

    /// One port of the endpoints.
    struct EndpointPort {
        name: Text = "name" @ 1,
        port: i32 = "port" @ 3,
    }

    /// An Ingress.
    struct Ingress {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: IngressSpec = "spec" @ 2,
        status: ServiceStatus = "status" @ 3,
    }

    /// What an Ingress routes.
    struct IngressSpec {
        ingress_class_name: Text = "ingressClassName" @ 4,
        default_backend: Option<IngressBackend> = "defaultBackend" @ 1,
        tls: Vec<IngressTls> = "tls" @ 2,
        rules: Vec<IngressRule> = "rules" @ 3,
    }

    /// Hosts that are served with TLS.
    struct IngressTls {
        hosts: Vec<Text> = "hosts" @ 1,
        secret_name: Text = "secretName" @ 2,
    }

    /// The routes of one host.
    struct IngressRule {
        host: Text = "host" @ 1,
        http: Option<HttpIngressRule> = "http" @ 2_001,
    }

    /// The paths of one host.
    struct HttpIngressRule {
        paths: Vec<HttpIngressPath> = "paths" @ 1,
    }

    /// One path.
    struct HttpIngressPath {
        path: Text = "path" @ 1,
        path_type: Text = "pathType" @ 3,
        backend: IngressBackend = "backend" @ 2,
    }

    /// Where a path leads.
    struct IngressBackend {
        service: Option<IngressServiceBackend> = "service" @ 4,
        resource: Present = "resource" @ 3,
    }

    /// A Service behind a path.
    struct IngressServiceBackend {
        name: Text = "name" @ 1,
        port: ServiceBackendPort = "port" @ 2,
    }

    /// A Service's port, by name or by number.
    struct ServiceBackendPort {
        name: Text = "name" @ 1,
        number: i32 = "number" @ 2,
    }

    /// An IngressClass.
    struct IngressClass {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: IngressClassSpec = "spec" @ 2,
    }

    /// Who serves an IngressClass.
    struct IngressClassSpec {
        controller: Text = "controller" @ 1,
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

    /// A Gateway API Gateway.
    struct Gateway {
        metadata: ObjectMeta = "metadata",
        spec: GatewaySpec = "spec",
        status: GatewayStatus = "status",
    }

    /// Where a Gateway listens.
    struct GatewaySpec {
        gateway_class_name: Text = "gatewayClassName",
        listeners: Vec<GatewayListener> = "listeners",
    }

    /// One listener of a Gateway.
    struct GatewayListener {
        name: Text = "name",
        hostname: Text = "hostname",
        port: i32 = "port",
        protocol: Text = "protocol",
        allowed_routes: GatewayAllowedRoutes = "allowedRoutes",
    }

    /// Which routes a listener takes.
    struct GatewayAllowedRoutes {
        namespaces: GatewayRouteNamespaces = "namespaces",
    }

    /// The namespaces of the routes that a listener takes: `Same` unless said.
    struct GatewayRouteNamespaces {
        from: Text = "from",
        selector: Option<LabelSelector> = "selector",
    }

    /// What became of a Gateway.
    struct GatewayStatus {
        addresses: Vec<GatewayAddress> = "addresses",
    }

    /// One address of a Gateway.
    struct GatewayAddress {
        value: Text = "value",
    }

    /// A Gateway API HTTPRoute.
    struct HttpRoute {
        metadata: ObjectMeta = "metadata",
        spec: HttpRouteSpec = "spec",
    }

    /// Where an HTTPRoute attaches, and where it leads.
    struct HttpRouteSpec {
        parent_refs: Vec<RouteParent> = "parentRefs",
        hostnames: Vec<Text> = "hostnames",
        rules: Vec<HttpRouteRule> = "rules",
    }

    /// What a route attaches to: a Gateway of its own namespace unless said.
    struct RouteParent {
        kind: Text = "kind",
        namespace: Text = "namespace",
        name: Text = "name",
        section_name: Text = "sectionName",
        port: Option<i32> = "port",
    }

    /// One rule of an HTTPRoute.
    struct HttpRouteRule {
        filters: Vec<HttpRouteFilter> = "filters",
        backend_refs: Vec<RouteBackend> = "backendRefs",
    }

    /// What a rule does with a request besides passing it on.
    struct HttpRouteFilter {
        kind: Text = "type",
    }

    /// Where a rule leads: a Service of the route's own namespace unless said.
    struct RouteBackend {
        kind: Text = "kind",
        namespace: Text = "namespace",
        name: Text = "name",
        port: Option<i32> = "port",
    }

    /// A NetworkPolicy.
    struct NetworkPolicy {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: NetworkPolicySpec = "spec" @ 2,
    }

    /// Whom a NetworkPolicy selects, and in which directions.
    struct NetworkPolicySpec {
        pod_selector: LabelSelector = "podSelector" @ 1,
        ingress: Vec<Present> = "ingress" @ 2,
        egress: Vec<Present> = "egress" @ 3,
        policy_types: Vec<Text> = "policyTypes" @ 4,
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

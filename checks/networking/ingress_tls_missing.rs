//! Hosts that are served in plain text.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::types::HttpRouteRule,
    kubernetes::{
        exposure::addresses_with_tls,
        routes::{covers, wanted_gateway},
    },
    model::Text,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "ingress-tls-missing",
    pillar: Pillar::Networking,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a host is served without TLS",
    fix: "add the host to spec.tls with a certificate; on a Gateway, redirect HTTP to HTTPS",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Ingress>(),
        examined::<Gateway>(),
        correlated::<HttpRoute>(),
        correlated::<Namespace>(),
        correlated::<Service>(),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Kubescape("C-0263"),
        Standard::Kubescape("C-0231"),
        Standard::Kubescape("C-0245"),
        Standard::Eks("5.4.5"),
        Standard::Aks("5.4.5"),
        Standard::Gke("5.6.7"),
        Standard::Owasp("K05"),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("ingress_tls_missing.md"),
    run,
    ..Check::BASE
};

/// Annotations that give an Ingress a certificate besides its `tls`.
const CERTIFICATES: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "haproxy.org/ssl-certificate",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "kubernetes.azure.com/tls-cert-keyvault-uri",
    "networking.gke.io/managed-certificates",
    "oci-native-ingress.oraclecloud.com/certificate-ocid",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
];

/// Annotations with a value by which an Ingress is served with the controller's own certificate, or passed on as TLS.
const SWITCHES: &[(&str, &str)] = &[
    ("haproxy-ingress.github.io/ssl-passthrough", "true"),
    ("konghq.com/protocols", "https"),
    // Plain requests are sent to TLS even though the Ingress names no certificate: it ends elsewhere.
    ("nginx.ingress.kubernetes.io/force-ssl-redirect", "true"),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", "true"),
    ("traefik.ingress.kubernetes.io/router.tls", "true"),
];

/// Annotations whose presence asks for TLS, whatever kind of it.
const TERMINATION: &str = "route.openshift.io/termination";
const LISTEN_PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";

/// By this label cert-manager marks the Ingresses at which a certificate authority asks in plain text.
const ACME_SOLVER: &str = "acme.cert-manager.io/http01-solver";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // The Services of load balancers that end TLS; none where Services were not seen.
    let ended: BTreeSet<&Text> = cx
        .seen::<Service>()
        .iter()
        .flat_map(addresses_with_tls)
        .collect();
    let mut sheet = cx.judge::<Ingress>(|ingress| {
        let addresses = ingress.status.load_balancer.ingress.iter();
        let mut addresses = addresses.flat_map(|address| [&address.ip, &address.hostname]);
        if addresses.any(|address| ended.contains(address)) {
            return Ok(Judgement::Sound);
        }
        confirm(cx, without_tls(ingress))
    });
    let mut routes: BTreeMap<(&Text, &Text), Vec<&HttpRoute>> = BTreeMap::new();
    for route in cx.seen::<HttpRoute>() {
        let parents = route.spec.parent_refs.iter();
        let wanted: BTreeSet<_> = parents.filter_map(|it| wanted_gateway(route, it)).collect();
        for gateway in wanted {
            routes.entry(gateway).or_default().push(route);
        }
    }
    cx.judge_into::<Gateway>(&mut sheet, |gateway| {
        let metadata = &gateway.metadata;
        let routes = routes
            .get(&(&metadata.namespace, &metadata.name))
            .map_or(&[][..], Vec::as_slice);
        let mut addresses = gateway.status.addresses.iter();
        if addresses.any(|address| ended.contains(&address.value)) {
            return Ok(Judgement::Sound);
        }
        listeners(cx, gateway, routes)
    });
    Ok(sheet)
}

/// What was found, unless something unseen could unmake it.
fn confirm(cx: &Context<'_>, findings: Vec<Finding>) -> Result<Judgement, Why> {
    if !findings.is_empty() {
        cx.correlated::<Service>()?;
    }
    Ok(findings.into())
}

fn without_tls(ingress: &Ingress) -> Vec<Finding> {
    let spec = &ingress.spec;
    let metadata = &ingress.metadata;
    if ends_tls_otherwise(ingress) || metadata.labels.is(ACME_SOLVER, "true") {
        return Vec::new();
    }
    let covers_all = spec.tls.iter().any(|entry| entry.hosts.is_empty());
    let is_covered = |host: &Text| {
        covers_all
            || (host.is_empty() && !spec.tls.is_empty())
            || spec
                .tls
                .iter()
                .flat_map(|entry| &entry.hosts)
                .any(|entry| covers(entry, host))
    };
    let hosts: BTreeSet<&Text> = spec.rules.iter().map(|rule| &rule.host).collect();
    let mut plain: Vec<&str> = hosts
        .into_iter()
        .filter(|host| !is_covered(host))
        .map(|host| match host.as_str() {
            "" => "every host",
            host => host,
        })
        .collect();
    if spec.rules.is_empty() && spec.default_backend.is_some() && spec.tls.is_empty() {
        plain.push("every host");
    }
    let (entry, are) = match plain.as_slice() {
        [] => return Vec::new(),
        [_] => ("it", "is"),
        _ => ("them", "are"),
    };
    let seen = if spec.tls.is_empty() {
        "no tls entry".to_owned()
    } else {
        format!("no tls entry that covers {entry}")
    };
    let seen = format!("{seen}: {} {are} served in plain text", plain.join(", "));
    let finding = Finding::on(ingress).at("spec.tls");
    vec![finding.saw(seen, "a tls entry for each host")]
}

fn ends_tls_otherwise(ingress: &Ingress) -> bool {
    let annotations = &ingress.metadata.annotations;
    CERTIFICATES.iter().any(|key| annotations.has(key))
        || SWITCHES
            .iter()
            .any(|(key, value)| annotations.is(key, value))
        || annotations.has(TERMINATION)
        || annotations
            .get(LISTEN_PORTS)
            .is_some_and(|ports| ports.contains("HTTPS"))
}

/// What listeners in plain text serve.
fn listeners(cx: &Context<'_>, gateway: &Gateway, routes: &[&HttpRoute]) -> Result<Judgement, Why> {
    let mut findings = Vec::new();
    let plain = gateway
        .spec
        .listeners
        .iter()
        .filter(|listener| listener.protocol == "HTTP");
    let mut asks = false;
    for listener in plain {
        asks = true;
        let mut serves = Vec::new();
        for route in routes {
            if !only_redirects(route) && cx.attaches(route, gateway, listener)? {
                serves.push(*route);
            }
        }
        let Some(first) = serves.first() else {
            continue;
        };
        let others = match serves.len() {
            1 => String::new(),
            2 => " and 1 other".to_owned(),
            count => format!(" and {} others", count - 1),
        };
        findings.push(
            Finding::on(gateway)
                .at(format!("spec.listeners[name={}].protocol", listener.name))
                .saw(
                    format_args!(
                        "HTTP, which serves HTTPRoute {}/{}{others} in plain text",
                        first.metadata.namespace, first.metadata.name
                    ),
                    "HTTPS, or only routes that redirect to it",
                ),
        );
    }
    if asks && findings.is_empty() {
        cx.correlated::<HttpRoute>()?;
    }
    confirm(cx, findings)
}

fn only_redirects(route: &HttpRoute) -> bool {
    let redirects = |rule: &HttpRouteRule| {
        let mut filters = rule.filters.iter();
        filters.any(|filter| filter.kind == "RequestRedirect")
    };
    route.spec.rules.iter().all(redirects)
}

//! A path that leads to no Service answers every request with an error.

use crate::{
    frame::Asked,
    inventory::types::{IngressBackend, IngressServiceBackend},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "ingress-backend-missing",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "an Ingress routes to a Service or port that does not exist",
    fix: "create the Service, or correct the backend's Service name and port",
    tier: 1,
    since: "0.1.0",
    needs: &[examined::<Ingress>(), correlated::<Service>()],
    standards: &[Standard::Kubescape("C-0298")],
    docs: include_str!("ingress_backend_missing.md"),
    run,
    ..Check::BASE
};

/// The port's name by which the AWS load balancer controller is told to read an annotation instead.
const USE_ANNOTATION: &str = "use-annotation";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<Ingress>(|ingress| {
        let mut asked = Asked::new();
        // Several paths that lead to the same place are one cause.
        let mut found: Vec<(String, (String, String), usize)> = Vec::new();
        for (path, backend) in backends(ingress) {
            let Some(wanted) = &backend.service else {
                continue;
            };
            let fault = fault(cx, &ingress.metadata.namespace, wanted);
            let Some(Some(fault)) = asked.about(fault) else {
                continue;
            };
            match found.iter_mut().find(|(_, known, _)| *known == fault) {
                Some((_, _, paths)) => *paths += 1,
                None => found.push((path, fault, 1)),
            }
        }
        for (path, (seen, expected), paths) in found {
            let seen = match paths {
                1 => seen,
                _ => format!("{seen}, in {paths} paths"),
            };
            asked.add(Finding::on(ingress).at(path).saw(seen, expected));
        }
        asked.judgement()
    }))
}

/// Every backend with the path of its field.
pub(super) fn backends(ingress: &Ingress) -> Vec<(String, &IngressBackend)> {
    let mut backends = Vec::new();
    if let Some(backend) = &ingress.spec.default_backend {
        backends.push(("spec.defaultBackend.service".to_owned(), backend));
    }
    for rule in &ingress.spec.rules {
        let host = if rule.host.is_empty() {
            "*"
        } else {
            &rule.host
        };
        for path in rule.http.iter().flat_map(|http| &http.paths) {
            backends.push((
                format!(
                    "spec.rules[host={host}].http.paths[path={}].backend.service",
                    path.path
                ),
                &path.backend,
            ));
        }
    }
    backends
}

fn fault(
    cx: &Context<'_>,
    namespace: &str,
    wanted: &IngressServiceBackend,
) -> Result<Option<(String, String)>, Why> {
    let IngressServiceBackend { name, port } = wanted;
    if port.name == USE_ANNOTATION {
        return Ok(None);
    }
    let Some(service) = cx.referred::<Service>(namespace, name)? else {
        return Ok(Some((
            format!("Service {name}, {}", cx.absent()),
            format!("a Service that exists in namespace {namespace}"),
        )));
    };
    let has_port = service.spec.ports.iter().any(|offered| {
        if port.name.is_empty() {
            offered.port == port.number
        } else {
            offered.name == port.name
        }
    });
    // What an external name leads to is not the cluster's to know.
    if has_port || service.spec.kind == "ExternalName" || (port.name.is_empty() && port.number == 0)
    {
        return Ok(None);
    }
    let wanted = if port.name.is_empty() {
        port.number.to_string()
    } else {
        port.name.to_string()
    };
    let offered: Vec<String> = service
        .spec
        .ports
        .iter()
        .map(|offered| {
            if offered.name.is_empty() {
                offered.port.to_string()
            } else {
                format!("{} ({})", offered.port, offered.name)
            }
        })
        .collect();
    let offered = if offered.is_empty() {
        "none".to_owned()
    } else {
        offered.join(", ")
    };
    Ok(Some((
        format!("port {wanted}, which Service {name} does not have"),
        format!("one of its ports: {offered}"),
    )))
}

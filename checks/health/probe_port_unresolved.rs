//! A probe of a port that its container does not have.

use crate::{
    inventory::types::{Container, Probe},
    knowledge::is_injected,
    prelude::*,
    wire::IntOrString,
};

pub(super) static CHECK: Check = Check {
    id: "probe-port-unresolved",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a probe names a port that its container does not declare",
    fix: "declare the port under the name that the probe uses, or correct the probe",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    excuse: Excuse::System,
    docs: include_str!("probe_port_unresolved.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        let mut faults = Faults::new();
        for view in workload.long_running_containers() {
            let container = view.container;
            let unresolved: Vec<_> = named_ports(container)
                .filter(|(_, name)| !resolves(container, name))
                .collect();
            if unresolved.is_empty() || is_injected(&view) {
                continue;
            }
            let probes: Vec<String> = unresolved
                .into_iter()
                .map(|(path, name)| format!("{path}: {:?}", name.as_str()))
                .collect();
            let finding = Finding::on(workload)
                .container(&container.name)
                .at(view.at("ports"));
            faults.add(finding.saw(
                format_args!("{}, but {}", probes.join(", "), declared(container)),
                "probes that use the name of a declared port, or a number",
            ));
        }
        faults.judgement()
    }))
}

/// The ports that probes of a container name, each with its path in the container.
fn named_ports(container: &Container) -> impl Iterator<Item = (String, &Text)> {
    [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ]
    .into_iter()
    .filter_map(|(field, probe)| Some((field, probe.as_ref()?)))
    .flat_map(|(field, probe)| {
        ports(probe).filter_map(move |(action, port)| match port {
            IntOrString::String(name) => Some((format!("{field}.{action}.port"), name)),
            IntOrString::Int(_) => None,
        })
    })
}

fn ports(probe: &Probe) -> impl Iterator<Item = (&'static str, &IntOrString)> {
    let http = probe.http_get.as_ref().map(|http| ("httpGet", &http.port));
    let tcp = probe
        .tcp_socket
        .as_ref()
        .map(|tcp| ("tcpSocket", &tcp.port));
    http.into_iter().chain(tcp)
}

/// Whether the kubelet makes a number of a port's name: by what the container declares, or because it is one.
fn resolves(container: &Container, name: &Text) -> bool {
    container.ports.iter().any(|port| port.name == *name)
        || name.parse::<u16>().is_ok_and(|number| number > 0)
}

fn declared(container: &Container) -> String {
    let names: Vec<&str> = container
        .ports
        .iter()
        .map(|port| port.name.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    match names.as_slice() {
        [] if container.ports.is_empty() => "the container declares no port".to_owned(),
        [] => "the container's ports have no names".to_owned(),
        [name] => format!("the container's port is named {name}"),
        names => format!("the container's ports are named {}", names.join(", ")),
    }
}

//! A container gets traffic, and nobody asks whether it is ready.

use std::collections::BTreeMap;

use crate::{
    knowledge::{behind, candidates, is_auth_proxy, is_injected},
    kubernetes::{ContainerView, ImageRef},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "readiness-probe-missing",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a container behind a Service has no readiness probe",
    fix: "add a readinessProbe that tells when the container can take requests",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated_all(SERVED),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Kubescape("C-0018"),
        Standard::Aks("07.05.04"),
        Standard::Eks("reliability/application"),
    ],
    excuse: Excuse::System,
    docs: include_str!("readiness_probe_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        if !cx.is_served(workload)? {
            return Ok(Judgement::NotASubject);
        }
        let unprobed = unprobed(workload);
        if unprobed.is_empty() {
            return Ok(Judgement::Sound);
        }
        let mut found: BTreeMap<Vec<&Text>, Finding> = BTreeMap::new();
        for (service, ports) in cx.services_of(workload)? {
            // It leads to pods whether they are ready or not.
            if service.spec.publish_not_ready_addresses {
                continue;
            }
            for port in ports {
                let place = (&service.metadata.name, port.port);
                for view in behind(port, workload) {
                    let name = &view.container.name;
                    if unprobed.contains(&name) {
                        let of_one = || one(workload, &view, place);
                        found.entry(vec![name]).or_insert_with(of_one);
                    }
                }
                let candidates = candidates(port, workload);
                let names: Vec<&Text> = candidates.iter().map(|it| &it.container.name).collect();
                if !names.is_empty() && names.iter().all(|name| unprobed.contains(name)) {
                    if let Some(why) = names.iter().find_map(|name| workload.filled_in(name)) {
                        return Err(why);
                    }
                    let of_all = one_of(workload, &names, place);
                    found.entry(names).or_insert(of_all);
                }
            }
        }
        // Who is known to be led to need not be named as one of several.
        let known: Vec<&Text> = found
            .keys()
            .filter(|names| names.len() == 1)
            .flatten()
            .copied()
            .collect();
        found.retain(|names, _| names.len() == 1 || !names.iter().any(|it| known.contains(it)));
        Ok(found.into_values().collect::<Vec<_>>().into())
    }))
}

/// The long-running containers that nobody asks whether they are ready, and that should be asked.
fn unprobed<'a>(workload: &Workload<'a>) -> Vec<&'a Text> {
    let probed = workload
        .long_running_containers()
        .any(|view| view.container.readiness_probe.is_some());
    workload
        .long_running_containers()
        .filter(|view| {
            let covered = probed
                && ImageRef::parse(&view.container.image)
                    .is_some_and(|image| is_auth_proxy(&image));
            view.container.readiness_probe.is_none() && !is_injected(view) && !covered
        })
        .map(|view| &view.container.name)
        .collect()
}

/// A container to which a Service's port leads.
fn one(
    workload: &Workload<'_>,
    view: &ContainerView<'_>,
    (service, port): (&Text, i32),
) -> Finding {
    Finding::on(workload)
        .container(&view.container.name)
        .at(view.at("readinessProbe"))
        .saw(
            format_args!("none, but Service {service} sends requests to its port {port}"),
            "a readiness probe",
        )
}

/// Containers to one of which a Service's port leads; which it is, nothing tells.
fn one_of(workload: &Workload<'_>, names: &[&Text], (service, port): (&Text, i32)) -> Finding {
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let names = names.join(", ");
    Finding::on(workload).at(workload.at("containers")).saw(
        format_args!(
            "none in {names}, but Service {service} sends requests to port {port} of one of them"
        ),
        "a readiness probe in the container that serves the port",
    )
}

//! A container gets traffic, and nobody asks whether it is ready.

use std::collections::BTreeMap;

use crate::{
    knowledge::{behind, is_auth_proxy, is_injected},
    kubernetes::{ImageRef, is_for_metrics},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "readiness-probe-missing",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a served container has no readiness probe",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<Service>(),
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
        let probed = workload
            .long_running_containers()
            .any(|view| view.container.readiness_probe.is_some());
        let unprobed: Vec<&Text> = workload
            .long_running_containers()
            .filter(|view| {
                let covered = probed
                    && ImageRef::parse(&view.container.image)
                        .is_some_and(|image| is_auth_proxy(&image));
                view.container.readiness_probe.is_none() && !is_injected(view) && !covered
            })
            .map(|view| &view.container.name)
            .collect();
        if unprobed.is_empty() {
            return Ok(Judgement::Sound);
        }
        let mut found: BTreeMap<&Text, Finding> = BTreeMap::new();
        for service in cx.services_of(workload)? {
            // It leads to pods whether they are ready or not.
            if service.spec.publish_not_ready_addresses {
                continue;
            }
            for port in service
                .spec
                .ports
                .iter()
                .filter(|port| !is_for_metrics(port))
            {
                for view in behind(port, workload) {
                    let name = &view.container.name;
                    if unprobed.contains(&name) {
                        found.entry(name).or_insert_with(|| {
                            Finding::on(workload)
                                .container(name)
                                .at(view.at("readinessProbe"))
                                .saw(
                                    format_args!(
                                        "none, and Service {} leads to it at port {}",
                                        service.metadata.name, port.port
                                    ),
                                    "a readiness probe",
                                )
                        });
                    }
                }
            }
        }
        Ok(found.into_values().collect::<Vec<_>>().into())
    }))
}

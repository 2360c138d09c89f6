//! A Service that leads nowhere at the moment.

use crate::{kubernetes::endpoints::Endpoints, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "service-without-ready-endpoints",
    pillar: Pillar::Health,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a Service has no ready endpoint",
    fix: "find out why its pods are not ready: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Service>(),
        correlated::<EndpointSlice>(),
        correlated_all(WORKLOADS),
        correlated_all(COMPONENTS),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("service_without_ready_endpoints.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let endpoints = Endpoints::of(cx);
    Ok(cx.judge::<Service>(|service| {
        if service.spec.kind == "ExternalName" || service.metadata.deletion_timestamp.is_some() {
            return Ok(Judgement::NotASubject);
        }
        let Some(outage) = endpoints.outage(cx, service)? else {
            return Ok(Judgement::Sound);
        };
        if !outage.is_meant {
            return Ok(Judgement::NotASubject);
        }
        if !cx.is_settled(outage.since) {
            return Ok(Judgement::Sound);
        }
        let finding = Finding::on(service).at("spec.selector").saw(
            format_args!("{}{}", outage.counted, outage.told),
            "at least 1 ready endpoint",
        );
        Ok(finding.into())
    }))
}

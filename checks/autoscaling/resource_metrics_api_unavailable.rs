//! Without `metrics.k8s.io` no autoscaler knows how much a pod uses.

use crate::{
    inventory::types::{Condition, condition},
    kubernetes::topology::{is_ready, is_virtual},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "resource-metrics-api-unavailable",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "the resource metrics API is not available",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<ApiService>(),
        correlated::<Node>(),
        optional::<NodeMetrics>(),
    ],
    standards: &[
        Standard::Aks("07.06.03"),
        Standard::Eks("reliability/application"),
    ],
    docs: include_str!("resource_metrics_api_unavailable.md"),
    run,
    ..Check::BASE
};

/// The group of the API, whatever its version.
const GROUP: &str = "metrics.k8s.io";

/// How old the newest sample may be, in seconds.
const OLDEST: i64 = 120;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let of_group = |service: &&ApiService| version(service).is_some();
    let is_available = |service: &&ApiService| {
        condition(&service.status.conditions, "Available").is_some_and(Condition::is_true)
    };
    let seen = || cx.seen::<ApiService>().iter().filter(of_group);
    let Some(service) = seen().find(is_available) else {
        // One that was not seen may be available.
        cx.correlated::<ApiService>()?;
        let Some(service) = seen().next() else {
            return Ok(Sheet::cluster(Some(Finding::cluster().saw(
                format_args!("no APIService of group {GROUP}"),
                "metrics-server, or another server of that API",
            ))));
        };
        let available = condition(&service.status.conditions, "Available");
        let reason = available.map_or("no condition Available", |available| {
            if available.reason.is_empty() {
                "not Available"
            } else {
                available.reason.as_str()
            }
        });
        return Ok(Sheet::cluster(Some(
            Finding::on(service)
                .at("status.conditions[type=Available]")
                .saw(reason, "Available"),
        )));
    };
    Ok(Sheet::cluster(answers(cx)?.map(|seen| {
        Finding::on(service)
            .at(format!(
                "{GROUP}/{}/nodes",
                version(service).unwrap_or_default()
            ))
            .saw(seen, "fresh samples of at least 90 % of the Ready nodes")
    })))
}

/// The version of the API that a registration is for, as its name says.
fn version(service: &ApiService) -> Option<&str> {
    let (version, group) = service.metadata.name.split_once('.')?;
    (group == GROUP).then_some(version)
}

/// What is wrong with its answers, when it may be asked.
fn answers(cx: &Context<'_>) -> Result<Option<String>, Why> {
    let Ok(samples) = cx.correlated::<NodeMetrics>() else {
        return Ok(None);
    };
    let nodes = cx.correlated::<Node>()?;
    let ready: Vec<&Node> = nodes
        .iter()
        .filter(|node| is_ready(node) && !is_virtual(node))
        .collect();
    // An API that was found not to be served at all is reported by its condition.
    let served = cx
        .discovery()
        .seen()
        .is_some_and(|discovery| discovery.has_group("metrics.k8s.io"));
    if ready.is_empty() || (samples.is_empty() && !served) {
        return Ok(None);
    }
    let covered = ready
        .iter()
        .filter(|node| {
            samples
                .iter()
                .any(|sample| sample.metadata.name == node.metadata.name)
        })
        .count();
    if covered * 10 < ready.len() * 9 {
        return Ok(Some(format!(
            "samples of {covered} of {} Ready nodes",
            ready.len()
        )));
    }
    let newest = samples.iter().filter_map(|sample| sample.timestamp).max();
    Ok(newest
        .filter(|newest| cx.now().since(*newest) > OLDEST)
        .map(|newest| format!("the newest sample is of {newest}")))
}

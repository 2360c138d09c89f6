//! Without `metrics.k8s.io` no autoscaler knows how much a pod uses.

use crate::{
    inventory::types::condition,
    kubernetes::{
        settled::{FIVE_MINUTES, since},
        topology::{is_ready, is_virtual},
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "resource-metrics-api-unavailable",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "the resource metrics API is not available",
    fix: "install metrics-server, or find out why it does not answer: kubectl describe {object}",
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

/// The API group, of which any version will do.
const GROUP: &str = "metrics.k8s.io";

/// How old the newest sample may be, in seconds.
const OLDEST: i64 = 120;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let services: Vec<&ApiService> = cx
        .correlated::<ApiService>()?
        .iter()
        .filter(|service| group(service) == GROUP)
        .collect();
    let Some(first) = services.first() else {
        return Ok(Sheet::cluster(Some(Finding::cluster().saw(
            format_args!("no APIService for {GROUP}"),
            "metrics-server, or another server for that API",
        ))));
    };
    let available =
        |service: &ApiService| condition(&service.status.conditions, "Available").cloned();
    let works = services
        .iter()
        .find(|service| available(service).is_some_and(|it| it.is_true()));
    let Some(service) = works else {
        // Its server may be on its way from one pod to the next.
        let lost = |service: &&&ApiService| {
            let since = available(service).map(|it| it.last_transition_time);
            !cx.is_settled(since.unwrap_or(service.metadata.creation_timestamp))
        };
        if services.iter().find(lost).is_some() {
            return Ok(Sheet::cluster(None));
        }
        let available = available(first);
        let reason = match &available {
            None => "no condition Available",
            Some(available) if available.reason.is_empty() => "not Available",
            Some(available) => available.reason.as_str(),
        };
        let since = since(available.as_ref().and_then(|it| it.last_transition_time));
        return Ok(Sheet::cluster(Some(
            Finding::on(*first)
                .at("status.conditions[type=Available]")
                .saw(format_args!("{reason}{since}"), "Available"),
        )));
    };
    // A server that has only just come back has yet to measure.
    if available(service).is_some_and(|it| !cx.has_held(&it, FIVE_MINUTES)) {
        return Ok(Sheet::cluster(None));
    }
    Ok(Sheet::cluster(answers(cx)?.map(|seen| {
        Finding::on(*service)
            .at(format!("{GROUP}/{}/nodes", version(service)))
            .saw(seen, "recent metrics of at least 90% of the Ready nodes")
    })))
}

/// `metrics.k8s.io` of `v1beta1.metrics.k8s.io`, which is how an APIService has to be named.
fn group(service: &ApiService) -> &str {
    service
        .metadata
        .name
        .split_once('.')
        .map_or("", |(_, group)| group)
}

fn version(service: &ApiService) -> &str {
    service.metadata.name.split('.').next().unwrap_or_default()
}

/// What is wrong with its answers, when it may be asked.
fn answers(cx: &Context<'_>) -> Result<Option<String>, Why> {
    let Ok(samples) = cx.correlated::<NodeMetrics>() else {
        return Ok(None);
    };
    let nodes = cx.correlated::<Node>()?;
    let ready: Vec<&Node> = nodes
        .iter()
        .filter(|node| is_ready(node) && !is_virtual(node) && !is_young(cx, node))
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
            "metrics of {covered} of {} Ready nodes",
            ready.len()
        )));
    }
    let newest = samples.iter().filter_map(|sample| sample.timestamp).max();
    Ok(newest
        .filter(|newest| cx.now().since(*newest) > OLDEST)
        .map(|newest| format!("the newest metrics are from {newest}")))
}

/// Whether a node has only just joined, or come back, so that it was not measured yet.
fn is_young(cx: &Context<'_>, node: &Node) -> bool {
    let ready = condition(&node.status.conditions, "Ready").and_then(|it| it.last_transition_time);
    !cx.is_settled(ready.max(node.metadata.creation_timestamp))
}

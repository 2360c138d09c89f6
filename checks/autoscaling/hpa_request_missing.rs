//! Use in percent of a request that is not there: the autoscaler cannot compute it.

use crate::{
    inventory::{
        Origin,
        types::{
            Container, CrossVersionObjectReference, MetricSpec, PodSpec, ResourceMetricSource,
        },
    },
    knowledge::may_be_injected,
    kubernetes::requests::{Template, own_request},
    prelude::*,
    wire::Quantity,
};

pub(super) static CHECK: Check = Check {
    id: "hpa-request-missing",
    pillar: Pillar::Autoscaling,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "an autoscaler needs a resource request that is missing",
    fix: "set the missing request in every container that the metric measures",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<HorizontalPodAutoscaler>(),
        correlated::<Deployment>(),
        correlated::<StatefulSet>(),
        correlated::<ReplicaSet>(),
        correlated::<ReplicationController>(),
        correlated::<Rollout>(),
        correlated::<CloneSet>(),
        correlated::<DeploymentConfig>(),
        correlated::<LimitRange>(),
        // What pods show besides their template.
        correlated_all(WORKLOADS),
    ],
    standards: &[Standard::Eks("reliability/dataplane")],
    docs: include_str!("hpa_request_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<HorizontalPodAutoscaler>(|autoscaler| judge(cx, autoscaler)))
}

/// A metric that is use in percent of a request.
struct Utilization<'a> {
    resource: &'a str,
    /// The one container that counts; all do when none is named.
    container: Option<&'a Text>,
    path: String,
}

fn judge(cx: &Context<'_>, autoscaler: &HorizontalPodAutoscaler) -> Result<Judgement, Why> {
    let metrics = utilizations(&autoscaler.spec.metrics);
    let Some(spec) = target(cx, autoscaler)? else {
        // Without a target there is nothing to ask for; `hpa-target-missing` reports it.
        return Ok(Judgement::NotASubject);
    };
    let template = Template {
        namespace: &autoscaler.metadata.namespace,
        spec,
        is_admitted: false,
    };
    let CrossVersionObjectReference { kind, name, .. } = &autoscaler.spec.scale_target_ref;
    let target = format!("{kind} {name}");
    let mut found = Faults::new();
    for metric in metrics {
        let resource = metric.resource;
        for fault in faults(cx, autoscaler, &template, &metric)? {
            let finding = Finding::on(autoscaler).at(metric.path.clone());
            let (finding, seen) = match fault {
                Fault::Nowhere(container) => {
                    let whose = match cx.origin() {
                        Origin::Live => "which no pod",
                        Origin::Files => "which the pod template",
                    };
                    let seen = format!("container {container}, {whose} of {target} has");
                    found.add(finding.saw(seen, "a container of its pods"));
                    continue;
                }
                Fault::Missing(container) => (
                    finding.container(&container.name),
                    format!("no {resource} request in this container of {target}"),
                ),
                Fault::Unread(container, quantity) => (
                    finding.container(&container.name),
                    format!(
                        "{resource} request {:?} in this container of {target} is not a valid quantity",
                        quantity.text().as_str()
                    ),
                ),
                Fault::Zero => (
                    finding,
                    format!("the {resource} requests of {target} add up to 0"),
                ),
            };
            found.add(finding.saw(
                seen,
                format_args!("a {resource} request in every measured container"),
            ));
        }
    }
    found.judgement()
}

fn utilizations(metrics: &[MetricSpec]) -> Vec<Utilization<'_>> {
    if metrics.is_empty() {
        // What the API server fills in.
        return vec![Utilization {
            resource: "cpu",
            container: None,
            path: "spec.metrics".to_owned(),
        }];
    }
    let of = |source: &ResourceMetricSource| {
        matches!(source.name.as_str(), "cpu" | "memory") && source.target.kind == "Utilization"
    };
    metrics
        .iter()
        .filter_map(|metric| {
            let (source, field) = match metric.kind.as_str() {
                "Resource" => (metric.resource.as_ref()?, "resource"),
                "ContainerResource" => (metric.container_resource.as_ref()?, "containerResource"),
                _ => return None,
            };
            of(source).then(|| Utilization {
                resource: &source.name,
                container: (field == "containerResource").then_some(&source.container),
                path: format!("spec.metrics[{field}.name={}]", source.name),
            })
        })
        .collect()
}

/// Why the use of a resource cannot be computed.
enum Fault<'a> {
    /// No pod has the named container.
    Nowhere(&'a Text),
    Missing(&'a Container),
    Unread(&'a Container, &'a Quantity),
    Zero,
}

/// The controller takes a request of zero for one, as long as not all are; and a pod that asks as a whole for anything
/// need not have one in each container.
fn faults<'a>(
    cx: &Context<'a>,
    autoscaler: &HorizontalPodAutoscaler,
    template: &Template<'a>,
    metric: &Utilization<'a>,
) -> Result<Vec<Fault<'a>>, Why> {
    let PodSpec {
        containers,
        init_containers,
        ..
    } = template.spec;
    let sidecars = init_containers
        .iter()
        .filter(|container| container.restart_policy == "Always");
    let all = containers.iter().chain(sidecars);
    let measured: Vec<&Container> = all
        .filter(|container| metric.container.is_none_or(|name| *name == container.name))
        .collect();
    if let (Some(name), true) = (metric.container, measured.is_empty()) {
        return unmeasured(cx, autoscaler, metric.resource, name);
    }
    let as_a_whole = metric.container.is_none() && asks_as_a_whole(template.spec);
    let pod = template.pod_request(metric.resource);
    if as_a_whole && pod.is_some_and(Quantity::is_set) {
        return Ok(Vec::new());
    }
    let mut faults = Vec::new();
    // When a pod asks as a whole, containers that end before the others start count as well.
    let mut total = as_a_whole
        && init_containers
            .iter()
            .filter_map(|container| own_request(container, metric.resource))
            .any(Quantity::is_set);
    for container in measured {
        match cx.admitted_request(template, container, metric.resource)? {
            None if !as_a_whole => faults.push(Fault::Missing(container)),
            None => {}
            Some(quantity) if quantity.nanos().is_none() => {
                faults.push(Fault::Unread(container, quantity));
            }
            Some(quantity) => total |= quantity.is_set(),
        }
    }
    if faults.is_empty() && !total {
        faults.push(Fault::Zero);
    }
    Ok(faults)
}

/// What of a container that is in no template: a webhook may put it into pods, and they show it.
fn unmeasured<'a>(
    cx: &Context<'a>,
    autoscaler: &HorizontalPodAutoscaler,
    resource: &str,
    name: &'a Text,
) -> Result<Vec<Fault<'a>>, Why> {
    let elsewhere = || {
        Why::new(
            Unknown::Hidden,
            format!("container {name} is in no template; it may be injected"),
        )
    };
    if cx.origin() == Origin::Files {
        return if may_be_injected(name) {
            Err(elsewhere())
        } else {
            Ok(vec![Fault::Nowhere(name)])
        };
    }
    let namespace = autoscaler.metadata.namespace.as_str();
    let target = &autoscaler.spec.scale_target_ref;
    let mut any = false;
    let mut faults = Vec::new();
    for workload in cx.workloads_named(namespace, &target.name) {
        let top = workload.reference();
        if top.kind != target.kind || top.name != target.name {
            continue;
        }
        for pod in workload.live_pods() {
            any = true;
            let PodSpec {
                containers,
                init_containers,
                ..
            } = &*pod.spec;
            let mut all = containers.iter().chain(init_containers);
            let Some(container) = all.find(|container| container.name == *name) else {
                continue;
            };
            if own_request(container, resource).is_none() {
                faults.push(Fault::Missing(container));
            }
            return Ok(faults);
        }
    }
    cx.sees_workloads_in(namespace)?;
    // Without a pod nobody knows what it would have.
    if any {
        Ok(vec![Fault::Nowhere(name)])
    } else {
        Err(elsewhere())
    }
}

/// Whether a pod has requests of its own once its defaults are filled in.
fn asks_as_a_whole(spec: &PodSpec) -> bool {
    let supported =
        |name: &Text| matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-");
    spec.resources.as_deref().is_some_and(|resources| {
        let mut all = resources.requests.iter().chain(resources.limits.iter());
        all.any(|(name, _)| supported(name))
    })
}

/// The pod specification of what an autoscaler scales; none when it is known to be absent, or of a kind that is not read.
fn target<'a>(
    cx: &Context<'a>,
    autoscaler: &HorizontalPodAutoscaler,
) -> Result<Option<&'a PodSpec>, Why> {
    let namespace = autoscaler.metadata.namespace.as_str();
    let CrossVersionObjectReference {
        api_version,
        kind,
        name,
    } = &autoscaler.spec.scale_target_ref;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    Ok(match (group, kind.as_str()) {
        ("apps", "Deployment") => deployment(cx, namespace, name)?,
        ("apps", "StatefulSet") => cx
            .named::<StatefulSet>(namespace, name)?
            .map(|found| &*found.spec.template.spec),
        ("apps", "ReplicaSet") => cx
            .named::<ReplicaSet>(namespace, name)?
            .map(|found| &*found.spec.template.spec),
        ("", "ReplicationController") => cx
            .named::<ReplicationController>(namespace, name)?
            .map(|found| &*found.spec.template.spec),
        ("argoproj.io", "Rollout") => match cx.named::<Rollout>(namespace, name)? {
            Some(rollout) => match (&rollout.spec.template, &rollout.spec.workload_ref) {
                (Some(template), _) => Some(&*template.spec),
                (None, Some(reference)) => deployment(cx, namespace, &reference.name)?,
                (None, None) => None,
            },
            None => None,
        },
        ("apps.kruise.io", "CloneSet") => cx
            .named::<CloneSet>(namespace, name)?
            .and_then(|found| found.spec.template.as_ref())
            .map(|template| &*template.spec),
        ("apps.openshift.io" | "", "DeploymentConfig") => cx
            .named::<DeploymentConfig>(namespace, name)?
            .and_then(|found| found.spec.template.as_ref())
            .map(|template| &*template.spec),
        _ => None,
    })
}

fn deployment<'a>(
    cx: &Context<'a>,
    namespace: &str,
    name: &str,
) -> Result<Option<&'a PodSpec>, Why> {
    let found = cx.named::<Deployment>(namespace, name)?;
    Ok(found.map(|found| &*found.spec.template.spec))
}

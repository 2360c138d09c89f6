//! The table: which check's finding explains which other check's, along what, and where the evidence agrees.
//!
//! A row is true when fixing the cause makes the consequence go. So a container that is privileged explains nothing else: it
//! still has no seccomp profile when it is no longer privileged. Checks that would tell one fault twice leave it to one of
//! them by themselves (rules 7 and 19 of RULES.md), and need no row.

use super::edges::Edge;
use crate::model::Finding;

/// Findings of one of `causes` explain findings of each of `consequences`.
pub(super) struct Row {
    pub(super) causes: &'static [&'static str],
    pub(super) consequences: &'static [&'static str],
    /// Where the object of the cause stands, seen from that of the consequence.
    pub(super) edge: Edge,
    /// Whether the evidence of the cause (first) and of the consequence agree.
    pub(super) agree: fn(&Finding, &Finding) -> bool,
}

/// The check whose findings may keep the pods behind themselves from being created.
pub(super) const WEBHOOK: &str = "fail-closed-webhook-unavailable";

/// Replicas are missing.
const REPLICAS: &[&str] = &[
    "rollout-stalled",
    "workload-degraded",
    "workload-unavailable",
];

/// All rows; of several that apply to a finding the first one counts.
pub(super) static ROWS: &[Row] = &[
    // Pods that are held up, by what the consequence says of them.
    Row {
        causes: &["pod-unschedulable"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: |_, after| why(after).starts_with("not scheduled (Unschedulable)"),
    },
    Row {
        causes: &["container-crash-looping"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: is_looping,
    },
    Row {
        causes: &["image-pull-failing"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: |before, after| is_in_container(before, after) && is_without_image(after),
    },
    // Several containers may wait for one image, of which the first is named.
    Row {
        causes: &["image-pull-failing"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: |_, after| is_without_image(after),
    },
    Row {
        causes: &["reference-missing"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: lacks_what_is_missing,
    },
    Row {
        causes: &["volume-attach-failing"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: |_, after| waits(after).is_some_and(|(_, reason)| reason == "ContainerCreating"),
    },
    Row {
        causes: &["node-not-ready"],
        consequences: REPLICAS,
        edge: Edge::NodesOfPods,
        agree: |_, after| waits(after).is_none() && why(after).contains("not ready"),
    },
    Row {
        causes: &["pod-not-ready"],
        consequences: REPLICAS,
        edge: Edge::Object,
        agree: |_, after| waits(after).is_none() && is_unready(why(after)),
    },
    Row {
        causes: &[WEBHOOK],
        consequences: REPLICAS,
        edge: Edge::WebhookThatFailed,
        agree: |_, _| true,
    },
    // The same pods, whose state no other check tells.
    Row {
        causes: &["workload-unavailable", "workload-degraded"],
        consequences: &["rollout-stalled"],
        edge: Edge::Object,
        agree: |before, after| why(before) == why(after),
    },
    // Why a pod is held up.
    Row {
        causes: &["container-oom-killed"],
        consequences: &["container-crash-looping"],
        edge: Edge::Object,
        agree: |before, after| {
            before.fault.container == after.fault.container && after.seen.contains("(OOMKilled)")
        },
    },
    Row {
        causes: &["node-not-ready"],
        consequences: &["pod-not-ready"],
        edge: Edge::NodesOfPods,
        agree: |_, after| after.seen.contains("its containers are ready"),
    },
    Row {
        causes: &["node-not-ready"],
        consequences: &["etcd-unhealthy"],
        edge: Edge::NodesOfPods,
        agree: |_, _| true,
    },
    // The kubelet throws away what a probe says whose port it can't find: the container is never ready.
    Row {
        causes: &["probe-port-unresolved"],
        consequences: &["pod-not-ready"],
        edge: Edge::Object,
        agree: |before, after| {
            before.fault.container == after.fault.container
                && [".readinessProbe", ".startupProbe"]
                    .iter()
                    .any(|probe| path(before).contains(probe))
        },
    },
    Row {
        causes: &["reference-missing"],
        consequences: &["pod-unschedulable"],
        edge: Edge::Object,
        agree: |before, after| {
            missing(before).is_some_and(|(kind, name)| {
                let said = format!("persistentvolumeclaim \"{name}\" not found");
                kind == "PersistentVolumeClaim" && after.seen.contains(&said)
            })
        },
    },
    Row {
        causes: &["pvc-pending"],
        consequences: &["pod-unschedulable"],
        edge: Edge::ClaimsOfPods,
        agree: |_, after| {
            after
                .seen
                .contains("unbound immediate PersistentVolumeClaims")
        },
    },
    Row {
        causes: &["pvc-lost"],
        consequences: &["pod-unschedulable"],
        edge: Edge::ClaimsOfPods,
        agree: |before, after| {
            let claim = before.object.as_ref().map_or("", |claim| &claim.name);
            let said = format!("\"{claim}\" bound to non-existent persistentvolume");
            after.seen.contains(&said)
        },
    },
    Row {
        causes: &["pv-failed"],
        consequences: &["pvc-pending"],
        edge: Edge::VolumeWaitedFor,
        agree: |_, _| true,
    },
    Row {
        causes: &["storageclass-default-missing"],
        consequences: &["pvc-pending"],
        edge: Edge::Cluster,
        agree: |_, after| {
            after
                .seen
                .ends_with("it names no StorageClass, and none is the default")
        },
    },
    // What stands on pods.
    Row {
        causes: &["workload-unavailable"],
        consequences: &["service-without-ready-endpoints"],
        edge: Edge::WorkloadsBehind,
        agree: |_, _| true,
    },
    Row {
        causes: &["container-crash-looping"],
        consequences: &["service-without-ready-endpoints"],
        edge: Edge::WorkloadsBehind,
        agree: is_looping,
    },
    Row {
        causes: &["image-pull-failing"],
        consequences: &["service-without-ready-endpoints"],
        edge: Edge::WorkloadsBehind,
        agree: |_, after| is_without_image(after),
    },
    Row {
        causes: &["pod-unschedulable"],
        consequences: &["service-without-ready-endpoints"],
        edge: Edge::WorkloadsBehind,
        agree: |_, after| why(after).starts_with("not scheduled (Unschedulable)"),
    },
    Row {
        causes: &["pod-not-ready"],
        consequences: &["service-without-ready-endpoints"],
        edge: Edge::WorkloadsBehind,
        agree: |_, after| waits(after).is_none() && is_unready(why(after)),
    },
    Row {
        causes: &["service-without-ready-endpoints"],
        consequences: &[WEBHOOK],
        edge: Edge::ServiceThatAnswers,
        agree: |_, after| after.seen.contains("which has no ready endpoint"),
    },
    Row {
        causes: &["service-without-ready-endpoints"],
        consequences: &["resource-metrics-api-unavailable"],
        edge: Edge::ServiceThatAnswers,
        agree: |_, after| after.seen.starts_with("MissingEndpoints"),
    },
    // Autoscalers.
    Row {
        causes: &["hpa-target-missing"],
        consequences: &["hpa-inactive"],
        edge: Edge::Object,
        agree: |_, after| {
            path(after).ends_with("[type=AbleToScale]") && after.seen.contains("FailedGetScale")
        },
    },
    Row {
        causes: &["hpa-request-missing"],
        consequences: &["hpa-inactive"],
        edge: Edge::Object,
        agree: |_, after| lacks_metric(after, &["missing request for "]),
    },
    Row {
        causes: &["resource-metrics-api-unavailable"],
        consequences: &["hpa-inactive"],
        edge: Edge::Cluster,
        agree: |_, after| {
            lacks_metric(after, &["resource metrics API", "metrics.k8s.io"])
                && !after.seen.contains("missing request for ")
        },
    },
    Row {
        causes: &["workload-unavailable"],
        consequences: &["hpa-inactive"],
        edge: Edge::TargetOfAutoscaler,
        agree: |_, after| {
            lacks_metric(
                after,
                &[
                    "no metrics returned from resource metrics API",
                    "did not receive metrics for",
                ],
            )
        },
    },
    // A run whose pod can't start can't succeed.
    Row {
        causes: &[
            "reference-missing",
            "image-pull-failing",
            "pod-unschedulable",
            "container-crash-looping",
        ],
        consequences: &["job-failing"],
        edge: Edge::Object,
        agree: |_, _| true,
    },
    Row {
        causes: &["container-oom-killed"],
        consequences: &["job-failing"],
        edge: Edge::Object,
        agree: |_, after| after.seen.contains("BackoffLimitExceeded"),
    },
];

/// What a consequence says of the pods that are held up: `app in CrashLoopBackOff (2 of 3 pods)`.
fn why(after: &Finding) -> &str {
    after.seen.split_once(": ").map_or("", |(_, why)| why)
}

/// Whether what is said of pods holds for all of them.
pub(super) fn is_alone(seen: &str) -> bool {
    let of_how_many = seen
        .strip_suffix(" pods)")
        .and_then(|seen| seen.rsplit_once(" ("))
        .and_then(|(_, count)| count.split_once(" of "));
    of_how_many.is_none_or(|(some, all)| some == all)
}

/// The container that waits, and the kubelet's reason.
fn waits(after: &Finding) -> Option<(&str, &str)> {
    let (container, reason) = why(after).split_once(" in ")?;
    let reason = reason.split(' ').next().unwrap_or_default();
    let is_word = |text: &str| !text.is_empty() && !text.contains(' ');
    (is_word(container) && reason.chars().all(char::is_alphanumeric)).then_some((container, reason))
}

fn is_in_container(before: &Finding, after: &Finding) -> bool {
    let container = before.fault.container.as_deref();
    waits(after).is_some_and(|(waits, _)| container == Some(waits))
}

fn is_looping(before: &Finding, after: &Finding) -> bool {
    is_in_container(before, after)
        && waits(after).is_some_and(|(_, reason)| reason == "CrashLoopBackOff")
}

/// `app not ready`, `Running and not ready (2 of 3 pods)`.
fn is_unready(why: &str) -> bool {
    let what = why.split(" (").next().unwrap_or_default();
    what.ends_with(" not ready") && !what.starts_with("Terminating")
}

/// Whether a container waits for its image.
fn is_without_image(after: &Finding) -> bool {
    const REASONS: [&str; 7] = [
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    ];
    waits(after).is_some_and(|(_, reason)| REASONS.contains(&reason))
}

/// The kind and the name of what `reference-missing` misses; none where it is a key.
fn missing(before: &Finding) -> Option<(&str, &str)> {
    let (what, _) = before.seen.split_once(", ")?;
    what.split_once(' ').filter(|(kind, _)| *kind != "key")
}

/// Whether the pods are held up by the object that is missing.
fn lacks_what_is_missing(before: &Finding, after: &Finding) -> bool {
    match waits(after) {
        Some((_, "CreateContainerConfigError")) => is_in_container(before, after),
        // The kubelet waits for what is mounted before it creates any container.
        Some((_, "ContainerCreating")) => path(before).contains(".volumes["),
        _ => {
            let why = why(after);
            // What the API server says when it creates no pod.
            let refused = ["not found", "no PriorityClass with name"];
            refused.iter().any(|said| why.contains(said))
                && missing(before).is_some_and(|(kind, name)| {
                    let kinds = ["PriorityClass", "RuntimeClass", "ServiceAccount"];
                    kinds.contains(&kind) && words(why).any(|word| word == name)
                })
        }
    }
}

/// The words of a message, without what stands around them.
fn words(message: &str) -> impl Iterator<Item = &str> {
    let around = |c: char| !c.is_alphanumeric();
    message
        .split([' ', '/'])
        .map(move |word| word.trim_matches(around))
}

/// Whether an autoscaler gets no metric of the pods, and says one of these things, or nothing more.
fn lacks_metric(after: &Finding, said: &[&str]) -> bool {
    const REASONS: [&str; 2] = [
        "FailedGetContainerResourceMetric",
        "FailedGetResourceMetric",
    ];
    let why = why(after);
    path(after).ends_with("[type=ScalingActive]")
        && REASONS.iter().any(|reason| {
            why.strip_prefix(reason).is_some_and(|message| {
                message.is_empty() || said.iter().any(|said| message.contains(said))
            })
        })
}

fn path(finding: &Finding) -> &str {
    finding.fault.path.as_deref().unwrap_or_default()
}

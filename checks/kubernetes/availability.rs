//! How many replicas of a workload take traffic, since when none does, and why a pod does not.

use std::collections::BTreeMap;

use super::{
    settled::{self, newest, ready_transition},
    workloads::Workload,
};
use crate::{
    inventory::types::{Condition, ContainerStatus, Pod, condition},
    wire::Time,
};

/// How many replicas there should be, and how many take traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// How many there should be now.
    pub desired: i32,
    /// How many take traffic; of a StatefulSet those that are ready.
    pub available: i32,
    /// The field that says so.
    pub field: &'static str,
    /// Whether the controller has seen the newest specification.
    pub observed: bool,
}

impl<'a> Workload<'a> {
    /// How many replicas take traffic, by the controller's own count; none for kinds without one, and for a workload
    /// that is being deleted: its controller starts no pod any more.
    pub fn availability(&self) -> Option<Availability> {
        if self.metadata.deletion_timestamp.is_some() {
            return None;
        }
        let generation = self.metadata.generation;
        let observed = self.holder.observed_generation();
        self.holder.available().map(|tally| Availability {
            desired: tally.wanted,
            available: tally.count,
            field: tally.field,
            observed: observed.is_none_or(|observed| observed >= generation),
        })
    }

    /// The conditions that its controller reports.
    pub fn conditions(&self) -> &'a [Condition] {
        self.holder.conditions()
    }

    /// The live pods that are not ready.
    pub fn unready_pods(&self) -> impl Iterator<Item = &'a Pod> {
        self.live_pods().filter(|pod| !pod.is_ready())
    }

    /// Why its controller cannot create pods.
    pub fn replica_failure(&self) -> Option<&'a Condition> {
        condition(self.conditions(), "ReplicaFailure").filter(|failure| failure.is_true())
    }

    /// Since when it has had no replica that takes traffic, provided that it has none.
    ///
    /// A pod that crashes again and again flips between ready and not, so it counts from its creation.
    pub fn unavailable_since(&self) -> Option<Time> {
        let looping = self.live_pods().any(is_crash_looping);
        let reported = self
            .conditions()
            .iter()
            .filter(|condition| !looping && condition.kind == "Available")
            .chain(self.replica_failure())
            .map(|condition| condition.last_transition_time);
        newest(
            reported
                .chain(self.live_pods().map(unready_since))
                .chain([self.metadata.creation_timestamp]),
        )
    }
}

/// ` since 2026-11-25T02:40:00Z`, unless a pod crashes again and again, and so may have been ready in between.
pub fn down<'p>(since: Option<Time>, pods: impl IntoIterator<Item = &'p Pod>) -> String {
    if pods.into_iter().any(is_crash_looping) {
        String::new()
    } else {
        settled::since(since)
    }
}

/// Since when a pod has not been ready, provided that it is not.
pub fn unready_since(pod: &Pod) -> Option<Time> {
    if is_crash_looping(pod) {
        pod.metadata.creation_timestamp
    } else {
        ready_transition(pod)
    }
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status
        .init_container_statuses
        .iter()
        .chain(&pod.status.container_statuses)
}

fn waiting_for(status: &ContainerStatus) -> Option<&str> {
    let waiting = status.state.waiting.as_ref()?;
    // A container that waits only for its turn is not what holds the pod up.
    (waiting.reason != "PodInitializing").then_some(waiting.reason.as_str())
}

/// Whether a container of the pod dies soon after every start.
pub fn is_crash_looping(pod: &Pod) -> bool {
    statuses(pod).any(|status| waiting_for(status) == Some("CrashLoopBackOff"))
}

/// What keeps a pod from taking traffic, in a few words.
pub fn what_holds_up(pod: &Pod) -> String {
    if let Some((name, reason)) =
        statuses(pod).find_map(|status| Some((&status.name, waiting_for(status)?)))
    {
        return format!("{name} in {reason}");
    }
    let unscheduled = condition(&pod.status.conditions, "PodScheduled")
        .filter(|scheduled| scheduled.status == "False");
    if let Some(unscheduled) = unscheduled {
        return format!("not scheduled ({})", unscheduled.reason);
    }
    let unready = pod
        .status
        .container_statuses
        .iter()
        .find(|status| !status.ready);
    match unready {
        Some(status) => format!("{} not ready", status.name),
        None if pod.status.phase.is_empty() => "not started".to_owned(),
        None => format!("{} and not ready", pod.status.phase),
    }
}

/// What keeps most of the pods from taking traffic: `app in CrashLoopBackOff (2 of 3 pods)`.
pub fn what_holds_most_up<'p>(pods: impl IntoIterator<Item = &'p Pod>) -> Option<String> {
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for pod in pods {
        *tally.entry(what_holds_up(pod)).or_default() += 1;
    }
    let all: usize = tally.values().sum();
    // Among equals the first by name, so that the order of pods does not matter.
    let (what, count) = tally.into_iter().rev().max_by_key(|(_, count)| *count)?;
    Some(if all == 1 {
        what
    } else {
        format!("{what} ({count} of {all} pods)")
    })
}

#[cfg(test)]
mod tests {
    use super::{is_crash_looping, unready_since, what_holds_most_up, what_holds_up};
    use crate::inventory::types::Pod;

    fn pod(status: &serde_json::Value) -> Pod {
        serde_json::from_value(serde_json::json!({
            "metadata": { "name": "a", "creationTimestamp": "2026-11-25T01:00:00Z" },
            "status": status
        }))
        .unwrap()
    }

    fn waiting(reason: &str) -> serde_json::Value {
        serde_json::json!({
            "phase": "Pending",
            "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": "2026-11-25T02:59:00Z" }],
            "containerStatuses": [{ "name": "app", "state": { "waiting": { "reason": reason } } }]
        })
    }

    #[test]
    fn a_crash_loop_counts_from_the_pods_creation() {
        let looping = pod(&waiting("CrashLoopBackOff"));
        assert!(is_crash_looping(&looping));
        assert_eq!(unready_since(&looping), "2026-11-25T01:00:00Z".parse().ok());
        assert_eq!(
            unready_since(&pod(&waiting("ImagePullBackOff"))),
            "2026-11-25T02:59:00Z".parse().ok()
        );
    }

    #[test]
    fn what_holds_a_pod_up_is_said_in_a_few_words() {
        assert_eq!(
            what_holds_up(&pod(&waiting("ImagePullBackOff"))),
            "app in ImagePullBackOff"
        );
        let unscheduled = serde_json::json!({ "phase": "Pending", "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }
        ] });
        assert_eq!(
            what_holds_up(&pod(&unscheduled)),
            "not scheduled (Unschedulable)"
        );
        let initialising = serde_json::json!({
            "phase": "Pending",
            "initContainerStatuses": [{ "name": "wait" }],
            "containerStatuses": [{ "name": "app", "state": { "waiting": { "reason": "PodInitializing" } } }]
        });
        assert_eq!(what_holds_up(&pod(&initialising)), "app not ready");
        assert_eq!(what_holds_up(&pod(&serde_json::json!({}))), "not started");
    }

    #[test]
    fn of_several_reasons_the_most_common_is_named() {
        let pods = [
            pod(&waiting("ErrImagePull")),
            pod(&waiting("CrashLoopBackOff")),
            pod(&waiting("CrashLoopBackOff")),
        ];
        assert_eq!(
            what_holds_most_up(&pods).as_deref(),
            Some("app in CrashLoopBackOff (2 of 3 pods)")
        );
        assert_eq!(what_holds_most_up(&pods[..0]), None);
        let tie = [&pods[0], &pods[1]];
        let reversed = [&pods[1], &pods[0]];
        assert_eq!(what_holds_most_up(tie), what_holds_most_up(reversed));
    }
}

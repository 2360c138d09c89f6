//! How many replicas of a workload take traffic, since when none does, and why a pod does not.

use std::collections::BTreeMap;

use super::{
    settled::{self, FIVE_MINUTES, asked_to_end, newest, ready_transition},
    topology,
    workloads::{Workload, has_ended},
};
use crate::{
    inventory::{
        Context,
        kinds::Node,
        types::{Condition, ContainerStatus, Pod, condition},
    },
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

    /// Since when it has had no replica that takes traffic, provided that it has none; its creation when nothing else
    /// tells: it never had a pod.
    ///
    /// StatefulSets and DaemonSets report no time, so that of their pods counts, those that are ending included. A pod
    /// that crashes again and again flips between ready and not, so it counts from its creation.
    pub fn unavailable_since(&self) -> Option<Time> {
        let looping = self.live_pods().any(is_crash_looping);
        let available = self
            .conditions()
            .iter()
            .filter(|condition| !looping && condition.kind == "Available");
        let reported = available
            .chain(self.replica_failure())
            .map(|condition| condition.last_transition_time);
        newest(reported.chain(self.pods().map(unready_since))).or(self.metadata.creation_timestamp)
    }

    /// Whether its controller counts more pods than were seen: some came or went between two lists.
    pub fn has_unseen_pods(&self) -> bool {
        let seen = self.pods().filter(|pod| !has_ended(pod)).count();
        usize::try_from(self.holder.existing()).is_ok_and(|existing| existing > seen)
    }

    /// The same where its controller tells no time either, so that nothing says since when.
    pub fn is_unseen_in_motion(&self) -> bool {
        let tells = |condition: &&Condition| condition.last_transition_time.is_some();
        self.conditions().iter().find(tells).is_none() && self.has_unseen_pods()
    }

    /// The pods that take no traffic: those that are not ready, and, where fewer run than should, those that were asked
    /// to end and are waited for.
    pub fn held_up_pods(&self, desired: i32) -> Vec<&'a Pod> {
        let live = self.live_pods().count();
        let waits = usize::try_from(desired).is_ok_and(|desired| live < desired);
        self.pods()
            .filter(|pod| !has_ended(pod))
            .filter(|pod| match pod.metadata.deletion_timestamp {
                Some(_) => waits,
                None => !pod.is_ready(),
            })
            .collect()
    }
}

/// ` since 2026-11-25T02:40:00Z`, unless a pod crashes again and again, and so may have been ready in between.
pub fn down<'p>(since: Option<Time>, pods: impl IntoIterator<Item = &'p Pod>) -> String {
    down_since(since, pods.into_iter().any(is_crash_looping))
}

/// The same where it is known whether one of the pods dies soon after every start.
pub(super) fn down_since(since: Option<Time>, loops: bool) -> String {
    if loops {
        String::new()
    } else {
        settled::since(since)
    }
}

/// Since when a pod has taken no traffic, provided that it takes none: one that was asked to end was there until then.
pub fn unready_since(pod: &Pod) -> Option<Time> {
    let unready = if is_crash_looping(pod) {
        pod.metadata.creation_timestamp
    } else {
        ready_transition(pod)
    };
    newest([unready, asked_to_end(pod)])
}

/// Whether a pod takes traffic, or did within the last five minutes, as far as its times tell.
pub fn was_ready_lately(pod: &Pod, now: Time) -> bool {
    let is_ready = pod.is_ready() && pod.metadata.deletion_timestamp.is_none();
    !has_ended(pod)
        && (is_ready || unready_since(pod).is_some_and(|since| now.since(since) < FIVE_MINUTES))
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

fn what_holds_up(pod: &Pod) -> String {
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

impl Context<'_> {
    /// What keeps most of the pods from taking traffic: `app in CrashLoopBackOff (2 of 3 pods)`. Demands Node.
    #[track_caller]
    pub fn what_holds_most_up<'p>(
        &self,
        pods: impl IntoIterator<Item = &'p Pod>,
    ) -> Option<String> {
        most_common(pods.into_iter().map(|pod| self.what_holds_up(pod)))
    }

    /// What keeps a pod from taking traffic, in a few words. Demands Node.
    #[track_caller]
    pub fn what_holds_up(&self, pod: &Pod) -> String {
        if pod.metadata.deletion_timestamp.is_none() {
            return what_holds_up(pod);
        }
        let mut told = "Terminating".to_owned();
        let node = &pod.node_name;
        if !node.is_empty() {
            match self.named::<Node>("", node) {
                Ok(None) => {
                    told.push_str(" on node ");
                    told.push_str(node);
                    told.push_str(", which does not exist");
                }
                Ok(Some(found)) if !topology::is_ready(found) => {
                    told.push_str(" on node ");
                    told.push_str(node);
                    told.push_str(", which is not ready");
                }
                _ => {}
            }
        }
        for (place, finalizer) in pod.metadata.finalizers.iter().enumerate() {
            told.push_str(if place == 0 {
                ", held by finalizer "
            } else {
                " and "
            });
            told.push_str(finalizer);
        }
        told
    }
}

fn most_common(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        *tally.entry(text).or_default() += 1;
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
    use super::{is_crash_looping, most_common, unready_since, was_ready_lately, what_holds_up};
    use crate::{inventory::types::Pod, wire::MINUTE};

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
    fn a_pod_that_was_asked_to_end_counts_from_then() {
        let mut ending = pod(&serde_json::json!({ "conditions": [
            { "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-25T01:00:10Z" }
        ] }));
        let asked = "2026-11-25T02:00:00Z".parse().unwrap();
        assert!(was_ready_lately(&ending, asked));
        ending.metadata.deletion_timestamp = "2026-11-25T02:10:00Z".parse().ok();
        ending.metadata.deletion_grace_period_seconds = Some(10 * MINUTE);
        assert_eq!(unready_since(&ending), Some(asked));
        assert!(was_ready_lately(&ending, asked.plus(4 * MINUTE)));
        assert!(!was_ready_lately(&ending, asked.plus(5 * MINUTE)));
        ending.metadata.deletion_grace_period_seconds = Some(i64::MAX);
        assert!(unready_since(&ending) < Some(asked));
    }

    #[test]
    fn a_pod_that_has_ended_or_was_never_seen_to_be_ready_for_long_takes_no_traffic() {
        let now = "2026-11-25T01:04:00Z".parse().unwrap();
        let of = |phase: &str| pod(&serde_json::json!({ "phase": phase }));
        assert!(was_ready_lately(&of("Pending"), now));
        assert!(!was_ready_lately(&of("Pending"), now.plus(MINUTE)));
        assert!(!was_ready_lately(&of("Failed"), now));
    }

    #[test]
    fn of_several_reasons_the_most_common_is_named() {
        let of = |reasons: &[&str]| most_common(reasons.iter().map(|it| (*it).to_owned()));
        assert_eq!(
            of(&["pulling", "crashing", "crashing"]).as_deref(),
            Some("crashing (2 of 3 pods)")
        );
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["pulling"]).as_deref(), Some("pulling"));
        assert_eq!(of(&["a", "b"]), of(&["b", "a"]));
    }
}

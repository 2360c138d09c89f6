//! Where a workload stands on its way to its newest template.

use super::workloads::{Workload, WorkloadKind};

/// How many pods are of the newest template, and how many should be by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many pods are.
    pub updated: i32,
    /// How many of those that exist should be: all of them, or of a StatefulSet those from the partition on.
    pub wanted: i32,
    /// The field that says how many are.
    pub field: &'static str,
}

impl Progress {
    /// Whether pods of an older template remain to be replaced.
    pub const fn is_complete(&self) -> bool {
        self.updated >= self.wanted
    }
}

impl Workload<'_> {
    /// How far its controller has come with replacing pods; none for a kind that doesn't, or that leaves it to a person
    /// (`OnDelete`).
    pub fn progress(&self) -> Option<Progress> {
        let all_of = |existing: i32, updated: i32| Progress {
            updated,
            wanted: existing,
            field: "status.updatedReplicas",
        };
        // Without a word the API server takes a rolling update.
        let rolls = |strategy: &str| matches!(strategy, "" | "RollingUpdate");
        if let Some(deployment) = self.deployment() {
            let status = &deployment.status;
            return Some(all_of(status.replicas, status.updated_replicas));
        }
        if let Some(rollout) = self.rollout() {
            let status = &rollout.status;
            return Some(all_of(status.replicas, status.updated_replicas));
        }
        if let Some(set) = self.stateful_set() {
            let strategy = &set.spec.update_strategy;
            let partition = strategy
                .rolling_update
                .as_ref()
                .map_or(0, |bounds| bounds.partition.max(0));
            let above = set
                .spec
                .replicas
                .unwrap_or(1)
                .saturating_sub(partition)
                .max(0);
            let existing = set.status.replicas.min(above);
            return rolls(&strategy.kind).then(|| all_of(existing, set.status.updated_replicas));
        }
        let set = self.daemon_set()?;
        rolls(&set.spec.update_strategy.kind).then_some(Progress {
            updated: set.status.updated_number_scheduled,
            wanted: set.status.current_number_scheduled,
            field: "status.updatedNumberScheduled",
        })
    }

    /// The newest generation of its specification that its controller has seen; 0 for kinds without such a number.
    pub fn observed_generation(&self) -> i64 {
        match self.kind {
            WorkloadKind::Deployment => self.deployment().map(|it| it.status.observed_generation),
            WorkloadKind::StatefulSet => {
                self.stateful_set().map(|it| it.status.observed_generation)
            }
            WorkloadKind::DaemonSet => self.daemon_set().map(|it| it.status.observed_generation),
            _ => None,
        }
        .unwrap_or(0)
    }

    /// For how many seconds a pod has to be ready before it counts as available.
    pub fn min_ready_seconds(&self) -> i64 {
        let seconds = match self.kind {
            WorkloadKind::Deployment => self.deployment().map(|it| it.spec.min_ready_seconds),
            WorkloadKind::StatefulSet => self.stateful_set().map(|it| it.spec.min_ready_seconds),
            WorkloadKind::DaemonSet => self.daemon_set().map(|it| it.spec.min_ready_seconds),
            WorkloadKind::ReplicaSet => self.replica_set().map(|it| it.spec.min_ready_seconds),
            WorkloadKind::ReplicationController => self
                .replication_controller()
                .map(|it| it.spec.min_ready_seconds),
            WorkloadKind::Rollout | WorkloadKind::CloneSet => {
                self.rollout().map(|it| it.spec.min_ready_seconds)
            }
            WorkloadKind::Job | WorkloadKind::CronJob | WorkloadKind::Pod => None,
        };
        seconds.map_or(0, |seconds| i64::from(seconds.max(0)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Progress;
    use crate::{inventory::Loader, wire::Time};

    fn progress(kind: &str, spec: &Value, status: &Value) -> Option<Progress> {
        let mut loader = Loader::new("default");
        let object = json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": "a" },
            "spec": spec, "status": status
        });
        loader.add(object, None).unwrap();
        let inventory = loader.finish(Time(0));
        inventory.workloads().next().unwrap().unwrap().progress()
    }

    fn of_stateful_set(strategy: &Value, status: &Value) -> Option<(i32, bool)> {
        progress(
            "StatefulSet",
            &json!({ "replicas": 3, "updateStrategy": strategy }),
            status,
        )
        .map(|progress| (progress.wanted, progress.is_complete()))
    }

    #[test]
    fn pods_of_an_older_template_remain_until_all_that_exist_are_new() {
        let deployment = |replicas: i32, updated: i32| {
            progress(
                "Deployment",
                &json!({ "replicas": 3 }),
                &json!({ "replicas": replicas, "updatedReplicas": updated }),
            )
            .unwrap()
            .is_complete()
        };
        assert!(deployment(3, 3));
        assert!(!deployment(4, 3));
        assert!(deployment(2, 2), "one that is missing is not an old one");
    }

    #[test]
    fn a_partition_leaves_the_lower_ordinals_as_they_are() {
        let rolling = |partition: i32| json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": partition } });
        let status = |updated: i32| json!({ "replicas": 3, "updatedReplicas": updated });
        assert_eq!(of_stateful_set(&json!({}), &status(1)), Some((3, false)));
        assert_eq!(of_stateful_set(&rolling(2), &status(1)), Some((1, true)));
        assert_eq!(of_stateful_set(&rolling(2), &status(0)), Some((1, false)));
        assert_eq!(of_stateful_set(&rolling(7), &status(0)), Some((0, true)));
        assert_eq!(of_stateful_set(&rolling(-1), &status(3)), Some((3, true)));
        let by_hand = json!({ "type": "OnDelete" });
        assert_eq!(of_stateful_set(&by_hand, &status(0)), None);
    }

    #[test]
    fn a_daemon_set_replaces_the_pods_that_it_has() {
        let daemon_set = |strategy: &str| {
            progress(
                "DaemonSet",
                &json!({ "updateStrategy": { "type": strategy } }),
                &json!({ "desiredNumberScheduled": 5, "currentNumberScheduled": 4, "updatedNumberScheduled": 4 }),
            )
            .map(|progress| progress.is_complete())
        };
        assert_eq!(daemon_set("RollingUpdate"), Some(true));
        assert_eq!(daemon_set("OnDelete"), None);
        assert_eq!(progress("ReplicaSet", &json!({}), &json!({})), None);
    }
}

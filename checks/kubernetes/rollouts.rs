//! Where a workload stands on its way to its newest template.

use super::workloads::Workload;

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
        self.holder.updated().map(|tally| Progress {
            updated: tally.count,
            wanted: tally.wanted,
            field: tally.field,
        })
    }

    /// The newest generation of its specification that its controller has seen; 0 for kinds without such a number.
    pub fn observed_generation(&self) -> i64 {
        self.holder.observed_generation().unwrap_or(0)
    }

    /// For how many seconds a pod has to be ready before it counts as available.
    pub fn min_ready_seconds(&self) -> i64 {
        i64::from(self.holder.min_ready_seconds().max(0))
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::Picture;
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
        Picture::of(&inventory)
            .workloads()
            .next()
            .unwrap()
            .unwrap()
            .progress()
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

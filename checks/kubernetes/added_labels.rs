//! Labels that controllers give to pods besides those of the template.

use crate::inventory::WorkloadKind;

/// What an added label tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Every pod has a value of its own.
    PerPod,
    /// Pods that were made from the same template have one value.
    PerRevision,
    /// All pods of the object have one value.
    PerObject,
}

/// What a label tells apart that the controllers of a kind add; none for one that they don't.
pub fn added(kind: WorkloadKind, label: &str) -> Option<Added> {
    match (kind, label) {
        (
            WorkloadKind::StatefulSet,
            "statefulset.kubernetes.io/pod-name" | "apps.kubernetes.io/pod-index",
        )
        | (WorkloadKind::Job | WorkloadKind::CronJob, "batch.kubernetes.io/job-completion-index")
        | (WorkloadKind::CloneSet, "apps.kruise.io/cloneset-instance-id") => Some(Added::PerPod),
        (WorkloadKind::Deployment, "pod-template-hash")
        | (WorkloadKind::Rollout, "rollouts-pod-template-hash")
        | (WorkloadKind::DeploymentConfig, "deployment")
        | (
            WorkloadKind::StatefulSet | WorkloadKind::DaemonSet | WorkloadKind::CloneSet,
            "controller-revision-hash",
        ) => Some(Added::PerRevision),
        (WorkloadKind::DeploymentConfig, "deploymentconfig")
        | (
            WorkloadKind::Job | WorkloadKind::CronJob,
            "job-name"
            | "batch.kubernetes.io/job-name"
            | "controller-uid"
            | "batch.kubernetes.io/controller-uid",
        ) => Some(Added::PerObject),
        _ => None,
    }
}

//! Claims, volumes, classes and drivers.

use super::{
    meta::{Condition, ObjectMeta},
    pod::NodeSelector,
};
use crate::{
    model::Text,
    wire::{Labels, Present, Time, decode::schema},
};

schema! {
    /// A PersistentVolumeClaim.
    struct PersistentVolumeClaim {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: PersistentVolumeClaimSpec = "spec" @ 2,
        status: PersistentVolumeClaimStatus = "status" @ 3,
    }

    /// What a claim asks for.
    struct PersistentVolumeClaimSpec {
        access_modes: Vec<Text> = "accessModes" @ 1,
        volume_name: Text = "volumeName" @ 3,
        /// Absent means the default class, an empty name means none.
        storage_class_name: Option<Text> = "storageClassName" @ 5,
        volume_mode: Text = "volumeMode" @ 6,
    }

    /// What a claim has got.
    struct PersistentVolumeClaimStatus {
        phase: Text = "phase" @ 1,
        conditions: Vec<Condition> = "conditions" @ 4,
    }

    /// A RecurringJob of Longhorn.
    struct LonghornRecurringJob {
        metadata: ObjectMeta = "metadata",
        spec: LonghornRecurringJobSpec = "spec",
    }

    /// What a RecurringJob of Longhorn does, again and again.
    struct LonghornRecurringJobSpec {
        task: Text = "task",
    }

    /// A ScheduledBackup of CloudNativePG.
    struct CnpgScheduledBackup {
        metadata: ObjectMeta = "metadata",
        spec: CnpgScheduledBackupSpec = "spec",
    }

    /// What a ScheduledBackup of CloudNativePG backs up.
    struct CnpgScheduledBackupSpec {
        cluster: CnpgClusterReference = "cluster",
        suspend: bool = "suspend",
    }

    /// A Cluster of CloudNativePG, by name.
    struct CnpgClusterReference {
        name: Text = "name",
    }

    /// A PersistentVolume.
    struct PersistentVolume {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: PersistentVolumeSpec = "spec" @ 2,
        status: PersistentVolumeStatus = "status" @ 3,
    }

    /// What a volume is made of.
    struct PersistentVolumeSpec {
        csi: Option<CsiPersistentVolumeSource> = "csi" @ 2_022,
        host_path: Present = "hostPath" @ 2_003,
        local: Present = "local" @ 2_020,
        nfs: Present = "nfs" @ 2_005,
        flocker: Present = "flocker" @ 2_011,
        portworx_volume: Present = "portworxVolume" @ 2_018,
        claim_ref: Option<ClaimReference> = "claimRef" @ 4,
        persistent_volume_reclaim_policy: Text = "persistentVolumeReclaimPolicy" @ 5,
        storage_class_name: Text = "storageClassName" @ 6,
        node_affinity: Option<VolumeNodeAffinity> = "nodeAffinity" @ 9,
    }

    /// The nodes from which a volume can be reached.
    struct VolumeNodeAffinity {
        required: Option<NodeSelector> = "required" @ 1,
    }

    /// The driver of a volume.
    struct CsiPersistentVolumeSource {
        driver: Text = "driver" @ 1,
    }

    /// The claim that holds a volume.
    struct ClaimReference {
        namespace: Text = "namespace" @ 2,
        name: Text = "name" @ 3,
    }

    /// A volume's state.
    struct PersistentVolumeStatus {
        phase: Text = "phase" @ 1,
        message: Text = "message" @ 2,
        reason: Text = "reason" @ 3,
        last_phase_transition_time: Option<Time> = "lastPhaseTransitionTime" @ 4,
    }

    /// A StorageClass.
    struct StorageClass {
        metadata: ObjectMeta = "metadata" @ 1,
        provisioner: Text = "provisioner" @ 2,
        parameters: Labels = "parameters" @ 3,
        volume_binding_mode: Text = "volumeBindingMode" @ 7,
        allow_volume_expansion: bool = "allowVolumeExpansion" @ 6,
        allowed_topologies: Vec<TopologySelectorTerm> = "allowedTopologies" @ 8,
    }

    /// Where the volumes of a class may be.
    struct TopologySelectorTerm {
        match_label_expressions: Vec<TopologySelectorLabelRequirement> = "matchLabelExpressions" @ 1,
    }

    /// The values that a label of the nodes may have.
    struct TopologySelectorLabelRequirement {
        key: Text = "key" @ 1,
        values: Vec<Text> = "values" @ 2,
    }

    /// A VolumeAttachment: the order to attach a volume to a Node.
    struct VolumeAttachment {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: VolumeAttachmentSpec = "spec" @ 2,
        status: VolumeAttachmentStatus = "status" @ 3,
    }

    /// Which volume is to be attached where, and by whom.
    struct VolumeAttachmentSpec {
        attacher: Text = "attacher" @ 1,
        source: VolumeAttachmentSource = "source" @ 2,
        node_name: Text = "nodeName" @ 3,
    }

    /// The volume that is to be attached; one that a pod describes itself has no name.
    struct VolumeAttachmentSource {
        persistent_volume_name: Text = "persistentVolumeName" @ 1,
    }

    /// What became of an attachment.
    struct VolumeAttachmentStatus {
        attached: bool = "attached" @ 1,
        attach_error: Option<VolumeError> = "attachError" @ 3,
        detach_error: Option<VolumeError> = "detachError" @ 4,
    }

    /// Why a volume was not attached or detached.
    struct VolumeError {
        time: Option<Time> = "time" @ 1,
        message: Text = "message" @ 2,
    }

    /// A CSIDriver.
    struct CsiDriver {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: CsiDriverSpec = "spec" @ 2,
    }

    /// What a driver asks of Kubernetes.
    struct CsiDriverSpec {
        attach_required: Option<bool> = "attachRequired" @ 1,
    }
}

/// The annotations that make a class the default one.
const IS_DEFAULT: &[&str] = &[
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

impl StorageClass {
    /// Whether claims that name no class get this one.
    pub fn is_default(&self) -> bool {
        IS_DEFAULT
            .iter()
            .any(|key| self.metadata.annotations.is(key, "true"))
    }
}

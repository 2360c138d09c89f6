//! Claims, volumes, classes and drivers.

use crate::inventory::{
    decode::{Present, schema},
    text::{Labels, Text},
    types::meta::{Condition, ObjectMeta},
};

schema! {
    /// A PersistentVolumeClaim.
    struct PersistentVolumeClaim {
        metadata: ObjectMeta = "metadata",
        spec: PersistentVolumeClaimSpec = "spec",
        status: PersistentVolumeClaimStatus = "status",
    }

    /// What a claim asks for.
    struct PersistentVolumeClaimSpec {
        access_modes: Vec<Text> = "accessModes",
        volume_name: Text = "volumeName",
        /// Absent means the default class, an empty name means none.
        storage_class_name: Option<Text> = "storageClassName",
        volume_mode: Text = "volumeMode",
    }

    /// What a claim has got.
    struct PersistentVolumeClaimStatus {
        phase: Text = "phase",
        conditions: Vec<Condition> = "conditions",
    }

    /// A PersistentVolume.
    struct PersistentVolume {
        metadata: ObjectMeta = "metadata",
        spec: PersistentVolumeSpec = "spec",
        status: PersistentVolumeStatus = "status",
    }

    /// What a volume is made of.
    struct PersistentVolumeSpec {
        csi: Option<CsiPersistentVolumeSource> = "csi",
        host_path: Present = "hostPath",
        local: Present = "local",
        flocker: Present = "flocker",
        portworx_volume: Present = "portworxVolume",
        claim_ref: Option<ClaimReference> = "claimRef",
        persistent_volume_reclaim_policy: Text = "persistentVolumeReclaimPolicy",
        storage_class_name: Text = "storageClassName",
    }

    /// The driver of a volume.
    struct CsiPersistentVolumeSource {
        driver: Text = "driver",
    }

    /// The claim that holds a volume.
    struct ClaimReference {
        namespace: Text = "namespace",
        name: Text = "name",
    }

    /// A volume's state.
    struct PersistentVolumeStatus {
        phase: Text = "phase",
        message: Text = "message",
        reason: Text = "reason",
        last_phase_transition_time: Option<crate::inventory::values::Time> = "lastPhaseTransitionTime",
    }

    /// A StorageClass.
    struct StorageClass {
        metadata: ObjectMeta = "metadata",
        provisioner: Text = "provisioner",
        parameters: Labels = "parameters",
        volume_binding_mode: Text = "volumeBindingMode",
        allow_volume_expansion: bool = "allowVolumeExpansion",
    }

    /// A CSIDriver.
    struct CsiDriver {
        metadata: ObjectMeta = "metadata",
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

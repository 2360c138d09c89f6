//! The controls of Restricted: R1 to R7 of the appendix of RULES.md.

use std::borrow::Cow;

use super::{
    baseline::{CAPABILITIES, HOST_PATHS},
    confinement::{CONFINING, PROC_MOUNT, SECCOMP, confines, proc_mount, seccomp},
    control::{Control, Level, Variant},
    pod_view::PodView,
    violation::{Location, Violation},
};
use crate::{inventory::types::Volume, model::Text};

/// R2: no container may gain more privileges than its parent.
pub static PRIVILEGE_ESCALATION: Control = Control {
    id: "allowPrivilegeEscalation",
    level: Level::Restricted,
    overrides: None,
    reason: |_| "allowPrivilegeEscalation != false",
    variants: &[
        Variant {
            since: 8,
            judge: privilege_escalation,
        },
        Variant {
            since: 25,
            judge: |pod, found| {
                if !pod.is_windows() {
                    privilege_escalation(pod, found);
                }
            },
        },
    ],
};

/// R6: every container drops all capabilities, and takes back none but one.
pub static CAPABILITIES_RESTRICTED: Control = Control {
    id: "capabilities_restricted",
    level: Level::Restricted,
    overrides: Some(&CAPABILITIES),
    reason: |_| "unrestricted capabilities",
    variants: &[
        Variant {
            since: 22,
            judge: capabilities,
        },
        Variant {
            since: 25,
            judge: |pod, found| {
                if !pod.is_windows() {
                    capabilities(pod, found);
                }
            },
        },
    ],
};

/// R7: `/proc` stays masked, in a user namespace as well.
pub static PROC_MOUNT_RESTRICTED: Control = Control {
    id: "procMount_restricted",
    level: Level::Restricted,
    overrides: Some(&PROC_MOUNT),
    reason: |_| "procMount",
    variants: &[Variant {
        since: 35,
        judge: proc_mount,
    }],
};

/// R1: volumes are of kinds that belong to the pod.
pub static VOLUMES: Control = Control {
    id: "restrictedVolumes",
    level: Level::Restricted,
    overrides: Some(&HOST_PATHS),
    reason: |_| "restricted volume types",
    variants: &[Variant {
        since: 0,
        judge: volumes,
    }],
};

/// R3: every container is declared not to run as root.
pub static NON_ROOT: Control = Control {
    id: "runAsNonRoot",
    level: Level::Restricted,
    overrides: None,
    reason: |_| "runAsNonRoot != true",
    variants: &[
        Variant {
            since: 0,
            judge: non_root,
        },
        Variant {
            since: 35,
            judge: |pod, found| {
                if !pod.has_user_namespace() {
                    non_root(pod, found);
                }
            },
        },
    ],
};

/// R4: nothing is told to run as root.
pub static USER: Control = Control {
    id: "runAsUser",
    level: Level::Restricted,
    overrides: None,
    reason: |_| "runAsUser=0",
    variants: &[
        Variant {
            since: 23,
            judge: user,
        },
        Variant {
            since: 35,
            judge: |pod, found| {
                if !pod.has_user_namespace() {
                    user(pod, found);
                }
            },
        },
    ],
};

/// R5: every container has a seccomp profile.
pub static SECCOMP_RESTRICTED: Control = Control {
    id: "seccompProfile_restricted",
    level: Level::Restricted,
    overrides: Some(&SECCOMP),
    reason: |_| "seccompProfile",
    variants: &[
        Variant {
            since: 19,
            judge: seccomp_everywhere,
        },
        Variant {
            since: 25,
            judge: |pod, found| {
                if !pod.is_windows() {
                    seccomp_everywhere(pod, found);
                }
            },
        },
    ],
};

const UNSET: &str = "unset";

fn privilege_escalation<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (place, context) in pod.contexts() {
        let allowed = context.and_then(|context| context.allow_privilege_escalation);
        if allowed != Some(false) {
            found(Violation {
                place,
                field: "securityContext.allowPrivilegeEscalation".into(),
                seen: allowed.map_or(UNSET, |_| "true").into(),
                expected: "false",
            });
        }
    }
}

fn capabilities<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (place, context) in pod.contexts() {
        let capabilities = context.and_then(|context| context.capabilities.as_ref());
        let list = |names: &'a [Text]| -> Cow<'a, str> {
            let names: Vec<&str> = names.iter().map(Text::as_str).collect();
            names.join(", ").into()
        };
        let (add, drop) = capabilities.map_or((&[][..], &[][..]), |it| (&it.add[..], &it.drop[..]));
        if !drop.iter().any(|name| name == "ALL") {
            found(Violation {
                place,
                field: "securityContext.capabilities.drop".into(),
                seen: if drop.is_empty() {
                    UNSET.into()
                } else {
                    list(drop)
                },
                expected: "ALL",
            });
        }
        if add.iter().any(|name| name != "NET_BIND_SERVICE") {
            found(Violation {
                place,
                field: "securityContext.capabilities.add".into(),
                seen: list(add),
                expected: "at most NET_BIND_SERVICE",
            });
        }
    }
}

fn volumes<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for volume in &pod.spec.volumes {
        if let Some(kind) = restricted_kind(volume) {
            found(Violation {
                place: Location::Volume(volume),
                field: kind.into(),
                seen: kind.into(),
                expected: "a pod-local volume, a claim, or a CSI volume",
            });
        }
    }
}

/// The source of a volume, where it is none that Restricted allows; without any source, the API server makes it an
/// `emptyDir`.
fn restricted_kind(volume: &Volume) -> Option<&'static str> {
    let allowed = volume.config_map.is_some()
        || volume.csi.is_some()
        || volume.downward_api.0
        || volume.empty_dir.is_some()
        || volume.ephemeral.is_some()
        || volume.image.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some();
    if allowed {
        return None;
    }
    [
        ("hostPath", volume.host_path.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.0),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.0),
        ("gitRepo", volume.git_repo.0),
        ("nfs", volume.nfs.0),
        ("iscsi", volume.iscsi.0),
        ("glusterfs", volume.glusterfs.0),
        ("rbd", volume.rbd.0),
        ("flexVolume", volume.flex_volume.0),
        ("cinder", volume.cinder.0),
        ("cephfs", volume.cephfs.0),
        ("flocker", volume.flocker.0),
        ("fc", volume.fc.0),
        ("azureFile", volume.azure_file.0),
        ("vsphereVolume", volume.vsphere_volume.0),
        ("quobyte", volume.quobyte.0),
        ("azureDisk", volume.azure_disk.0),
        ("photonPersistentDisk", volume.photon_persistent_disk.0),
        ("portworxVolume", volume.portworx_volume.0),
        ("scaleIO", volume.scale_io.0),
        ("storageos", volume.storageos.0),
    ]
    .into_iter()
    .find(|(_, present)| *present)
    .map(|(kind, _)| kind)
}

fn non_root<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let own = pod.context().and_then(|context| context.run_as_non_root);
    let mut report = |place, seen: &'static str| {
        found(Violation {
            place,
            field: "securityContext.runAsNonRoot".into(),
            seen: seen.into(),
            expected: "true",
        });
    };
    if own == Some(false) {
        report(Location::Pod, "false");
    }
    for (place, context) in pod.contexts() {
        match context.and_then(|context| context.run_as_non_root) {
            Some(true) => {}
            Some(false) => report(place, "false"),
            None if own == Some(true) => {}
            None => report(place, UNSET),
        }
    }
}

fn user<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let users = pod.settings(|context| context.run_as_user, |context| context.run_as_user);
    for (place, user) in users {
        if user == 0 {
            found(Violation {
                place,
                field: "securityContext.runAsUser".into(),
                seen: "0".into(),
                expected: "a user other than 0",
            });
        }
    }
}

fn seccomp_everywhere<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    seccomp(pod, found);
    let own = pod
        .context()
        .and_then(|context| context.seccomp_profile.as_ref());
    if own.is_some_and(confines) {
        return;
    }
    for (place, context) in pod.contexts() {
        if context.is_none_or(|context| context.seccomp_profile.is_none()) {
            found(Violation {
                place,
                field: "securityContext.seccompProfile.type".into(),
                seen: UNSET.into(),
                expected: CONFINING,
            });
        }
    }
}

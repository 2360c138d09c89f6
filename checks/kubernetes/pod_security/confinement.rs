//! The controls of Baseline by which the kernel confines containers: B7 to B10 of the appendix of RULES.md.

use super::{
    control::{Control, Level, Variant},
    pod_view::PodView,
    violation::{Location, Violation, shown},
};
use crate::inventory::types::{Profile, SeLinuxOptions};

/// B7: every container keeps an AppArmor profile.
pub static APP_ARMOR: Control = Control {
    id: "appArmorProfile",
    level: Level::Baseline,
    overrides: None,
    reason: |pod| match app_armor_values(pod) {
        1 => "forbidden AppArmor profile",
        _ => "forbidden AppArmor profiles",
    },
    variants: &[Variant {
        since: 0,
        judge: app_armor,
    }],
};

/// B9: `/proc` stays masked, except in a user namespace.
pub static PROC_MOUNT: Control = Control {
    id: "procMount",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "procMount",
    variants: &[
        Variant {
            since: 0,
            judge: proc_mount,
        },
        Variant {
            since: 35,
            judge: |pod, found| {
                if !pod.has_user_namespace() {
                    proc_mount(pod, found);
                }
            },
        },
    ],
};

/// B8: every container keeps an SELinux context made for containers.
pub static SE_LINUX: Control = Control {
    id: "seLinuxOptions",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "seLinuxOptions",
    variants: &[
        Variant {
            since: 0,
            judge: |pod, found| {
                se_linux(
                    pod,
                    &SE_LINUX_TYPES[..SE_LINUX_TYPES.len() - 1],
                    "container_t, container_init_t, container_kvm_t or unset",
                    found,
                );
            },
        },
        Variant {
            since: 31,
            judge: |pod, found| {
                se_linux(
                    pod,
                    SE_LINUX_TYPES,
                    "container_t, container_init_t, container_kvm_t, container_engine_t or unset",
                    found,
                );
            },
        },
    ],
};

/// B10: no container goes without a seccomp profile by its own wish.
pub static SECCOMP: Control = Control {
    id: "seccompProfile_baseline",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "seccompProfile",
    variants: &[
        Variant {
            since: 0,
            judge: seccomp_annotations,
        },
        Variant {
            since: 19,
            judge: seccomp,
        },
    ],
};

/// The SELinux types of containers; the last one since 1.31.
const SE_LINUX_TYPES: &[&str] = &[
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];

/// What the name of a container follows.
pub(super) const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

const SECCOMP_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";

const SECCOMP_ANNOTATION_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// What is said of a profile, seccomp's or AppArmor's, that does not confine.
pub(super) const CONFINING: &str = "RuntimeDefault or Localhost";

/// Whether a profile, seccomp's or AppArmor's, confines; an empty type does not.
pub(super) fn confines(profile: &Profile) -> bool {
    matches!(profile.kind.as_str(), "RuntimeDefault" | "Localhost")
}

/// Finds the profiles, seccomp's or AppArmor's, that do not confine.
fn unconfined<'a>(
    profiles: impl Iterator<Item = (Location<'a>, &'a Profile)>,
    field: &'static str,
    found: &mut dyn FnMut(Violation<'a>),
) {
    for (place, profile) in profiles {
        if !confines(profile) {
            found(Violation {
                place,
                field: field.into(),
                seen: shown(&profile.kind).into(),
                expected: CONFINING,
            });
        }
    }
}

fn app_armor<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let profiles = pod.settings(
        |context| context.app_armor_profile.as_ref(),
        |context| context.app_armor_profile.as_ref(),
    );
    unconfined(profiles, "securityContext.appArmorProfile.type", found);
    for (key, value) in app_armor_annotations(pod) {
        found(Violation {
            place: Location::Annotation(key),
            field: "".into(),
            seen: value.into(),
            expected: "runtime/default or localhost/PROFILE",
        });
    }
}

/// The annotations, of containers that need not exist, whose profile does not confine.
fn app_armor_annotations<'a>(pod: &PodView<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let annotations = pod.metadata.annotations.iter();
    annotations
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .filter(|(key, value)| {
            let allowed =
                matches!(*value, "" | "runtime/default") || value.starts_with("localhost/");
            key.starts_with(APP_ARMOR_ANNOTATION) && !allowed
        })
}

/// How many different values the plugin counts: it sees the pod after the API server has copied annotations to the fields
/// of containers that have none.
fn app_armor_values(pod: &PodView<'_>) -> usize {
    let own = pod.context().map(|context| &context.app_armor_profile);
    let annotation_of = |name: &str| {
        let mut all = app_armor_annotations(pod);
        let unconfined = all.any(|(key, value)| {
            value == "unconfined" && key.strip_prefix(APP_ARMOR_ANNOTATION) == Some(name)
        });
        (unconfined && !pod.is_windows()).then_some("Unconfined")
    };
    let of_containers = pod.contexts().filter_map(|(place, context)| {
        let Location::Container(_, container) = place else {
            return None;
        };
        match context.and_then(|context| context.app_armor_profile.as_ref()) {
            Some(profile) => (!confines(profile)).then_some(profile.kind.as_str()),
            None => annotation_of(&container.name),
        }
    });
    let of_pod = own.into_iter().flatten().filter(|own| !confines(own));
    let mut types: Vec<&str> = of_pod
        .map(|profile| profile.kind.as_str())
        .chain(of_containers)
        .collect();
    types.sort_unstable();
    types.dedup();
    types.len() + app_armor_annotations(pod).count()
}

pub(super) fn proc_mount<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (place, context) in pod.contexts() {
        let Some(proc_mount) = context.and_then(|context| context.proc_mount.as_ref()) else {
            continue;
        };
        if proc_mount != "Default" {
            found(Violation {
                place,
                field: "securityContext.procMount".into(),
                seen: shown(proc_mount).into(),
                expected: "Default or unset",
            });
        }
    }
}

fn se_linux<'a>(
    pod: &PodView<'a>,
    types: &[&str],
    expected: &'static str,
    found: &mut dyn FnMut(Violation<'a>),
) {
    let options = pod.settings(
        |context| context.se_linux_options.as_ref(),
        |context| context.se_linux_options.as_ref(),
    );
    for (place, options) in options {
        let SeLinuxOptions { user, role, kind } = options;
        if !types.contains(&kind.as_str()) {
            found(Violation {
                place,
                field: "securityContext.seLinuxOptions.type".into(),
                seen: kind.as_str().into(),
                expected,
            });
        }
        for (field, value) in [
            ("securityContext.seLinuxOptions.user", user),
            ("securityContext.seLinuxOptions.role", role),
        ] {
            if !value.is_empty() {
                found(Violation {
                    place,
                    field: field.into(),
                    seen: value.as_str().into(),
                    expected: "unset",
                });
            }
        }
    }
}

fn seccomp_annotations<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (key, value) in pod.metadata.annotations.iter() {
        let counts = key == SECCOMP_ANNOTATION
            || key
                .strip_prefix(SECCOMP_ANNOTATION_OF_CONTAINER)
                .is_some_and(|name| pod.containers().any(|(_, it)| it.name == name));
        let allowed = matches!(value.as_str(), "runtime/default" | "docker/default")
            || value.starts_with("localhost/");
        if counts && !allowed {
            found(Violation {
                place: Location::Annotation(key),
                field: "".into(),
                seen: shown(value).into(),
                expected: "runtime/default or localhost/PROFILE",
            });
        }
    }
}

pub(super) fn seccomp<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let profiles = pod.settings(
        |context| context.seccomp_profile.as_ref(),
        |context| context.seccomp_profile.as_ref(),
    );
    unconfined(profiles, "securityContext.seccompProfile.type", found);
}

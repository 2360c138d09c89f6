//! The controls of Baseline: B1 to B12 of the appendix of RULES.md.

use super::{Control, Level, Place, PodView, Variant, Violation};
use crate::{
    inventory::types::{HttpGetAction, Profile, SeLinuxOptions, TcpSocketAction},
    model::Text,
};

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

/// B4: containers add no capabilities but those that concern themselves alone.
pub static CAPABILITIES: Control = Control {
    id: "capabilities_baseline",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "non-default capabilities",
    variants: &[Variant {
        since: 0,
        judge: capabilities,
    }],
};

/// B2: the pod keeps to its own network, process and IPC namespaces.
pub static HOST_NAMESPACES: Control = Control {
    id: "hostNamespaces",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "host namespaces",
    variants: &[Variant {
        since: 0,
        judge: host_namespaces,
    }],
};

/// B5: the pod mounts nothing of its node.
pub static HOST_PATHS: Control = Control {
    id: "hostPathVolumes",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "hostPath volumes",
    variants: &[Variant {
        since: 0,
        judge: host_paths,
    }],
};

/// B6: no container takes a port of its node.
pub static HOST_PORTS: Control = Control {
    id: "hostPorts",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "hostPort",
    variants: &[Variant {
        since: 0,
        judge: host_ports,
    }],
};

/// B12: the kubelet asks nobody but the pod itself.
pub static PROBE_HOSTS: Control = Control {
    id: "hostProbesAndHostLifecycle",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "probe or lifecycle host",
    variants: &[Variant {
        since: 34,
        judge: probe_hosts,
    }],
};

/// B3: no container is privileged.
pub static PRIVILEGED: Control = Control {
    id: "privileged",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "privileged",
    variants: &[Variant {
        since: 0,
        judge: privileged,
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

/// B11: only kernel parameters that are the pod's own are set.
pub static SYSCTLS: Control = Control {
    id: "sysctls",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "forbidden sysctls",
    variants: &[
        Variant {
            since: 0,
            judge: |pod, found| sysctls(pod, 5, found),
        },
        Variant {
            since: 27,
            judge: |pod, found| sysctls(pod, 6, found),
        },
        Variant {
            since: 29,
            judge: |pod, found| sysctls(pod, 10, found),
        },
        Variant {
            since: 32,
            judge: |pod, found| sysctls(pod, 12, found),
        },
        Variant {
            since: 37,
            judge: |pod, found| sysctls(pod, 14, found),
        },
    ],
};

/// B1: nothing runs as a process of a Windows node.
pub static WINDOWS_HOST_PROCESS: Control = Control {
    id: "windowsHostProcess",
    level: Level::Baseline,
    overrides: None,
    reason: |_| "hostProcess",
    variants: &[Variant {
        since: 0,
        judge: windows_host_process,
    }],
};

/// The capabilities that Baseline lets containers add.
const CAPABILITY_NAMES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Those beyond, the most dangerous ones first.
const DANGEROUS: &[&str] = &[
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_BOOT",
    "NET_ADMIN",
    "BPF",
    "PERFMON",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
];

/// The SELinux types of containers; the last one since 1.31.
const SE_LINUX_TYPES: &[&str] = &[
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];

/// The kernel parameters that are a pod's own, in the order in which the standards came to allow them.
const SAFE_SYSCTLS: [&str; 14] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

/// What the name of a container follows.
pub(crate) const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_ANNOTATION_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// What is said of a profile, seccomp's or AppArmor's, that does not confine.
pub(crate) const CONFINING: &str = "RuntimeDefault or Localhost";

/// Whether a profile, seccomp's or AppArmor's, confines; an empty type does not.
pub(crate) fn confines(profile: &Profile) -> bool {
    matches!(profile.kind.as_str(), "RuntimeDefault" | "Localhost")
}

fn app_armor<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let own = pod
        .context()
        .and_then(|context| context.app_armor_profile.as_ref());
    let profiles = pod
        .contexts()
        .filter_map(|(place, context)| Some((place, context?.app_armor_profile.as_ref()?)));
    for (place, profile) in own.map(|own| (Place::Pod, own)).into_iter().chain(profiles) {
        if !confines(profile) {
            found(Violation {
                place,
                field: "securityContext.appArmorProfile.type".into(),
                seen: shown(&profile.kind).into(),
                expected: CONFINING,
            });
        }
    }
    for (key, value) in app_armor_annotations(pod) {
        found(Violation {
            place: Place::Annotation(key),
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
        let Place::Container(_, container) = place else {
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

/// Which of the capabilities that are added Baseline allows, and which it does not, the most dangerous ones first.
pub fn baseline_capabilities(added: &[Text]) -> (Vec<&str>, Vec<&str>) {
    let (allowed, mut beyond): (Vec<&str>, Vec<&str>) = added
        .iter()
        .map(Text::as_str)
        .partition(|name| CAPABILITY_NAMES.contains(name));
    beyond.sort_by_key(|name| {
        let rank = DANGEROUS.iter().position(|dangerous| dangerous == name);
        (rank.unwrap_or(DANGEROUS.len()), *name)
    });
    (allowed, beyond)
}

/// A capability as it stands there, and how Kubernetes spells the one that was meant.
fn spelled(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    let meant = upper.strip_prefix("CAP_").unwrap_or(&upper);
    if meant == name {
        return name.to_owned();
    }
    format!("{name} (Kubernetes spells it {meant})")
}

fn capabilities<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (place, context) in pod.contexts() {
        let Some(capabilities) = context.and_then(|context| context.capabilities.as_ref()) else {
            continue;
        };
        let all_allowed = |name: &Text| CAPABILITY_NAMES.contains(&name.as_str());
        if capabilities.add.iter().all(all_allowed) {
            continue;
        }
        let (_, beyond) = baseline_capabilities(&capabilities.add);
        let beyond: Vec<String> = beyond.into_iter().map(spelled).collect();
        found(Violation {
            place,
            field: "securityContext.capabilities.add".into(),
            seen: beyond.join(", ").into(),
            expected: "only capabilities that Baseline allows",
        });
    }
}

fn host_namespaces<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let spec = pod.spec;
    for (field, shared) in [
        ("hostNetwork", spec.host_network),
        ("hostPID", spec.host_pid),
        ("hostIPC", spec.host_ipc),
    ] {
        if shared {
            found(Violation {
                place: Place::Pod,
                field: field.into(),
                seen: "true".into(),
                expected: "false or unset",
            });
        }
    }
}

fn host_paths<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for volume in &pod.spec.volumes {
        if let Some(source) = &volume.host_path {
            found(Violation {
                place: Place::Volume(volume),
                field: "hostPath.path".into(),
                seen: shown(&source.path).into(),
                expected: "a volume that is not of the node",
            });
        }
    }
}

fn host_ports<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (list, container) in pod.containers() {
        for port in &container.ports {
            // In the network of the node, the API server fills in the port itself; ephemeral containers have none.
            let own = port.host_port == 0 && pod.spec.host_network;
            let taken = if own {
                port.container_port
            } else {
                port.host_port
            };
            if taken != 0 {
                found(Violation {
                    place: Place::Container(list, container),
                    field: format!("ports[containerPort={}].hostPort", port.container_port).into(),
                    seen: taken.to_string().into(),
                    expected: "unset",
                });
            }
        }
    }
}

fn probe_hosts<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    type Asked<'a> = (&'a Option<HttpGetAction>, &'a Option<TcpSocketAction>);
    for (list, container) in pod.containers() {
        let probes = [
            ("livenessProbe", &container.liveness_probe),
            ("readinessProbe", &container.readiness_probe),
            ("startupProbe", &container.startup_probe),
        ];
        let probes = probes.into_iter().filter_map(|(name, probe)| {
            let probe = probe.as_deref()?;
            Some((name, (&probe.http_get, &probe.tcp_socket)))
        });
        let hooks = container.lifecycle.as_deref().into_iter();
        let hooks = hooks.flat_map(|lifecycle| {
            [
                ("lifecycle.postStart", &lifecycle.post_start),
                ("lifecycle.preStop", &lifecycle.pre_stop),
            ]
        });
        let hooks = hooks.filter_map(|(name, hook)| {
            let hook = hook.as_ref()?;
            Some((name, (&hook.http_get, &hook.tcp_socket)))
        });
        for (name, (http, tcp)) in probes.chain::<Vec<(&str, Asked<'a>)>>(hooks.collect()) {
            let http = http.as_ref().map(|action| ("httpGet", &action.host));
            let tcp = tcp.as_ref().map(|action| ("tcpSocket", &action.host));
            for (how, host) in http.into_iter().chain(tcp) {
                if !host.is_empty() {
                    found(Violation {
                        place: Place::Container(list, container),
                        field: format!("{name}.{how}.host").into(),
                        seen: host.as_str().into(),
                        expected: "unset: the pod's own address",
                    });
                }
            }
        }
    }
}

fn privileged<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    for (place, context) in pod.contexts() {
        if context.is_some_and(|context| context.privileged == Some(true)) {
            found(Violation {
                place,
                field: "securityContext.privileged".into(),
                seen: "true".into(),
                expected: "false or unset",
            });
        }
    }
}

pub(crate) fn proc_mount<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
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
    let own = pod
        .context()
        .and_then(|context| context.se_linux_options.as_ref());
    let options = pod
        .contexts()
        .filter_map(|(place, context)| Some((place, context?.se_linux_options.as_ref()?)));
    for (place, options) in own.map(|own| (Place::Pod, own)).into_iter().chain(options) {
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
                place: Place::Annotation(key),
                field: "".into(),
                seen: shown(value).into(),
                expected: "runtime/default or localhost/PROFILE",
            });
        }
    }
}

pub(crate) fn seccomp<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let own = pod
        .context()
        .and_then(|context| context.seccomp_profile.as_ref());
    let profiles = pod
        .contexts()
        .filter_map(|(place, context)| Some((place, context?.seccomp_profile.as_ref()?)));
    for (place, profile) in own.map(|own| (Place::Pod, own)).into_iter().chain(profiles) {
        if !confines(profile) {
            found(Violation {
                place,
                field: "securityContext.seccompProfile.type".into(),
                seen: shown(&profile.kind).into(),
                expected: CONFINING,
            });
        }
    }
}

fn sysctls<'a>(pod: &PodView<'a>, safe: usize, found: &mut dyn FnMut(Violation<'a>)) {
    for sysctl in pod
        .context()
        .into_iter()
        .flat_map(|context| &context.sysctls)
    {
        if !SAFE_SYSCTLS[..safe].contains(&sysctl.name.as_str()) {
            found(Violation {
                place: Place::Pod,
                field: format!("securityContext.sysctls[name={}]", sysctl.name).into(),
                seen: shown(&sysctl.name).into(),
                expected: "only sysctls that Kubernetes knows to be safe",
            });
        }
    }
}

fn windows_host_process<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let own = pod
        .context()
        .and_then(|context| context.windows_options.as_ref());
    let options = pod
        .contexts()
        .filter_map(|(place, context)| Some((place, context?.windows_options.as_ref()?)));
    for (place, options) in own.map(|own| (Place::Pod, own)).into_iter().chain(options) {
        if options.host_process == Some(true) {
            found(Violation {
                place,
                field: "securityContext.windowsOptions.hostProcess".into(),
                seen: "true".into(),
                expected: "false or unset",
            });
        }
    }
}

/// A text that may be empty, as evidence.
pub(crate) fn shown(text: &str) -> &str {
    if text.is_empty() { "\"\"" } else { text }
}

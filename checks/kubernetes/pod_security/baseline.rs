//! The controls of Baseline: B1 to B6, B11 and B12 of the appendix of RULES.md.

use super::{
    control::{Control, Level, Variant},
    pod_view::PodView,
    violation::{Location, Violation, shown},
};
use crate::{
    inventory::types::{HttpGetAction, TcpSocketAction},
    model::Text,
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

/// The kernel parameters that are a pod's own, sorted by when the standards came to allow them.
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
                place: Location::Pod,
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
                place: Location::Volume(volume),
                field: "hostPath.path".into(),
                seen: shown(&source.path).into(),
                expected: "a volume other than hostPath",
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
                    place: Location::Container(list, container),
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
                        place: Location::Container(list, container),
                        field: format!("{name}.{how}.host").into(),
                        seen: host.as_str().into(),
                        expected: "unset, which means the pod's own address",
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

fn sysctls<'a>(pod: &PodView<'a>, safe: usize, found: &mut dyn FnMut(Violation<'a>)) {
    for sysctl in pod
        .context()
        .into_iter()
        .flat_map(|context| &context.sysctls)
    {
        if !SAFE_SYSCTLS[..safe].contains(&sysctl.name.as_str()) {
            found(Violation {
                place: Location::Pod,
                field: format!("securityContext.sysctls[name={}]", sysctl.name).into(),
                seen: shown(&sysctl.name).into(),
                expected: "only sysctls that Kubernetes considers safe",
            });
        }
    }
}

fn windows_host_process<'a>(pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
    let options = pod.settings(
        |context| context.windows_options.as_ref(),
        |context| context.windows_options.as_ref(),
    );
    for (place, options) in options {
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

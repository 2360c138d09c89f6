//! Every control at every policy version, and what a decision rests on besides.

use serde_json::{Value, json};

use super::{
    CONTROLS, Control, HOST_NAMESPACES, Level, NEWEST, PRIVILEGED, PodView, PolicyVersion,
    labels::Policy, level_of, violated,
};
use crate::{
    inventory::{decode_json, kinds::Pod},
    wire::Labels,
};

fn pod(metadata: &Value, spec: &Value) -> Pod {
    let pod = json!({ "metadata": metadata, "spec": spec });
    decode_json(&pod.to_string()).unwrap()
}

fn view(pod: &Pod) -> PodView<'_> {
    PodView {
        metadata: &pod.metadata,
        spec: &pod.spec,
    }
}

/// The ids of the controls that a level of a version refuses a pod for.
fn refused(level: Level, minor: u32, pod: &Pod) -> Vec<&'static str> {
    violated(level, minor, &view(pod))
        .map(|control| control.id)
        .collect()
}

/// A pod that meets Restricted, with `spec` and the container's `context` in addition; null takes a field away.
fn restricted_but(spec: &Value, context: &Value) -> Pod {
    restricted_but_for(&json!({}), spec, context)
}

fn restricted_but_for(metadata: &Value, spec: &Value, context: &Value) -> Pod {
    let merged = |base: &mut Value, with: &Value| {
        for (key, value) in with.as_object().unwrap() {
            base[key] = value.clone();
        }
    };
    let mut security = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "runAsNonRoot": true,
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    merged(&mut security, context);
    let mut whole = json!({ "containers": [{ "name": "app", "securityContext": security }] });
    merged(&mut whole, spec);
    pod(metadata, &whole)
}

fn paths(control: &Control, minor: u32, pod: &Pod) -> Vec<String> {
    control
        .violations(minor, &view(pod))
        .iter()
        .map(super::Violation::path)
        .collect()
}

#[test]
fn controls_stand_in_the_order_of_messages_and_override_what_is_of_baseline() {
    let key = |control: &&&Control| (control.level, control.id);
    assert!(CONTROLS.iter().is_sorted_by_key(|control| key(&control)));
    for control in CONTROLS {
        let since: Vec<u32> = control.variants.iter().map(|it| it.since).collect();
        assert!(since.is_sorted_by(|a, b| a < b), "{}", control.id);
        assert!(since.iter().all(|minor| *minor <= NEWEST), "{}", control.id);
        if let Some(overridden) = control.overrides {
            assert_eq!(control.level, Level::Restricted);
            assert_eq!(overridden.level, Level::Baseline);
        }
    }
}

#[test]
fn each_shared_namespace_is_a_violation() {
    let shared = pod(
        &json!({}),
        &json!({ "hostNetwork": true, "hostPID": false, "hostIPC": true }),
    );
    assert_eq!(
        paths(&HOST_NAMESPACES, NEWEST, &shared),
        ["hostNetwork", "hostIPC"]
    );
}

#[test]
fn privileged_is_looked_for_in_every_list_of_containers() {
    let privileged = json!({ "privileged": true });
    let spec = json!({
        "initContainers": [{ "name": "a", "securityContext": privileged }],
        "containers": [{ "name": "b", "securityContext": { "privileged": false } }, { "name": "c" }],
        "ephemeralContainers": [{ "name": "d", "securityContext": privileged }],
    });
    assert_eq!(
        paths(&PRIVILEGED, 0, &pod(&json!({}), &spec)),
        [
            "initContainers[name=a].securityContext.privileged",
            "ephemeralContainers[name=d].securityContext.privileged"
        ]
    );
}

/// A pod, and the minors from which and up to which each of two levels refuses it, for which controls.
struct Fixture {
    name: &'static str,
    pod: Pod,
    baseline: &'static [(&'static str, u32, u32)],
    restricted: &'static [(&'static str, u32, u32)],
}

const ALWAYS: u32 = NEWEST;

#[expect(clippy::too_many_lines, reason = "a table")]
fn fixtures() -> Vec<Fixture> {
    let of_spec = |spec: Value| restricted_but(&spec, &json!({}));
    let of_context = |context: Value| restricted_but(&json!({}), &context);
    let annotated = |key: &str, value: &str| {
        restricted_but_for(
            &json!({ "annotations": { key: value } }),
            &json!({}),
            &json!({}),
        )
    };
    let fixture = |name, pod, baseline, restricted| Fixture {
        name,
        pod,
        baseline,
        restricted,
    };
    vec![
        fixture("nothing wrong", of_spec(json!({})), &[], &[]),
        fixture(
            "nothing said",
            pod(&json!({}), &json!({ "containers": [{ "name": "app" }] })),
            &[],
            &[
                ("allowPrivilegeEscalation", 8, ALWAYS),
                ("capabilities_restricted", 22, ALWAYS),
                ("runAsNonRoot", 0, ALWAYS),
                ("seccompProfile_restricted", 19, ALWAYS),
            ],
        ),
        fixture(
            "nothing said, on Windows",
            pod(
                &json!({}),
                &json!({ "os": { "name": "windows" }, "containers": [{ "name": "app" }] }),
            ),
            &[],
            &[
                ("allowPrivilegeEscalation", 8, 24),
                ("capabilities_restricted", 22, 24),
                ("runAsNonRoot", 0, ALWAYS),
                ("seccompProfile_restricted", 19, 24),
            ],
        ),
        fixture(
            "hostProcess of the pod",
            of_spec(json!({ "securityContext": { "windowsOptions": { "hostProcess": true } } })),
            &[("windowsHostProcess", 0, ALWAYS)],
            &[("windowsHostProcess", 0, ALWAYS)],
        ),
        fixture(
            "hostProcess of a container",
            of_context(json!({ "windowsOptions": { "hostProcess": true } })),
            &[("windowsHostProcess", 0, ALWAYS)],
            &[("windowsHostProcess", 0, ALWAYS)],
        ),
        fixture(
            "hostPID",
            of_spec(json!({ "hostPID": true })),
            &[("hostNamespaces", 0, ALWAYS)],
            &[("hostNamespaces", 0, ALWAYS)],
        ),
        fixture(
            "a privileged ephemeral container",
            of_spec(
                json!({ "ephemeralContainers": [{ "name": "debug", "securityContext": {
                "privileged": true, "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] },
                "runAsNonRoot": true, "seccompProfile": { "type": "Localhost" } } }] }),
            ),
            &[("privileged", 0, ALWAYS)],
            &[("privileged", 0, ALWAYS)],
        ),
        fixture(
            "a capability that is none of the runtime's",
            of_context(json!({ "capabilities": { "drop": ["ALL"], "add": ["NET_RAW"] } })),
            &[("capabilities_baseline", 0, ALWAYS)],
            &[
                ("capabilities_baseline", 0, 21),
                ("capabilities_restricted", 22, ALWAYS),
            ],
        ),
        fixture(
            "a capability of another spelling",
            of_context(json!({ "capabilities": { "drop": ["ALL"], "add": ["CAP_CHOWN"] } })),
            &[("capabilities_baseline", 0, ALWAYS)],
            &[
                ("capabilities_baseline", 0, 21),
                ("capabilities_restricted", 22, ALWAYS),
            ],
        ),
        fixture(
            "a capability of the runtime's",
            of_context(json!({ "capabilities": { "drop": ["ALL"], "add": ["CHOWN"] } })),
            &[],
            &[("capabilities_restricted", 22, ALWAYS)],
        ),
        fixture(
            "the one capability that may be taken back",
            of_context(json!({ "capabilities": { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] } })),
            &[],
            &[],
        ),
        fixture(
            "all dropped in another spelling",
            of_context(json!({ "capabilities": { "drop": ["all"] } })),
            &[],
            &[("capabilities_restricted", 22, ALWAYS)],
        ),
        fixture(
            "a capability on Windows",
            restricted_but(
                &json!({ "os": { "name": "windows" } }),
                &json!({ "capabilities": { "add": ["SYS_ADMIN"] } }),
            ),
            &[("capabilities_baseline", 0, ALWAYS)],
            &[
                ("capabilities_baseline", 0, 21),
                ("capabilities_restricted", 22, 24),
            ],
        ),
        fixture(
            "a path of the node",
            of_spec(json!({ "volumes": [{ "name": "a", "hostPath": { "path": "/data" } }] })),
            &[("hostPathVolumes", 0, ALWAYS)],
            &[("restrictedVolumes", 0, ALWAYS)],
        ),
        fixture(
            "nfs",
            of_spec(json!({ "volumes": [{ "name": "a", "nfs": {} }] })),
            &[],
            &[("restrictedVolumes", 0, ALWAYS)],
        ),
        fixture(
            "volumes of the pod",
            of_spec(json!({ "volumes": [
                { "name": "a" }, { "name": "b", "image": {} }, { "name": "c", "csi": {} }, { "name": "d", "ephemeral": {} },
                { "name": "e", "configMap": {} }, { "name": "f", "secret": {} }, { "name": "g", "projected": {} },
                { "name": "h", "downwardAPI": {} }, { "name": "i", "emptyDir": {} }, { "name": "j", "persistentVolumeClaim": {} }] })),
            &[],
            &[],
        ),
        fixture(
            "a port of the node",
            of_spec(
                json!({ "initContainers": [{ "name": "a", "ports": [{ "containerPort": 80, "hostPort": 80 }], "securityContext": {
                "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "runAsNonRoot": true,
                "seccompProfile": { "type": "RuntimeDefault" } } }] }),
            ),
            &[("hostPorts", 0, ALWAYS)],
            &[("hostPorts", 0, ALWAYS)],
        ),
        fixture(
            "a port in the network of the node",
            pod(
                &json!({}),
                &json!({ "hostNetwork": true, "os": { "name": "windows" }, "securityContext": { "runAsNonRoot": true },
                    "containers": [{ "name": "app", "ports": [{ "containerPort": 80 }] }] }),
            ),
            &[("hostNamespaces", 0, ALWAYS), ("hostPorts", 0, ALWAYS)],
            &[
                ("allowPrivilegeEscalation", 8, 24),
                ("capabilities_restricted", 22, 24),
                ("hostNamespaces", 0, ALWAYS),
                ("hostPorts", 0, ALWAYS),
                ("seccompProfile_restricted", 19, 24),
            ],
        ),
        fixture(
            "AppArmor off for a container that is not there",
            annotated(
                "container.apparmor.security.beta.kubernetes.io/gone",
                "unconfined",
            ),
            &[("appArmorProfile", 0, ALWAYS)],
            &[("appArmorProfile", 0, ALWAYS)],
        ),
        fixture(
            "an AppArmor profile of the node",
            annotated(
                "container.apparmor.security.beta.kubernetes.io/gone",
                "localhost/x",
            ),
            &[],
            &[],
        ),
        fixture(
            "AppArmor off for the pod",
            of_spec(json!({ "securityContext": { "appArmorProfile": { "type": "Unconfined" } } })),
            &[("appArmorProfile", 0, ALWAYS)],
            &[("appArmorProfile", 0, ALWAYS)],
        ),
        fixture(
            "an AppArmor profile without a type",
            of_context(json!({ "appArmorProfile": { "type": "" } })),
            &[("appArmorProfile", 0, ALWAYS)],
            &[("appArmorProfile", 0, ALWAYS)],
        ),
        fixture(
            "an SELinux type of container engines",
            of_context(json!({ "seLinuxOptions": { "type": "container_engine_t" } })),
            &[("seLinuxOptions", 0, 30)],
            &[("seLinuxOptions", 0, 30)],
        ),
        fixture(
            "an SELinux type that confines nothing",
            of_spec(json!({ "securityContext": { "seLinuxOptions": { "type": "spc_t" } } })),
            &[("seLinuxOptions", 0, ALWAYS)],
            &[("seLinuxOptions", 0, ALWAYS)],
        ),
        fixture(
            "an SELinux user",
            of_context(json!({ "seLinuxOptions": { "user": "u" } })),
            &[("seLinuxOptions", 0, ALWAYS)],
            &[("seLinuxOptions", 0, ALWAYS)],
        ),
        fixture(
            "an SELinux role",
            of_context(json!({ "seLinuxOptions": { "role": "r" } })),
            &[("seLinuxOptions", 0, ALWAYS)],
            &[("seLinuxOptions", 0, ALWAYS)],
        ),
        fixture(
            "an SELinux level, and empty options",
            of_context(
                json!({ "seLinuxOptions": { "level": "s0:c1,c2", "type": "", "user": "", "role": "" } }),
            ),
            &[],
            &[],
        ),
        fixture(
            "/proc unmasked",
            of_context(json!({ "procMount": "Unmasked" })),
            &[("procMount", 0, ALWAYS)],
            &[("procMount", 0, 34), ("procMount_restricted", 35, ALWAYS)],
        ),
        fixture(
            "an empty procMount",
            of_context(json!({ "procMount": "" })),
            &[("procMount", 0, ALWAYS)],
            &[("procMount", 0, 34), ("procMount_restricted", 35, ALWAYS)],
        ),
        fixture(
            "root and /proc in a user namespace",
            restricted_but(
                &json!({ "hostUsers": false }),
                &json!({ "runAsUser": 0, "runAsNonRoot": null, "procMount": "Unmasked" }),
            ),
            &[("procMount", 0, 34)],
            &[
                ("procMount", 0, 34),
                ("procMount_restricted", 35, ALWAYS),
                ("runAsNonRoot", 0, 34),
                ("runAsUser", 23, 34),
            ],
        ),
        fixture(
            "seccomp off for the pod, and on for its container",
            of_spec(json!({ "securityContext": { "seccompProfile": { "type": "Unconfined" } } })),
            &[("seccompProfile_baseline", 19, ALWAYS)],
            &[("seccompProfile_restricted", 19, ALWAYS)],
        ),
        fixture(
            "a seccomp profile without a type",
            of_context(json!({ "seccompProfile": { "type": "" } })),
            &[("seccompProfile_baseline", 19, ALWAYS)],
            &[("seccompProfile_restricted", 19, ALWAYS)],
        ),
        fixture(
            "seccomp off by annotation",
            annotated("seccomp.security.alpha.kubernetes.io/pod", "unconfined"),
            &[("seccompProfile_baseline", 0, 18)],
            &[("seccompProfile_baseline", 0, 18)],
        ),
        fixture(
            "seccomp off by annotation for the container",
            annotated("container.seccomp.security.alpha.kubernetes.io/app", ""),
            &[("seccompProfile_baseline", 0, 18)],
            &[("seccompProfile_baseline", 0, 18)],
        ),
        fixture(
            "seccomp off by annotation for a container that is not there",
            annotated(
                "container.seccomp.security.alpha.kubernetes.io/gone",
                "unconfined",
            ),
            &[],
            &[],
        ),
        fixture(
            "seccomp off on Windows",
            restricted_but(
                &json!({ "os": { "name": "windows" } }),
                &json!({ "seccompProfile": { "type": "Unconfined" } }),
            ),
            &[("seccompProfile_baseline", 19, ALWAYS)],
            &[("seccompProfile_restricted", 19, 24)],
        ),
        fixture(
            "a kernel parameter of the node",
            of_spec(json!({ "securityContext": { "sysctls": [{ "name": "kernel.msgmax" }] } })),
            &[("sysctls", 0, ALWAYS)],
            &[("sysctls", 0, ALWAYS)],
        ),
        fixture(
            "kernel parameters of the pod",
            of_spec(json!({ "securityContext": { "sysctls": [
                { "name": "kernel.shm_rmid_forced" }, { "name": "net.ipv4.ip_local_port_range" }, { "name": "net.ipv4.tcp_syncookies" },
                { "name": "net.ipv4.ping_group_range" }, { "name": "net.ipv4.ip_unprivileged_port_start" }] } })),
            &[],
            &[],
        ),
        fixture(
            "ports kept free",
            of_spec(
                json!({ "securityContext": { "sysctls": [{ "name": "net.ipv4.ip_local_reserved_ports" }] } }),
            ),
            &[("sysctls", 0, 26)],
            &[("sysctls", 0, 26)],
        ),
        fixture(
            "how connections are kept alive",
            of_spec(json!({ "securityContext": { "sysctls": [
                { "name": "net.ipv4.tcp_keepalive_time" }, { "name": "net.ipv4.tcp_fin_timeout" },
                { "name": "net.ipv4.tcp_keepalive_intvl" }, { "name": "net.ipv4.tcp_keepalive_probes" }] } })),
            &[("sysctls", 0, 28)],
            &[("sysctls", 0, 28)],
        ),
        fixture(
            "buffers of connections",
            of_spec(
                json!({ "securityContext": { "sysctls": [{ "name": "net.ipv4.tcp_rmem" }, { "name": "net.ipv4.tcp_wmem" }] } }),
            ),
            &[("sysctls", 0, 31)],
            &[("sysctls", 0, 31)],
        ),
        fixture(
            "what is sent of connections",
            of_spec(json!({ "securityContext": { "sysctls": [
                { "name": "net.ipv4.tcp_notsent_lowat" }, { "name": "net.ipv4.tcp_slow_start_after_idle" }] } })),
            &[("sysctls", 0, 36)],
            &[("sysctls", 0, 36)],
        ),
        fixture(
            "a probe of another host",
            of_spec(
                json!({ "securityContext": { "seccompProfile": { "type": "RuntimeDefault" }, "runAsNonRoot": true },
                "containers": [{ "name": "app", "livenessProbe": { "tcpSocket": { "host": "127.0.0.1", "port": 80 } },
                    "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } } }] }),
            ),
            &[("hostProbesAndHostLifecycle", 34, ALWAYS)],
            &[("hostProbesAndHostLifecycle", 34, ALWAYS)],
        ),
        fixture(
            "a hook that asks another host, and a probe that does not",
            of_spec(
                json!({ "securityContext": { "seccompProfile": { "type": "RuntimeDefault" }, "runAsNonRoot": true },
                "containers": [{ "name": "app", "readinessProbe": { "httpGet": { "host": "", "port": 80 } },
                    "lifecycle": { "preStop": { "httpGet": { "host": "db", "port": 80 } } },
                    "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } } }] }),
            ),
            &[("hostProbesAndHostLifecycle", 34, ALWAYS)],
            &[("hostProbesAndHostLifecycle", 34, ALWAYS)],
        ),
        fixture(
            "root allowed for the pod, and not for its container",
            of_spec(json!({ "securityContext": { "runAsNonRoot": false } })),
            &[],
            &[("runAsNonRoot", 0, ALWAYS)],
        ),
        fixture(
            "root allowed for the container",
            restricted_but(
                &json!({ "securityContext": { "runAsNonRoot": true } }),
                &json!({ "runAsNonRoot": false }),
            ),
            &[],
            &[("runAsNonRoot", 0, ALWAYS)],
        ),
        fixture(
            "root for the pod, and not for its container",
            restricted_but(
                &json!({ "securityContext": { "runAsUser": 0 } }),
                &json!({ "runAsUser": 1000 }),
            ),
            &[],
            &[("runAsUser", 23, ALWAYS)],
        ),
        fixture(
            "more privileges allowed",
            of_context(json!({ "allowPrivilegeEscalation": true })),
            &[],
            &[("allowPrivilegeEscalation", 8, ALWAYS)],
        ),
    ]
}

#[test]
fn every_control_decides_in_every_version_as_its_wording_then_did() {
    let mut tested = std::collections::BTreeSet::new();
    for fixture in fixtures() {
        let Fixture {
            name,
            pod,
            baseline,
            restricted,
        } = &fixture;
        for minor in 0..=NEWEST {
            for (level, controls) in [(Level::Baseline, baseline), (Level::Restricted, restricted)]
            {
                let mut expected: Vec<&str> = controls
                    .iter()
                    .filter(|(_, from, to)| (*from..=*to).contains(&minor))
                    .map(|(id, ..)| *id)
                    .collect();
                expected.sort_by_key(|id| CONTROLS.iter().position(|control| control.id == *id));
                let judged = refused(level, minor, pod);
                assert_eq!(judged, expected, "{name} at {level:?} of 1.{minor}");
                tested.extend(judged);
            }
            assert!(refused(Level::Privileged, minor, pod).is_empty());
        }
    }
    assert_eq!(tested.len(), CONTROLS.len(), "{tested:?}");
}

#[test]
fn the_level_of_a_pod_is_the_strictest_that_admits_it() {
    let level =
        |spec: &Value, context: &Value| level_of(NEWEST, &view(&restricted_but(spec, context)));
    assert_eq!(level(&json!({}), &json!({})), Level::Restricted);
    assert_eq!(
        level(&json!({}), &json!({ "runAsUser": 0 })),
        Level::Baseline
    );
    assert_eq!(
        level(&json!({ "hostPID": true }), &json!({})),
        Level::Privileged
    );
}

#[test]
fn several_values_are_named_in_the_plural() {
    let reason = |annotations: Value, spec: Value, context: Value| {
        let metadata = json!({ "annotations": annotations });
        let pod = restricted_but_for(&metadata, &spec, &context);
        super::APP_ARMOR.reason(&view(&pod))
    };
    let (one, several) = ("forbidden AppArmor profile", "forbidden AppArmor profiles");
    let unconfined = json!({ "appArmorProfile": { "type": "Unconfined" } });
    let key = |name: &str| format!("container.apparmor.security.beta.kubernetes.io/{name}");
    assert_eq!(reason(json!({}), json!({}), unconfined.clone()), one);
    // The same value twice is one value.
    let pod_too = json!({ "securityContext": unconfined });
    assert_eq!(reason(json!({}), pod_too, unconfined.clone()), one);
    assert_eq!(
        reason(
            json!({}),
            json!({ "securityContext": { "appArmorProfile": { "type": "" } } }),
            unconfined
        ),
        several
    );
    assert_eq!(
        reason(json!({ key("gone"): "unconfined" }), json!({}), json!({})),
        one
    );
    // The API server copies it to the container's field.
    assert_eq!(
        reason(json!({ key("app"): "unconfined" }), json!({}), json!({})),
        several
    );
    assert_eq!(
        reason(
            json!({ key("app"): "unconfined" }),
            json!({ "os": { "name": "windows" } }),
            json!({})
        ),
        one
    );
    // It cannot copy what it does not understand, and leaves alone what is there.
    assert_eq!(
        reason(json!({ key("app"): "complain" }), json!({}), json!({})),
        one
    );
    assert_eq!(
        reason(
            json!({ key("app"): "unconfined" }),
            json!({}),
            json!({ "appArmorProfile": { "type": "RuntimeDefault" } })
        ),
        one
    );
}

#[test]
fn dangerous_capabilities_come_first_and_other_spellings_are_explained() {
    let context = json!({ "capabilities": { "add": ["WAKE_ALARM", "CHOWN", "CAP_NET_ADMIN", "sys_admin", "SYS_ADMIN", "ALL"] } });
    let pod = restricted_but(&json!({}), &context);
    let found = super::CAPABILITIES.violations(NEWEST, &view(&pod));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].seen,
        "ALL, SYS_ADMIN, CAP_NET_ADMIN (Kubernetes spells it NET_ADMIN), WAKE_ALARM, sys_admin (Kubernetes spells it SYS_ADMIN)"
    );
}

#[test]
fn versions_are_told_by_their_exact_form() {
    for (text, version) in [
        ("latest", Some(PolicyVersion::Latest)),
        ("v1.0", Some(PolicyVersion::Minor(0))),
        ("v1.36", Some(PolicyVersion::Minor(36))),
        ("v1.99999999999", Some(PolicyVersion::Minor(u32::MAX))),
        ("v1.99999999999999999999", None),
        ("v1.036", None),
        ("v1.", None),
        ("v1.-1", None),
        ("v1.+1", None),
        ("1.36", None),
        ("v2.0", None),
        ("Latest", None),
        ("", None),
    ] {
        assert_eq!(PolicyVersion::parse(text), version, "{text}");
    }
    let server = Some(34);
    assert_eq!(PolicyVersion::Latest.minor(server), 34);
    assert_eq!(PolicyVersion::Minor(30).minor(server), 30);
    assert_eq!(PolicyVersion::Minor(36).minor(server), 34);
    assert_eq!(PolicyVersion::Latest.minor(Some(99)), NEWEST);
    assert_eq!(PolicyVersion::Minor(u32::MAX).minor(None), NEWEST);
}

#[test]
fn labels_demand_what_the_plugin_reads_in_them() {
    let policy = |labels: &[(&str, &str)]| {
        let labels: Labels = labels
            .iter()
            .map(|(key, value)| {
                let key = format!("pod-security.kubernetes.io/{key}");
                (key.into(), (*value).into())
            })
            .collect();
        Policy::of(&labels)
    };
    let levels = |policy: &Policy| (policy.enforce.level, policy.audit.level, policy.warn.level);
    let (privileged, baseline, restricted) =
        (Level::Privileged, Level::Baseline, Level::Restricted);

    assert_eq!(policy(&[]), Policy::default());
    // A level that is enforced is warned of.
    let enforced = policy(&[("enforce", "baseline"), ("enforce-version", "v1.30")]);
    assert_eq!(levels(&enforced), (baseline, privileged, baseline));
    assert_eq!(enforced.warn.version, PolicyVersion::Minor(30));
    let pinned = policy(&[
        ("enforce", "baseline"),
        ("enforce-version", "v1.30"),
        ("warn-version", "v1.35"),
    ]);
    assert_eq!(pinned.warn.version, PolicyVersion::Minor(35));
    let told = policy(&[
        ("enforce", "restricted"),
        ("warn", "baseline"),
        ("audit", "restricted"),
    ]);
    assert_eq!(levels(&told), (restricted, restricted, baseline));
    assert!(told.invalid.is_empty());
    // An unknown level refuses the most, and tells the least; it does not warn either.
    let wrong = policy(&[
        ("enforce", "Restricted"),
        ("audit", "none"),
        ("warn-version", "v1"),
    ]);
    assert_eq!(levels(&wrong), (restricted, privileged, privileged));
    assert_eq!(
        wrong.invalid,
        [
            "pod-security.kubernetes.io/enforce",
            "pod-security.kubernetes.io/audit",
            "pod-security.kubernetes.io/warn-version"
        ]
    );
    let wrong = policy(&[
        ("enforce", "baseline"),
        ("warn", "off"),
        ("enforce-version", "1.30"),
    ]);
    assert_eq!(levels(&wrong), (baseline, privileged, privileged));
    assert_eq!(wrong.enforce.version, PolicyVersion::Latest);
}

//! What must not outlive decoding is dropped here, and what is equal is shared.

use super::{
    control_plane::component_of,
    types::{
        ConfigMap, Container, Pod, PodSpec, VolumeMountStatus, WebhookConfiguration, base_name,
    },
};
use crate::{model::Text, wire::Shared};

/// The ConfigMaps whose values checks read, as namespace/name.
const KEPT_CONFIG_MAPS: &[(&str, &str)] = &[
    ("kube-system", "kubeadm-config"),
    ("kube-system", "cluster-autoscaler-status"),
    ("kube-system", "coredns"),
    ("kube-system", "shoot-info"),
    ("openshift-machine-api", "cluster-autoscaler-status"),
    ("openshift-kube-apiserver", "config"),
];

/// Drops a ConfigMap's values, unless checks read them.
pub(super) fn config_map(object: &mut ConfigMap) {
    object.holds_alerts |= object.data.holds_alerts();
    let kept = KEPT_CONFIG_MAPS.contains(&(&object.metadata.namespace, &object.metadata.name));
    if !kept {
        object.data.drop_values();
    }
    object.binary_data.drop_values();
}

/// Drops what may be a secret from the URLs of webhooks.
pub(super) fn webhooks(object: &mut WebhookConfiguration) {
    for webhook in &mut object.webhooks {
        if let Some(url) = &mut webhook.client_config.url {
            *url = without_credentials(url).into();
        }
    }
}

/// Keeps a URL's scheme, host and path: a user's password or a token may stand in the rest.
fn without_credentials(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest
                .find('/')
                .map_or((rest, ""), |slash| rest.split_at(slash));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// Drops a pod's command lines, unless it is one of the control plane; where it runs is put apart.
pub(super) fn pod(object: &mut Pod) {
    let control_plane = component_of(object).is_some();
    let spec = object.spec.to_mut();
    if !spec.node_name.is_empty() {
        object.node_name = std::mem::take(&mut spec.node_name);
    }
    reduce_spec(spec, control_plane);
    object.spec.share();
    let status = &mut object.status;
    let lists = [
        &mut status.init_container_statuses,
        &mut status.container_statuses,
        &mut status.ephemeral_container_statuses,
    ];
    for status in lists.into_iter().flatten() {
        // Every mount is listed; what an image fills is told alone.
        let filled = |mount: &VolumeMountStatus| mount.volume_status.is_some();
        if !status.volume_mounts.iter().any(filled) {
            status.volume_mounts = Vec::new();
        }
    }
}

/// Drops the command lines of a pod template.
pub(super) fn template(spec: Option<&mut Shared<PodSpec>>) {
    if let Some(spec) = spec {
        reduce_spec(spec.to_mut(), false);
        spec.share();
    }
}

fn reduce_spec(spec: &mut PodSpec, control_plane: bool) {
    let lists = [
        &mut spec.init_containers,
        &mut spec.containers,
        &mut spec.ephemeral_containers,
    ];
    for container in lists.into_iter().flatten() {
        reduce_container(container, control_plane);
    }
}

fn reduce_container(container: &mut Container, control_plane: bool) {
    if container.command_facts.is_empty() {
        container.command_facts = facts_of_command(&container.command, &container.args);
    }
    if !control_plane {
        container.command = Vec::new();
        container.args = Vec::new();
        if container.env.iter().any(|variable| variable.flag.is_some()) {
            for variable in container.env.to_mut() {
                variable.flag = None;
            }
            container.env.share();
        }
    }
}

/// What checks need to know of a command line, which itself may hold secrets and is dropped.
pub fn facts_of_command(command: &[Text], args: &[Text]) -> Vec<Text> {
    if command.is_empty() && args.is_empty() {
        return Vec::new();
    }
    let words: Vec<&str> = command
        .iter()
        .chain(args)
        .flat_map(|word| word.split_whitespace())
        .collect();
    let has = |flag: &str| {
        words.iter().any(|word| {
            *word == flag
                || word
                    .strip_prefix(flag)
                    .is_some_and(|rest| rest.starts_with('=') && rest != "=false")
        })
    };
    let facts = [
        (
            "jetstream",
            has("-js") || has("--jetstream") || has("-sd") || has("--store_dir"),
        ),
        (
            "prometheus-agent",
            has("--agent")
                || words
                    .iter()
                    .any(|word| word.starts_with("--enable-feature=") && word.contains("agent")),
        ),
        ("network-policy", has("--enable-network-policy")),
        (
            "etcd-snapshot",
            words.windows(2).any(|pair| {
                matches!(base_name(pair[0]), "etcdctl" | "etcdutl") && pair[1] == "snapshot"
            }),
        ),
        (
            "server",
            words.first().is_some_and(|word| *word == "server")
                || words.get(1) == Some(&"server")
                || has("-server"),
        ),
        (
            "agent",
            words
                .iter()
                .take(2)
                .any(|word| matches!(*word, "agent" | "proxy")),
        ),
        (
            "name-server",
            words.iter().any(|word| {
                matches!(
                    base_name(end(word)),
                    "mqnamesrv" | "mqcontroller" | "mqproxy"
                )
            }),
        ),
        (
            "pulsar-store",
            words.windows(2).any(|pair| {
                base_name(pair[0]) == "pulsar" && PULSAR_STORES.contains(&end(pair[1]))
            }),
        ),
        ("idle", is_idle(&words)),
        ("rule", words.iter().take(2).any(|word| *word == "rule")),
    ];
    facts
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(fact, _)| fact.into())
        .chain(target(&words).map(|parts| format!("target={parts}").into()))
        .collect()
}

/// The parts of Pulsar that keep data, as its command names them.
const PULSAR_STORES: &[&str] = &[
    "bookie",
    "bookkeeper",
    "configuration-store",
    "global-zookeeper",
    "standalone",
    "zookeeper",
];

/// A word without what ends a shell's command.
fn end(word: &str) -> &str {
    word.trim_end_matches([';', '&'])
}

/// Whether a command only keeps its container running.
fn is_idle(words: &[&str]) -> bool {
    let shell = words
        .iter()
        .take_while(|word| matches!(base_name(word), "sh" | "bash" | "-c" | "-ec" | "exec"))
        .count();
    match words.get(shell..) {
        Some([first, length]) => base_name(first) == "sleep" && end(length) == *length,
        Some([first, .., last]) => base_name(first) == "tail" && *last == "/dev/null",
        _ => false,
    }
}

/// Which parts of a system a command line asks for, as Loki, Mimir and Tempo take it; an address is none.
fn target<'w>(words: &[&'w str]) -> Option<&'w str> {
    let place = words.iter().position(|word| {
        let flag = word.split('=').next();
        matches!(flag, Some("-target" | "--target"))
    })?;
    let parts = match words[place].split_once('=') {
        Some((_, parts)) => parts,
        None => words.get(place + 1)?,
    };
    let is_part = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b',');
    (!parts.is_empty() && parts.len() <= 128 && parts.bytes().all(is_part)).then_some(parts)
}

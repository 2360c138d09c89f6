//! What must not outlive decoding is dropped here, and what is equal is shared.

use std::fmt::Write as _;

use super::{
    control_plane::{ControlPlaneComponent, component_of, parse_flags},
    facts::Flags,
    kept_flags::{ANOTHER, reduce_flags, reduce_openshift},
    types::{
        ConfigMap, Container, Pod, PodSpec, StorageClass, VolumeMountStatus, WebhookConfiguration,
        base_name,
    },
};
use crate::{
    model::{Text, credentials::MASK},
    wire::{Shared, Time},
};

/// The values of ConfigMaps that checks read, as namespace, name and key, and what is left of each.
const READ_VALUES: &[(&str, &str, &str, Rest)] = &[
    (
        "kube-system",
        "cluster-autoscaler-status",
        "status",
        report_of_autoscaler,
    ),
    (
        "openshift-machine-api",
        "cluster-autoscaler-status",
        "status",
        report_of_autoscaler,
    ),
    (
        "openshift-kube-apiserver",
        "config",
        "config.yaml",
        reduce_openshift,
    ),
];

/// The facts that checks read of a value, written so that they read the same again; none when there are none.
type Rest = fn(&str) -> Option<String>;

/// Drops a ConfigMap's values, but for the facts that checks read of a few.
pub(super) fn config_map(object: &mut ConfigMap) {
    object.holds_alerts |= object.data.holds_alerts();
    let rest = READ_VALUES.iter().find_map(|(namespace, name, key, rest)| {
        let is_it = object.metadata.namespace == *namespace && object.metadata.name == *name;
        let value = object.data.get(key).filter(|_| is_it)?;
        Some((*key, rest(value)?))
    });
    object.data.drop_values();
    object.binary_data.drop_values();
    if let Some((key, value)) = rest {
        object.data.set(key, value.into());
    }
}

/// When Cluster Autoscaler reported, and how it says that the cluster is: YAML since 1.30, a text for people before.
fn report_of_autoscaler(report: &str) -> Option<String> {
    let mut kept = String::new();
    if let Some((date, time)) = report.lines().next().and_then(written_time) {
        let _ = writeln!(kept, "time: {date} {time} +0000 UTC");
    }
    // The health of the cluster as a whole comes before those of its groups of nodes.
    let mut lines = report.lines().map(str::trim);
    let health = lines.find_map(|line| {
        line.strip_prefix("health:")
            .or_else(|| line.strip_prefix("Health:"))
    });
    let health = match health.map(str::trim) {
        Some("") => lines.find_map(|line| line.strip_prefix("status:")),
        health => health,
    };
    let is_word =
        |word: &&str| word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some(health) = health.and_then(|health| health.split_whitespace().next()) {
        let health = Some(health).filter(is_word).unwrap_or(MASK);
        let _ = writeln!(kept, "health: {health}");
    }
    Some(kept)
}

/// The date and the time of day in `time: 2026-11-25 02:59:50.123 +0000 UTC`, or in
/// `Cluster-autoscaler status at 2026-11-25 …:`.
fn written_time(line: &str) -> Option<(&str, &str)> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| !word.starts_with("20"));
    let (date, time) = (words.next()?, words.next()?);
    let time = time.split('.').next()?;
    let is_time = format!("{date}T{time}Z").parse::<Time>().is_ok();
    is_time.then_some((date, time))
}

/// What is kept of a StorageClass's parameter: that it makes a disk one of several zones; of all others nothing is read, and
/// any may be a password.
fn kept_parameter(name: &str, value: &str) -> Option<&'static str> {
    match (name.to_lowercase().as_str(), value.to_lowercase().as_str()) {
        ("replication-type", "regional-pd") => Some("regional-pd"),
        ("type", "hyperdisk-balanced-high-availability") => {
            Some("hyperdisk-balanced-high-availability")
        }
        // `Premium_ZRS`, `StandardSSD_ZRS`.
        ("skuname" | "storageaccounttype", value) if value.ends_with("_zrs") => Some("_ZRS"),
        _ => None,
    }
}

/// Drops a StorageClass's parameters, but for what checks read of them.
pub(super) fn storage_class(object: &mut StorageClass) {
    object.parameters = object
        .parameters
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), kept_parameter(name, value)?.into())))
        .collect();
}

/// Drops what may be a secret from the URLs of webhooks.
pub(super) fn webhooks(object: &mut WebhookConfiguration) {
    for webhook in &mut object.webhooks {
        if let Some(url) = &mut webhook.client_config.url {
            *url = address(url).into();
        }
    }
}

/// Keeps a URL's scheme, host and path: a user's password or a token may stand in the rest.
fn address(url: &str) -> String {
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

/// Drops a pod's command lines, of one of the control plane all but what checks read; where it runs is put apart.
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
    if control_plane {
        reduce_command(container);
    } else {
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

/// Leaves of the command line of a control-plane container which programs of the control plane it names, whether one comes
/// first, and the flags that checks read.
fn reduce_command(container: &mut Container) {
    let words = || {
        container
            .command
            .iter()
            .chain(&container.args)
            .flat_map(|word| word.split_whitespace())
    };
    let Some(first) = words().next() else {
        container.command = Vec::new();
        container.args = Vec::new();
        return;
    };
    let mut command: Vec<&str> = Vec::new();
    if !ControlPlaneComponent::is_program(base_name(first)) {
        command.push(ANOTHER);
    }
    for word in words().map(base_name) {
        if ControlPlaneComponent::is_program(word) && !command.contains(&word) {
            command.push(word);
        }
    }
    let mut flags = Flags::new();
    parse_flags(words(), &mut flags);
    let command = command.into_iter().map(Text::from).collect();
    let args = reduce_flags(&flags)
        .iter()
        .map(|(name, value)| format!("--{name}={value}").into())
        .collect();
    container.command = command;
    container.args = args;
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
        ("leader-elect", words.iter().any(|word| elects_leader(word))),
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

/// Whether a flag switches the election of a leader on.
fn elects_leader(word: &str) -> bool {
    let (flag, value) = word.split_once('=').unwrap_or((word, "true"));
    let Some(name) = flag.strip_prefix('-') else {
        return false;
    };
    let name = name.trim_start_matches('-').to_lowercase();
    let name = name.replace(['-', '_', '.'], "");
    let name = name.strip_prefix("enable").unwrap_or(&name);
    let name = name
        .strip_suffix("enabled")
        .or(name.strip_suffix("enable"))
        .unwrap_or(name);
    matches!(name, "leaderelect" | "leaderelection")
        && matches!(
            value.trim_matches(['"', '\'']),
            "true" | "True" | "TRUE" | "t" | "T" | "1"
        )
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

#[cfg(test)]
mod tests {
    use super::reduce_command;
    use crate::inventory::types::Container;

    fn reduced(words: &[&str]) -> (String, Vec<String>) {
        let mut container = Container {
            args: words.iter().map(|word| (*word).into()).collect(),
            ..Container::default()
        };
        reduce_command(&mut container);
        let once = container.clone();
        reduce_command(&mut container);
        assert_eq!(container, once, "twice");
        let own = |texts: &[crate::model::Text]| {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        (own(&once.command).join(" "), own(&once.args))
    }

    #[test]
    fn a_command_line_keeps_the_flags_that_checks_read() {
        let line = [
            "/usr/bin/kube-apiserver",
            "--audit-log-path",
            "/var/log/hunter2",
            "--etcd-servers=https://root:hunter2@a:2379,https://[::1]:2379/hunter2?x",
            "--oidc-client-secret=hunter2",
            "--token",
            "hunter2",
            "hunter2",
        ];
        let (command, args) = reduced(&line);
        assert_eq!(command, "kube-apiserver");
        assert_eq!(
            args,
            [
                "--audit-log-path=true",
                "--etcd-servers=https://a:2379,https://[::1]:2379"
            ]
        );
        let (command, args) = reduced(&["sh", "-c", "exec etcd --config-file=/hunter2"]);
        assert_eq!(
            (command.as_str(), args),
            ("… etcd", vec!["--config-file=true".to_owned()])
        );
        let (command, args) = reduced(&["hunter2", "--password=hunter2"]);
        assert_eq!((command.as_str(), args), ("…", vec![]));
        assert_eq!(reduced(&[]), (String::new(), vec![]));
    }
}

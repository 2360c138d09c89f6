//! What must not outlive decoding is dropped here, and what is equal is shared.

use super::{
    control_plane::component_of,
    types::{self, Container, Pod, PodSpec, base_name},
};
use crate::{model::Text, wire::Shared};

/// Drops what must not outlive decoding.
pub(crate) trait Reduce {
    /// Drops it.
    fn reduce(&mut self) {}
}

macro_rules! nothing_to_drop {
    ($($type:ident)+) => { $(impl Reduce for types::$type {})+ };
}

nothing_to_drop! {
    Node Namespace Service ServiceAccount Secret PersistentVolumeClaim PersistentVolume
    LimitRange Event HorizontalPodAutoscaler PodDisruptionBudget EndpointSlice NetworkPolicy Ingress IngressClass
    StorageClass CsiDriver Role ClusterRole RoleBinding ClusterRoleBinding Lease ApiService
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding PriorityClass RuntimeClass ScaledJob ScaledObject
    CiliumNetworkPolicy GlobalNetworkPolicy ClusterNetworkPolicy GatewayClass KyvernoPolicy ImageValidatingPolicy
    Constraint ClusterAdmissionPolicy SecurityContextConstraints NodeMetrics OpenShiftApiServer
    OpenShiftClusterImagePolicy ClusterOperator VolumeAttachment
    LonghornRecurringJob CnpgScheduledBackup
    Gateway HttpRoute PrometheusRule
}

/// The ConfigMaps whose values checks read, as namespace/name.
const KEPT_CONFIG_MAPS: &[(&str, &str)] = &[
    ("kube-system", "kubeadm-config"),
    ("kube-system", "cluster-autoscaler-status"),
    ("kube-system", "coredns"),
    ("kube-system", "shoot-info"),
    ("openshift-machine-api", "cluster-autoscaler-status"),
    ("openshift-kube-apiserver", "config"),
];

impl Reduce for types::ConfigMap {
    fn reduce(&mut self) {
        self.holds_alerts |= self.data.holds_alerts();
        let kept = KEPT_CONFIG_MAPS.contains(&(&self.metadata.namespace, &self.metadata.name));
        if !kept {
            self.data.drop_values();
        }
        self.binary_data.drop_values();
    }
}

impl Reduce for types::WebhookConfiguration {
    fn reduce(&mut self) {
        for webhook in &mut self.webhooks {
            if let Some(url) = &mut webhook.client_config.url {
                *url = without_credentials(url).into();
            }
        }
    }
}

/// Of a URL only scheme, host and path: a user's password or a token may stand in the rest.
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

impl Reduce for Pod {
    fn reduce(&mut self) {
        let control_plane = component_of(self).is_some();
        let spec = self.spec.to_mut();
        if !spec.node_name.is_empty() {
            self.node_name = std::mem::take(&mut spec.node_name);
        }
        reduce_spec(spec, control_plane);
        self.spec.share();
    }
}

fn reduce_template(spec: &mut Shared<PodSpec>) {
    reduce_spec(spec.to_mut(), false);
    spec.share();
}

macro_rules! drop_from_template {
    ($($type:ident: $($field:ident).+;)+) => { $(impl Reduce for types::$type {
        fn reduce(&mut self) {
            reduce_template(&mut self.$($field).+);
        }
    })+ };
}

drop_from_template! {
    Deployment: spec.template.spec;
    StatefulSet: spec.template.spec;
    DaemonSet: spec.template.spec;
    ReplicaSet: spec.template.spec;
    ReplicationController: spec.template.spec;
    Job: spec.template.spec;
    CronJob: spec.job_template.spec.template.spec;
}

impl Reduce for types::Rollout {
    fn reduce(&mut self) {
        if let Some(template) = &mut self.spec.template {
            reduce_template(&mut template.spec);
        }
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
    ];
    facts
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(fact, _)| fact.into())
        .chain(target(&words).map(|parts| format!("target={parts}").into()))
        .collect()
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

//! Control-plane pods: how they are recognised, and what their flags say (rule 13 of RULES.md).

use std::fmt;

use super::{
    facts::Flags,
    types::{Container, Pod, base_name},
};
use crate::model::Text;

/// A component of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ControlPlaneComponent {
    ApiServer,
    ControllerManager,
    Scheduler,
    Etcd,
}

impl ControlPlaneComponent {
    /// All components.
    pub const ALL: [Self; 4] = [
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Etcd,
    ];

    /// The name of its program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Etcd => "etcd",
        }
    }

    /// Whether a name is that of a component's program.
    pub fn is_program(name: &str) -> bool {
        Self::of_program(name).is_some()
    }

    fn of_program(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|component| component.program() == name)
    }
}

impl fmt::Display for ControlPlaneComponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.program())
    }
}

/// Whether the pod is the API's picture of a static pod.
pub fn is_mirror(pod: &Pod) -> bool {
    pod.metadata.annotations.has("kubernetes.io/config.mirror")
}

/// Which component of the control plane a pod runs, if any.
pub fn component_of(pod: &Pod) -> Option<ControlPlaneComponent> {
    let metadata = &pod.metadata;
    let candidate = is_mirror(pod)
        || metadata.labels.is("tier", "control-plane")
        || metadata.namespace == "kube-system"
        || metadata.labels.is("app", "openshift-kube-apiserver")
        || metadata.namespace == "openshift-etcd";
    if !candidate {
        return None;
    }
    metadata
        .labels
        .get("component")
        .and_then(|component| ControlPlaneComponent::of_program(component))
        .or_else(|| {
            pod.spec.containers.iter().find_map(|container| {
                words(container)
                    .next()
                    .and_then(|word| ControlPlaneComponent::of_program(base_name(word)))
            })
        })
}

fn words(container: &Container) -> impl Iterator<Item = &str> {
    container
        .command
        .iter()
        .chain(&container.args)
        .flat_map(|word| word.split_whitespace())
}

/// The flags of a control-plane pod, by name without dashes; a flag without a value is `true`.
pub fn flags_of(pod: &Pod, component: ControlPlaneComponent) -> Flags {
    let mut flags = Flags::new();
    let container = pod
        .spec
        .containers
        .iter()
        .find(|container| {
            container.name == component.program()
                || words(container).any(|word| base_name(word) == component.program())
        })
        .or_else(|| pod.spec.containers.first());
    let Some(container) = container else {
        return flags;
    };
    if component == ControlPlaneComponent::Etcd {
        for variable in &container.env {
            if let (Some(name), Some(value)) =
                (variable.name.strip_prefix("ETCD_"), variable.flag())
            {
                let name = name.to_ascii_lowercase().replace('_', "-");
                flags.insert(name.into(), value.clone());
            }
        }
    }
    parse_flags(words(container), &mut flags);
    flags
}

/// Reads `--name=value`, `--name value` and `--name` from the words of a command line.
pub fn parse_flags<'a>(words: impl Iterator<Item = &'a str>, flags: &mut Flags) {
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let (name, value): (&str, Text) = match flag.split_once('=') {
            Some((name, value)) => (name, value.trim_matches(['"', '\'']).into()),
            None => match words.peek() {
                Some(next) if !next.starts_with('-') => {
                    (flag, words.next().unwrap_or_default().into())
                }
                _ => (flag, "true".into()),
            },
        };
        if !name.is_empty() {
            flags.insert(name.into(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlPlaneComponent, component_of, flags_of};
    use crate::{
        inventory::{decode_json, kinds::Pod},
        model::Text,
    };

    #[test]
    fn flags_come_from_command_args_shell_strings_and_the_environment() {
        let pod: Pod = decode_json(
            r#"{"metadata":{"name":"etcd-a","namespace":"kube-system","labels":{"component":"etcd"}},
                "spec":{"containers":[{"name":"etcd","command":["/bin/sh","-c","exec /usr/local/bin/etcd --cert-file=/a --client-cert-auth --etcd-servers http://a:1"],
                "args":["--audit-log-path=/a"],"env":[{"name":"ETCD_CONFIG_FILE","value":"/b"},{"name":"OTHER","value":"x"}]}]}}"#,
        )
        .unwrap();
        assert_eq!(component_of(&pod), Some(ControlPlaneComponent::Etcd));
        let flags = flags_of(&pod, ControlPlaneComponent::Etcd);
        for (name, value) in [
            ("etcd-servers", "http://a:1"),
            ("config-file", "true"),
            ("audit-log-path", "true"),
        ] {
            assert_eq!(flags.get(name).map(Text::as_str), Some(value), "{name}");
        }
        assert!(!flags.contains_key("other"));
    }

    #[test]
    fn a_tenant_cannot_pose_as_a_control_plane_pod() {
        let pod: Pod = decode_json(
            r#"{"metadata":{"name":"x","namespace":"shop","labels":{"component":"kube-apiserver"}},"spec":{"containers":[{"name":"a","command":["kube-apiserver","--token-auth-file=/t"]}]}}"#,
        )
        .unwrap();
        assert_eq!(component_of(&pod), None);
        assert!(
            pod.spec.containers[0].command.is_empty(),
            "its arguments are dropped"
        );
    }
}

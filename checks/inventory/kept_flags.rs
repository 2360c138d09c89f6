//! Which flags of the control plane are kept, and what of their values: those that checks read, and no others.

use std::collections::BTreeMap;

use super::facts::Flags;
use crate::{
    model::{Text, credentials::MASK},
    wire::yaml_documents,
};

/// What of a flag's value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    /// Whether there is one.
    Presence,
    /// The addresses of servers, without logins and paths.
    Servers,
}

/// The flags that checks read of the components of the control plane.
const KEPT: &[(&str, Keeps)] = &[
    ("audit-log-path", Keeps::Presence),
    ("audit-webhook-config-file", Keeps::Presence),
    ("config-file", Keeps::Presence),
    ("encryption-provider-config", Keeps::Presence),
    ("etcd-servers", Keeps::Servers),
];

/// What is kept of a flag; none of one that no check reads.
pub(super) fn kept_value(name: &str, value: &str) -> Option<Text> {
    let (_, keeps) = KEPT.iter().find(|(kept, _)| *kept == name)?;
    // `/flagz` writes an empty value so.
    if matches!(value, "" | "[]" | "<nil>") {
        return Some(Text::default());
    }
    Some(match keeps {
        Keeps::Presence => "true".into(),
        Keeps::Servers => servers(value).into(),
    })
}

/// Whether a flag is one that is kept: a check that reads another one would never see it.
pub fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|(kept, _)| *kept == name)
}

/// Leaves of flags what checks read.
pub fn reduce_flags(flags: &Flags) -> Flags {
    flags
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), kept_value(name, value)?)))
        .collect()
}

/// `https://a:2379,https://b:2379`, of whatever else stood there.
fn servers(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-_[]/".contains(&byte);
    let each = value
        .trim_matches(['[', ']', '"', '\''])
        .split([',', ' '])
        .filter(|server| !server.is_empty())
        .map(|server| {
            let (scheme, rest) = server.split_once("://").unwrap_or(("", server));
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            let separator = if scheme.is_empty() { "" } else { "://" };
            let server = format!("{scheme}{separator}{host}");
            if server.bytes().all(is_plain) {
                server
            } else {
                MASK.to_owned()
            }
        });
    each.collect::<Vec<_>>().join(",")
}

/// The arguments in OpenShift's configuration of a component.
pub fn flags_of_openshift(config: &str) -> Option<Flags> {
    let config = yaml_documents(config).ok()?.into_iter().next()?;
    let arguments = config
        .get("apiServerArguments")
        .or_else(|| config.get("extendedArguments"))?
        .as_object()?;
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(
        arguments
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    serde_json::Value::Array(values) => {
                        values.iter().map(text).collect::<Vec<_>>().join(",")
                    }
                    other => text(other),
                };
                (name.as_str().into(), value.into())
            })
            .collect(),
    )
}

/// OpenShift's configuration with the arguments that checks read, and nothing else; none where it is not understood.
pub(super) fn reduce_openshift(config: &str) -> Option<String> {
    let flags = reduce_flags(&flags_of_openshift(config)?);
    Some(serde_json::json!({ "apiServerArguments": flags }).to_string())
}

/// Stands for the program that comes first, where that is none of the control plane.
pub(super) const ANOTHER: &str = "…";

/// Flags of k3s and RKE2 that hand one on to a component.
const HANDED_ON: &[&str] = &[
    "etcd-arg",
    "kube-apiserver-arg",
    "kube-controller-manager-arg",
    "kube-scheduler-arg",
];

/// Flags of k3s and RKE2 of which checks read whether they are set, and not to `false`.
const SWITCHES: &[&str] = &["disable-network-policy", "secrets-encryption"];

/// The words of a command line of k3s or RKE2, as JSON: its role, and the flags that checks read.
pub(super) fn reduce_node_args(node_args: &str) -> String {
    let words: Vec<String> = serde_json::from_str(node_args).unwrap_or_default();
    let role = words.first().map_or("", String::as_str);
    let mut kept = vec![if matches!(role, "server" | "agent") {
        role.to_owned()
    } else {
        ANOTHER.to_owned()
    }];
    for (name, value) in flags_of_node(&words) {
        let value = if HANDED_ON.contains(&name.as_str()) {
            let arg = value.trim_start_matches('-');
            let (inner, value) = arg.split_once('=').unwrap_or((arg, "true"));
            match kept_value(inner, value) {
                Some(value) => format!("{inner}={value}"),
                None => continue,
            }
        } else if SWITCHES.contains(&name.as_str()) {
            (value != "false").to_string()
        } else if name == "flannel-backend" {
            // Of all others a check knows no more than that they are not this one; `ipsec` has its key beside it.
            if value == "none" {
                value
            } else {
                MASK.to_owned()
            }
        } else if name == "datastore-endpoint" || name == "server" {
            MASK.to_owned()
        } else {
            continue;
        };
        kept.push(format!("--{name}={value}"));
    }
    serde_json::to_string(&kept).unwrap_or_default()
}

/// The flags among the words of a command line of k3s or RKE2, in their order; one without a value is `true`.
pub fn flags_of_node(words: &[String]) -> Vec<(String, String)> {
    let mut flags = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let (name, value) = if let Some((name, value)) = flag.split_once('=') {
            (name, value)
        } else {
            let value = words.next_if(|next| !next.starts_with('-'));
            (flag, value.map_or("true", String::as_str))
        };
        flags.push((name.to_owned(), value.to_owned()));
    }
    flags
}

/// Variables of k3s that stand for flags; RKE2's bear its own name.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DATASTORE_ENDPOINT", "datastore-endpoint"),
    ("URL", "server"),
];

/// Which of those variables a k3s or RKE2 node has: any value may be a secret, or hold one.
pub(super) fn reduce_node_env(node_env: &str) -> String {
    let variables: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(node_env).unwrap_or_default();
    let is_read = |name: &str| {
        let name = name.strip_prefix("K3S_").or(name.strip_prefix("RKE2_"));
        name.is_some_and(|name| VARIABLES.iter().any(|(variable, _)| *variable == name))
    };
    let masked: BTreeMap<&str, &str> = variables
        .keys()
        .filter(|name| is_read(name))
        .map(|name| (name.as_str(), MASK))
        .collect();
    serde_json::to_string(&masked).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{reduce_node_args, reduce_openshift};

    #[test]
    fn a_node_keeps_its_role_and_the_flags_that_checks_read() {
        let line = r#"["server","--token","hunter2","--datastore-endpoint=postgres://a:hunter2@b","--flannel-backend=ipsec=hunter2",
            "--kube-apiserver-arg","audit-log-path=/hunter2","--kube-apiserver-arg=x=hunter2","--disable-network-policy"]"#;
        let kept = reduce_node_args(line);
        assert_eq!(
            kept,
            r#"["server","--datastore-endpoint=********","--flannel-backend=********","--kube-apiserver-arg=audit-log-path=true","--disable-network-policy=true"]"#
        );
        assert_eq!(reduce_node_args(&kept), kept, "twice");
    }

    #[test]
    fn a_configuration_keeps_the_arguments_that_checks_read() {
        let config =
            "apiServerArguments:\n  audit-log-path: [/hunter2]\n  x: [hunter2]\noauth: hunter2\n";
        let kept = reduce_openshift(config).unwrap();
        assert_eq!(kept, r#"{"apiServerArguments":{"audit-log-path":"true"}}"#);
        assert_eq!(reduce_openshift(&kept).as_ref(), Some(&kept), "twice");
        assert_eq!(reduce_openshift("hunter2"), None);
    }
}

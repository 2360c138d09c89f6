//! The flags of the control plane, from wherever the platform shows them (rule 13 of RULES.md).

use std::collections::BTreeMap;

use crate::{
    inventory::{
        Context, Flags, Kind, Listed, Origin,
        control_plane::{ControlPlaneComponent, flags_of},
        kept_flags::{VARIABLES, flags_of_node, flags_of_openshift, is_kept},
        kinds::{ConfigMap, Node, Pod, object_ref},
        needs::FLAGS,
    },
    kubernetes::is_live,
    model::{Finding, NotApplicable, ObjectRef, Text, Undecided, Unknown, Why},
};

/// The flags of one instance of a control-plane component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagSet {
    /// The pod, node or ConfigMap that shows them; none when the API server itself does.
    pub object: Option<ObjectRef>,
    /// The flags.
    pub flags: Flags,
}

impl FlagSet {
    /// A finding on what shows the flags.
    pub fn finding(&self) -> Finding {
        let Some(object) = &self.object else {
            return Finding::cluster();
        };
        let finding = Finding::on(object);
        match object.kind.as_str() {
            "Pod" => finding.at("spec.containers"),
            "Node" => finding.at("metadata.annotations"),
            _ => finding.at("data"),
        }
    }

    /// The value of a flag that is set to something.
    ///
    /// # Panics
    /// In debug builds where the flag is none of those that are kept.
    pub fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(is_kept(name), "--{name} is not kept");
        self.flags
            .get(name)
            .map(Text::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// What k3s and RKE2 say of the command line of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeArgs {
    /// Whether the node runs the control plane.
    pub is_server: bool,
    /// The flags in their order, without dashes, those set by environment variables first; one without a value is
    /// `true`.
    pub flags: Vec<(String, String)>,
}

impl NodeArgs {
    /// The last value of a flag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.flags
            .iter()
            .rev()
            .find(|(flag, _)| flag == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a flag is given, and not as `false`.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }
}

/// The command line of a k3s or RKE2 node; none on another one.
pub fn node_args(node: &Node) -> Option<NodeArgs> {
    let annotations = &node.metadata.annotations;
    let (written, environment, prefix) = match annotations.get("k3s.io/node-args") {
        Some(written) => (written, annotations.get("k3s.io/node-env"), "K3S_"),
        None => (
            annotations.get("rke2.io/node-args")?,
            annotations.get("rke2.io/node-env"),
            "RKE2_",
        ),
    };
    let words: Vec<String> = serde_json::from_str(written).ok()?;
    let environment: BTreeMap<String, String> = environment
        .and_then(|variables| serde_json::from_str(variables).ok())
        .unwrap_or_default();
    let mut args = NodeArgs {
        is_server: words.first().is_some_and(|word| word == "server"),
        flags: VARIABLES
            .iter()
            .filter_map(|(variable, flag)| {
                let value = environment.get(&format!("{prefix}{variable}"))?;
                Some(((*flag).to_owned(), value.clone()))
            })
            .collect(),
    };
    args.flags.extend(flags_of_node(&words));
    Some(args)
}

/// What k3s passes to its control plane by itself.
const K3S_DEFAULTS: &[(ControlPlaneComponent, &str, &str)] = &[
    (ControlPlaneComponent::ApiServer, "allow-privileged", "true"),
    (ControlPlaneComponent::ApiServer, "anonymous-auth", "false"),
    (
        ControlPlaneComponent::ApiServer,
        "authorization-mode",
        "Node,RBAC",
    ),
    (
        ControlPlaneComponent::ApiServer,
        "bind-address",
        "127.0.0.1",
    ),
    (
        ControlPlaneComponent::ApiServer,
        "enable-admission-plugins",
        "NodeRestriction",
    ),
    (ControlPlaneComponent::ApiServer, "profiling", "false"),
    (
        ControlPlaneComponent::ControllerManager,
        "bind-address",
        "127.0.0.1",
    ),
    (
        ControlPlaneComponent::ControllerManager,
        "profiling",
        "false",
    ),
    (
        ControlPlaneComponent::ControllerManager,
        "use-service-account-credentials",
        "true",
    ),
    (
        ControlPlaneComponent::Scheduler,
        "bind-address",
        "127.0.0.1",
    ),
    (ControlPlaneComponent::Scheduler, "profiling", "false"),
];

fn of_node_args(args: &NodeArgs, component: ControlPlaneComponent) -> Flags {
    let mut flags: Flags = K3S_DEFAULTS
        .iter()
        .filter(|(of, ..)| *of == component)
        .map(|(_, name, value)| ((*name).into(), (*value).into()))
        .collect();
    let passed = match component {
        ControlPlaneComponent::ApiServer => "kube-apiserver-arg",
        ControlPlaneComponent::ControllerManager => "kube-controller-manager-arg",
        ControlPlaneComponent::Scheduler => "kube-scheduler-arg",
        ControlPlaneComponent::Etcd => "etcd-arg",
    };
    for (_, arg) in args.flags.iter().filter(|(name, _)| name == passed) {
        let arg = arg.trim_start_matches('-');
        let (name, value) = arg.split_once('=').unwrap_or((arg, "true"));
        flags.insert(name.into(), value.into());
    }
    if component == ControlPlaneComponent::ApiServer && args.has("secrets-encryption") {
        flags
            .entry("encryption-provider-config".into())
            .or_insert_with(|| "k3s".into());
    }
    flags
}

impl Context<'_> {
    /// Whether OpenShift's own configuration may be there to be read. Demands nothing.
    pub fn may_be_openshift(&self) -> bool {
        self.origin() == Origin::Live
            && self
                .discovery()
                .seen()
                .is_none_or(|served| served.has_group("config.openshift.io"))
    }

    /// The flags of a component of the control plane, of each instance that shows them (rule 13 of RULES.md).
    /// Demands FLAGS and PLATFORM.
    ///
    /// # Errors
    /// N/A `managed` where the provider shows none, N/A `absent` where manifests hold none; Unknown where they were
    /// refused or the platform hides them.
    #[track_caller]
    pub fn flags(&self, component: ControlPlaneComponent) -> Result<Vec<FlagSet>, Undecided> {
        self.reading(FLAGS);
        let live = self.origin() == Origin::Live;
        let openshift = live && component == ControlPlaneComponent::ApiServer;
        let mut refused: Vec<Why> = Vec::new();
        if openshift
            && let Some(sets) = self
                .openshift_flags()
                .map_err(|why| refused.push(why))
                .ok()
                .flatten()
        {
            return Ok(sets);
        }
        let pods = self.pods_with_flags(component);
        let pods_gap = self
            .listing::<Pod>()
            .seen_in("kube-system", &Pod::KIND.resource())
            .err();
        if !live {
            return match pods_gap {
                Some(why) => Err(why.into()),
                None if pods.is_empty() => Err(NotApplicable::Absent.into()),
                None => Ok(pods),
            };
        }
        let managed = self.is_control_plane_managed();
        if !pods.is_empty() {
            let hidden = pods.iter().all(|set| {
                component == ControlPlaneComponent::Etcd && set.flags.contains_key("config-file")
            });
            return match pods_gap.into_iter().chain(refused).min() {
                Some(why) => Err(why.into()),
                None if hidden => Err(Self::hidden(component)),
                None => Ok(pods),
            };
        }
        let nodes_gap = self.listing::<Node>().seen(&Node::KIND.resource()).err();
        let servers = self.servers_with_flags(component);
        if !servers.is_empty() {
            return match nodes_gap {
                Some(why) => Err(why.into()),
                None => Ok(servers),
            };
        }
        // A pod or node that was not seen may show them as well, and would be the one to fix.
        let others_seen = refused.is_empty()
            && (pods_gap.is_none() || managed == Ok(true))
            && (nodes_gap.is_none() || managed == Ok(true) || self.is_surely_no_k3s());
        if component == ControlPlaneComponent::ApiServer {
            match self.flagz().get("/flagz") {
                Ok(Some(flags)) if others_seen => {
                    let flags = flags
                        .iter()
                        .filter(|(_, value)| !matches!(value.as_str(), "" | "[]" | "<nil>"))
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect();
                    return Ok(vec![FlagSet {
                        object: None,
                        flags,
                    }]);
                }
                Ok(_) => {}
                Err(why) => refused.push(why),
            }
        }
        refused.extend(pods_gap);
        refused.extend(nodes_gap);
        match (refused.into_iter().min(), managed) {
            (Some(why), _) | (None, Err(why)) => Err(why.into()),
            (None, Ok(true)) => Err(NotApplicable::Managed.into()),
            (None, Ok(false)) => Err(Self::hidden(component)),
        }
    }

    fn hidden(component: ControlPlaneComponent) -> Undecided {
        Why::new(
            Unknown::Hidden,
            format!("the platform does not show the flags of {component}"),
        )
        .into()
    }

    fn is_surely_no_k3s(&self) -> bool {
        self.version().seen().is_some_and(|version| {
            !version.git_version.contains("+k3s") && !version.git_version.contains("+rke2")
        })
    }

    fn pods_with_flags(&self, component: ControlPlaneComponent) -> Vec<FlagSet> {
        let live = self.origin() == Origin::Live;
        self.control_plane_pods()
            .filter(|(pod, runs)| *runs == component && (!live || is_live(pod)))
            .map(|(pod, _)| FlagSet {
                object: Some(object_ref(pod)),
                flags: flags_of(pod, component),
            })
            .collect()
    }

    fn servers_with_flags(&self, component: ControlPlaneComponent) -> Vec<FlagSet> {
        self.seen::<Node>()
            .iter()
            .filter_map(|node| Some((node, node_args(node)?)))
            .filter(|(_, args)| args.is_server)
            .map(|(node, args)| FlagSet {
                object: Some(object_ref(node)),
                flags: of_node_args(&args, component),
            })
            .collect()
    }

    /// What OpenShift's ConfigMap says; none on another platform, or where it does not exist.
    fn openshift_flags(&self) -> Result<Option<Vec<FlagSet>>, Why> {
        let (namespace, name) = ("openshift-kube-apiserver", "config");
        if let Some(map) = self.find::<ConfigMap>(namespace, name) {
            let flags = map
                .data
                .get("config.yaml")
                .and_then(|config| flags_of_openshift(config));
            return match flags {
                Some(flags) => Ok(Some(vec![FlagSet {
                    object: Some(object_ref(map)),
                    flags,
                }])),
                None => Err(Why::new(
                    Unknown::Unreadable,
                    format!("the ConfigMap {namespace}/{name} could not be parsed"),
                )),
            };
        }
        let discovery = self.discovery().get("the served API groups");
        let possible = match discovery {
            Ok(discovery) => {
                discovery.is_some_and(|served| served.has_group("config.openshift.io"))
            }
            Err(_) => true,
        };
        let resource = Kind::ConfigMap.resource();
        match self.listing::<ConfigMap>().seen_in(namespace, &resource) {
            Err(why) if possible => Err(why),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{node_args, of_node_args};
    use crate::{
        inventory::{control_plane::ControlPlaneComponent, decode_json, kinds::Node},
        model::Text,
    };

    #[test]
    fn flags_of_k3s_stand_in_an_annotation_beside_what_it_sets_itself() {
        let node: Node = decode_json(
            r#"{"metadata":{"name":"a","annotations":{"k3s.io/node-args":"[\"server\",\"--kube-apiserver-arg\",\"audit-log-path=/var/log/audit.log\",\"--kube-apiserver-arg=anonymous-auth=true\",\"--secrets-encryption\",\"--disable\",\"traefik\"]"}}}"#,
        )
        .unwrap();
        let args = node_args(&node).unwrap();
        assert!(args.is_server && args.has("secrets-encryption"));
        assert_eq!(args.get("disable"), None, "no check reads it");
        let flags = of_node_args(&args, ControlPlaneComponent::ApiServer);
        for (name, value) in [
            ("audit-log-path", "true"),
            ("anonymous-auth", "false"),
            ("authorization-mode", "Node,RBAC"),
        ] {
            assert_eq!(flags.get(name).map(Text::as_str), Some(value), "{name}");
        }
        assert!(flags.contains_key("encryption-provider-config"));
    }

    #[test]
    fn variables_of_k3s_stand_for_flags() {
        let node: Node = decode_json(
            r#"{"metadata":{"name":"a","annotations":{"k3s.io/node-args":"[\"server\"]","k3s.io/node-env":"{\"K3S_DATASTORE_ENDPOINT\":\"********\",\"K3S_DATA_DIR\":\"/d\"}"}}}"#,
        )
        .unwrap();
        let args = node_args(&node).unwrap();
        assert!(args.is_server && args.get("datastore-endpoint").is_some());
        assert_eq!(args.flags.len(), 1);
    }
}

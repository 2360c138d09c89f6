//! Metadata: what every object has in common.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

use crate::inventory::{
    decode::{Decode, schema},
    text::{Labels, Text},
    values::{Time, Uid},
};

schema! {
    /// What every object has in common.
    struct ObjectMeta {
        name: Text = "name",
        namespace: Text = "namespace",
        uid: Uid = "uid",
        generation: i64 = "generation",
        creation_timestamp: Option<Time> = "creationTimestamp",
        deletion_timestamp: Option<Time> = "deletionTimestamp",
        labels: Labels = "labels",
        annotations: Annotations = "annotations",
        owner_references: Vec<OwnerReference> = "ownerReferences",
    }

    /// Who an object belongs to.
    struct OwnerReference {
        api_version: Text = "apiVersion",
        kind: Text = "kind",
        name: Text = "name",
        uid: Uid = "uid",
        controller: bool = "controller",
    }

    /// A label selector; nil selects nothing, an empty one everything.
    struct LabelSelector {
        match_labels: Labels = "matchLabels",
        match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions",
    }

    /// One requirement of a label selector.
    struct LabelSelectorRequirement {
        key: Text = "key",
        operator: Text = "operator",
        values: Vec<Text> = "values",
    }

    /// A condition of any kind of object.
    struct Condition {
        kind: Text = "type",
        status: Text = "status",
        reason: Text = "reason",
        message: Text = "message",
        last_transition_time: Option<Time> = "lastTransitionTime",
    }
}

impl ObjectMeta {
    /// The owner that controls the object, when there is one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

impl Condition {
    /// Whether the condition holds.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

/// The condition of a type.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// The annotation by which `kubectl apply` remembers an object; only the apiVersion in it is kept.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Under which key the apiVersion of the last `kubectl apply` is kept.
pub const LAST_APPLIED_API_VERSION: &str = "kready.dev/last-applied-api-version";

/// The annotations whose values checks read; all others are dropped, for any of them may hold a secret.
const KEPT: &[&str] = &[
    "kubernetes.io/config.mirror",
    "kubernetes.io/ingress.class",
    "kubernetes.io/service-account.name",
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "ingressclass.kubernetes.io/is-default-class",
    "volume.beta.kubernetes.io/storage-class",
    "rbac.authorization.kubernetes.io/autoupdate",
    "helm.sh/hook",
    "meta.helm.sh/release-name",
    "kubectl.kubernetes.io/default-container",
    "k3s.io/node-args",
    "rke2.io/node-args",
    "k3s.io/encryption-config-hash",
    "rke2.io/encryption-config-hash",
    "kubeadm.alpha.kubernetes.io/cri-socket",
    "kwok.x-k8s.io/node",
    "seccomp.security.alpha.kubernetes.io/pod",
    "autoscaling.keda.sh/paused",
    LAST_APPLIED_API_VERSION,
];

/// The prefixes of further annotations that checks read.
const KEPT_PREFIXES: &[&str] = &[
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "alpha.image-policy.k8s.io/",
    "service.beta.kubernetes.io/",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
];

/// The annotations that an allow-list keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Annotations(Labels);

impl Annotations {
    /// The value of a kept annotation.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0.get(key)
    }

    /// Whether a kept annotation is there.
    pub fn has(&self, key: &str) -> bool {
        self.0.has(key)
    }

    /// Whether a kept annotation has this value.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.0.is(key, value)
    }

    /// All kept annotations, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter()
    }
}

impl Serialize for Annotations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Applied {
    #[serde(rename = "apiVersion", default)]
    api_version: String,
}

/// A server token or a datastore's password may stand in the arguments of a k3s or RKE2 node.
fn without_values_of_secrets(node_args: &str) -> String {
    let Ok(mut words) = serde_json::from_str::<Vec<String>>(node_args) else {
        return String::new();
    };
    let mut secret_follows = false;
    for word in &mut words {
        if secret_follows {
            "********".clone_into(word);
            secret_follows = false;
        } else if let Some((flag, value)) = word.split_once('=') {
            let plain = !is_secret_flag(flag) && !value.contains('@');
            if !plain {
                *word = format!("{flag}=********");
            }
        } else {
            secret_follows = is_secret_flag(word);
        }
    }
    serde_json::to_string(&words).unwrap_or_default()
}

fn is_secret_flag(flag: &str) -> bool {
    flag.starts_with('-')
        && ["token", "password", "secret", "access-key", "datastore-endpoint"]
            .iter()
            .any(|word| flag.contains(word))
        // That an external datastore is used is a fact; its address may hold a password.
        && flag != "--secrets-encryption"
        && !flag.contains("secrets-encryption")
}

impl Decode for Annotations {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Annotations;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Annotations, A::Error> {
                let mut kept = Vec::new();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let key = &*key;
                    let wanted = KEPT.contains(&key)
                        || KEPT_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
                    if key == LAST_APPLIED {
                        let text: Option<Cow<'de, str>> = map.next_value()?;
                        if let Some(Ok(applied)) =
                            text.map(|text| serde_json::from_str::<Applied>(&text))
                        {
                            kept.push((
                                LAST_APPLIED_API_VERSION.into(),
                                applied.api_version.into(),
                            ));
                        }
                    } else if key.ends_with("/node-args") && wanted {
                        let text: Option<Cow<'de, str>> = map.next_value()?;
                        let text = without_values_of_secrets(&text.unwrap_or_default());
                        kept.push((key.into(), text.into()));
                    } else if wanted {
                        let text: Option<Cow<'de, str>> = map.next_value()?;
                        kept.push((key.into(), (&*text.unwrap_or_default()).into()));
                    } else {
                        map.next_value::<de::IgnoredAny>()?;
                    }
                }
                Ok(Annotations(kept.into_iter().collect()))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::{LAST_APPLIED_API_VERSION, ObjectMeta};

    #[test]
    fn only_listed_annotations_survive_and_no_secret_does() {
        let meta: ObjectMeta = serde_json::from_str(
            r#"{"name":"a","annotations":{
                "kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"p\":\"aHVudGVyMg==\"}}",
                "example.com/password":"hunter2",
                "kubernetes.io/config.mirror":"x",
                "k3s.io/node-args":"[\"server\",\"--token\",\"hunter2\",\"--datastore-endpoint=postgres://a:hunter2@b\",\"--disable-network-policy\"]"}}"#,
        )
        .unwrap();
        assert!(meta.annotations.is(LAST_APPLIED_API_VERSION, "v1"));
        assert!(meta.annotations.has("kubernetes.io/config.mirror"));
        let kept = serde_json::to_string(&meta).unwrap();
        assert!(
            !kept.contains("hunter2") && !kept.contains("aHVudGVyMg"),
            "{kept}"
        );
        assert!(kept.contains("--disable-network-policy") && kept.contains("--datastore-endpoint"));
    }
}

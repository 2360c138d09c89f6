//! Metadata: what every object has in common.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

use super::writers::Writers;
use crate::{
    inventory::kept_flags::{reduce_node_args, reduce_node_env},
    model::Text,
    wire::{
        Decode, Labels, Shared, Time, Uid, WireError,
        decode::{self, Borrowed, schema},
        protobuf::{self, Layout, Reader, Wire, WireType},
    },
};

schema! {
    /// What every object has in common.
    struct ObjectMeta {
        name: Text = "name" @ 1,
        namespace: Text = "namespace" @ 3,
        uid: Uid = "uid" @ 5,
        generation: i64 = "generation" @ 7,
        creation_timestamp: Option<Time> = "creationTimestamp" @ 8,
        deletion_timestamp: Option<Time> = "deletionTimestamp" @ 9,
        deletion_grace_period_seconds: Option<i64> = "deletionGracePeriodSeconds" @ 10,
        labels: Labels = "labels" @ 11,
        annotations: Annotations = "annotations" @ 12,
        owner_references: Shared<Vec<OwnerReference>> = "ownerReferences" @ 13,
        finalizers: Shared<Vec<Text>> = "finalizers" @ 14,
        writers: Writers = "managedFields" @ 17,
        /// Which of the manifests of this name it is, counted from zero: no field of Kubernetes.
        copy: i32 = "kready.dev/copy",
    }

    /// Who an object belongs to.
    struct OwnerReference {
        api_version: Text = "apiVersion" @ 5,
        kind: Text = "kind" @ 1,
        name: Text = "name" @ 3,
        uid: Uid = "uid" @ 4,
        controller: bool = "controller" @ 6,
    }

    /// A label selector; nil selects nothing, an empty one everything.
    struct LabelSelector {
        match_labels: Labels = "matchLabels" @ 1,
        match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions" @ 2,
    }

    /// One requirement of a label selector.
    struct LabelSelectorRequirement {
        key: Text = "key" @ 1,
        operator: Text = "operator" @ 2,
        values: Vec<Text> = "values" @ 3,
    }

    /// A condition of any kind of object.
    struct Condition {
        kind: Text = "type" @ 1,
        status: Text = "status" @ 2,
        reason: Text = "reason" @ 5,
        message: Text = "message" @ 6,
        last_transition_time: Option<Time> = "lastTransitionTime" @ 4,
    }
}

/// The conditions of most workloads: without the time of the last probe or heartbeat.
pub(crate) const WITHOUT_PROBE_TIME: Layout =
    Layout::Renumbered(&[(1, 1), (2, 2), (3, 4), (4, 5), (5, 6)]);

/// The conditions of Deployments.
pub(crate) const OF_DEPLOYMENT: Layout =
    Layout::Renumbered(&[(1, 1), (2, 2), (4, 5), (5, 6), (7, 4)]);

impl ObjectMeta {
    /// The owner that controls the object, when there is one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Keeps of the object's writers no more than the version of a newer one beside that of the last `kubectl apply`.
    pub(crate) fn forget_writers(&mut self) {
        let newer = self.writers.newer_version();
        if let Some(newer) = newer
            && let Some(applied) = self.annotations.get(LAST_APPLIED_API_VERSION)
            && newer != *applied
        {
            self.annotations.set(WRITTEN_API_VERSION, Some(&newer));
        }
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

/// Under which key the apiVersion is kept in which somebody else wrote the object after that.
pub const WRITTEN_API_VERSION: &str = "kready.dev/written-api-version";

/// The annotations whose values checks read; all others are dropped, for any of them may hold a secret.
const KEPT: &[&str] = &[
    "kubernetes.io/ingress.class",
    "kubernetes.io/service-account.name",
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "ingressclass.kubernetes.io/is-default-class",
    "volume.beta.kubernetes.io/storage-class",
    "rbac.authorization.kubernetes.io/autoupdate",
    "kubectl.kubernetes.io/default-container",
    "k3s.io/node-args",
    "rke2.io/node-args",
    "k3s.io/node-env",
    "rke2.io/node-env",
    "seccomp.security.alpha.kubernetes.io/pod",
    "autoscaling.keda.sh/paused",
    "alb.ingress.kubernetes.io/listen-ports",
    "haproxy-ingress.github.io/ssl-passthrough",
    "konghq.com/protocols",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "route.openshift.io/termination",
    "traefik.ingress.kubernetes.io/router.tls",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
    "service.beta.kubernetes.io/aws-load-balancer-internal",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
    "service.beta.kubernetes.io/azure-load-balancer-internal",
    "service.beta.kubernetes.io/oci-load-balancer-internal",
    "service.beta.kubernetes.io/openstack-internal-load-balancer",
    LAST_APPLIED_API_VERSION,
    WRITTEN_API_VERSION,
];

/// The annotations that checks look for, and whose values they need not know.
const KEPT_NAMES: &[&str] = &[
    "alb.ingress.kubernetes.io/auth-type",
    "alb.ingress.kubernetes.io/certificate-arn",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "argocd.argoproj.io/tracking-id",
    "consul.hashicorp.com/connect-inject",
    "dapr.io/enabled",
    "haproxy-ingress.github.io/auth-url",
    "haproxy.org/auth-type",
    "haproxy.org/ssl-certificate",
    "helm.sh/hook",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "inject.istio.io/templates",
    "k3s.io/encryption-config-hash",
    "kubeadm.alpha.kubernetes.io/cri-socket",
    "kubernetes.azure.com/tls-cert-keyvault-uri",
    "kubernetes.io/config.mirror",
    "kuma.io/sidecar-injection",
    "kwok.x-k8s.io/node",
    "linkerd.io/inject",
    "meta.helm.sh/release-name",
    "networking.gke.io/managed-certificates",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-url",
    "oci-native-ingress.oraclecloud.com/certificate-ocid",
    "rke.cattle.io/internal-ip",
    "rke2.io/encryption-config-hash",
    "service.alpha.openshift.io/inject-cabundle",
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "service.beta.openshift.io/inject-cabundle",
    "sidecar.istio.io/inject",
    "sidecar.jaegertracing.io/inject",
    "sidecar.opentelemetry.io/inject",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
    "vault.hashicorp.com/agent-inject",
];

/// How the annotations begin by which an object asks for a waiver of a check.
pub const WAIVE_PREFIX: &str = "kready.dev/waive-";

/// The prefixes of further annotations that are read.
const KEPT_PREFIXES: &[&str] = &[
    WAIVE_PREFIX,
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "alpha.image-policy.k8s.io/",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
];

/// The annotations of which something is kept, and one for each prefix of them.
pub fn kept_annotations() -> impl Iterator<Item = &'static str> {
    [LAST_APPLIED]
        .into_iter()
        .chain(KEPT.iter().copied())
        .chain(KEPT_NAMES.iter().copied())
        .chain(KEPT_PREFIXES.iter().copied())
}

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

impl Annotations {
    /// Keeps the version in which a manifest is written in place of the one in which it was last applied.
    pub(crate) fn set_applied_version(&mut self, api_version: Option<&str>) {
        self.set(WRITTEN_API_VERSION, None);
        self.set(LAST_APPLIED_API_VERSION, api_version);
    }

    fn set(&mut self, key: &str, value: Option<&str>) {
        if value.is_none() && !self.has(key) {
            return;
        }
        let others = self
            .0
            .iter()
            .filter(|(other, _)| *other != key)
            .map(|(key, value)| (key.clone(), value.clone()));
        let own = value.map(|value| (key.into(), value.into()));
        self.0 = others.chain(own).collect();
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

/// What is kept of an annotation: under which key, and what of its value.
fn kept<'a>(key: &str, value: impl FnOnce() -> Cow<'a, str>) -> Option<(Text, Text)> {
    if key == LAST_APPLIED {
        let applied: Applied = serde_json::from_str(&value()).ok()?;
        return Some((LAST_APPLIED_API_VERSION.into(), applied.api_version.into()));
    }
    if KEPT_NAMES.contains(&key) {
        return Some((key.into(), Text::default()));
    }
    if !is_kept(key) {
        return None;
    }
    let value = value();
    let value = if key.ends_with("/node-args") {
        reduce_node_args(&value).into()
    } else if key.ends_with("/node-env") {
        reduce_node_env(&value).into()
    } else {
        (&*value).into()
    };
    Some((key.into(), value))
}

fn is_kept(key: &str) -> bool {
    KEPT.contains(&key)
        || KEPT_NAMES.contains(&key)
        || KEPT_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
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
                let mut all = Vec::new();
                while let Some(Borrowed(key)) = map.next_key()? {
                    if key == LAST_APPLIED || is_kept(&key) {
                        let value: Option<Borrowed<'de>> = map.next_value()?;
                        let value = value.map(|borrowed| borrowed.0).unwrap_or_default();
                        all.extend(kept(&key, || value));
                    } else {
                        decode::skip(&mut map)?;
                    }
                }
                Ok(Annotations(all.into_iter().collect()))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Wire for Annotations {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut all = Vec::new();
        protobuf::texts(wire, reader, |key, value| all.extend(kept(&key, || value)))?;
        if !all.is_empty() {
            let earlier = self
                .0
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()));
            self.0 = earlier.chain(all).collect();
        }
        Ok(())
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
                "nginx.ingress.kubernetes.io/auth-url":"https://hunter2@auth.example",
                "k3s.io/node-args":"[\"server\",\"--token\",\"hunter2\",\"--datastore-endpoint=postgres://a:hunter2@b\",\"--disable-network-policy\"]",
                "k3s.io/node-env":"{\"K3S_DATASTORE_ENDPOINT\":\"postgres://a:hunter2@b\"}"}}"#,
        )
        .unwrap();
        assert!(meta.annotations.is(LAST_APPLIED_API_VERSION, "v1"));
        assert!(meta.annotations.has("kubernetes.io/config.mirror"));
        assert!(meta.annotations.has("nginx.ingress.kubernetes.io/auth-url"));
        let kept = serde_json::to_string(&meta).unwrap();
        assert!(
            !kept.contains("hunter2") && !kept.contains("aHVudGVyMg"),
            "{kept}"
        );
        assert!(kept.contains("K3S_DATASTORE_ENDPOINT"), "{kept}");
        assert!(kept.contains("--disable-network-policy") && kept.contains("--datastore-endpoint"));
    }
}

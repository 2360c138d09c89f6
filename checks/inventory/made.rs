//! Custom resources of manifests of which an operator makes a workload that keeps data (rule 1 of RULES.md).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{ObjectRef, Subject, Text};

/// A workload that an operator will make of a custom resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeWorkload {
    /// The custom resource.
    pub object: ObjectRef,
    /// What is asked of the workload.
    pub asked: Asked,
}

impl Subject for MadeWorkload {
    fn object(&self) -> ObjectRef {
        self.object.clone()
    }
}

/// What a custom resource asks of the workload that is made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    /// How many replicas; none when it doesn't say.
    pub replicas: Option<i64>,
    /// Whether what it writes outlives its pods.
    pub keeps_data: bool,
    /// The cluster that several of its kind make up.
    pub cluster: Text,
    /// Its part in that cluster.
    pub roles: Vec<Text>,
}

/// Under which key a snapshot keeps what is asked, for it keeps no specification.
pub(super) const KEY: &str = "kready.dev/made";

/// The label by which Strimzi's pools name their cluster.
const STRIMZI_CLUSTER: &str = "strimzi.io/cluster";

impl Asked {
    /// What a document asks for; none for one of another kind.
    pub(super) fn of(group: &str, kind: &str, document: &Value) -> Option<Self> {
        if let Some(kept) = document.get(KEY) {
            return Self::deserialize(kept).ok();
        }
        let spec = document.get("spec").unwrap_or(&Value::Null);
        let at = |path: &str| spec.pointer(path);
        let number = |path: &str| at(path).and_then(Value::as_i64);
        let plain = |replicas: Option<i64>, keeps_data: bool| Self {
            replicas,
            keeps_data,
            ..Self::default()
        };
        Some(match (group, kind) {
            ("monitoring.coreos.com", "Prometheus" | "Alertmanager" | "ThanosRuler") => plain(
                number("/replicas").or(Some(1)),
                at("/storage/volumeClaimTemplate").is_some(),
            ),
            ("postgresql.cnpg.io", "Cluster") => plain(number("/instances").or(Some(1)), true),
            ("elasticsearch.k8s.elastic.co", "Elasticsearch") => {
                let sets = at("/nodeSets").and_then(Value::as_array);
                let sets = sets.map_or(&[][..], Vec::as_slice);
                let count = |set: &Value| set.get("count").and_then(Value::as_i64).unwrap_or(1);
                let replicas = (!sets.is_empty()).then(|| sets.iter().map(count).sum());
                plain(replicas, !sets.iter().any(has_ephemeral_data))
            }
            ("kafka.strimzi.io", "Kafka") => Self {
                cluster: document
                    .pointer("/metadata/name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .into(),
                ..plain(number("/kafka/replicas"), keeps_data(at("/kafka/storage")))
            },
            ("kafka.strimzi.io", "KafkaNodePool") => {
                let roles = at("/roles").and_then(Value::as_array);
                let labels = document.pointer("/metadata/labels");
                let cluster = labels.and_then(|labels| labels.get(STRIMZI_CLUSTER));
                Self {
                    cluster: cluster.and_then(Value::as_str).unwrap_or_default().into(),
                    roles: roles
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .map(Text::from)
                        .collect(),
                    ..plain(number("/replicas"), keeps_data(at("/storage")))
                }
            }
            ("mongodbcommunity.mongodb.com", "MongoDBCommunity") => plain(number("/members"), true),
            ("rabbitmq.com", "RabbitmqCluster") => plain(
                number("/replicas").or(Some(1)),
                !at("/persistence/storage").is_some_and(is_nothing),
            ),
            _ => return None,
        })
    }
}

impl MadeWorkload {
    /// Where it says how many replicas there are.
    pub fn replicas_at(&self) -> &'static str {
        match self.object.kind.as_str() {
            "Cluster" => "spec.instances",
            "Elasticsearch" => "spec.nodeSets",
            "Kafka" => "spec.kafka.replicas",
            "MongoDBCommunity" => "spec.members",
            _ => "spec.replicas",
        }
    }

    /// Where it says on what its data is kept.
    pub fn storage_at(&self) -> &'static str {
        match self.object.kind.as_str() {
            "Elasticsearch" => "spec.nodeSets",
            "Kafka" => "spec.kafka.storage",
            "RabbitmqCluster" => "spec.persistence.storage",
            _ => "spec.storage",
        }
    }

    /// Whether it keeps metrics or alerts, rather than the data of applications.
    pub fn is_telemetry(&self) -> bool {
        self.object.group() == "monitoring.coreos.com"
    }
}

/// Whether a node set of Elasticsearch has its data in a directory of the pod.
fn has_ephemeral_data(set: &Value) -> bool {
    let volumes = set.pointer("/podTemplate/spec/volumes");
    let volumes = volumes.and_then(Value::as_array).into_iter().flatten();
    volumes.into_iter().any(|volume| {
        volume.get("name").and_then(Value::as_str) == Some("elasticsearch-data")
            && volume.get("emptyDir").is_some()
    })
}

/// Whether a storage of Strimzi outlives the pod: of several volumes, whether one does.
fn keeps_data(storage: Option<&Value>) -> bool {
    let Some(storage) = storage else {
        return true;
    };
    let is_ephemeral =
        |storage: &Value| storage.get("type").and_then(Value::as_str) == Some("ephemeral");
    match storage.get("volumes").and_then(Value::as_array) {
        Some(volumes) if !volumes.is_empty() => !volumes.iter().all(is_ephemeral),
        _ => !is_ephemeral(storage),
    }
}

/// Whether a quantity is none: `0`, `"0"`, `0Gi`.
fn is_nothing(quantity: &Value) -> bool {
    match quantity {
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => {
            let number = text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
            number.parse::<f64>() == Ok(0.0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Asked;

    #[test]
    fn replicas_and_storage_are_read_of_every_kind() {
        for (group, kind, spec, replicas, keeps_data) in [
            (
                "monitoring.coreos.com",
                "Prometheus",
                json!({}),
                Some(1),
                false,
            ),
            (
                "monitoring.coreos.com",
                "Alertmanager",
                json!({ "replicas": 3, "storage": { "volumeClaimTemplate": {} } }),
                Some(3),
                true,
            ),
            (
                "monitoring.coreos.com",
                "ThanosRuler",
                json!({ "storage": { "emptyDir": {} } }),
                Some(1),
                false,
            ),
            (
                "postgresql.cnpg.io",
                "Cluster",
                json!({ "instances": 3 }),
                Some(3),
                true,
            ),
            (
                "elasticsearch.k8s.elastic.co",
                "Elasticsearch",
                json!({ "nodeSets": [{ "count": 1 }, { "count": 2 }] }),
                Some(3),
                true,
            ),
            (
                "elasticsearch.k8s.elastic.co",
                "Elasticsearch",
                json!({ "nodeSets": [{ "count": 1, "podTemplate": { "spec": { "volumes": [{ "name": "elasticsearch-data", "emptyDir": {} }] } } }] }),
                Some(1),
                false,
            ),
            (
                "kafka.strimzi.io",
                "Kafka",
                json!({ "kafka": { "replicas": 3, "storage": { "type": "jbod", "volumes": [{ "type": "ephemeral" }, { "type": "persistent-claim" }] } } }),
                Some(3),
                true,
            ),
            (
                "kafka.strimzi.io",
                "KafkaNodePool",
                json!({ "replicas": 1, "storage": { "type": "ephemeral" } }),
                Some(1),
                false,
            ),
            (
                "mongodbcommunity.mongodb.com",
                "MongoDBCommunity",
                json!({ "members": 1 }),
                Some(1),
                true,
            ),
            (
                "rabbitmq.com",
                "RabbitmqCluster",
                json!({ "persistence": { "storage": "0Gi" } }),
                Some(1),
                false,
            ),
            (
                "rabbitmq.com",
                "RabbitmqCluster",
                json!({ "persistence": { "storage": "10Gi" } }),
                Some(1),
                true,
            ),
        ] {
            let asked = Asked::of(group, kind, &json!({ "spec": spec })).unwrap();
            assert_eq!(
                (asked.replicas, asked.keeps_data),
                (replicas, keeps_data),
                "{kind} {spec}"
            );
        }
        assert_eq!(Asked::of("example.com", "Cluster", &json!({})), None);
    }
}

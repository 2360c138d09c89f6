//! Nodes, namespaces, configuration and what the API server says of itself.

use serde::{Deserializer, Serialize, Serializer, ser::SerializeMap};

use super::meta::{Condition, ObjectMeta, WITHOUT_PROBE_TIME};
use crate::{
    model::Text,
    wire::{
        Decode, Quantities, Time, WireError,
        decode::{Borrowed, Pairs, schema},
        protobuf::{self, Layout, Reader, Wire, WireType},
    },
};

schema! {
    /// A CustomResourceDefinition, of which no more than its metadata is read.
    struct CustomResourceDefinition {
        metadata: ObjectMeta = "metadata" @ 1,
    }

    /// A Node.
    struct Node {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: NodeSpec = "spec" @ 2,
        status: NodeStatus = "status" @ 3,
    }

    /// What a Node should be.
    struct NodeSpec {
        provider_id: Text = "providerID" @ 3,
        unschedulable: bool = "unschedulable" @ 4,
        taints: Vec<Taint> = "taints" @ 5,
    }

    /// What keeps pods off a Node.
    struct Taint {
        key: Text = "key" @ 1,
        value: Text = "value" @ 2,
        effect: Text = "effect" @ 3,
        time_added: Option<Time> = "timeAdded" @ 4,
    }

    /// What a Node is.
    struct NodeStatus {
        capacity: Quantities = "capacity" @ 1,
        allocatable: Quantities = "allocatable" @ 2,
        conditions: Vec<Condition> = "conditions" @ 4,
        addresses: Vec<NodeAddress> = "addresses" @ 5,
        node_info: NodeInfo = "nodeInfo" @ 7,
    }

    /// One address of a Node.
    struct NodeAddress {
        kind: Text = "type" @ 1,
        address: Text = "address" @ 2,
    }

    /// The software of a Node.
    struct NodeInfo {
        kernel_version: Text = "kernelVersion" @ 4,
        os_image: Text = "osImage" @ 5,
        container_runtime_version: Text = "containerRuntimeVersion" @ 6,
        kubelet_version: Text = "kubeletVersion" @ 7,
        operating_system: Text = "operatingSystem" @ 9,
        architecture: Text = "architecture" @ 10,
    }

    /// A Namespace.
    struct Namespace {
        metadata: ObjectMeta = "metadata" @ 1,
        status: NamespaceStatus = "status" @ 3,
    }

    /// A Namespace's state.
    struct NamespaceStatus {
        phase: Text = "phase" @ 1,
    }

    /// A ConfigMap: its keys, and of a few named ones the facts that checks read of their values.
    struct ConfigMap {
        metadata: ObjectMeta = "metadata" @ 1,
        /// Whether one of its values, which are dropped, is a file of alerting rules.
        holds_alerts: bool = "holdsAlerts",
        data: ConfigData = "data" @ 2,
        binary_data: ConfigData = "binaryData" @ 3,
    }

    /// A Secret: its metadata, and nothing of what it holds.
    struct Secret {
        metadata: ObjectMeta = "metadata" @ 1,
    }

    /// A Lease.
    struct Lease {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: LeaseSpec = "spec" @ 2,
    }

    /// Who holds a Lease, and since when.
    struct LeaseSpec {
        holder_identity: Text = "holderIdentity" @ 1,
        lease_duration_seconds: Option<i32> = "leaseDurationSeconds" @ 2,
        renew_time: Option<Time> = "renewTime" @ 4,
    }

    /// An APIService.
    struct ApiService {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ApiServiceSpec = "spec" @ 2,
        status: ApiServiceStatus = "status" @ 3,
    }

    /// Who serves an APIService.
    struct ApiServiceSpec {
        service: Option<ApiServiceReference> = "service" @ 1,
        group: Text = "group" @ 2,
        version: Text = "version" @ 3,
    }

    /// The Service behind an APIService.
    struct ApiServiceReference {
        namespace: Text = "namespace" @ 1,
        name: Text = "name" @ 2,
    }

    /// Whether an APIService answers.
    struct ApiServiceStatus {
        conditions: Vec<Condition> = "conditions" @ 1 as WITHOUT_PROBE_TIME,
    }

    /// What the metrics API reports of a Node.
    struct NodeMetrics {
        metadata: ObjectMeta = "metadata",
        timestamp: Option<Time> = "timestamp",
    }

    /// An Event.
    struct Event {
        metadata: ObjectMeta = "metadata" @ 1,
        involved_object: InvolvedObject = "involvedObject" @ 2,
        reason: Text = "reason" @ 3,
        message: Text = "message" @ 4,
        kind: Text = "type" @ 9,
        count: i32 = "count" @ 8,
        last_timestamp: Option<Time> = "lastTimestamp" @ 7,
        event_time: Option<Time> = "eventTime" @ 10,
    }

    /// What an Event is about.
    struct InvolvedObject {
        kind: Text = "kind" @ 1,
        name: Text = "name" @ 3,
        uid: crate::wire::Uid = "uid" @ 4,
    }

    /// OpenShift's policy about the signatures of images.
    struct OpenShiftClusterImagePolicy {
        metadata: ObjectMeta = "metadata",
    }

    /// One operator of OpenShift's own.
    struct ClusterOperator {
        metadata: ObjectMeta = "metadata",
        status: ClusterOperatorStatus = "status",
    }

    /// How an operator of OpenShift's fares.
    struct ClusterOperatorStatus {
        conditions: Vec<Condition> = "conditions",
    }

    /// OpenShift's configuration of the API server.
    struct OpenShiftApiServer {
        metadata: ObjectMeta = "metadata",
        spec: OpenShiftApiServerSpec = "spec",
    }

    /// What OpenShift's API server is told.
    struct OpenShiftApiServerSpec {
        audit: OpenShiftAudit = "audit",
        encryption: OpenShiftEncryption = "encryption",
    }

    /// OpenShift's audit profile.
    struct OpenShiftAudit {
        profile: Text = "profile",
    }

    /// OpenShift's encryption of etcd.
    struct OpenShiftEncryption {
        kind: Text = "type",
    }
}

impl Event {
    /// When it last happened.
    pub fn last_seen(&self) -> Option<Time> {
        self.last_timestamp
            .or(self.event_time)
            .or(self.metadata.creation_timestamp)
    }
}

/// The keys of a ConfigMap; a value stands only where a check reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConfigData(Vec<(Text, Option<Text>)>);

impl ConfigData {
    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// The value of a key, when it is one of the kept ones.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.as_ref())
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Whether a value that has not been dropped is a file of Prometheus' alerting rules.
    pub(crate) fn holds_alerts(&self) -> bool {
        let names_an_alert = |line: &str| {
            let line = line.trim_start().trim_start_matches("- ").trim_start();
            line.starts_with("alert:") || line.starts_with("\"alert\":")
        };
        self.0
            .iter()
            .filter_map(|(_, value)| value.as_ref())
            .any(|value| value.contains("alert") && value.lines().any(names_an_alert))
    }

    /// Gives a key that is there a value.
    pub(crate) fn set(&mut self, key: &str, value: Text) {
        if let Some((_, place)) = self.0.iter_mut().find(|(name, _)| name == key) {
            *place = Some(value);
        }
    }

    /// Forgets the values.
    pub(crate) fn drop_values(&mut self) {
        for (_, value) in &mut self.0 {
            *value = None;
        }
    }
}

impl Serialize for ConfigData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Decode for ConfigData {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = <Pairs<Option<Apart>> as serde::Deserialize>::deserialize(deserializer)?.0;
        let mut data = Self::default();
        data.add(pairs);
        Ok(data)
    }
}

/// A value that is dropped again in most cases: the interner need not hear of it.
struct Apart(Text);

impl Decode for Apart {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Borrowed(text) = serde::Deserialize::deserialize(deserializer)?;
        Ok(Self(Text::apart(&text)))
    }
}

impl ConfigData {
    fn add(&mut self, pairs: impl IntoIterator<Item = (Text, Option<Apart>)>) {
        let mut all: std::collections::BTreeMap<Text, Option<Text>> =
            std::mem::take(&mut self.0).into_iter().collect();
        all.extend(
            pairs
                .into_iter()
                .map(|(key, value)| (key, value.map(|apart| apart.0))),
        );
        self.0 = all.into_iter().collect();
    }
}

impl Wire for ConfigData {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut pairs = Vec::new();
        protobuf::texts(wire, reader, |key, value| {
            pairs.push(((&*key).into(), Some(Apart(Text::apart(&value)))));
        })?;
        self.add(pairs);
        Ok(())
    }
}

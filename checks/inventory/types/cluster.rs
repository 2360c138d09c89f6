//! Nodes, namespaces, configuration and what the API server says of itself.

use serde::{Deserializer, Serialize, Serializer, ser::SerializeMap};

use crate::inventory::{
    decode::{Decode, Pairs, schema},
    text::Text,
    types::meta::{Condition, ObjectMeta},
    values::{Quantities, Time},
};

schema! {
    /// A Node.
    struct Node {
        metadata: ObjectMeta = "metadata",
        spec: NodeSpec = "spec",
        status: NodeStatus = "status",
    }

    /// What a Node should be.
    struct NodeSpec {
        provider_id: Text = "providerID",
        unschedulable: bool = "unschedulable",
        taints: Vec<Taint> = "taints",
    }

    /// What keeps pods off a Node.
    struct Taint {
        key: Text = "key",
        value: Text = "value",
        effect: Text = "effect",
        time_added: Option<Time> = "timeAdded",
    }

    /// What a Node is.
    struct NodeStatus {
        capacity: Quantities = "capacity",
        allocatable: Quantities = "allocatable",
        conditions: Vec<Condition> = "conditions",
        addresses: Vec<NodeAddress> = "addresses",
        node_info: NodeInfo = "nodeInfo",
    }

    /// One address of a Node.
    struct NodeAddress {
        kind: Text = "type",
        address: Text = "address",
    }

    /// The software of a Node.
    struct NodeInfo {
        kernel_version: Text = "kernelVersion",
        os_image: Text = "osImage",
        container_runtime_version: Text = "containerRuntimeVersion",
        kubelet_version: Text = "kubeletVersion",
        operating_system: Text = "operatingSystem",
        architecture: Text = "architecture",
    }

    /// A Namespace.
    struct Namespace {
        metadata: ObjectMeta = "metadata",
        status: NamespaceStatus = "status",
    }

    /// A Namespace's state.
    struct NamespaceStatus {
        phase: Text = "phase",
    }

    /// A ConfigMap: its keys, and the values of the few named ones that checks read.
    struct ConfigMap {
        metadata: ObjectMeta = "metadata",
        data: ConfigData = "data",
        binary_data: ConfigData = "binaryData",
    }

    /// A Secret: its metadata, and nothing of what it holds.
    struct Secret {
        metadata: ObjectMeta = "metadata",
    }

    /// A Lease.
    struct Lease {
        metadata: ObjectMeta = "metadata",
        spec: LeaseSpec = "spec",
    }

    /// Who holds a Lease, and since when.
    struct LeaseSpec {
        holder_identity: Text = "holderIdentity",
        lease_duration_seconds: Option<i32> = "leaseDurationSeconds",
        renew_time: Option<Time> = "renewTime",
    }

    /// An APIService.
    struct ApiService {
        metadata: ObjectMeta = "metadata",
        spec: ApiServiceSpec = "spec",
        status: ApiServiceStatus = "status",
    }

    /// Who serves an APIService.
    struct ApiServiceSpec {
        service: Option<ApiServiceReference> = "service",
        group: Text = "group",
        version: Text = "version",
    }

    /// The Service behind an APIService.
    struct ApiServiceReference {
        namespace: Text = "namespace",
        name: Text = "name",
    }

    /// Whether an APIService answers.
    struct ApiServiceStatus {
        conditions: Vec<Condition> = "conditions",
    }

    /// What the metrics API reports of a Node.
    struct NodeMetrics {
        metadata: ObjectMeta = "metadata",
        timestamp: Option<Time> = "timestamp",
    }

    /// An Event.
    struct Event {
        metadata: ObjectMeta = "metadata",
        involved_object: InvolvedObject = "involvedObject",
        reason: Text = "reason",
        message: Text = "message",
        kind: Text = "type",
        count: i32 = "count",
        last_timestamp: Option<Time> = "lastTimestamp",
        event_time: Option<Time> = "eventTime",
    }

    /// What an Event is about.
    struct InvolvedObject {
        kind: Text = "kind",
        name: Text = "name",
        uid: crate::inventory::values::Uid = "uid",
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

    /// Forgets the values.
    pub(in crate::inventory) fn drop_values(&mut self) {
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
        let mut pairs = <Pairs<Option<Text>> as serde::Deserialize>::deserialize(deserializer)?.0;
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self(pairs))
    }
}

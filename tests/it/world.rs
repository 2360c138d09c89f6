//! What a fake API server holds: objects from YAML, and the state that controllers and kubelets would give them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use serde::Deserialize;
use serde_json::{Value, json};

/// The one time of all tests with a fake server.
pub(crate) const NOW: &str = "2026-11-25T03:00:00Z";
/// The same, as a Date header.
pub(crate) const DATE: &str = "Wed, 25 Nov 2026 03:00:00 GMT";
/// When everything has last changed: long settled.
const BEFORE: &str = "2026-11-20T08:00:00Z";

/// A resource that the server serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) kind: String,
    pub(crate) namespaced: bool,
}

impl Resource {
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// What every API server of this age serves, and kready may want: group/version, plural, kind, namespaced.
const BUILTIN: &[(&str, &str, &str, bool)] = &[
    ("v1", "configmaps", "ConfigMap", true),
    ("v1", "endpoints", "Endpoints", true),
    ("v1", "events", "Event", true),
    ("v1", "limitranges", "LimitRange", true),
    ("v1", "namespaces", "Namespace", false),
    ("v1", "nodes", "Node", false),
    (
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        true,
    ),
    ("v1", "persistentvolumes", "PersistentVolume", false),
    ("v1", "pods", "Pod", true),
    (
        "v1",
        "replicationcontrollers",
        "ReplicationController",
        true,
    ),
    ("v1", "resourcequotas", "ResourceQuota", true),
    ("v1", "secrets", "Secret", true),
    ("v1", "serviceaccounts", "ServiceAccount", true),
    ("v1", "services", "Service", true),
    (
        "admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        false,
    ),
    (
        "admissionregistration.k8s.io/v1",
        "validatingadmissionpolicies",
        "ValidatingAdmissionPolicy",
        false,
    ),
    (
        "admissionregistration.k8s.io/v1",
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        false,
    ),
    (
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        false,
    ),
    (
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        false,
    ),
    (
        "apiregistration.k8s.io/v1",
        "apiservices",
        "APIService",
        false,
    ),
    ("apps/v1", "daemonsets", "DaemonSet", true),
    ("apps/v1", "deployments", "Deployment", true),
    ("apps/v1", "replicasets", "ReplicaSet", true),
    ("apps/v1", "statefulsets", "StatefulSet", true),
    (
        "autoscaling/v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        true,
    ),
    ("batch/v1", "cronjobs", "CronJob", true),
    ("batch/v1", "jobs", "Job", true),
    ("coordination.k8s.io/v1", "leases", "Lease", true),
    (
        "discovery.k8s.io/v1",
        "endpointslices",
        "EndpointSlice",
        true,
    ),
    (
        "networking.k8s.io/v1",
        "ingressclasses",
        "IngressClass",
        false,
    ),
    ("networking.k8s.io/v1", "ingresses", "Ingress", true),
    (
        "networking.k8s.io/v1",
        "networkpolicies",
        "NetworkPolicy",
        true,
    ),
    ("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", false),
    (
        "policy/v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        true,
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "clusterrolebindings",
        "ClusterRoleBinding",
        false,
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "clusterroles",
        "ClusterRole",
        false,
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "rolebindings",
        "RoleBinding",
        true,
    ),
    ("rbac.authorization.k8s.io/v1", "roles", "Role", true),
    (
        "scheduling.k8s.io/v1",
        "priorityclasses",
        "PriorityClass",
        false,
    ),
    ("storage.k8s.io/v1", "csidrivers", "CSIDriver", false),
    ("storage.k8s.io/v1", "storageclasses", "StorageClass", false),
    (
        "storage.k8s.io/v1",
        "volumeattachments",
        "VolumeAttachment",
        false,
    ),
];

/// A cluster at rest.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// What is served, in order.
    pub(crate) resources: BTreeSet<Resource>,
    /// The objects of each resource (group and plural), by namespace and name.
    objects: BTreeMap<(String, String), BTreeMap<(String, String), Value>>,
}

impl World {
    /// The nodes and the control plane that every test cluster stands on, and these documents on top.
    pub(crate) fn of(yaml: &str) -> Self {
        let mut world = Self {
            resources: BUILTIN
                .iter()
                .map(|(api_version, plural, kind, namespaced)| {
                    let (group, version) = split(api_version);
                    Resource {
                        group,
                        version,
                        plural: (*plural).into(),
                        kind: (*kind).into(),
                        namespaced: *namespaced,
                    }
                })
                .collect(),
            objects: BTreeMap::new(),
        };
        world.add(include_str!("clusters/ground.yaml"));
        world.add(yaml);
        world.settle();
        world
    }

    /// Random objects of every built-in kind, which the server can send in both wire forms, as upstream writes them.
    pub(crate) fn of_both_forms() -> Self {
        let packed = include_bytes!("../../checks/tests/oracles/wire.jsonl.gz");
        let mut lines = String::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_string(&mut lines)
            .unwrap();
        let mut world = Self::of("");
        world.objects.clear();
        for line in lines.lines() {
            let mut row: Value = serde_json::from_str(line).unwrap();
            let mut object = row["json"].take();
            for field in ["apiVersion", "kind", "protobuf"] {
                object[field] = row[field].take();
            }
            let (group, _) = split(&text(&object, "/apiVersion"));
            let served = world
                .resources
                .iter()
                .find(|resource| resource.group == group && object["kind"] == resource.kind);
            if let Some(resource) = served {
                let key = ["namespace", "name"]
                    .map(|field| text(&object["metadata"], &format!("/{field}")));
                world
                    .objects
                    .entry((group, resource.plural.clone()))
                    .or_default()
                    .entry(key.into())
                    .or_insert(object);
            }
        }
        world
    }

    /// A cluster of `clusters/`.
    pub(crate) fn named(name: &str) -> Self {
        Self::of(match name {
            "ground" => "",
            "healthy" => include_str!("clusters/healthy.yaml"),
            "broken" => include_str!("clusters/broken.yaml"),
            _ => panic!("no such cluster: {name}"),
        })
    }

    /// More documents, as they are: no controller acts on them.
    pub(crate) fn with(mut self, yaml: &str) -> Self {
        self.add(yaml);
        self
    }

    /// Removes an object.
    pub(crate) fn without(
        mut self,
        group: &str,
        plural: &str,
        namespace: &str,
        name: &str,
    ) -> Self {
        let gone = self
            .objects
            .get_mut(&(group.into(), plural.into()))
            .and_then(|objects| objects.remove(&(namespace.into(), name.into())));
        assert!(gone.is_some(), "no {plural} {namespace}/{name} to remove");
        self
    }

    /// Changes an object.
    pub(crate) fn change(
        mut self,
        group: &str,
        plural: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let object = self
            .objects
            .get_mut(&(group.into(), plural.into()))
            .and_then(|objects| objects.get_mut(&(namespace.into(), name.into())))
            .unwrap_or_else(|| panic!("no {plural} {namespace}/{name} to change"));
        change(object);
        self
    }

    /// The objects of a resource, in the order of an API server: by namespace, then name.
    pub(crate) fn objects(&self, group: &str, plural: &str) -> impl Iterator<Item = &Value> {
        self.objects
            .get(&(group.to_owned(), plural.to_owned()))
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// The names of all namespaces.
    pub(crate) fn namespaces(&self) -> BTreeSet<String> {
        self.objects("", "namespaces")
            .map(|namespace| text(namespace, "/metadata/name"))
            .collect()
    }

    fn add(&mut self, yaml: &str) {
        for document in serde_yaml::Deserializer::from_str(yaml) {
            let object = Value::deserialize(document).expect("a cluster is YAML");
            if !object.is_null() {
                self.put(object);
            }
        }
    }

    pub(crate) fn put(&mut self, mut object: Value) {
        let (group, version) = split(&text(&object, "/apiVersion"));
        let kind = text(&object, "/kind");
        if kind == "CustomResourceDefinition" {
            let group = text(&object, "/spec/group");
            for version in object["spec"]["versions"].as_array().into_iter().flatten() {
                self.resources.insert(Resource {
                    group: group.clone(),
                    version: text(version, "/name"),
                    plural: text(&object, "/spec/names/plural"),
                    kind: text(&object, "/spec/names/kind"),
                    namespaced: text(&object, "/spec/scope") == "Namespaced",
                });
            }
        }
        if kind == "APIService"
            && object.pointer("/spec/service").is_some()
            && text(&object, "/spec/group") == "metrics.k8s.io"
        {
            for (plural, kind, namespaced) in [
                ("nodes", "NodeMetrics", false),
                ("pods", "PodMetrics", true),
            ] {
                self.resources.insert(Resource {
                    group: text(&object, "/spec/group"),
                    version: text(&object, "/spec/version"),
                    plural: plural.into(),
                    kind: kind.into(),
                    namespaced,
                });
            }
        }
        let resource = self
            .resources
            .iter()
            .find(|r| r.group == group && r.version == version && r.kind == kind)
            .unwrap_or_else(|| panic!("{group}/{version} {kind} is not served"))
            .clone();
        let name = text(&object, "/metadata/name");
        let meta = object["metadata"].as_object_mut().unwrap();
        if resource.namespaced {
            meta.entry("namespace").or_insert_with(|| json!("default"));
        }
        meta.entry("creationTimestamp")
            .or_insert_with(|| json!(BEFORE));
        meta.entry("resourceVersion")
            .or_insert_with(|| json!("500"));
        let namespace = meta.get("namespace").map_or_else(String::new, |namespace| {
            namespace.as_str().unwrap_or_default().to_owned()
        });
        let uid = uid(&format!("{group} {kind} {namespace} {name}"));
        meta.entry("uid").or_insert_with(|| json!(uid));
        self.objects
            .entry((group, resource.plural))
            .or_default()
            .insert((namespace, name), object);
    }

    /// Does what controllers and kubelets do, as far as kready looks at it.
    fn settle(&mut self) {
        self.settle_namespaces();
        self.settle_workloads();
        self.settle_services();
        self.settle_budgets();
        self.settle_claims();
        self.settle_volumes();
        self.settle_autoscalers();
    }

    fn settle_namespaces(&mut self) {
        let mentioned: BTreeSet<String> = self
            .objects
            .values()
            .flat_map(BTreeMap::keys)
            .map(|(namespace, _)| namespace.clone())
            .filter(|namespace| !namespace.is_empty())
            .collect();
        let known = self.namespaces();
        for name in mentioned.difference(&known) {
            self.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        }
        for name in self.namespaces() {
            self.put(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": name, "name": "default"}}));
            self.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": name, "name": "kube-root-ca.crt"},
                "data": {"ca.crt": "-----BEGIN CERTIFICATE-----"}}));
        }
    }

    fn settle_workloads(&mut self) {
        for plural in ["deployments", "statefulsets", "daemonsets", "jobs"] {
            let group = if plural == "jobs" { "batch" } else { "apps" };
            let owners: Vec<Value> = self.objects(group, plural).cloned().collect();
            for owner in owners {
                self.settle_workload(plural, owner);
            }
        }
        let bare: Vec<Value> = self
            .objects("", "pods")
            .filter(|pod| pod.get("status").is_none())
            .cloned()
            .collect();
        for pod in bare {
            self.put(run(pod, 0));
        }
    }

    fn settle_workload(&mut self, plural: &str, mut owner: Value) {
        let workers = self
            .objects("", "nodes")
            .filter(|node| node.pointer("/spec/taints").is_none())
            .count();
        let replicas = match plural {
            "daemonsets" => workers,
            "jobs" => 1,
            _ => owner
                .pointer("/spec/replicas")
                .and_then(Value::as_u64)
                .map_or(1, |replicas| usize::try_from(replicas).unwrap()),
        };
        let state = text(
            &owner,
            "/spec/template/metadata/annotations/test.kready~1state",
        );
        let ready = if state.is_empty() { replicas } else { 0 };
        let name = text(&owner, "/metadata/name");
        let namespace = text(&owner, "/metadata/namespace");
        let mut controller = owner.clone();
        if plural == "deployments" {
            let set = json!({
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {"namespace": namespace, "name": format!("{name}-5d4f8c7b9"),
                    "labels": owner["spec"]["template"]["metadata"]["labels"],
                    "ownerReferences": [owned_by(&owner)]},
                "spec": {"replicas": replicas, "selector": owner["spec"]["selector"], "template": owner["spec"]["template"]},
                "status": {"replicas": replicas, "readyReplicas": ready, "availableReplicas": ready, "observedGeneration": 1},
            });
            self.put(set.clone());
            controller = self.get(
                "apps",
                "replicasets",
                &namespace,
                &format!("{name}-5d4f8c7b9"),
            );
        }
        for n in 0..replicas {
            let pod = match plural {
                "statefulsets" => format!("{name}-{n}"),
                _ => format!("{}-x{n:04}", text(&controller, "/metadata/name")),
            };
            let mut spec = owner["spec"]["template"]["spec"].clone();
            for claim in owner["spec"]["volumeClaimTemplates"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let volume = text(claim, "/metadata/name");
                let claim_name = format!("{volume}-{pod}");
                self.put(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                    "metadata": {"namespace": namespace, "name": claim_name}, "spec": claim["spec"]}));
                let volumes = spec
                    .as_object_mut()
                    .unwrap()
                    .entry("volumes")
                    .or_insert_with(|| json!([]));
                volumes.as_array_mut().unwrap().push(
                    json!({"name": volume, "persistentVolumeClaim": {"claimName": claim_name}}),
                );
            }
            self.put(run(
                json!({"apiVersion": "v1", "kind": "Pod",
                    "metadata": {"namespace": namespace, "name": pod,
                        "labels": owner["spec"]["template"]["metadata"]["labels"],
                        "annotations": owner["spec"]["template"]["metadata"]["annotations"],
                        "ownerReferences": [owned_by(&controller)]},
                    "spec": spec}),
                n,
            ));
        }
        owner["metadata"]["generation"] = json!(1);
        owner["status"] = match plural {
            "daemonsets" => {
                json!({"observedGeneration": 1, "desiredNumberScheduled": replicas, "currentNumberScheduled": replicas,
                "updatedNumberScheduled": replicas, "numberReady": ready, "numberAvailable": ready, "numberUnavailable": replicas - ready})
            }
            "jobs" => json!({"succeeded": 1, "startTime": BEFORE, "completionTime": BEFORE,
                "conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": BEFORE}]}),
            "statefulsets" => {
                json!({"observedGeneration": 1, "replicas": replicas, "readyReplicas": ready, "availableReplicas": ready,
                "currentReplicas": replicas, "updatedReplicas": replicas})
            }
            _ => {
                json!({"observedGeneration": 1, "replicas": replicas, "readyReplicas": ready, "availableReplicas": ready,
                "updatedReplicas": replicas, "unavailableReplicas": replicas - ready,
                "conditions": [
                    {"type": "Available", "status": if ready == replicas { "True" } else { "False" }, "lastTransitionTime": BEFORE, "lastUpdateTime": BEFORE},
                    {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastTransitionTime": BEFORE, "lastUpdateTime": BEFORE}]})
            }
        };
        self.put(owner);
    }

    fn settle_services(&mut self) {
        let services: Vec<Value> = self.objects("", "services").cloned().collect();
        for service in services {
            let Some(selector) = service.pointer("/spec/selector") else {
                continue;
            };
            let namespace = text(&service, "/metadata/namespace");
            let name = text(&service, "/metadata/name");
            let endpoints: Vec<Value> = self
                .objects("", "pods")
                .filter(|pod| text(pod, "/metadata/namespace") == namespace && selects(selector, pod))
                .filter(|pod| text(pod, "/status/phase") == "Running")
                .map(|pod| {
                    let ready = pod["status"]["conditions"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
                    json!({"addresses": ["10.64.0.9"], "conditions": {"ready": ready, "serving": ready, "terminating": false},
                        "targetRef": {"kind": "Pod", "namespace": namespace, "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}})
                })
                .collect();
            self.put(json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"namespace": namespace, "name": format!("{name}-abcde"),
                    "labels": {"kubernetes.io/service-name": name}, "ownerReferences": [owned_by(&service)]},
                "ports": [], "endpoints": endpoints}));
        }
    }

    fn settle_budgets(&mut self) {
        let budgets: Vec<Value> = self
            .objects("policy", "poddisruptionbudgets")
            .cloned()
            .collect();
        for mut budget in budgets {
            let namespace = text(&budget, "/metadata/namespace");
            let selector = budget["spec"]["selector"]["matchLabels"].clone();
            let pods: Vec<&Value> = self
                .objects("", "pods")
                .filter(|pod| {
                    text(pod, "/metadata/namespace") == namespace && selects(&selector, pod)
                })
                .collect();
            let healthy = pods
                .iter()
                .filter(|pod| text(pod, "/status/conditions/2/status") == "True")
                .count();
            let expected = pods.len();
            let desired = match (
                &budget["spec"]["minAvailable"],
                &budget["spec"]["maxUnavailable"],
            ) {
                (Value::Number(least), _) => usize::try_from(least.as_u64().unwrap()).unwrap(),
                (_, Value::Number(most)) => {
                    expected.saturating_sub(usize::try_from(most.as_u64().unwrap()).unwrap())
                }
                _ => expected,
            };
            budget["status"] = json!({"expectedPods": expected, "currentHealthy": healthy, "desiredHealthy": desired,
                "disruptionsAllowed": healthy.saturating_sub(desired), "observedGeneration": 1});
            self.put(budget);
        }
    }

    fn settle_claims(&mut self) {
        let claims: Vec<Value> = self
            .objects("", "persistentvolumeclaims")
            .filter(|claim| claim.get("status").is_none())
            .cloned()
            .collect();
        for mut claim in claims {
            let class = text(&claim, "/spec/storageClassName");
            let exists = self
                .objects("storage.k8s.io", "storageclasses")
                .any(|known| class.is_empty() || text(known, "/metadata/name") == class);
            claim["status"] = json!({"phase": if exists { "Bound" } else { "Pending" }});
            self.put(claim);
        }
    }

    fn settle_volumes(&mut self) {
        let volumes: Vec<Value> = self
            .objects("", "persistentvolumes")
            .filter(|volume| volume.get("status").is_none())
            .cloned()
            .collect();
        for mut volume in volumes {
            volume["status"] = json!({"phase": "Bound"});
            self.put(volume);
        }
    }

    fn settle_autoscalers(&mut self) {
        let autoscalers: Vec<Value> = self
            .objects("autoscaling", "horizontalpodautoscalers")
            .filter(|autoscaler| autoscaler.get("status").is_none())
            .cloned()
            .collect();
        for mut autoscaler in autoscalers {
            let held =
                |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": BEFORE});
            autoscaler["status"] =
                json!({"conditions": [held("AbleToScale"), held("ScalingActive")]});
            self.put(autoscaler);
        }
    }

    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Value {
        self.objects[&(group.to_owned(), plural.to_owned())]
            [&(namespace.to_owned(), name.to_owned())]
            .clone()
    }
}

/// What the kubelet of a fake node makes of a pod.
fn run(mut pod: Value, n: usize) -> Value {
    let state = text(&pod, "/metadata/annotations/test.kready~1state");
    let job = text(&pod, "/metadata/ownerReferences/0/kind") == "Job";
    let ready = state.is_empty() && !job;
    let condition = |kind: &str, up: bool| json!({"type": kind, "status": if up { "True" } else { "False" }, "lastTransitionTime": BEFORE});
    if state == "pending" {
        pod["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/6 nodes are available: insufficient memory.", "lastTransitionTime": BEFORE}]});
        return pod;
    }
    pod["spec"]["nodeName"] = json!(format!("worker-{}", n % 3));
    let statuses = |containers: &Value, crash: bool| -> Vec<Value> {
        containers
            .as_array()
            .into_iter()
            .flatten()
            .map(|container| {
                let image = text(container, "/image");
                let mut status = json!({"name": container["name"], "image": image, "imageID": format!("{image}@sha256:{}", "0".repeat(64)),
                    "ready": ready, "started": ready, "restartCount": 0, "state": {"running": {"startedAt": BEFORE}}});
                if crash {
                    status["restartCount"] = json!(17);
                    status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}});
                    status["lastState"] = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": BEFORE, "finishedAt": BEFORE}});
                } else if state == "nopull" {
                    status["state"] = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
                } else if job {
                    status["state"] = json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": BEFORE, "finishedAt": BEFORE}});
                }
                status
            })
            .collect()
    };
    pod["status"] = json!({"phase": if job { "Succeeded" } else { "Running" }, "startTime": BEFORE, "hostIP": "127.0.0.1", "podIP": "10.64.0.9",
        "conditions": [condition("Initialized", true), condition("PodScheduled", true), condition("Ready", ready), condition("ContainersReady", ready)],
        "containerStatuses": statuses(&pod["spec"]["containers"], state == "crash")});
    pod
}

fn owned_by(owner: &Value) -> Value {
    json!({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true})
}

fn selects(selector: &Value, pod: &Value) -> bool {
    selector.as_object().is_some_and(|selector| {
        !selector.is_empty()
            && selector
                .iter()
                .all(|(key, value)| &pod["metadata"]["labels"][key.as_str()] == value)
    })
}

/// The text at a JSON pointer, or none of it.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Group and version.
pub(crate) fn split(api_version: &str) -> (String, String) {
    match api_version.split_once('/') {
        Some((group, version)) => (group.into(), version.into()),
        None => (String::new(), api_version.into()),
    }
}

/// A UID that depends on the object only.
fn uid(seed: &str) -> String {
    let hash = |salt: u64| {
        seed.bytes().fold(salt, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    let (a, b) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        (b >> 48) & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

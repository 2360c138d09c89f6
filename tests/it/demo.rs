//! Makes the demo's snapshot of the readable YAML in `demo/`: what people write is there, what a cluster adds is here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use kready::parts;
use kready_checks::{
    inventory::{Kind, Loader, ServedBy, yaml_documents},
    wire::Time,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How old things are that do not say it.
const INSTALLED: i64 = 410 * DAY;
const DEPLOYED: i64 = 34 * DAY;
const STARTED: i64 = 6 * DAY;

/// What `demo.yaml` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Demo {
    #[serde(rename = "kind")]
    _kind: String,
    time: Time,
    context: String,
    server: String,
    identity: String,
    version: String,
    certificate: Value,
    nodes: Vec<Machine>,
    troubles: Vec<Trouble>,
    serves: Vec<Served>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    name: String,
    zone: String,
    #[serde(default)]
    role: String,
    cpu: u32,
    memory: String,
    kubelet: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trouble {
    at: String,
    #[serde(rename = "trouble")]
    what: What,
    since: String,
    #[serde(default)]
    message: String,
    /// How many of the pods are affected; all if it is not given.
    pods: Option<usize>,
    #[serde(default)]
    restarts: u32,
    #[serde(default)]
    exit: i32,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum What {
    CrashLoop,
    OomKilled,
    Unschedulable,
    ConfigMissing,
    ClaimPending,
    JobFailed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Served {
    group: String,
    version: String,
    resources: BTreeMap<String, String>,
}

impl Trouble {
    fn seconds(&self) -> i64 {
        let (number, unit) = self.since.split_at(self.since.len() - 1);
        let number: i64 = number.parse().unwrap();
        number
            * match unit {
                "m" => MINUTE,
                "h" => HOUR,
                "d" => DAY,
                _ => panic!("{}", self.since),
            }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name").to_owned()
}

fn namespace(object: &Value) -> String {
    text(object, "/metadata/namespace").to_owned()
}

fn digest(of: &str) -> String {
    let digest = Sha256::digest(of.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn uid(of: &str) -> String {
    let hex = digest(of);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

/// The letters that Kubernetes makes names of.
fn suffix(of: &str, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    Sha256::digest(of.as_bytes())
        .iter()
        .take(length)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let selector = selector.as_object().unwrap();
    !selector.is_empty()
        && selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
}

fn insert_default(object: &mut Value, key: &str, value: Value) {
    object.as_object_mut().unwrap().entry(key).or_insert(value);
}

/// The cluster while it is made.
struct World {
    demo: Demo,
    objects: Vec<Value>,
    /// Where the next pod that may run anywhere goes.
    turn: usize,
    addresses: u32,
    /// The fewest replicas that autoscalers keep, by namespace and name.
    floors: BTreeMap<(String, String), u64>,
}

impl World {
    fn ago(&self, seconds: i64) -> String {
        self.demo.time.plus(-seconds).to_string()
    }

    fn trouble(&self, kind: &str, namespace: &str, name: &str) -> Option<&Trouble> {
        let at = format!("{kind} {namespace}/{name}");
        self.demo.troubles.iter().find(|trouble| trouble.at == at)
    }

    fn push(&mut self, mut object: Value, age: i64) {
        let id = format!("{} {}/{}", kind(&object), namespace(&object), name(&object));
        let created = self.ago(age);
        let metadata = &mut object["metadata"];
        insert_default(metadata, "uid", uid(&id).into());
        insert_default(metadata, "creationTimestamp", created.into());
        self.objects.push(object);
    }

    fn of_kind(&self, wanted: &str) -> Vec<Value> {
        self.objects
            .iter()
            .filter(|object| kind(object) == wanted)
            .cloned()
            .collect()
    }

    fn machines(&self, template: &Value) -> Vec<String> {
        let tolerant = template["spec"]["tolerations"].as_array().is_some();
        self.demo
            .nodes
            .iter()
            .filter(|node| tolerant || node.role.is_empty())
            .map(|node| node.name.clone())
            .collect()
    }

    fn zone(&self, machine: &str) -> &str {
        let found = self.demo.nodes.iter().find(|node| node.name == machine);
        found.map_or("", |node| node.zone.as_str())
    }

    /// The next worker, so that the pods of one workload spread over zones and machines.
    fn place(&mut self) -> String {
        let workers: Vec<&Machine> = self
            .demo
            .nodes
            .iter()
            .filter(|node| node.role.is_empty())
            .collect();
        let machine = workers[self.turn % workers.len()].name.clone();
        self.turn += 1;
        machine
    }

    /// What the API server fills in.
    fn defaults(&mut self, object: &mut Value) {
        let of = kind(object).to_owned();
        let id = format!("{of} {}", name(object));
        match of.as_str() {
            "Namespace" => {
                let named = name(object);
                insert_default(&mut object["metadata"], "labels", json!({}));
                object["metadata"]["labels"]["kubernetes.io/metadata.name"] = named.into();
                object["status"] = json!({ "phase": "Active" });
            }
            "Deployment" | "StatefulSet" | "DaemonSet" => {
                if of != "DaemonSet" {
                    insert_default(&mut object["spec"], "replicas", 1.into());
                }
                object["metadata"]["generation"] = 1.into();
                template_defaults(&mut object["spec"]["template"]["spec"]);
            }
            "CronJob" => {
                template_defaults(&mut object["spec"]["jobTemplate"]["spec"]["template"]["spec"]);
            }

            "Service" => {
                insert_default(&mut object["spec"], "type", "ClusterIP".into());
                self.addresses += 1;
                let address = format!("10.96.12.{}", self.addresses);
                insert_default(&mut object["spec"], "clusterIP", address.into());
                for port in object["spec"]["ports"].as_array_mut().unwrap() {
                    let number = port["port"].clone();
                    insert_default(port, "targetPort", number);
                    insert_default(port, "protocol", "TCP".into());
                }
                if text(object, "/spec/type") == "LoadBalancer" {
                    object["status"] =
                        json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.80" }] } });
                }
            }
            "Ingress" => {
                object["status"] =
                    json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.80" }] } });
            }
            "APIService" => {
                object["status"] = json!({ "conditions": [{
                    "type": "Available", "status": "True", "reason": "Passed",
                    "lastTransitionTime": self.ago(STARTED),
                }] });
            }
            _ => assert!(!id.is_empty()),
        }
    }

    fn node(&self, machine: &Machine) -> Value {
        let index = self
            .demo
            .nodes
            .iter()
            .position(|node| node.name == machine.name)
            .unwrap();
        let control_plane = !machine.role.is_empty();
        let mut labels = json!({
            "kubernetes.io/hostname": machine.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/region": "dc-1",
            "topology.kubernetes.io/zone": machine.zone,
        });
        let mut taints = json!([]);
        if control_plane {
            labels["node-role.kubernetes.io/control-plane"] = "".into();
            taints =
                json!([{ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }]);
        }
        let resources = json!({ "cpu": machine.cpu.to_string(), "memory": machine.memory, "pods": "110", "ephemeral-storage": "400Gi" });
        let condition = |of: &str, status: &str| json!({ "type": of, "status": status, "reason": "Kubelet", "lastTransitionTime": self.ago(41 * DAY) });
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": machine.name, "labels": labels },
            "spec": { "taints": taints },
            "status": {
                "capacity": resources, "allocatable": resources,
                "addresses": [
                    { "type": "InternalIP", "address": format!("192.0.2.{}", 11 + index) },
                    { "type": "Hostname", "address": machine.name },
                ],
                "conditions": [
                    condition("MemoryPressure", "False"), condition("DiskPressure", "False"),
                    condition("PIDPressure", "False"), condition("NetworkUnavailable", "False"),
                    condition("Ready", "True"),
                ],
                "nodeInfo": {
                    "kernelVersion": "6.12.57+deb13-amd64",
                    "osImage": "Debian GNU/Linux 13 (trixie)",
                    "containerRuntimeVersion": "containerd://2.2.1",
                    "kubeletVersion": machine.kubelet.as_ref().unwrap_or(&self.demo.version),
                    "operatingSystem": "linux", "architecture": "amd64",
                },
            },
        })
    }

    /// A pod of a template on a machine, in the state that the trouble leaves it in.
    fn pod(
        &self,
        template: &Value,
        owner: &Value,
        pod: &str,
        machine: &str,
        trouble: Option<&Trouble>,
    ) -> Value {
        let mut spec = template["spec"].clone();
        let since = trouble.map_or(STARTED, Trouble::seconds);
        let what = trouble.map(|trouble| trouble.what);
        let scheduled = what != Some(What::Unschedulable);
        if scheduled {
            spec["nodeName"] = machine.into();
        }
        let condition = |of: &str, holds: bool, reason: &str, message: &str| {
            json!({
                "type": of, "status": if holds { "True" } else { "False" },
                "reason": reason, "message": message, "lastTransitionTime": self.ago(since.min(STARTED)),
            })
        };
        let status = if scheduled {
            let broken = matches!(what, Some(What::CrashLoop | What::ConfigMissing));
            let statuses: Vec<Value> = spec["containers"]
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
                .map(|(at, container)| self.container(container, trouble.filter(|_| at == 0)))
                .collect();
            let phase = if what == Some(What::ConfigMissing) {
                "Pending"
            } else {
                "Running"
            };
            let reason = if broken { "ContainersNotReady" } else { "" };
            json!({
                "phase": phase,
                "startTime": self.ago(since.max(STARTED)),
                "conditions": [
                    condition("PodScheduled", true, "", ""), condition("Initialized", true, "", ""),
                    condition("ContainersReady", !broken, reason, ""), condition("Ready", !broken, reason, ""),
                ],
                "containerStatuses": statuses,
            })
        } else {
            let message = trouble.map_or("", |trouble| &trouble.message);
            json!({
                "phase": "Pending",
                "conditions": [{
                    "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                    "message": message, "lastTransitionTime": self.ago(since),
                }],
            })
        };
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": pod, "namespace": namespace(owner),
                "labels": template["metadata"]["labels"],
                "ownerReferences": [owner_of(owner)],
            },
            "spec": spec, "status": status,
        })
    }

    fn container(&self, container: &Value, trouble: Option<&Trouble>) -> Value {
        let image = text(container, "/image");
        let repository = image.split('@').next().unwrap_or_default();
        let repository = match repository.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => repository,
        };
        let mut status = json!({
            "name": container["name"], "image": image,
            "imageID": format!("{repository}@sha256:{}", digest(image)),
            "ready": true, "started": true, "restartCount": 0,
            "state": { "running": { "startedAt": self.ago(STARTED) } },
        });
        let Some(trouble) = trouble else {
            return status;
        };
        let ended = |reason: &str, code: i32, ago: i64| json!({ "terminated": { "reason": reason, "exitCode": code, "finishedAt": self.ago(ago) } });
        match trouble.what {
            What::CrashLoop => {
                status["ready"] = false.into();
                status["restartCount"] = trouble.restarts.into();
                status["state"] = json!({ "waiting": {
                    "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container",
                } });
                status["lastState"] = ended("Error", trouble.exit, 3 * MINUTE);
            }
            What::OomKilled => {
                status["restartCount"] = trouble.restarts.into();
                status["lastState"] = ended("OOMKilled", 137, trouble.seconds());
                status["state"] =
                    json!({ "running": { "startedAt": self.ago(trouble.seconds() - 5) } });
            }
            What::ConfigMissing => {
                status["ready"] = false.into();
                status["imageID"] = "".into();
                status["state"] = json!({ "waiting": {
                    "reason": "CreateContainerConfigError", "message": trouble.message,
                } });
            }
            What::Unschedulable | What::ClaimPending | What::JobFailed => {}
        }
        status
    }

    fn static_pods(&mut self, template: &Value) {
        let machines: Vec<String> = self
            .demo
            .nodes
            .iter()
            .filter(|node| !node.role.is_empty())
            .map(|node| node.name.clone())
            .collect();
        for machine in machines {
            let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": {
                "name": machine, "uid": uid(&format!("Node /{machine}")),
            } });
            let mut of = template.clone();
            template_defaults(&mut of["spec"]);
            let mut pod = self.pod(
                &of,
                &node,
                &format!("{}-{machine}", name(template)),
                &machine,
                None,
            );
            pod["metadata"]["namespace"] = template["metadata"]["namespace"].clone();
            pod["metadata"]["annotations"] =
                json!({ "kubernetes.io/config.mirror": &digest(&name(template))[..32] });
            self.push(pod, 41 * DAY);
        }
    }

    fn deployment(&mut self, mut deployment: Value) {
        let (space, named) = (namespace(&deployment), name(&deployment));
        let replicas = deployment["spec"]["replicas"].as_u64().unwrap();
        let hash = suffix(&format!("template {space}/{named}"), 9);
        deployment["metadata"]["uid"] = uid(&format!("Deployment {space}/{named}")).into();
        let mut template = deployment["spec"]["template"].clone();
        template["metadata"]["labels"]["pod-template-hash"] = hash.clone().into();
        let mut selector = deployment["spec"]["selector"].clone();
        selector["matchLabels"]["pod-template-hash"] = hash.clone().into();
        let mut set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("{named}-{hash}"), "namespace": space, "generation": 1,
                "uid": uid(&format!("ReplicaSet {space}/{named}-{hash}")),
                "labels": template["metadata"]["labels"], "ownerReferences": [owner_of(&deployment)],
            },
            "spec": { "replicas": replicas, "selector": selector, "template": template },
        });
        let machines: Vec<String> = (0..replicas).map(|_| self.place()).collect();
        let trouble = self.trouble("Deployment", &space, &named);
        let since = trouble.map_or(DEPLOYED, Trouble::seconds);
        let mut pods = Vec::new();
        for (number, machine) in machines.iter().enumerate() {
            let pod = format!(
                "{named}-{hash}-{}",
                suffix(&format!("{space}/{named} {number}"), 5)
            );
            let befallen = trouble.filter(|trouble| trouble.pods.is_none_or(|pods| number < pods));
            pods.push(self.pod(&template, &set, &pod, machine, befallen));
        }
        let ready = pods.iter().filter(|pod| is_ready(pod)).count() as u64;
        // A quarter, rounded down, may be missing.
        let available = ready >= replicas - replicas / 4;
        // The others ran before they broke.
        let arrived = trouble.is_none_or(|trouble| trouble.what != What::Unschedulable);
        let condition = |of: &str, holds: bool, reason: &str| {
            json!({ "type": of, "status": if holds { "True" } else { "False" }, "reason": reason,
                "lastTransitionTime": self.ago(since) })
        };
        deployment["status"] = json!({
            "observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": ready, "availableReplicas": ready,
            "conditions": [
                condition("Available", available, if available { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" }),
                condition("Progressing", arrived, if arrived { "NewReplicaSetAvailable" } else { "ProgressDeadlineExceeded" }),
            ],
        });
        set["status"] = json!({ "observedGeneration": 1, "replicas": replicas, "readyReplicas": ready, "availableReplicas": ready });
        let age = since.max(STARTED);
        self.push(deployment, INSTALLED - 40 * DAY);
        self.push(set, since.max(DEPLOYED));
        for pod in pods {
            self.push(pod, age);
        }
    }

    fn stateful_set(&mut self, mut set: Value) {
        let (space, named) = (namespace(&set), name(&set));
        let replicas = set["spec"]["replicas"].as_u64().unwrap();
        set["metadata"]["uid"] = uid(&format!("StatefulSet {space}/{named}")).into();
        let template = set["spec"]["template"].clone();
        let claims = set["spec"]["volumeClaimTemplates"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut pods = Vec::new();
        for number in 0..replicas {
            let mut of = template.clone();
            let pod = format!("{named}-{number}");
            of["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = pod.clone().into();
            of["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = number.to_string().into();
            for claim in &claims {
                let mounted = name(claim);
                let claim_name = format!("{mounted}-{pod}");
                insert_default(&mut of["spec"], "volumes", json!([]));
                of["spec"]["volumes"].as_array_mut().unwrap().push(
                    json!({ "name": mounted, "persistentVolumeClaim": { "claimName": claim_name } }),
                );
                let mut claim = claim.clone();
                claim["apiVersion"] = "v1".into();
                claim["kind"] = "PersistentVolumeClaim".into();
                claim["metadata"]["name"] = claim_name.into();
                claim["metadata"]["namespace"] = space.clone().into();
                claim["metadata"]["labels"] = template["metadata"]["labels"].clone();
                self.claim(claim);
            }
            let machine = self.place();
            let trouble = self.trouble("StatefulSet", &space, &named);
            pods.push(self.pod(&of, &set, &pod, &machine, trouble));
        }
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        set["status"] = json!({
            "observedGeneration": 1, "replicas": replicas, "readyReplicas": ready,
            "updatedReplicas": replicas, "availableReplicas": ready,
        });
        self.push(set, INSTALLED - 40 * DAY);
        for pod in pods {
            self.push(pod, STARTED);
        }
    }

    fn daemon_set(&mut self, mut set: Value) {
        let (space, named) = (namespace(&set), name(&set));
        set["metadata"]["uid"] = uid(&format!("DaemonSet {space}/{named}")).into();
        let template = set["spec"]["template"].clone();
        let machines = self.machines(&template);
        let count = machines.len();
        set["status"] = json!({
            "observedGeneration": 1, "desiredNumberScheduled": count, "currentNumberScheduled": count,
            "numberReady": count, "updatedNumberScheduled": count, "numberAvailable": count,
        });
        for machine in machines {
            let pod = format!(
                "{named}-{}",
                suffix(&format!("{space}/{named} {machine}"), 5)
            );
            let pod = self.pod(&template, &set, &pod, &machine, None);
            self.push(pod, STARTED);
        }
        self.push(set, INSTALLED - 40 * DAY);
    }

    fn cron_job(&mut self, mut cron: Value) {
        let (space, named) = (namespace(&cron), name(&cron));
        cron["metadata"]["uid"] = uid(&format!("CronJob {space}/{named}")).into();
        let trouble = self.trouble("CronJob", &space, &named);
        let failed = trouble.is_some();
        let age = trouble.map_or(7 * HOUR, Trouble::seconds);
        let template = cron["spec"]["jobTemplate"]["spec"]["template"].clone();
        let at = self.ago(age);
        let done = self.ago(age - 4 * MINUTE);
        let mut job = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": format!("{named}-29400120"), "namespace": space, "labels": template["metadata"]["labels"],
                "ownerReferences": [owner_of(&cron)],
                "uid": uid(&format!("Job {space}/{named}-29400120")),
            },
            "spec": cron["spec"]["jobTemplate"]["spec"],
            "status": { "startTime": at },
        });
        if failed {
            job["status"]["conditions"] = json!([{
                "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
                "message": "Job has reached the specified backoff limit", "lastTransitionTime": done,
            }]);
            cron["status"] =
                json!({ "lastScheduleTime": at, "lastSuccessfulTime": self.ago(9 * DAY) });
        } else {
            job["status"]["completionTime"] = done.clone().into();
            job["status"]["conditions"] =
                json!([{ "type": "Complete", "status": "True", "lastTransitionTime": done }]);
            cron["status"] = json!({ "lastScheduleTime": at, "lastSuccessfulTime": done });
        }
        let machine = self.place();
        let pod = format!("{}-{}", name(&job), suffix(&format!("{space}/{named}"), 5));
        let mut pod = self.pod(&template, &job, &pod, &machine, None);
        let (phase, reason, code) = if failed {
            ("Failed", "Error", 1)
        } else {
            ("Succeeded", "Completed", 0)
        };
        pod["status"]["phase"] = phase.into();
        pod["status"]["startTime"] = at.into();
        for condition in pod["status"]["conditions"].as_array_mut().unwrap() {
            condition["lastTransitionTime"] = done.clone().into();
            if text(condition, "/type").ends_with("Ready") {
                condition["status"] = "False".into();
                condition["reason"] = if failed { "PodFailed" } else { "PodCompleted" }.into();
            }
        }
        for status in pod["status"]["containerStatuses"].as_array_mut().unwrap() {
            status["ready"] = false.into();
            status["state"] =
                json!({ "terminated": { "reason": reason, "exitCode": code, "finishedAt": done } });
        }
        self.push(cron, DEPLOYED);
        self.push(job, age);
        self.push(pod, age);
    }

    fn claim(&mut self, mut claim: Value) {
        let (space, named) = (namespace(&claim), name(&claim));
        if let Some(trouble) = self.trouble("PersistentVolumeClaim", &space, &named) {
            let (since, message) = (trouble.seconds(), trouble.message.clone());
            claim["status"] = json!({ "phase": "Pending" });
            let event = json!({
                "apiVersion": "v1", "kind": "Event",
                "metadata": { "name": format!("{named}.1874c1"), "namespace": space },
                "involvedObject": {
                    "kind": "PersistentVolumeClaim", "name": named, "namespace": space,
                    "uid": uid(&format!("PersistentVolumeClaim {space}/{named}")),
                },
                "type": "Warning", "reason": "ProvisioningFailed", "message": message, "count": 1201,
                "lastTimestamp": self.ago(4 * MINUTE),
            });
            self.push(claim, since);
            self.push(event, HOUR);
            return;
        }
        let volume = format!(
            "pvc-{}",
            uid(&format!("PersistentVolumeClaim {space}/{named}"))
        );
        claim["spec"]["volumeName"] = volume.clone().into();
        claim["status"] = json!({ "phase": "Bound" });
        let pv = json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": { "name": volume },
            "spec": {
                "capacity": claim["spec"]["resources"]["requests"], "accessModes": claim["spec"]["accessModes"],
                "persistentVolumeReclaimPolicy": "Delete", "storageClassName": claim["spec"]["storageClassName"],
                "claimRef": { "namespace": space, "name": named },
                "csi": { "driver": "driver.longhorn.io", "volumeHandle": volume },
            },
            "status": { "phase": "Bound" },
        });
        self.push(claim, INSTALLED - 40 * DAY);
        self.push(pv, INSTALLED - 40 * DAY);
    }

    /// What controllers say once all pods are there.
    fn settle(&mut self) {
        let pods = self.of_kind("Pod");
        let live: Vec<&Value> = pods
            .iter()
            .filter(|pod| matches!(text(pod, "/status/phase"), "Running" | "Pending"))
            .collect();
        let mut slices = Vec::new();
        let mut objects = std::mem::take(&mut self.objects);
        for object in &mut objects {
            let space = namespace(object);
            match kind(object) {
                "PodDisruptionBudget" => {
                    let selected: Vec<&&Value> = live
                        .iter()
                        .filter(|pod| {
                            namespace(pod) == space
                                && selects(
                                    &object["spec"]["selector"]["matchLabels"],
                                    &pod["metadata"]["labels"],
                                )
                        })
                        .collect();
                    let healthy = selected.iter().filter(|pod| is_ready(pod)).count();
                    let desired = if object["spec"].get("minAvailable").is_some() {
                        selected.len()
                    } else {
                        selected.len().saturating_sub(1)
                    };
                    object["status"] = json!({
                        "observedGeneration": 1, "expectedPods": selected.len(), "currentHealthy": healthy,
                        "desiredHealthy": desired, "disruptionsAllowed": healthy.saturating_sub(desired),
                    });
                }
                "HorizontalPodAutoscaler" => {
                    let target = name(
                        &json!({ "metadata": { "name": object["spec"]["scaleTargetRef"]["name"] } }),
                    );
                    let minimum = object["spec"]["minReplicas"].clone();
                    let found = pods.iter().any(|pod| {
                        namespace(pod) == space && name(pod).starts_with(&format!("{target}-"))
                    });
                    let condition = |of: &str, holds: bool, reason: &str| {
                        json!({ "type": of, "status": if holds { "True" } else { "False" }, "reason": reason,
                            "lastTransitionTime": self.ago(STARTED) })
                    };
                    object["status"] = if found {
                        json!({ "currentReplicas": minimum, "desiredReplicas": minimum, "conditions": [
                            condition("AbleToScale", true, "ReadyForNewScale"),
                            condition("ScalingActive", true, "ValidMetricFound"),
                            condition("ScalingLimited", false, "DesiredWithinRange"),
                        ] })
                    } else {
                        json!({ "conditions": [condition("AbleToScale", false, "FailedGetScale")] })
                    };
                }
                "Service" => slices.push(self.slice(object, &live)),
                _ => {}
            }
        }
        self.objects = objects;
        for slice in slices {
            self.push(slice, DEPLOYED);
        }
    }

    fn slice(&self, service: &Value, live: &[&Value]) -> Value {
        let space = namespace(service);
        let endpoints: Vec<Value> = match service["spec"].get("selector") {
            Some(selector) => live
                .iter()
                .filter(|pod| {
                    namespace(pod) == space
                        && selects(selector, &pod["metadata"]["labels"])
                        && !text(pod, "/spec/nodeName").is_empty()
                })
                .map(|pod| {
                    let machine = text(pod, "/spec/nodeName");
                    json!({
                        "addresses": [format!("10.244.{}.{}", machine.len(), digest(&name(pod)).bytes().next().unwrap_or_default())],
                        "conditions": { "ready": is_ready(pod), "serving": is_ready(pod), "terminating": false },
                        "nodeName": machine, "zone": self.zone(machine),
                        "targetRef": { "kind": "Pod", "name": name(pod), "namespace": space },
                    })
                })
                .collect(),
            None => (11..14)
                .map(|host| json!({ "addresses": [format!("192.0.2.{host}")], "conditions": { "ready": true } }))
                .collect(),
        };
        let ports: Vec<Value> = service["spec"]["ports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|port| json!({ "name": port["name"], "port": port["port"], "protocol": port["protocol"] }))
            .collect();
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{}-{}", name(service), suffix(&format!("{space}/{}", name(service)), 5)),
                "namespace": space, "labels": { "kubernetes.io/service-name": name(service) },
            },
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        })
    }

    /// A Deployment has as many replicas as the autoscaler that comes later in its file asks for.
    fn scaled(&mut self, mut deployment: Value) {
        let floor = self
            .floors
            .get(&(namespace(&deployment), name(&deployment)));
        if let Some(floor) = floor {
            deployment["spec"]["replicas"] = (*floor).into();
        }
        self.deployment(deployment);
    }

    fn metrics(&mut self) {
        let machines: Vec<String> = self
            .demo
            .nodes
            .iter()
            .map(|node| node.name.clone())
            .collect();
        for machine in machines {
            let metrics = json!({
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics",
                "metadata": { "name": machine }, "timestamp": self.ago(19), "window": "15s",
            });
            self.push(metrics, 0);
        }
    }

    fn leases(&mut self) {
        let held = |name: String, labels: Value, holder: String, renewed: String| {
            json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": { "name": name, "namespace": "kube-system", "labels": labels },
                "spec": { "holderIdentity": holder, "leaseDurationSeconds": 3600, "renewTime": renewed },
            })
        };
        for number in 1..=3 {
            let name = format!("apiserver-{}", suffix(&format!("control-{number}"), 26));
            let labels = json!({ "apiserver.kubernetes.io/identity": "kube-apiserver" });
            let lease = held(name.clone(), labels, name, self.ago(7));
            self.push(lease, 41 * DAY);
        }
        for name in ["kube-scheduler", "kube-controller-manager"] {
            let lease = held(
                name.to_owned(),
                json!({}),
                format!("control-2_{}", uid(name)),
                self.ago(1),
            );
            self.push(lease, INSTALLED);
        }
    }

    fn discovery(&self) -> Value {
        let mut groups: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
        let mut add = |group: &str, version: &str, name: &str, kind: &str, namespaced: bool| {
            groups
                .entry(group.to_owned())
                .or_default()
                .entry(version.to_owned())
                .or_default()
                .push(json!({ "name": name, "kind": kind, "namespaced": namespaced, "listable": !name.contains('/') }));
        };
        for kind in Kind::ALL.iter().copied().filter(|kind| built_in(*kind)) {
            let resource = kind.resource();
            add(
                resource.group,
                resource.version,
                resource.plural,
                resource.kind,
                resource.namespaced,
            );
            if resource.group == "apps" && resource.kind != "DaemonSet" {
                add(
                    resource.group,
                    resource.version,
                    &format!("{}/scale", resource.plural),
                    "Scale",
                    true,
                );
            }
        }
        add(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            false,
        );
        for served in &self.demo.serves {
            for (plural, kind) in &served.resources {
                add(
                    &served.group,
                    &served.version,
                    plural,
                    kind,
                    !kind.starts_with("Cluster"),
                );
            }
        }
        json!({ "groups": groups.into_iter().map(|(group, versions)| {
            (group, versions.into_iter().map(|(version, resources)| json!([version, resources])).collect())
        }).collect::<serde_json::Map<String, Value>>() })
    }

    fn listings(&self) -> Value {
        let mut listings = serde_json::Map::new();
        for kind in Kind::ALL
            .iter()
            .copied()
            .filter(|kind| *kind != Kind::Secret)
        {
            let resource = kind.resource();
            let served = built_in(kind)
                || self.demo.serves.iter().any(|served| {
                    served.group == resource.group && served.resources.contains_key(resource.plural)
                });
            let reading = if served { "read" } else { "not-served" };
            listings.insert(resource.group_resource(), json!({ "reading": reading }));
        }
        listings.into()
    }

    fn header(&self) -> Value {
        let mut certificate = self.demo.certificate.clone();
        certificate["signature"] = "sha256WithRSAEncryption".into();
        certificate["rsaBits"] = 2048.into();
        let minor = self.demo.version.split('.').nth(1).unwrap();
        let healthy = json!({ "seen": { "status": 200, "failed": [] } });
        json!({
            "apiVersion": "kready.dev/v1", "kind": "Snapshot", "time": self.demo.time,
            "cluster": {
                "context": self.demo.context, "server": self.demo.server, "identity": self.demo.identity,
            },
            "facts": {
                "version": { "seen": { "gitVersion": self.demo.version, "major": "1", "minor": minor } },
                "discovery": { "seen": self.discovery() },
                "livez": healthy, "readyz": healthy,
                "flagz": "notServed",
                "apiCertificates": { "seen": [certificate] },
            },
            "listings": self.listings(),
        })
    }
}

/// Whether every API server of this version serves a kind.
fn built_in(kind: Kind) -> bool {
    kind.resource().served_by == ServedBy::Builtin
        || kind.resource().group == "admissionregistration.k8s.io"
}

fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"]
        .as_array()
        .is_some_and(|conditions| {
            conditions
                .iter()
                .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        })
}

fn owner_of(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true,
    })
}

fn template_defaults(spec: &mut Value) {
    insert_default(spec, "restartPolicy", "Always".into());
    insert_default(spec, "terminationGracePeriodSeconds", 30.into());
    insert_default(spec, "serviceAccountName", "default".into());
    for container in spec["containers"].as_array_mut().unwrap() {
        let latest = container["image"].as_str().is_some_and(|image| {
            image.ends_with(":latest") || !image.rsplit('/').next().unwrap().contains(':')
        });
        let policy = if latest { "Always" } else { "IfNotPresent" };
        insert_default(container, "imagePullPolicy", policy.into());
    }
}

/// The snapshot that the folder describes.
fn generate() -> Vec<u8> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    let mut documents: Vec<Value> = files
        .iter()
        .flat_map(|path| yaml_documents(&fs::read_to_string(path).unwrap()).unwrap())
        .collect();
    let at = documents
        .iter()
        .position(|document| kind(document) == "Demo")
        .unwrap();
    let demo: Demo = serde_json::from_value(documents.remove(at)).unwrap();
    let floors = documents
        .iter()
        .filter(|document| kind(document) == "HorizontalPodAutoscaler")
        .filter_map(|hpa| {
            let target = text(hpa, "/spec/scaleTargetRef/name").to_owned();
            Some((
                (namespace(hpa), target),
                hpa["spec"]["minReplicas"].as_u64()?,
            ))
        })
        .collect();
    let mut world = World {
        demo,
        objects: Vec::new(),
        turn: 0,
        addresses: 20,
        floors,
    };

    for machine in &world.demo.nodes {
        let node = world.node(machine);
        let id = uid(&format!("Node /{}", machine.name));
        let mut node = node;
        node["metadata"]["uid"] = id.into();
        node["metadata"]["creationTimestamp"] = world.ago(INSTALLED).into();
        world.objects.push(node);
    }
    let mut spaces = BTreeSet::new();
    for mut document in documents {
        world.defaults(&mut document);
        match kind(&document) {
            "StaticPod" => world.static_pods(&document),
            "Deployment" => world.scaled(document),
            "StatefulSet" => world.stateful_set(document),
            "DaemonSet" => world.daemon_set(document),
            "CronJob" => world.cron_job(document),
            "PersistentVolumeClaim" => world.claim(document),
            "Namespace" => {
                spaces.insert(name(&document));
                world.push(document, INSTALLED);
            }
            _ => world.push(document, DEPLOYED),
        }
    }
    for space in spaces {
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default", "namespace": space } });
        world.push(account, INSTALLED);
        let root = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "kube-root-ca.crt", "namespace": space }, "data": { "ca.crt": "" } });
        world.push(root, INSTALLED);
    }
    world.leases();
    world.metrics();
    world.settle();

    let mut loader = Loader::new("default");
    loader.add(world.header(), None).unwrap();
    for object in world.objects {
        loader.add(object, None).unwrap();
    }
    parts::snapshot_of(loader).unwrap()
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_snapshot_is_what_the_folder_describes() {
    let fresh = generate();
    let path = folder().join("cluster.json.gz");
    let kept = fs::read(&path).unwrap_or_default();
    // Another version of the compressor may write other bytes for the same text.
    if !kept.is_empty() && unpacked(&kept) == unpacked(&fresh) {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, fresh).unwrap();
        return;
    }
    panic!("demo/cluster.json.gz is not what demo/*.yaml describe: .ci/update writes it");
}

//! Against a real Kubernetes control plane: `tests/cluster`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kready_checks::inventory::Kind;
use serde_json::Value;

use crate::{
    forms,
    program::{Check, Kready, Report},
    verdicts::{HEALTHY, judge_broken, judge_healthy},
    world::text,
};

/// A shape of the cluster and what is applied to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// A new cluster with nothing in it: three nodes of the control plane, six workers in three zones.
    Fresh,
    /// The same, to apply anything to.
    Scratch,
    /// Three API servers, six workers in three zones.
    Healthy,
    /// One of everything.
    Broken,
    /// Four workers in two zones, and workloads whose pods take some seconds to start and to end.
    Busy,
}

/// The cluster that is running, and when it has been complete.
pub(crate) struct Cluster {
    profile: Profile,
    pub(crate) kubeconfig: PathBuf,
    kubectl: PathBuf,
    since: Instant,
}

static RUNNING: Mutex<Option<Cluster>> = Mutex::new(None);

/// Holds the cluster for one test.
pub(crate) struct Hold(MutexGuard<'static, Option<Cluster>>);

impl std::ops::Deref for Hold {
    type Target = Cluster;
    fn deref(&self) -> &Cluster {
        self.0.as_ref().unwrap()
    }
}

fn script(name: &str) -> Command {
    Command::new(format!(
        "{}/tests/cluster/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
}

#[track_caller]
pub(crate) fn eventually(what: &str, seconds: u64, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < Duration::from_secs(seconds),
            "{what}: not in {seconds} s"
        );
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[track_caller]
pub(crate) fn done(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The binary that is the control plane, and kubectl.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(done(script("build").output().unwrap()))
}

/// The cluster in this shape; brought up unless it is there.
pub(crate) fn cluster(profile: Profile) -> Hold {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if running
        .as_ref()
        .is_none_or(|cluster| cluster.profile != profile)
    {
        *running = None;
        let (shape, yaml): (&[&str], _) = match profile {
            Profile::Fresh | Profile::Scratch => (&[], ""),
            Profile::Healthy => (&["--api-servers", "3", "--nodes", "6"], "healthy"),
            Profile::Broken => (
                &[
                    "--api-servers",
                    "1",
                    "--nodes",
                    "1",
                    "--control-planes",
                    "1",
                    "--zones",
                    "1",
                ],
                "broken",
            ),
            Profile::Busy => (
                &["--nodes", "4", "--control-planes", "1", "--zones", "2"],
                "busy",
            ),
        };
        let kubectl = binary();
        let kubeconfig = PathBuf::from(done(script("up").args(shape).output().unwrap()));
        let cluster = Cluster {
            profile,
            kubeconfig,
            kubectl,
            since: Instant::now(),
        };
        if yaml.is_empty() {
            eventually("pods are accepted", 60, || {
                cluster
                    .kubectl(&["get", "serviceaccount", "default"])
                    .status
                    .success()
            });
        } else {
            let yaml = format!(
                "{}/tests/it/clusters/{yaml}.yaml",
                env!("CARGO_MANIFEST_DIR")
            );
            // A pod is refused until its namespace has a ServiceAccount.
            eventually("the objects are taken", 60, || {
                cluster.kubectl(&["apply", "-f", &yaml]).status.success()
            });
            cluster.settle();
        }
        *running = Some(Cluster {
            since: Instant::now(),
            ..cluster
        });
    }
    Hold(running)
}

impl Cluster {
    /// `kubectl` with these arguments, to be run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .arg("kubectl")
            .args(args)
            .env("KUBECONFIG", &self.kubeconfig);
        command
    }

    fn kubectl(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn get(&self, what: &[&str]) -> Vec<Value> {
        let mut args = vec!["get", "-o", "json"];
        args.extend(what);
        let list: Value = serde_json::from_str(&done(self.kubectl(&args))).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// Waits until the controllers have done their work.
    fn settle(&self) {
        eventually("the workloads have their pods", 90, || {
            let wanted =
                |object: &Value, default| object["spec"]["replicas"].as_u64().unwrap_or(default);
            self.get(&["deployments,statefulsets", "-A"])
                .iter()
                .all(|owner| owner["status"]["replicas"].as_u64() == Some(wanted(owner, 1)))
                && self
                    .get(&["daemonsets", "-A"])
                    .iter()
                    .all(|owner| owner["status"]["currentNumberScheduled"].as_u64() > Some(0))
        });
        eventually("pods run", 90, || {
            self.get(&["pods", "-A"]).iter().all(|pod| {
                let state = text(pod, "/metadata/annotations/test.kready~1state");
                let phase = text(pod, "/status/phase");
                if state == "pending" {
                    phase == "Pending"
                } else {
                    phase == "Running"
                }
            })
        });
        eventually("endpoints and budgets are known", 60, || {
            let ready = |pods: &[Value]| {
                pods.iter()
                    .filter(|pod| text(pod, "/metadata/annotations/test.kready~1state").is_empty())
                    .count()
            };
            let budgets = self.get(&["poddisruptionbudgets", "-A"]);
            ready(&self.get(&["pods", "-A"])) > 0
                && budgets.iter().all(|budget| {
                    budget["status"]["currentHealthy"].as_u64() > Some(0)
                        && budget["status"]["currentHealthy"] == budget["status"]["expectedPods"]
                })
        });
    }

    pub(crate) fn kready(&self) -> Kready {
        Kready::new()
            .by_the_clock()
            .variable("KUBECONFIG", self.kubeconfig.to_str().unwrap())
    }

    pub(crate) fn audit(&self, context: &str, args: &[&str]) -> Report {
        let mut all = vec!["--context", context];
        all.extend(args);
        self.kready().audit(&all)
    }

    /// What kready asked of the API servers: verb and address.
    fn audited(&self) -> Vec<Value> {
        let log = self.kubeconfig.parent().unwrap().join("audit.log");
        std::fs::read_to_string(log)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| text(event, "/userAgent").starts_with("kready/"))
            .collect()
    }
}

mod fresh {
    use super::*;

    /// What an operator would agree with, of a cluster on which nothing is installed yet.
    const FAILING: &[(&str, &str)] = &[
        ("control-plane-single-replica", "there is one API server"),
        ("image-signature-policy-missing", "no engine verifies"),
        ("log-collection-missing", "no agent collects"),
        ("metrics-collection-missing", "no agent collects"),
        ("resource-metrics-api-unavailable", "no metrics-server"),
        ("runtime-detection-missing", "no sensor detects"),
        ("secrets-unencrypted-at-rest", "no encryption is configured"),
    ];

    /// What such a cluster does not show: no pods of etcd, no network plugin.
    const UNKNOWN: &[&str] = &["cni-policy-unenforced", "etcd-single-member"];

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn only_what_an_operator_would_agree_with() {
        let cluster = cluster(Profile::Fresh);
        let report = cluster.audit("admin", &[]);
        let of = |outcome: &str| -> Vec<&str> {
            let mut ids: Vec<&str> = report
                .checks()
                .filter(|check| check.outcome() == outcome)
                .map(Check::id)
                .collect();
            ids.sort_unstable();
            ids
        };
        let failing: Vec<&str> = FAILING.iter().map(|(id, _)| *id).collect();
        assert_eq!(of("Fail"), failing);
        assert_eq!(of("Unknown"), UNKNOWN);
        assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
    }
}

/// Lives in its own module so that the broken cluster's tests run together.
mod broken {
    use super::*;

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn every_rule_of_the_role_is_needed() {
        let cluster = cluster(Profile::Broken);
        let role = Role::of(&cluster);
        role.apply(&cluster, &role.rules);
        let full = cluster.audit("auditor", &[]);
        let served = Served::of(&cluster);
        // What everyone may read (`/livez`, `/readyz`) can't be taken away.
        let rights = role.rights().into_iter();
        for (n, right) in rights
            .filter(|right| !right.is_granted_to(&cluster, "nobody"))
            .enumerate()
        {
            let without = role.without(&right);
            role.apply(&cluster, &without);
            eventually("the right is gone", 20, || {
                !right.is_granted_to(&cluster, "auditor")
            });
            let report = cluster.audit("auditor", &[]);
            if served.has(&right) {
                assert!(
                    report
                        .gaps()
                        .any(|gap| gap["resource"] == right.name().as_str()
                            && gap["reason"] == "forbidden"),
                    "{n}: without {right:?} there is no gap {}: {:#}",
                    right.name(),
                    report.value["gaps"]
                );
            }
            sees_less(&full, &report, &format!("without {right:?}"));
            role.apply(&cluster, &role.rules);
            eventually("the right is back", 20, || {
                right.is_granted_to(&cluster, "auditor")
            });
        }
        sees_less(&cluster.audit("admin", &[]), &full, "the auditor");
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn the_role_shows_what_admin_sees() {
        let cluster = cluster(Profile::Broken);
        let role = Role::of(&cluster);
        role.apply(&cluster, &role.rules);
        let mut admin = cluster.audit("admin", &[]);
        let mut auditor = cluster.audit("auditor", &[]);
        // A state that is old enough for a finding in the second audit was maybe too young in the first one.
        eventually("both see the same", 60, || {
            let same = admin.outcomes() == auditor.outcomes();
            if !same {
                admin = cluster.audit("admin", &[]);
                auditor = cluster.audit("auditor", &[]);
            }
            same
        });
        assert_eq!(auditor.value["scope"]["identity"], "auditor");
        // Events only enrich the wording; the right to them is optional.
        for gap in auditor.gaps() {
            assert_eq!(gap["checks"], serde_json::json!([]), "{gap:#}");
        }
        for check in admin.checks() {
            assert_eq!(
                check.open(),
                auditor.check(check.id()).open(),
                "{}",
                check.id()
            );
        }
        assert_eq!(admin.value["score"], auditor.value["score"]);
        assert_eq!(admin.verdict(), auditor.verdict());
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn secrets_leave_no_trace() {
        let cluster = cluster(Profile::Broken);
        let kready = cluster.kready().variable("RUST_LOG", "trace");
        let manifest = kready.write(
            "secret.yaml",
            "
apiVersion: v1
kind: Secret
metadata: {namespace: legacy, name: vault}
stringData: {password: plankton-in-plain-sight}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: legacy, name: settings}
data: {greeting: plankton-in-a-configmap}
",
        );
        done(cluster.kubectl(&["apply", "-f", manifest.to_str().unwrap()]));
        for args in [
            &["audit", "-o", "json", "--save", "saved.json.gz"][..],
            &[
                "audit",
                "--details",
                "--secret-names",
                "--save",
                "saved.json.gz",
            ],
            &[
                "audit",
                "-o",
                "json",
                "--secret-names",
                "--save",
                "saved.json.gz",
            ],
        ] {
            let run = kready.run(args);
            assert_eq!(run.code, Some(1), "{run:#?}");
            let saved = crate::snapshot::unzip(&kready.path("saved.json.gz"));
            // "plankton-in" in base64, at each of the three offsets in which it could stand.
            for trace in [
                "plankton",
                "cGxhbmt0b24",
                "wbGFua3Rvbi",
                "xhbmt0b24ta",
                "last-applied-configuration",
            ] {
                for said in [&run.stdout, &run.stderr, &saved] {
                    assert!(!said.contains(trace), "{args:?}: {trace} is in {said}");
                }
            }
            assert_eq!(
                saved.contains("\"vault\""),
                args.contains(&"--secret-names"),
                "{args:?}"
            );
        }
        done(cluster.kubectl(&["delete", "-f", manifest.to_str().unwrap()]));
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn is_judged_check_by_check() {
        let cluster = cluster(Profile::Broken);
        // Pods, claims and Services count as broken when they have been so for five minutes.
        let settled = Duration::from_secs(5 * 60 + 10);
        std::thread::sleep(settled.saturating_sub(cluster.since.elapsed()));
        let report = cluster.audit("admin", &[]);
        // One of everything, and an API server whose flags can be seen.
        judge_broken(
            &report,
            &[
                "control-plane-single-replica",
                "single-worker-node",
                "etcd-single-member",
                "secrets-unencrypted-at-rest",
                // Its kubelets have just killed what the fake cluster's killed days ago.
                "container-oom-killed",
            ],
        );
        report.check("control-plane-single-replica").is("Fail");
        report.check("single-worker-node").is("Fail");
        report
            .check("nodes-single-zone")
            .is("NotApplicable reported");
        report.check("node-not-ready").is("Pass");
        report.check("kubelet-version-skew").is("Pass");
        report.check("pvc-lost").is("Pass");
        assert_eq!((report.verdict(), report.code), ("NotReady", Some(1)));
        assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn a_snapshot_of_it_replays() {
        let cluster = cluster(Profile::Broken);
        let kready = cluster.kready();
        let live = kready.audit(&["--save", "saved.json.gz"]);
        live.same_but_for(&kready.audit(&["-f", "saved.json.gz"]), &["source"]);
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn it_was_only_read() {
        let cluster = cluster(Profile::Broken);
        cluster.audit("admin", &[]);
        let audited = cluster.audited();
        assert!(
            audited.len() > 20,
            "the audit log has {} of kready's requests",
            audited.len()
        );
        for event in audited {
            let resource = text(&event, "/objectRef/resource");
            let fine = match event["verb"].as_str().unwrap() {
                "get" | "list" => true,
                "create" => {
                    resource == "selfsubjectreviews" || resource == "selfsubjectaccessreviews"
                }
                _ => false,
            };
            assert!(fine, "{event:#}");
        }
    }
}

/// The healthy cluster's tests.
mod healthy {
    use super::*;

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn both_forms_of_every_list_are_the_same() {
        let cluster = cluster(Profile::Healthy);
        let view = ["config", "view", "--raw", "--minify", "-o", "json"];
        let config: Value = serde_json::from_str(&done(cluster.kubectl(&view))).unwrap();
        let server = text(&config, "/clusters/0/cluster/server");
        let token = text(&config, "/users/0/user/token");
        let list = |path: &str, accept: &str| {
            let answer = Command::new("curl")
                .args(["-sSkf", "-H", &format!("Authorization: Bearer {token}")])
                .args(["-H", &format!("Accept: {accept}")])
                .arg(format!("{server}{path}"))
                .output()
                .unwrap();
            assert!(answer.status.success(), "{path}: {answer:?}");
            answer.stdout
        };
        let mut objects = 0;
        for kind in forms::kinds() {
            let resource = kind.resource();
            let form = match kind {
                Kind::Secret => ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
                _ => "",
            };
            let path = match resource.group {
                "" => format!("/api/{}/{}", resource.version, resource.plural),
                group => format!("/apis/{group}/{}/{}", resource.version, resource.plural),
            };
            let json = list(&path, &format!("application/json{form}"));
            let meta: Value = serde_json::from_slice(&json).unwrap();
            // Leases are renewed all the time: both lists show the same moment.
            let moment = text(&meta, "/metadata/resourceVersion");
            let path =
                format!("{path}?resourceVersion={moment}&resourceVersionMatch=Exact&limit=5000");
            let protobuf = list(&path, &format!("application/vnd.kubernetes.protobuf{form}"));
            objects += forms::are_the_same(kind, &json, &protobuf);
        }
        assert!(objects > 200, "{objects}");
    }

    #[test]
    #[ignore = "needs the binary of tests/cluster"]
    fn upstreams_random_objects_are_the_same_in_both_forms() {
        let binary = done(script("build").output().unwrap());
        let seed = std::process::id().to_string();
        println!("seed {seed}");
        let rows = Command::new(binary)
            .args(["encode", "--count", "40", "--seed", &seed])
            .output()
            .unwrap();
        let kinds = forms::rows_are_the_same(&done(rows));
        let missing: Vec<Kind> = forms::kinds()
            .filter(|kind| !kinds.contains(kind))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn is_judged_check_by_check() {
        let cluster = cluster(Profile::Healthy);
        let report = cluster.audit("admin", &[]);
        judge_healthy(&report);
        // Three API servers, but one etcd, and nothing that serves metrics.
        report.check("control-plane-single-replica").is("Pass");
        report.check("resource-metrics-api-unavailable").is("Fail");
        let known: BTreeSet<&str> = HEALTHY.iter().map(|(id, _)| *id).collect();
        for check in report.checks().filter(|check| check.outcome() == "Fail") {
            assert!(
                !known.contains(check.id()),
                "{} fails: {:?}",
                check.id(),
                check.open()
            );
        }
        assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
        assert_eq!(report.value["cluster"]["nodes"], 9);
        assert_eq!(report.value["cluster"]["version"], "v1.36.3");
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn every_way_to_log_in() {
        let cluster = cluster(Profile::Healthy);
        let admin = cluster.audit("admin", &[]);
        for context in ["cert", "exec"] {
            let report = cluster.audit(context, &[]);
            assert_eq!(report.outcomes(), admin.outcomes(), "{context}");
            assert_eq!(report.value["scope"]["identity"], "admin", "{context}");
            assert_eq!(report.value["cluster"]["context"], context);
        }
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn a_viewer_sees_less_and_is_told_so() {
        let cluster = cluster(Profile::Healthy);
        let admin = cluster.audit("admin", &[]);
        let viewer = cluster.audit("viewer", &[]);
        sees_less(&admin, &viewer, "the viewer");
        viewer.check("node-not-ready").is("Unknown forbidden");
        viewer.check("workload-single-replica").is("Pass");
        assert_eq!(viewer.gap("nodes")["reason"], "forbidden");
        assert!(
            viewer.gap("nodes")["remedy"]
                .as_str()
                .unwrap()
                .contains("kready rbac")
        );
        assert_ne!(viewer.verdict(), "Ready");
        assert_eq!(viewer.value["cluster"]["nodes"], Value::Null);
        // In one namespace a viewer sees enough.
        let scoped = cluster.audit("viewer", &["-n", "shop"]);
        scoped.check("workload-single-replica").is("Pass");
        scoped.check("node-not-ready").is("NotApplicable scope");
        // The role view shows neither RBAC nor IngressClasses: some checks can't tell, and say so.
        let waiting: BTreeSet<&str> = scoped
            .checks()
            .filter(|check| check.outcome() == "Unknown")
            .map(Check::id)
            .collect();
        assert_eq!(
            waiting.iter().copied().collect::<Vec<_>>(),
            [
                "anonymous-access-granted",
                "identity-takeover-granted",
                "loadbalancer-not-provisioned"
            ]
        );
        assert_eq!(scoped.verdict(), "Inconclusive");
        let skip = waiting.into_iter().collect::<Vec<_>>().join(",");
        let scoped = cluster.audit("viewer", &["-n", "shop", &format!("--skip={skip}")]);
        assert_eq!(scoped.verdict(), "Ready", "{:#}", scoped.value["reasons"]);
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn nobody_sees_nothing() {
        let cluster = cluster(Profile::Healthy);
        cluster
            .kready()
            .run(&["audit", "--context", "nobody"])
            .refuses(3, &["may not list", "kready rbac"]);
    }

    #[test]
    #[ignore = "needs the control plane of tests/cluster"]
    fn one_sees_as_someone_else() {
        let cluster = cluster(Profile::Healthy);
        let viewer = cluster.audit("viewer", &[]);
        let asked = cluster.audit("admin", &["--as", "viewer"]);
        assert_eq!(asked.outcomes(), viewer.outcomes());
        assert_eq!(asked.value["scope"]["identity"], "viewer");
        cluster
            .kready()
            .run(&["audit", "--context", "nobody", "--as", "admin"])
            .refuses(3, &["may not act as"]);
    }
}

/// The role that `kready rbac` prints.
struct Role {
    manifest: Value,
    binding: String,
    rules: Vec<Value>,
}

/// One right: a resource or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Resource {
        group: String,
        resource: String,
        verb: String,
    },
    Url(String),
}

impl Right {
    /// As a gap names it.
    fn name(&self) -> String {
        match self {
            Self::Resource {
                group, resource, ..
            } if group.is_empty() => resource.clone(),
            Self::Resource {
                group, resource, ..
            } => format!("{resource}.{group}"),
            Self::Url(url) => url.clone(),
        }
    }

    fn is_granted_to(&self, cluster: &Cluster, user: &str) -> bool {
        let name = self.name();
        let (verb, what) = match self {
            Self::Resource { verb, .. } => (verb.as_str(), name.as_str()),
            Self::Url(url) => ("get", url.as_str()),
        };
        let output = cluster.kubectl(&["auth", "can-i", verb, what, "--as", user, "-A", "-q"]);
        output.status.success()
    }
}

impl Role {
    fn of(cluster: &Cluster) -> Self {
        let run = cluster.kready().run(&["rbac", "--user", "auditor"]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        let objects: Vec<Value> = run
            .stdout
            .split("\n---\n")
            .map(|document| serde_yaml::from_str(document).unwrap())
            .collect();
        let of = |kind: &str| {
            objects
                .iter()
                .find(|object| object["kind"] == kind)
                .unwrap()
                .clone()
        };
        let role = of("ClusterRole");
        Self {
            rules: role["rules"].as_array().unwrap().clone(),
            binding: of("ClusterRoleBinding").to_string(),
            manifest: role,
        }
    }

    fn apply(&self, cluster: &Cluster, rules: &[Value]) {
        let mut role = self.manifest.clone();
        role["rules"] = rules.into();
        let kready = Kready::new();
        for (name, text) in [
            ("role.json", role.to_string()),
            ("binding.json", self.binding.clone()),
        ] {
            let path = kready.write(name, &text);
            done(cluster.kubectl(&["apply", "-f", path.to_str().unwrap()]));
        }
        if rules.len() == self.rules.len() {
            let rights = self.rights();
            let last = rights.last().unwrap();
            eventually("the role is known", 20, || {
                last.is_granted_to(cluster, "auditor")
            });
        }
    }

    /// Every single right of the role.
    fn rights(&self) -> BTreeSet<Right> {
        let texts = |value: &Value| -> Vec<String> {
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|text| text.as_str().unwrap().to_owned())
                .collect()
        };
        let mut rights = BTreeSet::new();
        for rule in &self.rules {
            rights.extend(texts(&rule["nonResourceURLs"]).into_iter().map(Right::Url));
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    rights.insert(Right::Resource {
                        group: group.clone(),
                        resource,
                        verb: texts(&rule["verbs"]).concat(),
                    });
                }
            }
        }
        rights
    }

    fn without(&self, right: &Right) -> Vec<Value> {
        let drop = |list: &Value, text: &str| -> Value {
            list.as_array()
                .into_iter()
                .flatten()
                .filter(|entry| *entry != text)
                .cloned()
                .collect()
        };
        self.rules
            .iter()
            .map(|rule| {
                let mut rule = rule.clone();
                match right {
                    Right::Url(url) if rule.get("nonResourceURLs").is_some() => {
                        rule["nonResourceURLs"] = drop(&rule["nonResourceURLs"], url);
                    }
                    Right::Resource {
                        group, resource, ..
                    } if rule["apiGroups"]
                        .as_array()
                        .is_some_and(|groups| groups.iter().any(|entry| entry == group)) =>
                    {
                        rule["resources"] = drop(&rule["resources"], resource);
                    }
                    _ => {}
                }
                rule
            })
            .filter(|rule| {
                ["resources", "nonResourceURLs"]
                    .iter()
                    .any(|key| rule[*key].as_array().is_some_and(|list| !list.is_empty()))
            })
            .collect()
    }
}

/// What the real API server serves.
struct Served(BTreeSet<String>);

impl Served {
    fn of(cluster: &Cluster) -> Self {
        Self(
            done(cluster.kubectl(&["api-resources", "--verbs=list", "-o", "name"]))
                .lines()
                .map(str::to_owned)
                .collect(),
        )
    }

    fn has(&self, right: &Right) -> bool {
        matches!(right, Right::Url(_)) || self.0.contains(&right.name())
    }
}

/// With less sight outcomes move only to Unknown, or from Fail to Fail partial with a subset of the findings.
#[track_caller]
fn sees_less(full: &Report, less: &Report, who: &str) {
    let endings: BTreeMap<String, String> = less.outcomes();
    for check in full.checks() {
        let id = check.id();
        let now = less.check(id);
        let moved = match (check.ending().as_str(), endings[id].as_str()) {
            (before, after) if before == after => true,
            (_, after) if after.starts_with("Unknown ") => true,
            ("Fail", "Fail partial") => true,
            _ => false,
        };
        assert!(
            moved,
            "{who}: {id} moved from {} to {}",
            check.ending(),
            endings[id]
        );
        let (before, after) = (check.open(), now.open());
        assert!(
            after.is_subset(&before),
            "{who}: {id} now finds {:?}",
            after.difference(&before)
        );
        if now.ending() == "Fail" {
            assert_eq!(before, after, "{who}: {id} lost findings and isn't partial");
        }
    }
}

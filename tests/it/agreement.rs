//! What a real Kubernetes answers to thousands of random questions, and that kready answers the same.

use kready_checks::inventory::Picture;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use kready_checks::{
    inventory::{
        Inventory, Loader, WorkloadKind, decode_json,
        kinds::{ConfigMap, Pod, PodDisruptionBudget},
        types::LabelSelector,
    },
    kubernetes::{
        ImageRef,
        budgets::{Demand, covers},
        schedule::Schedule,
    },
    wire::{Decode, IntOrString, Labels, Time},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use crate::{
    control_plane::{Cluster, Profile, cluster, done, eventually},
    world::text,
};

/// `count` values of a strategy; the same ones in every run.
fn random<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items.into_iter().collect::<Vec<_>>() })
}

/// `kubectl` with `args` and an object on its standard input: what it printed, refusals and all.
fn feed(cluster: &Cluster, args: &[&str], object: &Value) -> std::process::Output {
    let mut command = cluster.command(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = object.to_string();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn apply(cluster: &Cluster, items: impl IntoIterator<Item = Value>) {
    let items = list(items);
    eventually("the objects are taken", 60, || {
        let args = ["apply", "--server-side", "-f", "-"];
        feed(cluster, &args, &items).status.success()
    });
}

fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

/// Answers of many GETs over one connection, in order.
fn get_all(cluster: &Cluster, paths: &[String]) -> Vec<Value> {
    let folder = cluster.kubeconfig.parent().unwrap();
    let mut config = format!(
        "silent\nfail\nheader = \"Authorization: Bearer admin-token\"\ncacert = \"{}\"\n",
        folder.join("ca.crt").display()
    );
    for path in paths {
        writeln!(
            config,
            "url = \"https://127.0.0.1:16443{path}\"\nwrite-out = \"\\n\""
        )
        .unwrap();
    }
    let mut child = Command::new("curl")
        .args(["-K", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(config.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    serde_json::Deserializer::from_slice(done(output).as_bytes())
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

/// One requirement of a selector as JSON and as `labelSelector` writes it.
fn requirement() -> impl Strategy<Value = (Value, String)> {
    let key = select(vec!["app", "tier", "example.com/track", "none"]);
    let value = select(vec!["a", "b", "c", ""]);
    (key, 0..4_u8, vec(value, 1..4)).prop_map(|(key, operator, values)| {
        let listed = values.join(",");
        let (operator, values, text) = match operator {
            0 => ("In", values, format!("{key} in ({listed})")),
            1 => ("NotIn", values, format!("{key} notin ({listed})")),
            2 => ("Exists", Vec::new(), key.to_owned()),
            _ => ("DoesNotExist", Vec::new(), format!("!{key}")),
        };
        let json = json!({ "key": key, "operator": operator, "values": values });
        (json, text)
    })
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn selectors_select_what_the_api_server_selects() {
    let cluster = cluster(Profile::Scratch);
    let keys = select(vec!["app", "tier", "example.com/track", "other"]);
    let labels = btree_map(keys, select(vec!["a", "b", "c", ""]), 0..4);
    let objects = random(&labels, 40)
        .into_iter()
        .enumerate()
        .map(|(n, labels)| {
            json!({ "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": format!("labelled-{n}"), "namespace": "selectors", "labels": labels } })
        });
    apply(
        &cluster,
        [namespace("selectors")].into_iter().chain(objects),
    );
    let pair = (select(vec!["app", "tier"]), select(vec!["a", "b", ""]));
    let selectors = random(&(vec(pair, 0..2), vec(requirement(), 0..4)), 250);
    let (asked, paths): (Vec<LabelSelector>, Vec<String>) = selectors
        .into_iter()
        .map(|(pairs, requirements)| {
            let mut terms: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            terms.extend(requirements.iter().map(|(_, text)| text.clone()));
            let mut query = String::new();
            for byte in terms.join(",").bytes() {
                write!(query, "%{byte:02X}").unwrap();
            }
            let selector = json!({
                "matchLabels": pairs.into_iter().collect::<BTreeMap<_, _>>(),
                "matchExpressions": requirements.into_iter().map(|(json, _)| json).collect::<Vec<_>>(),
            });
            (
                LabelSelector::decode(selector).unwrap(),
                format!("/api/v1/namespaces/selectors/configmaps?labelSelector={query}"),
            )
        })
        .unzip();
    let objects = cluster.get(&["configmaps", "-n", "selectors"]);
    let objects: Vec<ConfigMap> = objects
        .iter()
        .map(|object| decode_json(&object.to_string()).unwrap())
        .collect();
    let answers = get_all(&cluster, &paths);
    assert_eq!(answers.len(), paths.len());
    let (mut questions, mut selected) = (0, 0);
    for ((selector, path), answer) in asked.iter().zip(&paths).zip(&answers) {
        let chosen: BTreeSet<&str> = answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap())
            .collect();
        for object in &objects {
            let labels: &Labels = &object.metadata.labels;
            let ours = selector.selects(labels).unwrap();
            assert_eq!(
                ours,
                chosen.contains(object.metadata.name.as_str()),
                "{path}: {labels:?}"
            );
            questions += 1;
            selected += usize::from(ours);
        }
    }
    assert!(questions >= 2000, "{questions}");
    assert!(selected > 500 && selected < questions - 500, "{selected}");
}

/// A text that is a quantity, or nearly one.
fn quantity() -> impl Strategy<Value = String> {
    let suffix = select(vec![
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3",
        "E2", "e-2", "K", "mi", "B", "e", "%", " ",
    ]);
    (
        select(vec!["", "", "", "+", "-"]),
        "[0-9]{0,4}",
        select(vec!["", "", ".", ".5", ".125", ".0005"]),
        suffix,
    )
        .prop_map(|(sign, whole, fraction, suffix)| format!("{sign}{whole}{fraction}{suffix}"))
}

/// What kready reads in a container's request.
fn read(quantity: &str) -> Option<i128> {
    let pod =
        json!({ "spec": { "containers": [{ "resources": { "requests": { "cpu": quantity } } }] } });
    let pod: Pod = decode_json(&pod.to_string()).unwrap();
    let resources = &pod.spec.containers[0].resources;
    resources.requests.get("cpu").unwrap().nanos()
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn quantities_are_read_as_the_api_server_normalises_them() {
    let cluster = cluster(Profile::Scratch);
    apply(&cluster, [namespace("quantities")]);
    let mut texts = random(&quantity(), 400);
    texts.extend(["0.1", "100m", "1e3", "1Ei", "0", "1.5Gi", "12e6"].map(str::to_owned));
    // A size limit is normalised as it is; an amount of a resource is rounded up to thousandths besides.
    let pods = texts.iter().enumerate().map(|(n, text)| {
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("q-{n}"), "namespace": "quantities" },
            "spec": { "volumes": [{ "name": "v", "emptyDir": { "sizeLimit": text } }],
                "containers": [{ "name": "c", "image": "nginx", "resources": { "requests": { "example.com/a": "1", "cpu": text }, "limits": { "example.com/a": "1" } } }] } })
    });
    let args = [
        "create",
        "--dry-run=server",
        "--validate=false",
        "-o",
        "json",
        "-f",
        "-",
    ];
    let output = feed(&cluster, &args, &list(pods));
    let taken: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<Value>()
        .flat_map(|value| {
            let value = value.unwrap();
            match value["items"].as_array() {
                Some(items) => items.clone(),
                None => vec![value],
            }
        })
        .collect();
    let taken: BTreeMap<&str, &Value> = taken
        .iter()
        .map(|pod| (pod["metadata"]["name"].as_str().unwrap(), pod))
        .collect();
    assert!(taken.len() > 100, "{output:?}");
    for (n, text) in texts.iter().enumerate() {
        let ours = read(text);
        let Some(pod) = taken.get(format!("q-{n}").as_str()) else {
            assert!(ours.is_none_or(|nanos| nanos < 0), "{text:?} is refused");
            continue;
        };
        let exact = &pod["spec"]["volumes"][0]["emptyDir"]["sizeLimit"];
        let request = &pod["spec"]["containers"][0]["resources"]["requests"]["cpu"];
        let (exact, request) = (exact.as_str().unwrap(), request.as_str().unwrap());
        assert_eq!(ours, read(exact), "{text:?} is {exact}");
        // Only amounts above zero are taken.
        let rounded = (ours.unwrap() + 999_999) / 1_000_000 * 1_000_000;
        assert_eq!(Some(rounded), read(request), "{text:?} is {request}");
    }
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn image_references_are_read_as_kubelets_read_them() {
    let host = select(vec![
        "",
        "",
        "docker.io/",
        "index.docker.io/",
        "localhost/",
        "localhost:5000/",
        "quay.io/",
        "registry.example:5000/",
        "[::1]:5000/",
        "Quay.io/",
        "a_b.io/",
        "example/",
        "UPPER/",
        "-a.io/",
    ]);
    let path = select(vec![
        "nginx",
        "library/nginx",
        "a/b/c",
        "a__b",
        "a.b-c",
        "a..b",
        "a_.b",
        "A",
        "a//b",
        "",
        "a/",
        "a---b",
        "/a",
        "a b",
    ]);
    let tag = select(vec![
        "", "", ":1.27", ":latest", ":", ":_x", ":-x", ":.x", ":V1", ":a/b", ":a:b",
    ]);
    let hex = "0123456789abcdef".repeat(4);
    let digests: Vec<String> = vec![
        String::new(),
        String::new(),
        format!("@sha256:{hex}"),
        format!("@sha512:{hex}{hex}"),
        format!("@sha256:{}", hex.to_uppercase()),
        format!("@sha512:{hex}"),
        "@sha256:12".to_owned(),
        format!("@md5:{}", "a".repeat(32)),
        format!("@x+y:{hex}"),
        "@".to_owned(),
        format!("@sha256:{hex}:v1"),
    ];
    let images: Vec<String> = random(&(host, path, tag, select(digests)), 2000)
        .into_iter()
        .map(|(host, path, tag, digest)| format!("{host}{path}{tag}{digest}"))
        .collect();
    let answers: Vec<Option<BTreeMap<String, String>>> = parse("references", &images);
    let (mut read, mut different) = (0, Vec::new());
    for (image, theirs) in images.iter().zip(answers) {
        let ours = ImageRef::parse(image).map(|image| {
            let digest = image.digest.clone().unwrap_or_default();
            let tag = match &image.tag {
                Some(tag) => tag.clone(),
                None if digest.is_empty() => "latest".to_owned(),
                None => String::new(),
            };
            BTreeMap::from([
                ("name".to_owned(), image.name()),
                ("tag".to_owned(), tag),
                ("digest".to_owned(), digest),
            ])
        });
        read += usize::from(theirs.is_some());
        if ours != theirs {
            different.push((image, ours, theirs));
        }
    }
    assert!(read > 100, "{read}");
    assert!(different.is_empty(), "{different:#?}");
}

/// What Kubernetes' own code makes of each of these texts.
fn parse<T: serde::de::DeserializeOwned>(what: &str, texts: &[String]) -> Vec<T> {
    let build = format!("{}/tests/cluster/build", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(done(Command::new(build).output().unwrap()))
        .args(["parse", what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = texts.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = done(child.wait_with_output().unwrap());
    writer.join().unwrap();
    let answers: Vec<T> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), texts.len());
    answers
}

/// A text that is a schedule, or nearly one.
fn schedule() -> impl Strategy<Value = String> {
    let field = |values: Vec<&'static str>| {
        let one = select(values);
        prop_oneof![
            4 => one.clone().prop_map(str::to_owned),
            1 => vec(one, 1..3).prop_map(|parts| parts.join(",")),
        ]
    };
    let minute = field(vec![
        "*", "0", "59", "*/5", "*/60", "10-20", "10-50/20", "5/15", "60", "?", "*/0", "20-10", "",
    ]);
    let hour = field(vec![
        "*", "0", "3", "23", "*/6", "8-18", "22-2", "24", "8/5", "?",
    ]);
    let day = field(vec![
        "*", "*", "1", "31", "0", "32", "*/10", "1-7", "?", "L", "29",
    ]);
    let month = field(vec![
        "*", "*", "*", "1", "12", "0", "13", "jan", "FEB-Apr", "*/3", "march",
    ]);
    let weekday = field(vec![
        "*", "*", "0", "6", "7", "mon-fri", "SUN", "1-5", "5-1", "*/2", "?", "1#2",
    ]);
    let calendar =
        (minute, hour, day, month, weekday).prop_map(|(minute, hour, day, month, weekday)| {
            format!("{minute} {hour} {day} {month} {weekday}")
        });
    let named = select(vec![
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
        "@every 1h30m",
        "@every 90s",
        "@every 1.5h",
        "@every 0s",
        "@every 500ms",
        "@every 1d",
        "@every",
        "@every -1h",
        "@often",
        "@Daily",
        "CRON_TZ=UTC 0 3 * * *",
        "TZ=UTC @daily",
        " 0 3 * * * ",
        "0 3 * * * *",
        "0 3 * *",
        "",
    ]);
    prop_oneof![9 => calendar, 1 => named.prop_map(str::to_owned)]
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn schedules_are_read_as_the_cronjob_controller_reads_them() {
    let schedules = random(&schedule(), 2000);
    let answers: Vec<Option<Vec<i64>>> = parse("schedules", &schedules);
    let mut measured = 0;
    let mut different = BTreeSet::new();
    for (text, theirs) in schedules.iter().zip(answers) {
        let ours: Result<Schedule, _> = text.parse();
        let same = match (&ours, &theirs) {
            (Ok(schedule), Some(starts)) if starts.len() > 3 => {
                measured += 1;
                let length = schedule.last_intervals(Time(starts[3]), 3, true);
                length == Some(starts[3] - starts[0])
            }
            (Ok(_), Some(_)) | (Err(_), None) => true,
            _ => false,
        };
        if !same {
            different.insert(format!("{text:?}: {ours:?}, but {theirs:?}"));
        }
    }
    assert!(measured > 300, "{measured}");
    assert!(different.is_empty(), "{different:#?}");
}

/// Workloads and budgets of one namespace, at random.
fn disruptions() -> impl Strategy<Value = Vec<Value>> {
    let workload = (
        select(vec![
            "Deployment",
            "StatefulSet",
            "ReplicaSet",
            "ReplicationController",
        ]),
        0..6_i32,
        select(vec!["", "", "", "notready"]),
    );
    let number = prop_oneof![
        (0..6_i32).prop_map(Value::from),
        select(vec!["0%", "1%", "25%", "33%", "50%", "67%", "100%"]).prop_map(Value::from),
    ];
    let budget = (any::<bool>(), number, 0..3_u8);
    vec((workload, budget), 60).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .flat_map(|(n, ((kind, replicas, state), (available, number, reach)))| {
                let app = format!("app-{n}");
                let labels = json!({ "app": app });
                let selector = if kind == "ReplicationController" {
                    labels.clone()
                } else {
                    json!({ "matchLabels": labels })
                };
                let workload = json!({
                    "apiVersion": if kind == "ReplicationController" { "v1" } else { "apps/v1" },
                    "kind": kind,
                    "metadata": { "name": app, "namespace": "budgets" },
                    "spec": { "replicas": replicas, "selector": selector, "template": {
                        "metadata": { "labels": labels, "annotations": { "test.kready/state": state } },
                        "spec": { "containers": [{ "name": "c", "image": "nginx" }] } } },
                });
                let demand = if available { "minAvailable" } else { "maxUnavailable" };
                // Some select two workloads, some none.
                let selector = match reach {
                    0 => json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": [app, format!("app-{}", n + 1)] }] }),
                    _ => json!({ "matchLabels": labels }),
                };
                let budget = json!({
                    "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                    "metadata": { "name": app, "namespace": "budgets" },
                    "spec": { "selector": selector, demand: number },
                });
                [workload, budget]
            })
            .collect()
    })
}

/// What the disruption controller would say of a budget, by kready's reckoning.
#[derive(Debug, PartialEq, Eq)]
struct Reckoning {
    expected: i32,
    desired: i32,
    allowed: i32,
}

impl Reckoning {
    fn ours(inventory: &Inventory, budget: &PodDisruptionBudget) -> Self {
        let demand = Demand::of(budget);
        // A plain number is held against the pods that there are, all else against those that there should be.
        let counts_pods = matches!(demand, Demand::MinAvailable(IntOrString::Int(_)));
        let (mut expected, mut healthy) = (0, 0);
        for workload in Picture::of(inventory).workloads().map(Result::unwrap) {
            if !covers(budget, workload.labels).unwrap() {
                continue;
            }
            assert_ne!(
                workload.kind,
                WorkloadKind::Pod,
                "{:?}",
                workload.reference()
            );
            let pods = || workload.live_pods();
            expected += if counts_pods {
                i32::try_from(pods().count()).unwrap()
            } else {
                workload.declared_replicas().unwrap()
            };
            healthy += pods()
                .filter(|pod| {
                    pod.status
                        .conditions
                        .iter()
                        .any(|held| held.kind == "Ready" && held.status == "True")
                })
                .count();
        }
        let desired = demand.desired_healthy(expected).unwrap();
        let allowed = (i32::try_from(healthy).unwrap() - desired).max(0);
        let allowed = if expected == 0 { 0 } else { allowed };
        if i32::try_from(healthy).unwrap() == expected {
            assert_eq!(demand.allows(expected), Some(allowed));
        }
        Self {
            expected,
            desired,
            allowed,
        }
    }

    fn theirs(budget: &PodDisruptionBudget) -> Self {
        Self {
            expected: budget.status.expected_pods,
            desired: budget.status.desired_healthy,
            allowed: budget.status.disruptions_allowed,
        }
    }
}

/// Whether a pod of the budget is another one's too: the controller then keeps one of them current, whichever it is.
fn is_shared(inventory: &Inventory, budget: &PodDisruptionBudget) -> bool {
    inventory.seen::<Pod>().iter().any(|pod| {
        let over = |budget| covers(budget, &pod.metadata.labels).unwrap();
        let budgets = inventory.seen::<PodDisruptionBudget>().iter();
        over(budget) && budgets.filter(|budget| over(budget)).count() > 1
    })
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn budgets_allow_what_the_disruption_controller_allows() {
    let cluster = cluster(Profile::Scratch);
    let objects = random(&disruptions(), 1).remove(0);
    apply(&cluster, [namespace("budgets")].into_iter().chain(objects));
    let kinds =
        "pods,deployments,statefulsets,replicasets,replicationcontrollers,poddisruptionbudgets";
    let read = || {
        let mut loader = Loader::new("default");
        let header = json!({ "kind": "Snapshot", "time": "2026-11-25T03:00:00Z" });
        for object in [header]
            .into_iter()
            .chain(cluster.get(&[kinds, "-n", "budgets"]))
        {
            loader.add(object, None).unwrap();
        }
        loader.finish(Time(0))
    };
    let differing = |inventory: &Inventory| -> Vec<String> {
        inventory
            .seen::<PodDisruptionBudget>()
            .iter()
            .filter(|budget| !is_shared(inventory, budget))
            .map(|budget| {
                (
                    budget,
                    Reckoning::ours(inventory, budget),
                    Reckoning::theirs(budget),
                )
            })
            .filter(|(_, ours, theirs)| ours != theirs)
            .map(|(budget, ours, theirs)| format!("{:?}: {ours:?}, but {theirs:?}", budget.spec))
            .collect()
    };
    // The controllers take a while to be of one mind with themselves.
    let began = std::time::Instant::now();
    let mut inventory = read();
    while !differing(&inventory).is_empty() && began.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_secs(1));
        inventory = read();
    }
    let differing = differing(&inventory);
    assert!(differing.is_empty(), "{differing:#?}");
    let budgets = inventory.seen::<PodDisruptionBudget>();
    let own = budgets
        .iter()
        .filter(|budget| !is_shared(&inventory, budget));
    assert!(own.count() > 30);

    let mut answers = BTreeMap::new();
    for pod in cluster.get(&["pods", "-n", "budgets"]) {
        let ready = text(&pod, "/metadata/annotations/test.kready~1state").is_empty();
        let owner = text(&pod, "/metadata/ownerReferences/0/uid");
        // One pod speaks for its like.
        if !ready || answers.contains_key(&owner) {
            continue;
        }
        let name = text(&pod, "/metadata/name");
        let pod: Pod = decode_json(&pod.to_string()).unwrap();
        let over: Vec<&PodDisruptionBudget> = budgets
            .iter()
            .filter(|budget| covers(budget, &pod.metadata.labels).unwrap())
            .collect();
        let ours = match over.as_slice() {
            [budget] if is_shared(&inventory, budget) => continue,
            [budget] => Reckoning::ours(&inventory, budget).allowed == 0,
            // The eviction API refuses to serve two budgets at once.
            several => several.len() > 1,
        };
        let eviction = json!({ "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": name, "namespace": "budgets" } });
        let path = format!("/api/v1/namespaces/budgets/pods/{name}/eviction?dryRun=All");
        let output = feed(&cluster, &["create", "--raw", &path, "-f", "-"], &eviction);
        assert_eq!(ours, !output.status.success(), "{name}: {output:?}");
        answers.insert(owner, ours);
    }
    let refused = answers.values().filter(|refused| **refused).count();
    assert!(refused > 3 && refused < answers.len() - 3, "{answers:?}");
}

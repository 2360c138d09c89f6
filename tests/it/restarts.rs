//! Patience, against a real control plane: what happens in every rolling restart, drain and scaling is never a finding.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kready_checks::{builtin, frame::Mode, wire::Time};
use serde_json::Value;

use crate::{
    control_plane::{Cluster, Profile, cluster, eventually},
    program::{Kready, Report},
    snapshot::unzip,
    world::text,
};

/// How many times something is replaced.
const STEPS: usize = 50;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What was there before is made as old as this, in seconds: of a cluster that has only just begun nothing is settled.
const WEEK: i64 = 7 * 24 * 60 * 60;

/// The seed that is taken unless the variable `KREADY_SEED` names another.
const SEED: u64 = 20_261_130;

/// The workloads that are restarted and scaled, and their numbers of replicas; DaemonSets have none.
const WORKLOADS: &[(&str, &str, Option<u64>)] = &[
    ("kube-system", "deployment/coredns", Some(2)),
    ("shop", "deployment/web", Some(3)),
    ("shop", "deployment/front", Some(1)),
    ("shop", "deployment/batch", Some(1)),
    ("shop", "statefulset/db", Some(1)),
    ("shop", "statefulset/queue", Some(3)),
    ("shop", "statefulset/cache", Some(2)),
    ("shop", "daemonset/agent", None),
    ("policy-system", "deployment/policy", Some(1)),
    ("monitoring", "statefulset/prometheus", Some(1)),
    ("monitoring", "deployment/kube-state-metrics", Some(1)),
    ("logging", "daemonset/fluent-bit", None),
    ("falco", "daemonset/falco", None),
    ("trivy-system", "deployment/trivy-operator", Some(1)),
    ("velero", "deployment/velero", Some(1)),
    ("cosign-system", "deployment/webhook", Some(1)),
];

/// SplitMix64: the same steps for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<'s, T>(&mut self, all: &'s [T]) -> &'s T {
        &all[self.below(all.len())]
    }
}

/// The findings of an audit about live states: check and subject, with what was seen.
type Findings = BTreeMap<(String, String), String>;

/// Audits the cluster as if all that happened before `since` had happened a week earlier.
fn audit(kready: &Kready, since: Time) -> Report {
    let run = kready.run(&["snapshot", "-q", "-o", "now.json.gz"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let saved = unzip(&kready.path("now.json.gz"));
    kready.write("now.json", &aged(&saved, since));
    kready.audit(&["-q", "-f", "now.json"])
}

/// The time of this machine, which is that of the API server as well.
fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time(i64::try_from(since.as_secs()).unwrap())
}

/// A text in which the times before `since` are a week earlier, but for those of leases, which are renewed.
fn aged(text: &str, since: Time) -> String {
    const LENGTH: usize = "2026-11-25T03:00:00".len();
    let mut aged = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\"20") {
        let (before, found) = rest.split_at(at + 1);
        aged.push_str(before);
        let end = found.find('"').unwrap_or(0);
        let time = (end > LENGTH).then(|| found[..end].parse::<Time>().ok());
        match time.flatten() {
            Some(time) if time < since && !before.ends_with("\"renewTime\":\"") => {
                aged.push_str(&time.plus(-WEEK).to_string());
            }
            _ => aged.push_str(&found[..end]),
        }
        rest = &found[end..];
    }
    aged + rest
}

fn findings(report: &Report) -> Findings {
    let live: BTreeSet<&str> = builtin()
        .filter(|check| check.mode == Mode::Live || check.id == "pdb-blocking")
        .map(|check| check.id)
        .collect();
    let checks = report.checks().filter(|check| live.contains(check.id()));
    checks
        .flat_map(|check| {
            let findings = check.value["findings"].as_array().unwrap().iter();
            findings.map(move |finding| {
                let object = &finding["object"];
                let part = |name: &str| object[name].as_str().unwrap_or_default();
                let subject = format!(
                    "{} {}/{} {}",
                    part("kind"),
                    part("namespace"),
                    part("name"),
                    finding["container"].as_str().unwrap_or_default()
                );
                let seen = finding["seen"].as_str().unwrap_or_default();
                ((check.id().to_owned(), subject), seen.to_owned())
            })
        })
        .collect()
}

/// Replaces something, and says what.
fn step(cluster: &Cluster, random: &mut Random, nodes: &[String]) -> String {
    let kubectl = |args: &[&str]| drop(cluster.command(args).output().unwrap());
    let (namespace, name, replicas) = *random.of(WORKLOADS);
    match (random.below(10), replicas) {
        (0..4, _) | (4..6, None) => {
            kubectl(&["rollout", "restart", "-n", namespace, name]);
            format!("restart {namespace} {name}")
        }
        (4..6, Some(replicas)) => {
            // Neither to zero nor, of cluster DNS, to one: that is meant, and nothing says since when.
            let fewest = if name == "deployment/coredns" { 2 } else { 1 };
            let now = fewest + u64::try_from(random.below(3)).unwrap();
            let scale = |count: u64| {
                let count = format!("--replicas={count}");
                kubectl(&["scale", &count, "-n", namespace, name]);
            };
            scale(now);
            std::thread::sleep(Duration::from_millis(1500));
            scale(replicas);
            format!("scale {namespace} {name} to {now} and back")
        }
        (6..8, _) => {
            let node = random.of(nodes);
            let options = ["--ignore-daemonsets", "--delete-emptydir-data", "--force"];
            let mut drain = vec!["drain", node, "--timeout=8s"];
            drain.extend(options);
            kubectl(&drain);
            kubectl(&["uncordon", node]);
            format!("drain {node}")
        }
        _ => {
            let pods = cluster.get(&["pods", "-A"]);
            let pod = random.of(&pods);
            let (namespace, name) = (
                text(pod, "/metadata/namespace"),
                text(pod, "/metadata/name"),
            );
            kubectl(&["delete", "pod", "-n", &namespace, &name, "--wait=false"]);
            format!("delete {namespace}/{name}")
        }
    }
}

/// Whether every workload has all that it asks for, of its newest template alone.
fn is_quiet(cluster: &Cluster) -> bool {
    let number = |object: &Value, path: &str| object.pointer(path).and_then(Value::as_u64);
    let quiet = |object: &Value, wanted: &str, counts: &[&str]| {
        let wanted = number(object, wanted);
        number(object, "/metadata/generation") == number(object, "/status/observedGeneration")
            && counts
                .iter()
                .all(|count| number(object, &format!("/status/{count}")) == wanted)
    };
    let replicas = [
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
    ];
    let daemons = ["numberReady", "numberAvailable", "updatedNumberScheduled"];
    cluster
        .get(&["deployments,statefulsets", "-A"])
        .iter()
        .all(|object| quiet(object, "/spec/replicas", &replicas))
        && cluster
            .get(&["daemonsets", "-A"])
            .iter()
            .all(|object| quiet(object, "/status/desiredNumberScheduled", &daemons))
        && cluster
            .get(&["pods", "-A"])
            .iter()
            .all(|pod| pod.pointer("/metadata/deletionTimestamp").is_none())
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn what_is_replaced_is_no_finding() {
    let seed = std::env::var("KREADY_SEED").ok();
    let seed = seed.map_or(SEED, |seed| seed.parse().unwrap());
    let cluster = cluster(Profile::Busy);
    eventually("everything runs", 90, || is_quiet(&cluster));
    // Of the second in which it became quiet nothing is old.
    std::thread::sleep(Duration::from_millis(1100));
    let since = now();
    let kready = cluster.kready();
    let before = findings(&audit(&kready, since));
    let log: Mutex<Vec<(Duration, Findings)>> = Mutex::default();
    let (over, began) = (AtomicBool::new(false), Instant::now());
    let mut steps = Vec::new();
    std::thread::scope(|scope| {
        let watch = cluster.kready();
        let (cluster, log, over) = (&*cluster, &log, &over);
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let started = Instant::now();
                let found = findings(&audit(&watch, since));
                log.lock().unwrap().push((began.elapsed(), found));
                std::thread::sleep(EVERY.saturating_sub(started.elapsed()));
            }
        });
        let nodes: Vec<String> = cluster
            .get(&["nodes"])
            .iter()
            .map(|node| text(node, "/metadata/name"))
            .filter(|name| name.starts_with("worker"))
            .collect();
        let mut random = Random(seed);
        for _ in 0..STEPS {
            let at = began.elapsed();
            steps.push((at, step(cluster, &mut random, &nodes)));
            std::thread::sleep(Duration::from_millis(
                300 + u64::try_from(random.below(2000)).unwrap(),
            ));
        }
        eventually("everything runs again", 60, || is_quiet(cluster));
        over.store(true, Ordering::Relaxed);
    });
    assert!(
        began.elapsed() < Duration::from_secs(290),
        "it took so long that something may have settled: {:?}",
        began.elapsed()
    );
    let after = findings(&audit(&kready, since));
    let log = log.into_inner().unwrap();
    let mut passing: Vec<String> = Vec::new();
    for (at, found) in &log {
        for (finding, seen) in found {
            if !before.contains_key(finding) && !after.contains_key(finding) {
                let step = steps.iter().rev().find(|(begun, _)| begun < at);
                passing.push(format!("{at:?}: {finding:?}: {seen} ({step:?})"));
            }
        }
    }
    assert!(log.len() >= STEPS, "only {} audits", log.len());
    assert!(
        passing.is_empty(),
        "seed {seed}, {} audits, before {before:#?}, findings that went by themselves:\n{}",
        log.len(),
        passing.join("\n")
    );
    eprintln!(
        "seed {seed}: {} audits during {} steps",
        log.len(),
        steps.len()
    );
}

//! Objects of openreports.io, as a real API server takes them.

use std::{fmt::Write as _, path::Path};

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    control_plane::{Cluster, Profile, cluster, done, eventually},
    program::Kready,
    world::text,
};

/// A namespace, and a workload of which much is to be said.
const WORKLOAD: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: reported}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: reported}
spec:
  replicas: 1
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: 'registry.example/cart:latest', securityContext: {privileged: true}}]}
";

const KINDS: &str = "reports.openreports.io,clusterreports.openreports.io";

fn kubectl(cluster: &Cluster, args: &[&str]) -> String {
    done(cluster.command(args).output().unwrap())
}

fn documents(yaml: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(yaml)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// Kind, namespace and name.
fn id(object: &Value) -> (String, Option<String>, String) {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str().map(str::to_owned);
    (text(object, "/kind"), namespace, text(metadata, "/name"))
}

/// What is in a file is in the cluster, to the last result.
#[track_caller]
fn is_there(cluster: &Cluster, written: &[Value]) {
    let found = cluster.get(&[KINDS, "-A"]);
    for object in written {
        let there = found.iter().find(|it| id(it) == id(object));
        let there = there.unwrap_or_else(|| panic!("{:?} is missing", id(object)));
        for field in ["results", "summary", "source", "scope"] {
            assert_eq!(
                there.get(field),
                object.get(field),
                "{field} of {:?}",
                id(object)
            );
        }
    }
}

/// 7,000 findings in one namespace, of another day.
fn many() -> String {
    let mut many = String::new();
    for n in 0..700 {
        let workload = WORKLOAD.split("---").nth(1).unwrap();
        let workload = workload.replace("name: cart", &format!("name: cart-{n}"));
        write!(many, "---{workload}").unwrap();
    }
    let kready = Kready::new();
    kready.write("many.yaml", &many);
    let run = kready.run(&[
        "audit",
        "-f",
        "many.yaml",
        "--report-only",
        "-o",
        "openreports",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.matches("\n    result: ").count() > 7000);
    run.stdout
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn reports_are_applied_and_those_of_older_audits_go() {
    let cluster = cluster(Profile::Scratch);
    let crds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas/openreports-crds.yaml");
    kubectl(&cluster, &["apply", "-f", crds.to_str().unwrap()]);
    eventually("the kinds are served", 60, || {
        cluster
            .command(&["get", KINDS, "-A"])
            .output()
            .unwrap()
            .status
            .success()
    });
    let kready = cluster.kready();
    let workload = kready.write("workload.yaml", WORKLOAD);
    eventually("the workload is taken", 60, || {
        let apply = ["apply", "-f", workload.to_str().unwrap()];
        cluster.command(&apply).output().unwrap().status.success()
    });

    // A live audit, applied in each of the ways there are. What was made in its own second is too young for a finding.
    let mut reports = String::new();
    let mut written = Vec::new();
    eventually("the workload is reported", 60, || {
        let run = kready.run(&[
            "audit",
            "--context",
            "admin",
            "--report-only",
            "-o",
            "openreports",
        ]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        written = documents(&run.stdout);
        reports = run.stdout;
        written
            .iter()
            .any(|it| id(it).1.as_deref() == Some("reported"))
    });
    let file = kready.write("reports.yaml", &reports);
    let file = file.to_str().unwrap();
    let strict = "--validate=strict";
    kubectl(
        &cluster,
        &[
            "apply",
            "--server-side",
            "--dry-run=server",
            strict,
            "-f",
            file,
        ],
    );
    assert!(cluster.get(&[KINDS, "-A"]).is_empty(), "a dry run");
    kubectl(&cluster, &["apply", strict, "-f", file]);
    is_there(&cluster, &written);
    kubectl(
        &cluster,
        &[
            "apply",
            "--server-side",
            "--force-conflicts",
            strict,
            "-f",
            file,
        ],
    );
    is_there(&cluster, &written);

    // Another audit: several objects, none too large for what kubectl keeps of it.
    let many = many();
    let written = documents(&many);
    assert!(written.len() > 10);
    let file = kready.write("many-reports.yaml", &many);
    kubectl(&cluster, &["apply", strict, "-f", file.to_str().unwrap()]);
    is_there(&cluster, &written);

    // What the older audit left, as deploy/README.md says.
    let time = text(&written[0], "/metadata/labels/kready.dev~1audited");
    let older = format!("app.kubernetes.io/managed-by=kready,kready.dev/audited!={time}");
    kubectl(&cluster, &["delete", KINDS, "-A", "-l", &older]);
    let left = cluster.get(&[KINDS, "-A"]);
    assert_eq!(left.len(), written.len());
    is_there(&cluster, &written);

    kubectl(&cluster, &["delete", "-f", crds.to_str().unwrap()]);
    kubectl(
        &cluster,
        &["delete", "namespace", "reported", "--wait=false"],
    );
}

//! `--profile dev`: a cluster that nobody depends on.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    program::{Kready, Report},
    server::Plan,
    world::World,
};

/// A cluster with one node, as a tool for one machine makes it, and a served workload with one replica.
fn snapshot(version: &str, node: &str, provider: &str) -> String {
    format!(
        r#"apiVersion: kready.dev/v1
kind: Snapshot
time: 2026-11-25T03:00:00Z
facts:
  version: {{seen: {{gitVersion: {version}}}}}
  discovery: {{seen: {{groups: {{}}}}}}
---
apiVersion: v1
kind: Node
metadata: {{name: {node}}}
spec: {{providerID: "{provider}"}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: "shop.example/web:1", securityContext: {{privileged: true}}}}]}}
"#
    )
}

fn severities(report: &Report) -> BTreeMap<String, String> {
    report
        .checks()
        .map(|check| {
            let severity = check.value["severity"].as_str().unwrap();
            (check.id().to_owned(), severity.to_owned())
        })
        .collect()
}

fn pillar<'a>(report: &'a Report, id: &str) -> &'a Value {
    let pillars = report.value["pillars"].as_array().unwrap();
    pillars.iter().find(|pillar| pillar["id"] == id).unwrap()
}

#[test]
fn what_needs_no_dependents_weighs_nothing() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    let plain = kready.audit(&[]);
    assert_eq!(plain.value["profile"], "production");
    let dev = kready.audit(&["--profile", "dev"]);
    assert_eq!(dev.value["profile"], "dev");
    let light = ["high-availability", "observability"];
    let before = severities(&plain);
    for check in dev.checks() {
        let expected = if light.iter().any(|pillar| check.value["pillar"] == *pillar) {
            "info"
        } else {
            &before[check.id()]
        };
        assert_eq!(check.value["severity"], expected, "{}", check.id());
    }
    // What is found stays the same, and so does what the other pillars are worth.
    assert_eq!(dev.outcomes(), plain.outcomes());
    for pillar_before in plain.value["pillars"].as_array().unwrap() {
        let id = pillar_before["id"].as_str().unwrap();
        if light.contains(&id) {
            assert_eq!(pillar(&dev, id)["score"], Value::Null);
        } else {
            assert_eq!(pillar(&dev, id), pillar_before);
        }
    }
    assert_eq!(dev.check("workload-single-replica").outcome(), "Fail");
    let reasons = dev.value["reasons"].to_string();
    assert!(!reasons.contains("workload-single-replica"), "{reasons}");
    assert!(reasons.contains("privileged-container"), "{reasons}");

    let single = "--only=workload-single-replica,privileged-container";
    let waive = "waivers:\n  - {check: privileged-container, objects: ['*/*/*'], reason: for a test, owner: me, expires: '2026-12-31'}\n";
    kready.write("kready.yaml", &format!("profile: dev\n{waive}"));
    let ready = kready.audit(&[single]);
    assert_eq!(
        (ready.code, ready.verdict()),
        (Some(0), "Ready"),
        "{:#}",
        ready.value["reasons"]
    );
    // The command line beats the configuration's profile, and severities beat every profile.
    let production = kready.audit(&[single, "--profile=production"]);
    assert_eq!(
        (production.code, production.verdict()),
        (Some(1), "NotReady")
    );
    kready.write(
        "kready.yaml",
        &format!("profile: dev\nseverities: {{workload-single-replica: critical}}\n{waive}"),
    );
    let own = kready.audit(&[single]);
    assert_eq!(own.code, Some(1));
    assert_eq!(
        own.check("workload-single-replica").value["severity"],
        "critical"
    );
    // A selection by severity takes the profile's.
    let info = kready.audit(&[
        "--only=info,high-availability",
        "--no-config",
        "--profile=dev",
    ]);
    assert!(severities(&info).contains_key("pdb-missing"));

    let table = kready
        .run(&["audit", "--no-config", "--profile=dev"])
        .stdout;
    assert!(table.contains("profile     dev"), "{table}");
    let table = kready.run(&["audit", "--no-config"]).stdout;
    assert!(!table.contains("  profile "), "{table}");
    kready.write("kready.yaml", "profile: devel\n");
    kready
        .run(&["audit"])
        .refuses(2, &["kready.yaml:1", "did you mean dev?"]);
    let wrong = kready.run(&["audit", "--profile=test"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("production, dev"), "{}", wrong.stderr);
}

#[test]
fn it_is_suggested_where_it_may_fit_and_never_assumed() {
    let kready = Kready::new();
    for (version, node, provider, suggested) in [
        (
            "v1.36.0",
            "kind-control-plane",
            "kind://docker/kind/kind-control-plane",
            true,
        ),
        (
            "v1.36.0+k3s1",
            "k3d-a-server-0",
            "k3s://k3d-a-server-0",
            true,
        ),
        ("v1.36.0", "docker-desktop", "", true),
        ("v1.36.0+k3s1", "edge-1", "k3s://edge-1", false),
        ("v1.36.0", "ip-10-0-0-1", "aws:///eu-central-1a/i-0", false),
    ] {
        kready.write("cluster.yaml", &snapshot(version, node, provider));
        let report = kready.audit(&["-f", "cluster.yaml"]);
        let codes: Vec<&Value> = report.value["notices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|notice| &notice["code"])
            .collect();
        let expected = if suggested {
            &["profile-suggested"][..]
        } else {
            &[]
        };
        assert_eq!(codes, expected, "{node}");
        assert_eq!(report.value["profile"], "production");
        report.check("workload-single-replica").is("Fail");
        assert_eq!(
            report.check("workload-single-replica").value["severity"],
            "high"
        );
        let table = kready.run(&["audit", "-f", "cluster.yaml"]).stdout;
        assert_eq!(table.contains("--profile dev"), suggested, "{table}");
        // Whoever decided is not asked again.
        for profile in ["dev", "production"] {
            let decided = kready.audit(&["-f", "cluster.yaml", "--profile", profile]);
            assert_eq!(decided.value["notices"], Value::Array(Vec::new()));
        }
    }
}

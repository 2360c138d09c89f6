//! Formats for machines, as their consumers read them.

use std::process::Command;

use serde_json::Value;

use crate::{
    program::{Kready, Run},
    tools,
};

/// Namespaces and names that no cluster takes, and manifests may have.
const NASTY: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: "a\"b\\\n# EOF\r\u001b[2J", namespace: "sh\"op\\\nkready_verdict{verdict=\"Ready\"} 1\r"}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: "no", image: '=cmd()', securityContext: {privileged: true}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "1:30", namespace: "2026-11-24"}
spec:
  replicas: 1
  selector: {matchLabels: {app: b}}
  template:
    metadata: {labels: {app: b}}
    spec: {containers: [{name: app, image: '<script>alert(1)</script>'}]}
"#;

/// The demo, hostile manifests, and a cluster without any object, in one format.
fn written(format: &str) -> Vec<(&'static str, String)> {
    let kready = Kready::new();
    kready.write("nasty.yaml", NASTY);
    kready.write(
        "namespace.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: lonely}\n",
    );
    [
        ("demo", vec!["--demo"]),
        ("nasty", vec!["-f", "nasty.yaml"]),
        ("empty", vec!["-f", "namespace.yaml", "--allow-empty"]),
    ]
    .map(|(name, input)| {
        let mut args = vec!["audit", "--report-only", "-o", format];
        args.extend(input);
        let run: Run = kready.run(&args);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        (name, run.stdout)
    })
    .into()
}

#[test]
fn yaml_says_what_json_says() {
    let json = written("json");
    for ((name, yaml), (_, json)) in written("yaml").into_iter().zip(json) {
        let yaml: Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(
            yaml,
            serde_json::from_str::<Value>(&json).unwrap(),
            "{name}"
        );
    }
}

/// What reads YAML most often, and still by version 1.1: `no`, `1:30` and dates are something else there.
#[test]
fn python_reads_the_same_of_yaml() {
    let json = written("json");
    for ((name, yaml), (_, json)) in written("yaml").into_iter().zip(json) {
        let script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
        let Some(read) = tools::said(Command::new("python3").args(["-c", script]), &yaml) else {
            return;
        };
        let read: Value = serde_json::from_str(&read).unwrap();
        assert_eq!(
            read,
            serde_json::from_str::<Value>(&json).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn promtool_finds_no_fault_with_the_metrics() {
    for (name, metrics) in written("openmetrics") {
        let lines = metrics
            .lines()
            .filter(|line| line.contains("verdict=\"Ready\""));
        assert_eq!(lines.count(), 1, "{name} has no forged line");
        tools::said(
            Command::new("promtool").args(["check", "metrics"]),
            &metrics,
        );
    }
}

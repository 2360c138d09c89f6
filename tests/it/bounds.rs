//! What somebody may write so that judging it takes for ever: it ends, and what wasn't decided is no pass.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::program::{Kready, Run};

/// Long enough for any machine, and shorter than what is quadratic would take.
const PATIENCE: Duration = Duration::from_secs(120);

const WORKLOAD: &str = r#"---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: "registry.example.com/cart:1.0.0"}]}
"#;

fn policy(selector: &str) -> String {
    let spec = json!({ "selector": selector, "types": ["Ingress", "Egress"] });
    let policy = json!({ "apiVersion": "projectcalico.org/v3", "kind": "GlobalNetworkPolicy",
        "metadata": { "name": "all" }, "spec": spec });
    format!("{policy}\n{WORKLOAD}")
}

fn judged(file: &str, text: &str, arguments: &[&str]) -> Run {
    let kready = Kready::new();
    kready.write(file, text);
    let start = Instant::now();
    let run = kready.run(&[&["audit", "-o", "json", "-f", file], arguments].concat());
    assert!(
        start.elapsed() < PATIENCE,
        "{file} took {:?}",
        start.elapsed()
    );
    run
}

/// What is said of the workload's isolation under a policy with this selector.
fn isolation(selector: &str) -> String {
    let run = judged(
        "policy.yaml",
        &policy(selector),
        &["--only", "networkpolicy-missing"],
    );
    run.report()
        .check("networkpolicy-missing")
        .outcome()
        .to_owned()
}

#[test]
fn a_selector_of_any_depth_and_length_is_evaluated_or_unknown() {
    assert_eq!(isolation("all()"), "Pass");
    assert_eq!(isolation("global()"), "Fail");
    assert_eq!(isolation(&format!("{}all()", "!".repeat(10_000))), "Pass");
    assert_eq!(isolation(&format!("{}all()", "!".repeat(10_001))), "Fail");
    let deep = |times: usize| format!("{}all(){}", "(".repeat(times), ")".repeat(times));
    assert_eq!(isolation(&deep(10_000)), "Pass");
    let chain = format!("global(){}", " || global()".repeat(5_000));
    assert_eq!(isolation(&chain), "Fail");
    for long in [
        deep(700_000),
        "!".repeat(1_400_000) + "all()",
        format!("all(){}", " && all()".repeat(100_000)),
        format!("app in {{{}'cart'}}", "'a',".repeat(100_000)),
    ] {
        assert_eq!(isolation(&long), "Unknown", "{} bytes", long.len());
    }
}

fn at(number: usize) -> Value {
    json!({ "at": number.to_string() })
}

/// ClusterRoles that gather one another, by their labels and selectors, and a binding to the first.
fn roles(count: usize, role: impl Fn(usize) -> (Value, Value)) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (labels, selector) = role(number);
        let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": { "name": format!("r{number}"), "labels": labels },
            "aggregationRule": { "clusterRoleSelectors": [selector] } });
        let _ = writeln!(text, "{role}\n---");
    }
    text + r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: leaf, labels: {all: "yes", at: end}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: first}
subjects: [{kind: User, name: jane}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r0}
"#
}

#[test]
fn roles_gather_in_chains_and_circles_of_any_size() {
    const CHAIN: usize = 10_000;
    let chain = roles(CHAIN, |number| {
        let next = match number + 1 {
            CHAIN => "end".to_owned(),
            next => next.to_string(),
        };
        (at(number), json!({ "matchLabels": { "at": next } }))
    });
    let all = json!({ "all": "yes" });
    let each_all = roles(800, |_| (all.clone(), json!({ "matchLabels": all })));
    for text in [chain, each_all] {
        let run = judged("roles.yaml", &text, &["--only", "hardening"]);
        let report = run.report();
        let granted = report.check("cluster-secret-read-granted");
        assert!(
            granted.value["findings"].to_string().contains("first"),
            "{}",
            granted.value
        );
    }
}

#[test]
fn roles_that_all_gather_others_are_undecided_beyond_a_bound() {
    let outcome = |count: usize| {
        let text = roles(count, |number| {
            let others =
                json!({ "key": "at", "operator": "NotIn", "values": [number.to_string()] });
            let selector =
                json!({ "matchExpressions": [others, { "key": "at", "operator": "Exists" }] });
            (at(number), selector)
        });
        let only = ["--only", "cluster-secret-read-granted"];
        let report = judged("roles.yaml", &text, &only).report();
        report.check(only[1]).outcome().to_owned()
    };
    assert_eq!(outcome(400), "Fail");
    assert_eq!(outcome(4_000), "Unknown");
}

#[test]
fn pods_that_many_budgets_select_are_counted_and_not_paired() {
    let mut text = String::from("{\"kind\":\"Snapshot\",\"time\":\"2026-11-25T03:00:00Z\"}\n");
    for number in 0..4_000 {
        let name = |kind: &str| json!({ "name": format!("{kind}{number}"), "namespace": "shop", "labels": { "app": "cart" } });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": name("pod"),
            "spec": { "containers": [{ "name": "app", "image": "registry.example.com/cart:1" }] },
            "status": { "phase": "Running" } });
        let budget = json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": name("budget"),
            "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": "cart" } } } });
        let _ = writeln!(text, "{pod}\n{budget}");
    }
    let run = judged(
        "pairs.json",
        &text,
        &["--only", "pdb-blocking", "--allow-empty"],
    );
    assert_eq!(run.report().check("pdb-blocking").outcome(), "Pass");
}

#[test]
fn budgets_that_only_a_closer_look_tells_apart_are_undecided_beyond_a_bound() {
    let outcome = |count: usize| {
        let mut text = WORKLOAD.to_owned();
        for number in 0..count {
            let budget = json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": { "name": format!("b{number}"), "namespace": "shop" },
                "spec": { "maxUnavailable": 1, "selector": { "matchExpressions":
                    [{ "key": "app", "operator": "NotIn", "values": [format!("a{number}")] }] } } });
            let _ = write!(text, "---\n{budget}\n");
        }
        let run = judged("budgets.yaml", &text, &["--only", "pdb-blocking"]);
        run.report().check("pdb-blocking").outcome().to_owned()
    };
    assert_eq!(outcome(128), "Pass");
    assert_eq!(outcome(8_000), "Unknown");
}

#[test]
fn a_check_that_is_not_done_in_time_is_unknown_and_lets_no_gate_pass() {
    let kready = Kready::new();
    // Reading so much takes longer on any machine than what is granted for the whole.
    let mut text = String::new();
    for number in 0..20_000 {
        let deployment = json!({ "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": format!("d{number}"), "namespace": "shop" },
            "spec": { "replicas": 1, "template": { "metadata": { "labels": { "app": format!("d{number}") } },
                "spec": { "containers": [{ "name": "app", "image": "registry.example.com/a:1" }] } } } });
        let _ = writeln!(text, "{deployment}");
    }
    kready.write("many.json", &text);
    let start = Instant::now();
    let run = kready.run(&[
        "audit",
        "-f",
        "many.json",
        "--timeout",
        "1ms",
        "-o",
        "json",
        "-o",
        "table=report.txt",
    ]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    let report = run.report();
    let missing = report.check("cpu-request-missing");
    assert_eq!(missing.outcome(), "Unknown", "{}", missing.value);
    assert_eq!(missing.value["reason"], "timed-out");
    assert_ne!(run.code, Some(0), "{}", run.stderr);
    let table = kready.read("report.txt");
    assert!(
        table.contains("timed out") && table.contains("--timeout"),
        "{table}"
    );
}

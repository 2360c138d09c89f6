//! The dashboard and the alerts, held against the metrics that kready writes.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    program::Kready,
    server::Plan,
    tools,
    world::{World, text},
};

const CONFIG: &str = r#"
waivers:
  - {check: container-crash-looping, objects: ["*/*/*"], reason: known, owner: team-shop, expires: 2027-01-31}
declarations:
  - {capability: backup, reason: done by the provider, owner: ops, expires: 2027-01-31}
"#;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(deployed(name)).unwrap()
}

/// A workload that a team owns.
const OWNED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: owned, namespace: shop, labels: {team: shop}}
spec:
  replicas: 1
  selector: {matchLabels: {app: owned}}
  template:
    metadata: {labels: {app: owned}}
    spec: {containers: [{name: app, image: registry.example/owned:1, securityContext: {privileged: true}}]}
";

/// The metrics of a live cluster in which much is wrong.
fn metrics() -> String {
    let server = Plan::of(World::named("broken").with(OWNED)).start();
    let kready = Kready::on(&server);
    kready.write("kready.yaml", CONFIG);
    let run = kready.run(&["audit", "--report-only", "-o", "openmetrics"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

fn samples(metrics: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap())
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter()
}

/// Title and expression of every query of the dashboard, for all clusters and namespaces.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let targets = panels(dashboard).flat_map(|panel| {
        let targets = panel["targets"].as_array().unwrap().iter();
        targets.map(|target| (text(panel, "/title"), text(target, "/expr")))
    });
    targets
        .map(|(title, expr)| {
            let expr = expr.replace("$cluster", ".*").replace("$namespace", ".*");
            assert!(!expr.contains('$'), "{expr}");
            (title, expr)
        })
        .collect()
}

/// Every selector in an expression: the metric, and the labels that it names.
fn selectors(expr: &str) -> Vec<(&str, BTreeSet<&str>)> {
    let name = |c: char| !(c.is_ascii_lowercase() || c == '_');
    expr.match_indices("kready_")
        .map(|(at, _)| {
            let rest = &expr[at..];
            let end = rest.find(name).unwrap_or(rest.len());
            let (metric, rest) = rest.split_at(end);
            let labels = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let labels = labels.map_or("", |(labels, _)| labels).split(", ");
            let labels = labels.filter_map(|it| it.split_once(['=', '!']).map(|(name, _)| name));
            (metric, labels.collect())
        })
        .collect()
}

#[test]
fn dashboard_and_alerts_ask_for_what_there_is() {
    let metrics = metrics();
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (series, _) in samples(&metrics) {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.split("\",").filter_map(|it| it.split_once("=\""));
        known
            .entry(name)
            .or_default()
            .extend(labels.map(|(name, _)| name));
    }
    let dashboard: Value = serde_json::from_str(&read("grafana/kready.json")).unwrap();
    let rules: Value = serde_yaml::from_str(&read("prometheus/kready.rules.yaml")).unwrap();
    let alerts = rules["groups"][0]["rules"].as_array().unwrap().iter();
    let mut asked: Vec<String> = alerts.map(|rule| text(rule, "/expr")).collect();
    asked.extend(queries(&dashboard).into_iter().map(|(_, expr)| expr));
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    asked.extend(variables.filter_map(|it| Some(it["definition"].as_str()?.to_owned())));
    let mut used = BTreeSet::new();
    for expr in &asked {
        for (metric, labels) in selectors(expr) {
            let has = known
                .get(metric)
                .unwrap_or_else(|| panic!("{metric} of {expr}"));
            used.insert(metric);
            for label in labels {
                // The last is put on by whoever collects.
                assert!(
                    has.contains(label) || label == "cluster",
                    "{label} of {expr}"
                );
            }
        }
    }
    assert!(used.len() > 15, "{used:?}");
}

#[test]
fn every_metric_is_described() {
    let table = read("README.md");
    for line in metrics().lines() {
        if let Some((name, _)) = line
            .strip_prefix("# TYPE ")
            .and_then(|it| it.split_once(' '))
        {
            assert!(
                table.contains(&format!("`{name}`")),
                "deploy/README.md lacks {name}"
            );
        }
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard: Value = serde_json::from_str(&read("grafana/kready.json")).unwrap();
    // Not of the Grafana where it was made.
    assert_eq!(dashboard.get("id"), None);
    assert_eq!(dashboard.get("__inputs"), None);
    assert!(dashboard["schemaVersion"].as_u64() >= Some(36));
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels(&dashboard) {
        let title = text(panel, "/title");
        assert!(
            !title.is_empty() && ids.insert(panel["id"].as_u64().unwrap()),
            "{title}"
        );
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(side("x") + side("w") <= 24, "{title}");
        for x in side("x")..side("x") + side("w") {
            for y in side("y")..side("y") + side("h") {
                assert!(taken.insert((x, y)), "{title} is over another panel");
            }
        }
        let mut refs = BTreeSet::new();
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(text(target, "/datasource/uid"), "${datasource}", "{title}");
            assert!(refs.insert(text(target, "/refId")), "{title}");
        }
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let variables: Vec<String> = variables.map(|it| text(it, "/name")).collect();
    assert_eq!(variables, ["datasource", "cluster", "namespace"]);
}

#[test]
fn promtool_takes_the_alerts_and_each_fires_when_it_should() {
    for args in [
        ["check", "rules", "kready.rules.yaml"],
        ["test", "rules", "kready.rules.test.yaml"],
    ] {
        tools::said(
            Command::new("promtool")
                .args(args)
                .current_dir(deployed("prometheus")),
            "",
        );
    }
}

/// Prometheus' own engine evaluates each query of the dashboard over the metrics of an audit: there is something to show.
#[test]
fn every_panel_shows_something() {
    let metrics = metrics();
    let dashboard: Value = serde_json::from_str(&read("grafana/kready.json")).unwrap();
    let series: Vec<Value> = samples(&metrics)
        .map(|(series, value)| {
            // In this cluster nothing was hidden.
            let value = if series.starts_with("kready_gaps") {
                "1"
            } else {
                value
            };
            json!({ "series": series, "values": value })
        })
        .collect();
    let tests: Vec<Value> = queries(&dashboard)
        .iter()
        .map(|(_, expr)| {
            json!({
                "expr": format!("count({expr}) > bool 0 or vector(0)"),
                "eval_time": "0m",
                "exp_samples": [{ "labels": "{}", "value": 1 }],
            })
        })
        .collect();
    assert!(tests.len() > 15);
    let rules = json!({ "tests": [{ "interval": "1m", "input_series": series, "promql_expr_test": tests }] });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tests.yaml"), rules.to_string()).unwrap();
    let test = ["test", "rules", "tests.yaml"];
    tools::said(Command::new("promtool").args(test).current_dir(&folder), "");
}

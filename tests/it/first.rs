//! What to do first, what explains what, and how namespaces and teams fare: from outside.

use std::fmt::Write as _;

use serde_json::Value;

use crate::program::Kready;

fn report(kready: &Kready, args: &[&str]) -> Value {
    let mut all = vec!["audit", "--no-config", "-o", "json"];
    all.extend_from_slice(args);
    let run = kready.run(&all);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap()
}

/// `Deployment shop/cart`, `3 of them: Deployment shop/cart`, `cluster`.
fn about(action: &Value) -> String {
    let object = &action["object"];
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let name = match (text("namespace"), object.is_null()) {
        (_, true) => return "cluster".to_owned(),
        ("", _) => format!("{} {}", text("kind"), text("name")),
        (namespace, _) => format!("{} {namespace}/{}", text("kind"), text("name")),
    };
    match action["objects"].as_u64() {
        Some(1) => name,
        count => format!("{} of them: {name}", count.unwrap()),
    }
}

#[test]
fn the_demo_says_what_to_do_first() {
    let report = report(&Kready::new(), &["--demo"]);
    let first: Vec<[String; 4]> = list(&report, "doFirst")
        .iter()
        .take(5)
        .map(|action| {
            let text = |key: &str| action[key].as_str().unwrap().to_owned();
            let checks: Vec<&str> = list(action, "checks")
                .iter()
                .map(|id| id.as_str().unwrap())
                .collect();
            [about(action), text("wrong"), text("fix"), checks.join(" ")]
        })
        .collect();
    let expected = [
        [
            "Deployment analytics/feature-store",
            "down for 3 days: 6 of 9 nodes lack the memory it asks for, 3 have taints it doesn't tolerate",
            "lower requests.memory or add a node with 96Gi free",
            "pod-unschedulable rollout-stalled workload-unavailable",
        ],
        [
            "Deployment redis-operator/redis-operator",
            "down: crash-looping, 4,711 restarts, exit code 1",
            "find the cause: kubectl logs deployment/redis-operator -n redis-operator --previous",
            "container-crash-looping workload-unavailable",
        ],
        [
            "Deployment tools/ci-runner",
            "container docker runs privileged, and its ServiceAccount ci-runner is cluster-admin",
            "remove privileged: true, and add only the capabilities that the program needs; bind a narrower role, with only the needed rights, in the namespaces that need them",
            "privileged-container cluster-admin-granted",
        ],
        [
            "HorizontalPodAutoscaler analytics/reports",
            "not scaling for 6 days: no Deployment reports in namespace analytics",
            "point scaleTargetRef at a workload that exists, or delete the autoscaler",
            "hpa-target-missing hpa-inactive",
        ],
        [
            "Deployment tools/wiki-search",
            "1 of 2 replicas missing for 5 hours: ConfigMap wiki-search does not exist",
            "create ConfigMap wiki-search in namespace tools, or correct the name",
            "reference-missing workload-degraded",
        ],
    ];
    assert_eq!(first, expected);
    for action in list(&report, "doFirst") {
        assert_eq!(action["gates"], true);
        assert!(action["findings"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_check_passes_once_nothing_is_left_of_it() {
    let report = report(&Kready::new(), &["--demo"]);
    let open = |id: &Value| {
        let checks = list(&report, "checks").iter();
        let check = checks.clone().find(|check| check["id"] == *id).unwrap();
        let findings = list(check, "findings").iter();
        findings.filter(|it| it["state"] == "open").count()
    };
    let mut some_fail = 0;
    for action in list(&report, "doFirst") {
        let checks = list(action, "checks");
        let passing = list(action, "passing");
        assert!(passing.iter().all(|id| checks.contains(id)), "{action}");
        let left: usize = checks.iter().map(&open).sum();
        let findings = action["findings"].as_u64().unwrap();
        // All pass where the action is about all that they find.
        assert_eq!(
            passing.len() == checks.len(),
            u64::try_from(left).unwrap() == findings,
            "{action}"
        );
        some_fail += usize::from(passing.len() < checks.len());
    }
    assert!(some_fail > 0);
}

#[test]
fn a_finding_names_the_one_that_explains_it() {
    let report = report(&Kready::new(), &["--demo"]);
    let mut explained = Vec::new();
    for check in list(&report, "checks") {
        for finding in list(check, "findings") {
            let Some(cause) = finding["causedBy"].as_object() else {
                assert!(finding["causedBy"].is_null());
                continue;
            };
            let of = list(&report, "checks")
                .iter()
                .find(|check| check["id"] == cause["check"])
                .unwrap();
            let root = list(of, "findings")
                .iter()
                .find(|finding| finding["fingerprint"] == cause["fingerprint"])
                .unwrap();
            assert!(root["causedBy"].is_null(), "a root has no cause");
            assert_eq!(root["state"], "open");
            assert_eq!(of["gates"], true);
            assert_eq!(root["object"], finding["object"]);
            explained.push((
                check["id"].as_str().unwrap(),
                cause["check"].as_str().unwrap(),
            ));
        }
    }
    assert_eq!(
        explained,
        [
            ("rollout-stalled", "pod-unschedulable"),
            ("workload-degraded", "reference-missing"),
            ("workload-unavailable", "pod-unschedulable"),
            ("workload-unavailable", "container-crash-looping"),
            ("hpa-inactive", "hpa-target-missing"),
        ]
    );
}

#[test]
fn what_is_waived_explains_nothing() {
    let kready = Kready::new();
    kready.write(
        "kready.yaml",
        "waivers:\n- check: pod-unschedulable\n  objects: ['analytics/Deployment/feature-store']\n  reason: agreed\n  owner: ops\n  expires: 2027-01-31\n",
    );
    let run = kready.run(&["audit", "--demo", "-o", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let first = list(&report, "doFirst")
        .iter()
        .find(|action| about(action) == "Deployment analytics/feature-store")
        .unwrap();
    assert_eq!(first["checks"][0], "workload-unavailable", "{first}");
    assert_eq!(
        first["wrong"],
        "down for 3 days: not scheduled (Unschedulable)"
    );
    // What was not open before stalls for the same reason, and so goes with it.
    assert_eq!(first["checks"][1], "rollout-stalled", "{first}");
}

/// As many Deployments, each of which runs privileged.
fn privileged(count: usize) -> String {
    let mut manifests = String::new();
    for number in 0..count {
        let _ = write!(
            manifests,
            "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{number}, namespace: team-{}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app-{number}}}}}
  template:
    metadata: {{labels: {{app: app-{number}}}}}
    spec: {{containers: [{{name: app, image: 'registry.example/app:1', securityContext: {{privileged: true}}}}]}}
",
            number % 3
        );
    }
    manifests
}

#[test]
fn one_fault_of_many_objects_is_one_action() {
    let kready = Kready::new();
    kready.write("all.yaml", &privileged(300));
    let report = report(&kready, &["-f", "all.yaml"]);
    let actions = list(&report, "doFirst");
    assert_eq!(about(&actions[0]), "300 of them: Deployment team-0/app-0");
    assert_eq!(actions[0]["checks"][0], "privileged-container");
    assert_eq!(actions[0]["findings"], 300);
    let names: Vec<&Value> = actions.iter().map(|action| &action["checks"][0]).collect();
    let once = names
        .iter()
        .filter(|id| **id == "privileged-container")
        .count();
    assert_eq!(once, 1, "{names:?}");
    for action in actions {
        let text = action.to_string();
        assert!(
            !text.contains("kubectl") && !text.contains(" for "),
            "no cluster to ask: {text}"
        );
    }
}

#[test]
fn where_nothing_gates_what_is_open_comes_first() {
    let kready = Kready::new();
    kready.write("all.yaml", &privileged(1));
    let report = report(&kready, &["-f", "all.yaml", "--fail-on", "never"]);
    let first = &list(&report, "doFirst")[0];
    assert_eq!(
        (&first["gates"], &first["severity"]),
        (&Value::Bool(false), &"critical".into())
    );
}

#[test]
fn namespaces_and_teams_add_up_and_the_worst_comes_first() {
    let report = report(&Kready::new(), &["--demo"]);
    let namespaces = list(&report, "namespaces");
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let worst: Vec<String> = namespaces.iter().take(3).map(name).collect();
    assert_eq!(worst, ["analytics", "tools", "redis-operator"]);
    assert_eq!(namespaces[0]["team"], "data");
    assert!(namespaces[0]["score"].as_f64().unwrap() < namespaces[2]["score"].as_f64().unwrap());
    for severity in ["critical", "high", "medium", "low", "info"] {
        let open = |value: &Value| value["open"][severity].as_u64().unwrap();
        let in_namespaces: u64 = namespaces.iter().map(open).sum();
        assert!(in_namespaces <= report["counts"]["open"][severity].as_u64().unwrap());
        let of_teams: u64 = list(&report, "teams").iter().map(open).sum();
        assert!(of_teams <= report["counts"]["open"][severity].as_u64().unwrap());
    }
}

#[test]
fn a_label_of_one_s_own_names_the_team() {
    let kready = Kready::new();
    let labelled = privileged(3).replace("name: app-1, ", "name: app-1, labels: {squad: own}, ")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team-2, labels: {squad: '<b>&\"'}}\n";
    kready.write("all.yaml", &labelled);
    kready.write("kready.yaml", "report: {teamLabels: [squad]}\n");
    let flag = kready.run(&[
        "audit",
        "--no-config",
        "-f",
        "all.yaml",
        "-o",
        "json",
        "--team-label",
        "squad",
    ]);
    let key = kready.run(&["audit", "-f", "all.yaml", "-o", "json"]);
    for run in [flag, key] {
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut teams: Vec<&str> = list(&report, "teams")
            .iter()
            .map(|team| team["name"].as_str().unwrap())
            .collect();
        teams.sort_unstable();
        assert_eq!(teams, ["<b>&\"", "own"]);
        let of = |name: &str| {
            let mut namespaces = list(&report, "namespaces").iter();
            namespaces.find(|it| it["name"] == name).unwrap()["team"].clone()
        };
        assert_eq!(of("team-2"), "<b>&\"");
        assert_eq!(of("team-0"), Value::Null);
        assert_eq!(of("team-1"), Value::Null, "one object is not its namespace");
    }
    let run = kready.run(&["audit", "--demo", "--team-label", "not a key"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    kready.write("kready.yaml", "report: {teamLabels: ['a b']}\n");
    let run = kready.run(&["audit", "--demo"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr.contains("`a b` is not the key of a label"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_count_has_units() {
    let report = report(&Kready::new(), &["--demo"]);
    let failing = &report["failing"];
    let checks = list(&report, "checks");
    let outcome = |wanted: &[&str]| {
        let mut count = 0;
        for check in checks {
            count += usize::from(wanted.contains(&check["outcome"].as_str().unwrap()));
        }
        count
    };
    assert_eq!(failing["decided"], outcome(&["Pass", "Fail"]));
    assert_eq!(failing["applicable"], outcome(&["Pass", "Fail", "Unknown"]));
    let gating = checks.iter().filter(|check| {
        let open = list(check, "findings")
            .iter()
            .any(|finding| finding["state"] == "open");
        open && check["gates"] == true
    });
    assert_eq!(failing["gating"]["failing"], gating.count());
    let limits = checks
        .iter()
        .find(|check| check["id"] == "memory-limit-missing")
        .unwrap();
    assert!(
        limits["containers"].as_u64() >= limits["failing"].as_u64(),
        "{limits}"
    );
    let budgets = checks
        .iter()
        .find(|check| check["id"] == "pdb-missing")
        .unwrap();
    assert!(budgets["containers"].is_null());
}

//! What Helm makes of the chart.

use std::{
    collections::BTreeSet,
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    finds_nothing, is_up_to_date, objects, of_chart, one, place, printed, read, rules, yaml,
};
use crate::{tools, world::text};

/// The value sets of `deploy/helm/kready/ci`, and the kinds that each makes.
const SETS: [(&str, &[&str]); 5] = [
    (
        "defaults",
        &[
            "NetworkPolicy",
            "ServiceAccount",
            "ClusterRole",
            "ClusterRoleBinding",
            "CronJob",
        ],
    ),
    (
        "everything",
        &[
            "NetworkPolicy",
            "ServiceAccount",
            "ConfigMap",
            "PersistentVolumeClaim",
            "ClusterRole",
            "ClusterRoleBinding",
            "CronJob",
        ],
    ),
    (
        "fleet",
        &[
            "NetworkPolicy",
            "ServiceAccount",
            "ConfigMap",
            "PersistentVolumeClaim",
            "CronJob",
        ],
    ),
    (
        "hardened",
        &[
            "NetworkPolicy",
            "ServiceAccount",
            "ClusterRole",
            "ClusterRoleBinding",
            "CronJob",
        ],
    ),
    (
        "namespaced",
        &[
            "NetworkPolicy",
            "ServiceAccount",
            "ConfigMap",
            "Role",
            "Role",
            "RoleBinding",
            "RoleBinding",
            "CronJob",
        ],
    ),
];

/// What a person writes who means no good, or only writes.
pub(super) const HOSTILE: [&str; 14] = [
    "one\ntwo: three",
    "one\n---\nkind: Secret",
    "\"",
    "'",
    "it's \"quoted\": 'twice'",
    "{{ .Values.image.repository }}",
    "{{ fail \"it ran\" }}",
    "a: b # c",
    "- a",
    "]}",
    "*alias",
    "!!binary x",
    "$(HOME) $$(HOME)",
    "\u{2028}\ttab ",
];

/// Runs Helm; nothing where it isn't named.
fn helm(args: &[&str]) -> Option<Output> {
    let Some(helm) = std::env::var_os("HELM") else {
        tools::skipped("HELM names no Helm: .ci/chart runs this test");
        return None;
    };
    let mut command = Command::new(helm);
    command.args(args).current_dir(place("deploy/helm/kready"));
    Some(command.output().unwrap())
}

#[track_caller]
fn template(args: &[&str]) -> Option<String> {
    let mut all = vec!["template", "kready", ".", "-n", "kready"];
    all.extend(args);
    helm(&all).map(|output| {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    })
}

/// What it makes of values.
#[track_caller]
fn with(values: &Value) -> Option<Vec<Value>> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("values.json");
    std::fs::write(&file, values.to_string()).unwrap();
    template(&["-f", file.to_str().unwrap()]).map(|text| objects(&text))
}

#[test]
fn helm_lints_and_renders_every_value_set_and_kready_finds_nothing() {
    let folder = TempDir::new().unwrap();
    for (name, kinds) in SETS {
        let values = format!("ci/{name}-values.yaml");
        let Some(linted) = helm(&["lint", "--strict", ".", "-f", &values]) else {
            return;
        };
        assert!(linted.status.success(), "{name}: {linted:?}");
        let manifest = template(&["-f", &values]).unwrap();
        let made = objects(&manifest);
        let made: Vec<String> = made.iter().map(|object| text(object, "/kind")).collect();
        assert_eq!(made, kinds, "{name}");
        let file = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&file, manifest).unwrap();
        let others = place(&format!("deploy/helm/kready/ci/{name}-objects.yaml"));
        let mut files = vec![file.as_path()];
        files.extend(others.exists().then_some(others.as_path()));
        finds_nothing(&files);
    }
}

#[test]
fn the_plain_manifest_is_what_helm_makes_without_values() {
    let Some(manifest) = template(&[]) else {
        return;
    };
    let head = "\
# kready in a cluster, without Helm: an audit every night, its report as JSON lines in the log of the pod.
#
#   kubectl apply -f kready.yaml
#   kubectl create job kready-now --from=cronjob/kready -n kready
#
# Made of the chart in deploy/helm/kready; UPDATE=1 .ci/chart writes it.
apiVersion: v1
kind: Namespace
metadata:
  name: kready
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
";
    is_up_to_date(
        "deploy/kready.yaml",
        &format!("{head}{}", without_helm(&manifest)),
    );
}

/// What a real control plane gets, which has no Helm.
#[test]
fn the_manifests_of_the_tests_are_what_helm_makes() {
    for name in ["fleet", "namespaced"] {
        let Some(manifest) = template(&["-f", &format!("ci/{name}-values.yaml")]) else {
            return;
        };
        let manifest = without_helm(&manifest);
        let (_, manifest) = manifest.split_once("---\n").unwrap();
        is_up_to_date(&format!("tests/it/chart/{name}.yaml"), manifest);
    }
}

fn without_helm(manifest: &str) -> String {
    let of_helm = [
        "# Source: ",
        "helm.sh/chart: ",
        "app.kubernetes.io/managed-by: ",
    ];
    manifest
        .lines()
        .filter(|line| !line.is_empty())
        .filter(|line| {
            !of_helm
                .iter()
                .any(|start| line.trim_start().starts_with(start))
        })
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn roles_grant_what_the_values_ask_for() {
    let known = printed();
    for (args, sections) in [
        (
            &["--set", "rbac.addOns=all,secretNames=true"][..],
            &["required", "addOns", "optional", "secretNames"][..],
        ),
        (
            &["--set", "rbac.addOns=none,rbac.optional=false"],
            &["required"],
        ),
        (&[], &["required", "optional"]),
    ] {
        let Some(manifest) = template(args) else {
            return;
        };
        let made = objects(&manifest);
        let granted: Vec<&Value> = one(&made, "ClusterRole")["rules"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert_eq!(granted, rules(&known, sections), "{args:?}");
    }
    // What the cluster serves.
    let made = objects(&template(&["--api-versions", "cilium.io/v2/CiliumNetworkPolicy"]).unwrap());
    let granted: Vec<String> = one(&made, "ClusterRole")["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| text(rule, "/apiGroups/0"))
        .collect();
    let add_ons = granted.iter().filter(|group| {
        known["addOns"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| rule["apiGroups"][0] == group.as_str())
    });
    assert_eq!(add_ons.collect::<Vec<_>>(), ["cilium.io"]);
    // Rules of one's own.
    let own = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["list"] }]);
    let made = with(&json!({ "rbac": { "rules": own } })).unwrap();
    assert_eq!(one(&made, "ClusterRole")["rules"], own);
    // In namespaces nothing of the whole cluster.
    let made = with(&json!({ "namespaces": ["shop"], "rbac": { "addOns": "all" } })).unwrap();
    let namespaced = yaml(&of_chart("files/rbac.yaml"))["namespaced"].clone();
    let role = one(&made, "Role");
    assert_eq!(role["metadata"]["namespace"], "shop");
    let granted = role["rules"].as_array().unwrap();
    assert_eq!(
        granted[0],
        json!({ "apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"] })
    );
    let sum: usize = granted[1..]
        .iter()
        .map(|rule| {
            let kinds = namespaced[text(rule, "/apiGroups/0")].as_array().unwrap();
            let resources = rule["resources"].as_array().unwrap();
            assert!(resources.iter().all(|kind| kinds.contains(kind)), "{rule}");
            resources.len()
        })
        .sum();
    let all = namespaced.as_object().unwrap().values();
    let all: usize = all.map(|kinds| kinds.as_array().unwrap().len()).sum();
    assert_eq!(sum + 1, all, "all but Secrets");
    assert!(
        !made
            .iter()
            .any(|object| text(object, "/kind").starts_with("Cluster"))
    );
    // A role for the rest makes it whole again.
    let rest = json!({ "addOns": "all", "clusterKinds": true });
    let made = with(&json!({ "namespaces": ["shop"], "rbac": rest })).unwrap();
    let mut both = rights(&one(&made, "Role")["rules"].as_array().unwrap()[1..]);
    both.extend(rights(
        one(&made, "ClusterRole")["rules"].as_array().unwrap(),
    ));
    let all = rules(&known, &["required", "addOns", "optional"]);
    let all: Vec<Value> = all.into_iter().cloned().collect();
    assert_eq!(both, rights(&all));
}

/// Each right by itself: group or nothing, and resource or address.
fn rights(rules: &[Value]) -> BTreeSet<(String, String)> {
    let mut rights = BTreeSet::new();
    for rule in rules {
        for key in ["resources", "nonResourceURLs"] {
            for name in rule[key].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap().to_owned();
                rights.insert((text(rule, "/apiGroups/0"), name));
            }
        }
    }
    rights
}

#[test]
fn wrong_values_give_one_error_each() {
    let wrong = yaml(&read("tests/it/chart/wrong.yaml"));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("values.json");
    for row in wrong.as_array().unwrap() {
        let (values, says) = (&row["values"], text(row, "/says"));
        std::fs::write(&file, values.to_string()).unwrap();
        let Some(output) = helm(&["template", "kready", ".", "-f", file.to_str().unwrap()]) else {
            return;
        };
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{values} is taken");
        assert_eq!(output.stdout, b"", "{values}");
        assert!(said.contains(&says), "{values}: {said}");
        let errors =
            |line: &&str| line.starts_with("- at ") || line.starts_with("Error: execution error");
        assert_eq!(said.lines().filter(errors).count(), 1, "{values}: {said}");
        assert!(!said.contains("secret@"), "{said}");
    }
    let old = helm(&[
        "template",
        "kready",
        ".",
        "-f",
        "ci/fleet-values.yaml",
        "--kube-version",
        "1.28.3",
    ])
    .unwrap();
    let said = String::from_utf8_lossy(&old.stderr).into_owned();
    assert!(
        said.contains("fleet.enabled needs Kubernetes 1.29 or newer"),
        "{said}"
    );
}

#[test]
fn hostile_values_stay_values() {
    for hostile in HOSTILE {
        let waiver = json!({ "check": "pdb-missing", "objects": ["a/b/c"], "reason": hostile, "owner": hostile, "expires": "2027-03-31" });
        let values = json!({
            "config": { "waivers": [waiver], "scope": { "exclude": [hostile] } },
            "podAnnotations": { "example.com/note": hostile },
            "serviceAccount": { "annotations": { "example.com/note": hostile } },
            "extraArgs": [hostile],
            "extraEnv": [{ "name": "NOTE", "value": hostile }],
            "affinity": { "nodeAffinity": { "note": hostile } },
            "reports": { "enabled": true, "claim": { "annotations": { "example.com/note": hostile } } },
            "fleet": { "enabled": true, "clusters": [{ "name": "a", "secret": "a", "context": hostile }] },
        });
        let Some(made) = with(&values) else {
            return;
        };
        let kinds: Vec<String> = made.iter().map(|object| text(object, "/kind")).collect();
        assert_eq!(
            kinds,
            [
                "NetworkPolicy",
                "ServiceAccount",
                "ConfigMap",
                "ConfigMap",
                "PersistentVolumeClaim",
                "CronJob"
            ],
            "{hostile:?}"
        );
        let note = "/metadata/annotations/example.com~1note";
        assert_eq!(text(one(&made, "ServiceAccount"), note), hostile);
        assert_eq!(text(one(&made, "PersistentVolumeClaim"), note), hostile);
        let job = &one(&made, "CronJob")["spec"]["jobTemplate"]["spec"]["template"];
        assert_eq!(text(job, note), hostile);
        let container = &job["spec"]["containers"][0];
        let args = container["args"].as_array().unwrap();
        // The kubelet makes `$(` of `$$(`.
        assert_eq!(
            args.last().unwrap(),
            &hostile.replace("$(", "$$("),
            "{args:?}"
        );
        let env = container["env"].as_array().unwrap();
        assert_eq!(env.last().unwrap()["value"], hostile);
        assert_eq!(job["spec"]["affinity"]["nodeAffinity"]["note"], hostile);
        let mut maps = made.iter().filter(|object| object["kind"] == "ConfigMap");
        let config = maps.next().unwrap();
        assert_eq!(yaml(&text(config, "/data/kready.yaml")), values["config"]);
        let context = yaml(&text(maps.next().unwrap(), "/data/0.context"));
        assert_eq!(context["current-context"], hostile);
    }
}

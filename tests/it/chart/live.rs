//! The plain manifest, and a fleet, on a real control plane.

use std::path::Path;

use serde_json::{Value, json};

use super::{objects, one, place};
use crate::{
    control_plane::{Cluster, Profile, cluster, done, eventually},
    program::{Kready, Report},
    world::text,
};

/// The namespace, restricted, and what is in the manifest: taken strictly, and without a warning.
fn apply(cluster: &Cluster, manifest: &Path) {
    remove(cluster);
    let namespace = objects(&super::read("deploy/kready.yaml"));
    let kready = Kready::new();
    let file = kready.write("namespace.json", &one(&namespace, "Namespace").to_string());
    let strictly = ["--server-side", "--validate=strict", "--warnings-as-errors"];
    let run = |more: &[&str], file: &Path| {
        let mut args = vec!["apply", "-f", file.to_str().unwrap()];
        args.extend(strictly);
        args.extend(more);
        done(cluster.command(&args).output().unwrap())
    };
    run(&[], &file);
    run(&["--dry-run=server"], manifest);
    run(&[], manifest);
}

/// The pods of a Job that is made of the CronJob now.
fn pods(cluster: &Cluster, job: &str, count: usize) -> Vec<Value> {
    let mut pods = Vec::new();
    let args = [
        "create",
        "job",
        job,
        "--from=cronjob/kready",
        "-n",
        "kready",
        "--warnings-as-errors",
    ];
    done(cluster.command(&args).output().unwrap());
    let selector = format!("batch.kubernetes.io/job-name={job}");
    eventually("the Job has its pods", 60, || {
        pods = cluster.get(&["pods", "-n", "kready", "-l", &selector]);
        pods.len() == count
    });
    pods
}

/// What the kubelet would start: arguments and variables, with the folders of the container in `root`.
fn container(kready: Kready, pod: &Value) -> (Kready, Vec<String>) {
    let container = &pod["spec"]["containers"][0];
    let mut variables = Vec::new();
    for variable in container["env"].as_array().into_iter().flatten() {
        let field = text(variable, "/valueFrom/fieldRef/fieldPath");
        let value = match field.split_once("['") {
            Some((map, key)) => {
                let map = map.trim_start_matches("metadata.");
                pod["metadata"][map][key.trim_end_matches("']")]
                    .as_str()
                    .unwrap()
                    .to_owned()
            }
            None => text(variable, "/value"),
        };
        variables.push((text(variable, "/name"), value));
    }
    let root = kready.home.path().to_str().unwrap().to_owned();
    let here = |text: &str| {
        let folders = ["/reports", "/cluster", "/config"];
        folders.iter().fold(text.to_owned(), |text, folder| {
            text.replace(folder, &format!("{root}{folder}"))
        })
    };
    let args = container["args"].as_array().unwrap().iter().map(|arg| {
        let known = variables.iter();
        let arg = known.fold(arg.as_str().unwrap().to_owned(), |arg, (name, value)| {
            arg.replace(&format!("$({name})"), value)
        });
        here(&arg)
    });
    let args = args.collect();
    std::fs::create_dir_all(kready.path("reports")).unwrap();
    let kready = variables.iter().fold(kready, |kready, (name, value)| {
        kready.variable(name, &here(value))
    });
    (kready, args)
}

/// A kubeconfig of a ServiceAccount, by a token as the kubelet asks for one.
fn kubeconfig(cluster: &Cluster, account: &str, contexts: &[&str]) -> Value {
    let token = done(
        cluster
            .command(&["create", "token", account, "-n", "kready"])
            .output()
            .unwrap(),
    );
    let view = [
        "config",
        "view",
        "--raw",
        "--flatten",
        "--minify",
        "-o",
        "json",
    ];
    let admin: Value =
        serde_json::from_str(&done(cluster.command(&view).output().unwrap())).unwrap();
    let contexts: Vec<Value> = contexts
        .iter()
        .map(|name| json!({ "name": name, "context": { "cluster": "local", "user": "account" } }))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": contexts[0]["name"],
        "clusters": admin["clusters"], "contexts": contexts,
        "users": [{ "name": "account", "user": { "token": token } }],
    })
}

/// Nothing was refused.
fn saw_everything(report: &Report, identity: &str) {
    assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
    assert_eq!(report.value["scope"]["identity"], identity);
    assert!(report.checks().count() > 100);
}

const ACCOUNT: &str = "system:serviceaccount:kready:kready";

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn the_plain_manifest_runs_with_nothing_refused() {
    let cluster = cluster(Profile::Scratch);
    apply(&cluster, &place("deploy/kready.yaml"));
    let pod = pods(&cluster, "audit", 1).remove(0);
    assert_eq!(pod["spec"]["serviceAccountName"], "kready");
    let kready = Kready::new().by_the_clock();
    kready.write_kubeconfig(&kubeconfig(&cluster, "kready", &["itself"]));
    let (kready, args) = container(kready, &pod);
    let run = kready.run(&args);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let first: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["kind"], &first["gaps"]),
        (&json!("Report"), &json!(0))
    );
    let args: Vec<String> = args
        .iter()
        .map(|arg| arg.replace("jsonl", "json"))
        .collect();
    let report = kready.run(&args).report();
    saw_everything(&report, ACCOUNT);
    // The auditor leaves nothing behind that it would find itself.
    for check in report.checks() {
        let own: Vec<String> = check
            .open()
            .into_iter()
            .filter(|it| it.contains("kready"))
            .collect();
        assert!(own.is_empty(), "{}: {own:?}", check.id());
    }
    remove(&cluster);
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn roles_in_some_namespaces_are_enough_for_a_verdict_on_them() {
    let cluster = cluster(Profile::Scratch);
    for namespace in ["shop", "billing"] {
        let create = ["create", "namespace", namespace];
        done(cluster.command(&create).output().unwrap());
        let image = "--image=registry.example/web:1";
        let create = ["create", "deployment", "web", image, "-n", namespace];
        done(cluster.command(&create).output().unwrap());
    }
    apply(&cluster, &place("tests/it/chart/namespaced.yaml"));
    let pod = pods(&cluster, "audit", 1).remove(0);
    let kready = Kready::new().by_the_clock();
    kready.write_kubeconfig(&kubeconfig(&cluster, "kready", &["itself"]));
    let manifest = objects(&super::read("tests/it/chart/namespaced.yaml"));
    let config = text(one(&manifest, "ConfigMap"), "/data/kready.yaml");
    kready.write("config/kready.yaml", &config);
    let (kready, args) = container(kready, &pod);
    let args: Vec<String> = args
        .iter()
        .map(|arg| arg.replace("=table", "=json"))
        .collect();
    let report = kready.run(&args).report();
    assert_eq!(
        report.value["scope"]["namespaces"],
        json!(["billing", "shop"])
    );
    assert_eq!(report.value["scope"]["identity"], ACCOUNT);
    report.check("memory-limit-missing").is("Fail");
    for gap in report.gaps() {
        assert_eq!(gap["checks"], json!([]), "{gap:#}");
    }
    assert_ne!(report.verdict(), "Inconclusive");
    for namespace in ["shop", "billing"] {
        let delete = ["delete", "namespace", namespace, "--wait=false"];
        done(cluster.command(&delete).output().unwrap());
    }
    remove(&cluster);
}

#[test]
#[ignore = "needs the control plane of tests/cluster"]
fn a_fleet_audits_each_cluster_by_its_index() {
    let cluster = cluster(Profile::Scratch);
    apply(&cluster, &place("tests/it/chart/fleet.yaml"));
    // The auditor of the other cluster, which is this one again.
    let manifest = objects(&super::read("deploy/kready.yaml"));
    let scratch = Kready::new();
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        let file = scratch.write("object.json", &one(&manifest, kind).to_string());
        done(
            cluster
                .command(&["apply", "-f", file.to_str().unwrap()])
                .output()
                .unwrap(),
        );
    }
    let named = ["staging", "dev: \"eu\" # 1", "unused"];
    let all = kubeconfig(&cluster, "kready", &named);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "kubeconfigs", "namespace": "kready" },
        "stringData": { "all.yaml": all.to_string() },
    });
    let file = scratch.write("secret.json", &secret.to_string());
    done(
        cluster
            .command(&["apply", "-f", file.to_str().unwrap()])
            .output()
            .unwrap(),
    );

    let pods = pods(&cluster, "fleet", 3);
    for pod in &pods {
        let index = text(
            pod,
            "/metadata/annotations/batch.kubernetes.io~1job-completion-index",
        );
        let mount = &pod["spec"]["containers"][0]["volumeMounts"][0];
        assert_eq!(mount["subPathExpr"], "$(JOB_COMPLETION_INDEX)");
        let (kready, args) = container(Kready::new().by_the_clock(), pod);
        project(
            &cluster,
            &kready,
            &pod["spec"]["volumes"][0]["projected"],
            &index,
        );
        let run = kready.run(&args);
        ended(&cluster, pod, run.code.unwrap());
        if index == "0" {
            // Its Secret is missing.
            run.refuses(2, &["none of the files in KUBECONFIG exists"]);
            continue;
        }
        assert_eq!(run.code, Some(0), "{run:#?}");
        let report = Report::read(&kready.path(&format!("reports/kready-{index}.json")));
        saw_everything(&report, ACCOUNT);
        let context = ["", "staging", "dev: \"eu\" # 1"][index.parse::<usize>().unwrap()];
        assert_eq!(report.value["cluster"]["context"], context);
        for file in ["html", "prom"] {
            assert!(
                !kready
                    .read(&format!("reports/kready-{index}.{file}"))
                    .is_empty()
            );
        }
    }
    // It failed alone, and once: the second time would be no other.
    let of_fleet = [
        "jobs",
        "-n",
        "kready",
        "--field-selector",
        "metadata.name=fleet",
    ];
    eventually("the Job has ended", 60, || {
        let status = cluster.get(&of_fleet)[0]["status"].clone();
        (&status["failedIndexes"], &status["completedIndexes"]) == (&json!("0"), &json!("1,2"))
            && status["conditions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|condition| condition["type"] == "Failed"))
    });
    remove(&cluster);
}

/// Says for the kubelet how a container ended: no node has the volume that these pods wait for.
fn ended(cluster: &Cluster, pod: &Value, code: i32) {
    let phase = if code == 0 { "Succeeded" } else { "Failed" };
    let terminated = json!({ "exitCode": code, "finishedAt": "2026-11-30T04:00:00Z" });
    let container = json!({
        "name": "kready", "image": "kready", "imageID": "kready", "ready": false, "restartCount": 0,
        "state": { "terminated": terminated },
    });
    let status = json!({ "status": { "phase": phase, "containerStatuses": [container] } });
    let (name, patch) = (text(pod, "/metadata/name"), status.to_string());
    let args = [
        "patch",
        "pod",
        &name,
        "-n",
        "kready",
        "--subresource=status",
        "-p",
        &patch,
    ];
    done(cluster.command(&args).output().unwrap());
}

/// What a projected volume holds below a folder, as the kubelet makes it, is the container's `/cluster`.
fn project(cluster: &Cluster, kready: &Kready, volume: &Value, folder: &str) {
    for source in volume["sources"].as_array().unwrap() {
        for (key, plural) in [("secret", "secrets"), ("configMap", "configmaps")] {
            let name = text(source, &format!("/{key}/name"));
            if name.is_empty() {
                continue;
            }
            let field = format!("metadata.name={name}");
            let found = cluster.get(&[plural, "-n", "kready", "--field-selector", &field]);
            let Some(object) = found.first() else {
                assert_eq!(source[key]["optional"], true, "{source}");
                continue;
            };
            for item in source[key]["items"].as_array().unwrap() {
                let data = object["data"][text(item, "/key")].as_str().unwrap();
                let path = text(item, "/path");
                if let Some(name) = path.strip_prefix(&format!("{folder}/")) {
                    let content = match key {
                        "secret" => decoded(data),
                        _ => data.to_owned(),
                    };
                    kready.write(&format!("cluster/{name}"), &content);
                }
            }
        }
    }
}

fn decoded(data: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn remove(cluster: &Cluster) {
    let manifest = place("deploy/kready.yaml");
    let args = [
        "delete",
        "--ignore-not-found",
        "--wait=false",
        "-f",
        manifest.to_str().unwrap(),
    ];
    done(cluster.command(&args).output().unwrap());
    eventually("the namespace is gone", 60, || {
        cluster
            .get(&["namespaces", "--field-selector", "metadata.name=kready"])
            .is_empty()
    });
}

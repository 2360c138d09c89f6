//! `kready components`: what a cluster has, as a table, JSON and CycloneDX.

use std::io::Read as _;

use flate2::read::GzDecoder;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::{
    program::{Kready, Run},
    server::{Misbehaviour, Plan},
    world::World,
};

/// A small cluster: two versions of a CNI that was mirrored, what has ended, and what is only hinted at.
const SNAPSHOT: &str = r#"apiVersion: kready.dev/v1
kind: Snapshot
time: 2026-11-25T03:00:00Z
facts:
  version: {seen: {gitVersion: v1.36.1+k3s1}}
  discovery: {seen: {groups: {cilium.io: []}}}
---
apiVersion: v1
kind: Node
metadata: {name: a}
status: {nodeInfo: {osImage: "Flatcar Container Linux by Kinvolk 4230.2.0 (Oklo)", containerRuntimeVersion: "containerd://2.1.4"}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system, labels: {helm.sh/chart: cilium-1.18.0}}
spec: {template: {spec: {containers: [{name: agent, image: "mirror.example/quay/cilium/cilium:v1.18.9"}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium-next, namespace: kube-system}
spec: {template: {spec: {containers: [{name: agent, image: "mirror.example/quay/cilium/cilium:v1.18.10"}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress, namespace: ingress-nginx}
spec: {template: {spec: {containers: [{name: controller, image: "registry.k8s.io/ingress-nginx/controller:v1.13.3"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: velero}
spec: {containers: [{name: web, image: "shop.example/web:1"}]}
"#;

fn list(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(run.stderr, "");
    serde_json::from_str(&run.stdout).unwrap()
}

#[track_caller]
fn component<'a>(listed: &'a Value, id: &str) -> &'a Value {
    let components = listed["components"].as_array().unwrap();
    let found = components.iter().find(|component| component["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not listed: {components:#?}"))
}

fn holds(validator: &Validator, value: &Value) {
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_had_no_release_for_long_is_dormant_and_the_knowledge_has_an_age() {
    let kready = Kready::new();
    kready.write(
        "adapter.yaml",
        r#"apiVersion: kready.dev/v1
kind: Snapshot
time: 2027-03-01T00:00:00Z
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: adapter, namespace: monitoring}
spec: {template: {spec: {containers: [{name: adapter, image: "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0"}]}}}
"#,
    );
    let listed = list(&kready.run(&["components", "-f", "adapter.yaml", "-o", "json"]));
    let adapter = component(&listed, "prometheus-adapter");
    assert_eq!(adapter["status"], "dormant");
    assert_eq!(adapter["dormantSince"], "2025-04");
    assert_eq!(adapter["ended"], false);
    let days = listed["knowledge"]["daysOld"].as_u64().unwrap();

    let run = kready.run(&["components", "-f", "adapter.yaml"]);
    let date = listed["knowledge"]["date"].as_str().unwrap();
    for words in [
        format!("knowledge   of {date}, {days} days old"),
        "dormant: its end was not declared, but the last activity was in 2025-04".to_owned(),
        "1 is dormant".to_owned(),
    ] {
        assert!(run.stdout.contains(&words), "{words}: {}", run.stdout);
    }
    let explained = kready.run(&["explain", "component-retired", "--all"]);
    for words in [
        "knowledge   of ",
        " days old",
        "DORMANT",
        "https://github.com/minio/minio",
    ] {
        assert!(
            explained.stdout.contains(words),
            "{words}: {}",
            explained.stdout
        );
    }
}

#[test]
fn what_a_cluster_has_is_named_with_its_version_and_its_end() {
    let kready = Kready::new();
    kready.write("small.yaml", SNAPSHOT);
    let listed = list(&kready.run(&["components", "-f", "small.yaml", "-o", "json"]));
    assert_eq!(listed["kind"], "Components");
    assert_eq!(listed["time"], "2026-11-25T03:00:00Z");
    let cilium = component(&listed, "cilium");
    assert_eq!(cilium["role"], "cni");
    assert_eq!(cilium["verdict"], "confirmed");
    assert_eq!(cilium["status"], "active");
    assert_eq!(cilium["versions"], json!(["v1.18.9", "v1.18.10"]));
    assert_eq!(cilium["versionSource"], "image");
    assert_eq!(cilium["namespaces"], json!(["kube-system"]));
    assert_eq!(cilium["ready"], false);
    let signals = cilium["signals"].as_array().unwrap();
    for signal in [
        json!({"kind": "image", "pattern": "cilium/cilium"}),
        json!({"kind": "api-group", "pattern": "cilium.io"}),
    ] {
        assert!(signals.contains(&signal), "{signals:?}");
    }
    let ended = component(&listed, "ingress-nginx");
    assert_eq!(ended["status"], "retired");
    assert_eq!(ended["ended"], true);
    assert!(ended["endOfLife"].as_str().unwrap() < "2026-11-25");
    assert_ne!(ended["successors"], json!([]));
    let hint = component(&listed, "velero");
    assert_eq!(hint["verdict"], "hint");
    assert_eq!(hint["versions"], json!([]));
    assert_eq!(hint["versionSource"], Value::Null);
    assert_eq!(
        component(&listed, "k3s")["versions"],
        json!(["v1.36.1+k3s1"])
    );
    assert_eq!(
        component(&listed, "flatcar")["versions"],
        json!(["4230.2.0"])
    );
    assert_eq!(
        component(&listed, "containerd")["versions"],
        json!(["2.1.4"])
    );
    assert_eq!(component(&listed, "registry-k8s-io")["role"], "registry");
    // Whoever names a day says where it is from.
    assert!(
        ended["statusSource"]
            .as_str()
            .is_some_and(|source| source.starts_with("https://"))
    );
    assert_eq!(listed["knowledge"]["date"], listed["tool"]["knowledge"]);
    assert!(listed["knowledge"]["daysOld"].as_u64().is_some());
    // Before its end it has not ended.
    kready.write(
        "earlier.yaml",
        &SNAPSHOT.replace("2026-11-25T", "2025-11-25T"),
    );
    let earlier = list(&kready.run(&["components", "-f", "earlier.yaml", "-o", "json"]));
    assert_eq!(component(&earlier, "ingress-nginx")["ended"], false);

    let run = kready.run(&["components", "-f", "small.yaml"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    let after = |heading: &str| {
        let at = lines.iter().position(|line| *line == heading);
        let at = at.unwrap_or_else(|| panic!("no {heading}: {}", run.stdout));
        lines[at + 1]
    };
    let cni = after("pod network (CNI)");
    for words in ["Cilium", "v1.18.9, v1.18.10", "confirmed by image"] {
        assert!(cni.contains(words), "{cni}");
    }
    assert!(
        after("backup").contains("a hint by namespace"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("ended 2026-03-31, "), "{}", run.stdout);
    assert!(run.stdout.contains("; 1 has"), "{}", run.stdout);
    for line in lines {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    let details = kready
        .run(&["components", "-f", "small.yaml", "--details"])
        .stdout;
    for words in [
        "image cilium/cilium",
        "mirror.example/quay/cilium/cilium:v1.18.9",
    ] {
        assert!(details.contains(words), "{details}");
    }
    let coloured = kready
        .run(&["components", "--demo", "--color=always"])
        .stdout;
    assert!(coloured.contains('\u{1b}'));
}

#[test]
fn a_cluster_is_asked_for_what_shows_components_and_never_for_secrets() {
    let server = Plan::of(World::named("broken").with(crate::misbehaviour::METRICS)).start();
    let kready = Kready::on(&server);
    let listed = list(&kready.run(&["components", "-o", "json"]));
    assert_eq!(listed["source"]["type"], "live");
    assert_eq!(listed["cluster"]["nodes"], 6);
    assert_eq!(listed["gaps"], json!([]));
    component(&listed, "metrics-server");
    let mut lists: Vec<String> = server
        .asked()
        .iter()
        .filter_map(|asked| Some(asked.list()?.1.to_owned()))
        .collect();
    lists.sort();
    lists.dedup();
    for never in ["secrets", "configmaps", "events", "services", "roles"] {
        assert!(!lists.iter().any(|plural| plural == never), "{lists:?}");
    }
    for read in [
        "pods",
        "deployments",
        "nodes",
        "csidrivers",
        "storageclasses",
    ] {
        assert!(lists.iter().any(|plural| plural == read), "{lists:?}");
    }
    // An audit lists the same, and a snapshot gives both again.
    let report = kready.audit(&["--save", "saved.json.gz"]);
    assert_eq!(report.value["components"], listed["components"]);
    let mut replayed = list(&kready.run(&["components", "-f", "saved.json.gz", "-o", "json"]));
    assert_eq!(replayed["source"]["type"], "snapshot");
    // The audit read the namespaces as well.
    for (key, field) in [
        ("source", "type"),
        ("source", "files"),
        ("cluster", "namespaces"),
        ("cluster", "uid"),
    ] {
        replayed[key][field] = listed[key][field].clone();
    }
    assert_eq!(replayed, listed);
    // The least rights of an audit are enough.
    let note = "# They are also enough for kready components.";
    assert!(kready.run(&["rbac"]).stdout.contains(note));
    assert!(
        !kready
            .run(&["rbac", "--only=pvc-lost"])
            .stdout
            .contains(note)
    );
    // Whether a report lists them hangs on what its checks need.
    let few = kready.audit(&["--only=pvc-lost"]);
    assert_eq!(few.value["components"], Value::Null);
    let many = kready.audit(&["--only=backup-missing"]);
    assert_eq!(many.value["components"], report.value["components"]);
}

#[test]
fn what_may_not_be_read_is_named() {
    let server = Plan::of(World::named("broken"))
        .forbidding("", "pods")
        .at("/apis/apps/v1/daemonsets", Misbehaviour::Status(500))
        .start();
    let kready = Kready::on(&server);
    let listed = list(&kready.run(&["components", "-o", "json"]));
    let gaps: Vec<&str> = listed["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["resource"].as_str().unwrap())
        .collect();
    assert_eq!(gaps, ["daemonsets.apps", "pods"]);
    let table = kready.run(&["components"]).stdout;
    assert!(
        table.contains("not seen") && table.contains("kready rbac"),
        "{table}"
    );
    let nothing = Plan::of(World::named("ground"))
        .allowing(|_, _, _| false)
        .start();
    Kready::on(&nothing)
        .run(&["components", "-o", "cyclonedx=bom.json"])
        .refuses(3, &[]);
}

#[test]
fn a_scope_narrows_what_is_listed() {
    let kready = Kready::new();
    kready.write("small.yaml", SNAPSHOT);
    let listed = |more: &[&str]| {
        let mut arguments = vec!["components", "-f", "small.yaml", "-o", "json"];
        arguments.extend(more);
        let listed = list(&kready.run(&arguments));
        let components = listed["components"].as_array().unwrap().iter();
        components
            .map(|component| component["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let has = |listed: &[String], id: &str| listed.iter().any(|listed| listed == id);
    let all = listed(&[]);
    assert!(has(&all, "ingress-nginx") && has(&all, "cilium"), "{all:?}");
    for scope in [
        &["-n", "kube-system"][..],
        &["--exclude-namespace", "ingress-*"],
    ] {
        let some = listed(scope);
        assert!(
            !has(&some, "ingress-nginx") && has(&some, "cilium"),
            "{some:?}"
        );
    }
    kready.write("kready.yaml", "scope: {namespaces: [kube-system]}\n");
    assert!(!has(&listed(&[]), "ingress-nginx"));
    assert!(has(&listed(&["-A"]), "ingress-nginx"));
    assert!(has(&listed(&["--no-config"]), "ingress-nginx"));
    kready.write("kready.yaml", "scpoe: {}\n");
    kready
        .run(&["components", "-f", "small.yaml"])
        .refuses(2, &["kready.yaml:1", "scope"]);
}

#[test]
fn manifests_show_components_by_their_images() {
    let kready = Kready::new();
    let manifest = SNAPSHOT.split("---\n").nth(2).unwrap();
    kready.write("cilium.yaml", manifest);
    let listed = list(&kready.run(&["components", "-f", "cilium.yaml", "-o", "json"]));
    assert_eq!(listed["source"]["type"], "files");
    assert_eq!(component(&listed, "cilium")["ready"], Value::Null);
    let table = kready.run(&["components", "-f", "cilium.yaml"]).stdout;
    assert!(table.contains("by their"), "{table}");
}

#[test]
fn the_list_holds_its_schema() {
    let kready = Kready::new();
    let schema = kready.run(&["schema", "components"]);
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    kready.write("small.yaml", SNAPSHOT);
    for input in [&["--demo"][..], &["-f", "small.yaml"]] {
        let mut arguments = vec!["components", "-o", "json"];
        arguments.extend(input);
        let mut listed = list(&kready.run(&arguments));
        holds(&validator, &listed);
        listed["components"][0]["verdict"] = "perhaps".into();
        assert!(!validator.is_valid(&listed));
    }
}

/// CycloneDX's own schema, with those that it refers to.
fn cyclonedx() -> Validator {
    let unzip = |bytes: &[u8]| -> Value {
        let mut text = String::new();
        GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let registry = Registry::new()
        .extend([
            (
                "http://cyclonedx.org/schema/spdx.schema.json",
                unzip(include_bytes!("cyclonedx/spdx.schema.json.gz")),
            ),
            (
                "http://cyclonedx.org/schema/jsf-0.82.schema.json",
                unzip(include_bytes!("cyclonedx/jsf-0.82.schema.json.gz")),
            ),
        ])
        .unwrap()
        .prepare()
        .unwrap();
    jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&unzip(include_bytes!("cyclonedx/bom-1.6.schema.json.gz")))
        .expect("the schema is one")
}

#[test]
fn the_cyclonedx_document_is_one() {
    let validator = cyclonedx();
    let server = Plan::of(World::named("broken"))
        .forbidding("", "pods")
        .start();
    let kready = Kready::on(&server);
    kready.write("small.yaml", SNAPSHOT);
    kready.write(
        "nothing.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
    );
    for input in [
        &[][..],
        &["--demo"],
        &["-f", "small.yaml"],
        &["-f", "nothing.yaml"],
    ] {
        let mut arguments = vec!["components", "-o", "cyclonedx"];
        arguments.extend(input);
        let document = list(&kready.run(&arguments));
        holds(&validator, &document);
        // Whatever is referred to is there once.
        let references: Vec<&Value> = ["components", "services"]
            .iter()
            .flat_map(|list| document[*list].as_array().unwrap())
            .map(|entry| &entry["bom-ref"])
            .collect();
        let depended = document["dependencies"][0]["dependsOn"].as_array().unwrap();
        assert_eq!(references, depended.iter().collect::<Vec<_>>());
    }
    // It is a schema that could be broken.
    assert!(!validator.is_valid(
        &json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "a"}]})
    ));

    let run = |file: &str| {
        let output = format!("cyclonedx={file}");
        let run = kready.run(&["components", "-f", "small.yaml", "-o", &output]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:#?}");
        kready.read(file)
    };
    let first = run("one.json");
    assert_eq!(first, run("two.json"), "equal input gives equal bytes");
    let document: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(document["metadata"]["timestamp"], "2026-11-25T03:00:00Z");
    assert_eq!(document["metadata"]["component"]["version"], "v1.36.1+k3s1");
    let has = |list: &str, name: &str, version: &Value| {
        let entries = document[list].as_array().unwrap();
        entries
            .iter()
            .any(|entry| entry["name"] == name && entry["version"] == *version)
    };
    assert!(
        has("components", "Cilium", &json!("v1.18.9")),
        "{document:#}"
    );
    assert!(
        has("components", "Cilium", &json!("v1.18.10")),
        "{document:#}"
    );
    assert!(
        has("services", "registry.k8s.io", &Value::Null),
        "{document:#}"
    );
    kready.write("later.yaml", &SNAPSHOT.replace("v1.18.10", "v1.18.11"));
    let later = list(&kready.run(&["components", "-f", "later.yaml", "-o", "cyclonedx"]));
    assert_ne!(later["serialNumber"], document["serialNumber"]);
}

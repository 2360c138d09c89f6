//! Files as users have them, good and bad.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    path::Path,
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use kready_checks::{
    inventory::{
        Gap, GapReason, Reading as ReadingOf, Settings,
        kinds::{self, ConfigMap, Deployment, Pod, Secret, Service},
    },
    model::Evaluation,
    wire::Time,
};
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::{collect::snapshot, failure::Exit};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn options(paths: &[&Path]) -> FileOptions {
    FileOptions {
        paths: paths.iter().map(|path| path.to_path_buf()).collect(),
        default_namespace: "default".to_owned(),
        ..FileOptions::default()
    }
}

fn read(path: &Path) -> Result<Collected, Failure> {
    collect(&options(&[path]), &BTreeSet::new())
}

fn failure(path: &Path) -> String {
    let failure = read(path).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    failure.to_string()
}

fn object(kind: &str, namespace: &str, name: &str) -> String {
    let api_version = if kind == "Deployment" {
        "apps/v1"
    } else {
        "v1"
    };
    format!(
        "apiVersion: {api_version}\nkind: {kind}\nmetadata: {{ name: {name}, namespace: {namespace} }}\n"
    )
}

fn place<K: kinds::Listed>(collected: &Collected, name: &str) -> String {
    let inventory = &collected.inventory;
    let object = inventory
        .seen::<K>()
        .iter()
        .find(|object| object.metadata().name == name)
        .unwrap();
    let source = &inventory.sources[&kinds::object_ref(object)];
    format!("{}:{}", source.file, source.line)
}

#[test]
fn folders_are_read_in_order_and_files_without_objects_are_named() {
    let folder = folder(&[
        ("b/two.yml", &object("Service", "shop", "b")),
        (
            "a.yaml",
            &format!(
                "# first\n{}---\n{}",
                object("Service", "shop", "a"),
                object("Deployment", "shop", "a")
            ),
        ),
        (
            "c.json",
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}{"apiVersion":"v1","kind":"Pod","metadata":{"name":"d"}}"#,
        ),
        ("values.yaml", "replicas: 3\n"),
        ("empty.yaml", "# nothing\n"),
        ("README.md", "no manifest: {{"),
    ]);
    let collected = read(folder.path()).unwrap();
    assert_eq!(collected.source, SourceKind::Files);
    assert_eq!(collected.inventory.seen::<Service>().len(), 2);
    assert_eq!(
        collected.inventory.seen::<Pod>()[1].metadata.namespace,
        "default"
    );
    assert!(place::<Service>(&collected, "a").ends_with("/a.yaml:2"));
    assert!(place::<Deployment>(&collected, "a").ends_with("/a.yaml:6"));
    let [warning] = collected.warnings.as_slice() else {
        panic!("{:?}", collected.warnings);
    };
    assert_eq!(warning.code(), "files-without-objects");
    assert!(
        warning
            .message
            .starts_with("2 files hold no Kubernetes object: ")
            && warning.message.contains("values.yaml")
            && warning.message.contains("empty.yaml"),
        "{warning:?}"
    );
}

#[test]
fn helm_output_names_templates_and_its_tests_are_left_out() {
    let folder = folder(&[(
        "all.yaml",
        "---\n# Source: shop/templates/cart.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\n---\n# Source: shop/templates/test.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: probe\n  annotations:\n    \"helm.sh/hook\": pre-install, test-success\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: kept, annotations: {helm.sh/hook: post-install}}\n",
    )]);
    let collected = read(&folder.path().join("all.yaml")).unwrap();
    assert_eq!(
        place::<Deployment>(&collected, "cart"),
        "shop/templates/cart.yaml:1"
    );
    assert!(place::<Pod>(&collected, "kept").ends_with("all.yaml:18"));
    assert_eq!(collected.inventory.seen::<Pod>().len(), 1);
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_place_and_the_next_step() {
    let folder = folder(&[
        ("syntax.yaml", "a: 1\n---\nkind: [\n"),
        ("syntax.json", "{\n  \"kind\": }"),
        (
            "template.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        ),
        ("values.yaml", "replicas: 3\n"),
        ("only/values.yaml", "replicas: 3\n"),
        ("none/README.md", "text"),
        (
            "header.yaml",
            "apiVersion: kready.dev/v1\nkind: Snapshot\nschema: 99\ntime: 2026-11-25T03:00:00Z\nnovelty: 1\n",
        ),
    ]);
    fs::write(folder.path().join("binary.yaml"), b"\x00\xff\xfe").unwrap();
    let said = |name: &str| failure(&folder.path().join(name));
    for (name, parts) in [
        ("missing.yaml", &["missing.yaml: there is no such file"][..]),
        ("syntax.yaml", &["syntax.yaml:4:1: ", "next: "]),
        ("syntax.json", &["syntax.json:2:11: expected value\n"]),
        (
            "template.yaml",
            &["template.yaml:4:", "helm template . | kready audit -f -"],
        ),
        (
            "values.yaml",
            &[
                "values.yaml: it holds no Kubernetes object",
                "helm template",
            ],
        ),
        ("only", &["no file in the folder holds a Kubernetes object"]),
        ("none", &["the folder holds no .yaml, .yml or .json file"]),
        ("header.yaml", &["schema 99", "upgrade kready"]),
        ("binary.yaml", &["binary.yaml: it is binary"]),
    ] {
        let said = said(name);
        for part in parts {
            assert!(said.contains(part), "{name}: {said}");
        }
    }
}

#[test]
fn an_object_that_is_not_understood_is_a_gap_and_shows_no_value() {
    let folder = folder(&[(
        "a.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, env: hunter2}]}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: good, namespace: shop}\n",
    )]);
    let collected = read(folder.path()).unwrap();
    let listing = collected.inventory.listing::<Deployment>();
    assert_eq!(listing.items().len(), 1);
    let message = &listing.gap().unwrap().message;
    assert!(
        message.contains("a.yaml:4): spec.template.spec.containers[0].env"),
        "{message}"
    );
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn namespaces_are_filtered_by_names_and_globs() {
    let all = ["shop", "team-a", "team-b", "kube-system"]
        .map(|namespace| object("Service", namespace, "x"))
        .join("---\n");
    let folder = folder(&[("all.yaml", &all)]);
    let scoped = |namespaces: &[&str], excluded: &[&str]| {
        let mut options = options(&[folder.path()]);
        options.scope.namespaces = namespaces.iter().map(ToString::to_string).collect();
        options.scope.excluded = excluded.iter().map(ToString::to_string).collect();
        let inventory = collect(&options, &BTreeSet::new()).unwrap().inventory;
        let seen: Vec<String> = inventory
            .seen::<Service>()
            .iter()
            .map(|service| service.metadata.namespace.to_string())
            .collect();
        let scope = inventory.scope.namespaces.map(|scope| scope.len());
        (seen.join(" "), scope)
    };
    assert_eq!(scoped(&["team-*"], &["team-b"]), ("team-a".into(), Some(1)));
    assert_eq!(scoped(&["shop", "absent"], &[]), ("shop".into(), Some(2)));
    assert_eq!(
        scoped(&[], &["kube-*"]),
        ("shop team-a team-b".into(), None)
    );
}

fn saved(collected: &Collected) -> Vec<u8> {
    let checks: Vec<_> = builtin().collect();
    snapshot::write(collected, &checks, Vec::new()).unwrap()
}

fn replayed(bytes: &[u8]) -> Collected {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster.json.gz");
    fs::write(&path, bytes).unwrap();
    read(&path).unwrap()
}

fn judged(inventory: &Inventory) -> Vec<(&'static str, Evaluation)> {
    builtin()
        .map(|check| (check.id, check.evaluate(inventory, &Settings::default())))
        .collect()
}

/// Every example of every page, as a collector would hand it over.
fn examples() -> Vec<(String, Collected)> {
    let mut examples = Vec::new();
    for check in builtin() {
        for (number, block) in check.docs.split("```yaml\n").skip(1).enumerate() {
            let yaml = block.split("```").next().unwrap_or_default();
            let folder = folder(&[("example.yaml", yaml)]);
            // The snippets of a remediation are no objects.
            if let Ok(collected) = read(folder.path()) {
                examples.push((format!("{} {number}", check.id), collected));
            }
        }
    }
    assert!(examples.len() > builtin().count());
    examples
}

#[test]
fn a_snapshot_gives_the_same_evaluations_and_the_same_bytes_again() {
    for (name, before) in examples() {
        let bytes = saved(&before);
        let after = replayed(&bytes);
        assert_eq!(after.source, SourceKind::Snapshot);
        assert_eq!(
            judged(&before.inventory),
            judged(&after.inventory),
            "{name}"
        );
        assert_eq!(before.inventory.facts, after.inventory.facts, "{name}");
        assert_eq!(before.inventory.sources, after.inventory.sources, "{name}");
        let again = saved(&Collected {
            warnings: before.warnings.clone(),
            ..after
        });
        assert!(bytes == again, "{name}: other bytes");
    }
}

fn small() -> Collected {
    let folder = folder(&[(
        "a.yaml",
        "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: team-a}\n",
    )]);
    read(folder.path()).unwrap()
}

#[test]
fn a_snapshot_keeps_what_an_audit_knew_of_its_cluster() {
    let mut before = small();
    let gap = Gap::new(GapReason::Forbidden, "pods is forbidden").within("team-a");
    before
        .inventory
        .fill::<Pod>(Vec::new(), ReadingOf::Read, vec![gap]);
    before.inventory.scope.namespaces = Some(["shop".into(), "team-a".into()].into());
    before.inventory.scope.excluded = vec!["kube-*".into()];
    before.readable_namespaces = Some(["shop".into()].into());
    before.cluster.context = Some("prod".to_owned());
    before.cluster.identity = Some("reader".to_owned());
    before.warnings = vec![Warning::new(
        WarningCode::TlsUnverified,
        "the server's certificate was not verified",
    )];
    let check = builtin().next().unwrap();
    let bytes = snapshot::write(&before, &[check], Vec::new()).unwrap();
    let after = replayed(&bytes);
    assert_eq!(after.cluster, before.cluster);
    assert_eq!(after.warnings, before.warnings);
    assert_eq!(after.readable_namespaces, before.readable_namespaces);
    assert_eq!(after.inventory.scope, before.inventory.scope);
    assert_eq!(
        after.inventory.now,
        "2026-11-25T03:00:00Z".parse::<Time>().unwrap()
    );
    assert_eq!(
        after.inventory.listing::<Pod>().gaps,
        before.inventory.listing::<Pod>().gaps
    );
    assert_eq!(after.selection, Some(vec![check.id.to_owned()]));
    let needs: BTreeSet<Evidence> = check.evidence().map(|(_, evidence)| evidence).collect();
    assert_eq!(after.evidence, needs, "the saved selection's needs");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster.json.gz");
    fs::write(&path, &bytes).unwrap();
    let mut options = options(&[&path]);
    options.scope.namespaces = vec!["shop".to_owned()];
    let narrowed = collect(&options, &BTreeSet::new()).unwrap().inventory;
    assert_eq!(narrowed.seen::<Service>().len(), 1);
    assert!(
        narrowed.listing::<Pod>().gaps.is_empty(),
        "the gap is elsewhere"
    );
    options.scope.namespaces = vec!["other".to_owned()];
    let refused = collect(&options, &BTreeSet::new()).unwrap_err().to_string();
    assert!(refused.contains("without the namespace other"), "{refused}");
}

/// The header of a snapshot, as it stands in the file.
fn header_of(bytes: &[u8]) -> Value {
    let mut plain = String::new();
    MultiGzDecoder::new(bytes)
        .read_to_string(&mut plain)
        .unwrap();
    serde_json::from_str(plain.lines().next().unwrap()).unwrap()
}

#[test]
fn headers_are_as_their_schema_says() {
    let schema = jsonschema::validator_for(&snapshot::schema().unwrap()).unwrap();
    let mut collected: Vec<Collected> =
        examples().into_iter().map(|(_, example)| example).collect();
    collected
        .push(crate::collect::demo::collect(&ScopeRequest::default(), &BTreeSet::new()).unwrap());
    let mut full = small();
    let gap = Gap::new(GapReason::Forbidden, "pods is forbidden").within("team-a");
    full.inventory.facts.livez = kready_checks::inventory::Fact::Gap(gap.clone());
    full.inventory
        .fill::<Pod>(Vec::new(), ReadingOf::Read, vec![gap]);
    full.inventory.scope.namespaces = Some(["shop".into()].into());
    full.inventory.scope.excluded = vec!["kube-*".into()];
    full.readable_namespaces = Some(["shop".into()].into());
    full.cluster.server = Some("https://k8s.shop.example".to_owned());
    full.warnings.push(Warning::saved("a", "b"));
    let fields = header_of(&saved(&full));
    let known = snapshot::schema().unwrap();
    for field in fields.as_object().unwrap().keys() {
        assert!(known["properties"].get(field).is_some(), "{field}");
    }
    collected.push(full);
    for collected in collected {
        let header = header_of(&saved(&collected));
        let errors: Vec<String> = schema
            .iter_errors(&header)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for fact in known["properties"]["facts"]["properties"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(fields["facts"].get(fact).is_some(), "{fact}");
    }
    assert!(
        !schema.is_valid(&serde_json::json!({ "kind": "Snapshot", "time": "x", "novelty": 1 }))
    );
}

#[test]
fn a_cut_damaged_or_mixed_snapshot_is_refused() {
    let bytes = saved(&small());
    let folder = folder(&[("manifest.yaml", &object("Pod", "shop", "a"))]);
    let path = folder.path().join("cluster.json.gz");
    fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    assert!(failure(&path).contains("ends early"), "{}", failure(&path));
    let mut damaged = bytes.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    fs::write(&path, &damaged).unwrap();
    assert!(failure(&path).contains("cluster.json.gz"));

    // Once the wrapping is gone, only the header tells that lines are missing.
    let mut plain = String::new();
    MultiGzDecoder::new(bytes.as_slice())
        .read_to_string(&mut plain)
        .unwrap();
    let lines: Vec<&str> = plain.lines().collect();
    let short = lines[..lines.len() - 1].join("\n");
    let json = folder.path().join("cluster.json");
    fs::write(&json, short).unwrap();
    assert!(
        failure(&json).contains("contains 1 services, but its header says 2"),
        "{}",
        failure(&json)
    );
    fs::write(&json, plain.replacen("\"schema\":1", "\"schema\":2", 1)).unwrap();
    assert!(
        failure(&json).contains("upgrade kready"),
        "{}",
        failure(&json)
    );
    fs::remove_file(&json).unwrap();

    fs::write(&path, &bytes).unwrap();
    let manifest = folder.path().join("manifest.yaml");
    let both = |paths: &[&Path]| {
        let failure = collect(&options(paths), &BTreeSet::new()).unwrap_err();
        failure.to_string()
    };
    let mixed = both(&[&path, &manifest]);
    assert!(mixed.contains("cannot be mixed"), "{mixed}");
    // A folder is one of manifests: an archive in it isn't looked at, and a saved text is named.
    let read_folder = read(folder.path()).unwrap();
    assert_eq!(read_folder.source, SourceKind::Files);
    assert!(read_folder.unread.is_empty());
    fs::write(&json, plain).unwrap();
    let [unread] = &read(folder.path()).unwrap().unread[..] else {
        panic!("the snapshot is not named");
    };
    assert_eq!(unread.reason, "snapshot");
    fs::write(&manifest, &bytes).unwrap();
    let second = both(&[&path, &manifest]);
    assert!(second.contains("a second snapshot"), "{second}");
}

#[test]
fn no_secret_gets_into_a_snapshot() {
    const SECRET: &str = "hunter2";
    let spec = format!(
        "{{nodeName: 'n', containers: [{{name: a, image: x, command: [run, --password={SECRET}], args: ['{SECRET}'], env: [{{name: P, value: {SECRET}}}, {{name: U, value: 'postgres://u:{SECRET}@db/x'}}, {{name: ETCD_ROOT, value: {SECRET}}}], livenessProbe: {{exec: {{command: ['{SECRET}']}}, httpGet: {{path: /, port: 80, httpHeaders: [{{name: A, value: {SECRET}}}]}}}}, lifecycle: {{preStop: {{exec: {{command: ['{SECRET}']}}}}}}}}]}}"
    );
    let metadata = format!(
        "{{name: a, namespace: shop, annotations: {{example.com/token: {SECRET}, kubectl.kubernetes.io/last-applied-configuration: '{{\"apiVersion\":\"v1\",\"data\":{{\"p\":\"{SECRET}\"}}}}'}}, managedFields: [{{manager: {SECRET}}}]}}"
    );
    let objects = [
        format!("apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {spec}\n"),
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\nspec: {{template: {{metadata: {metadata}, spec: {spec}}}}}\n"
        ),
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {metadata}\nspec: {{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}\n"
        ),
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata: {{k: {SECRET}}}\nbinaryData: {{b: {SECRET}}}\n"
        ),
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {metadata}\ndata: {{k: {SECRET}}}\nstringData: {{k: {SECRET}}}\n"
        ),
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: 'n', annotations: {{k3s.io/node-args: '[\"server\",\"--token\",\"{SECRET}\",\"--datastore-endpoint=postgres://a:{SECRET}@b\"]'}}}}\n"
        ),
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {{name: w}}\nwebhooks: [{{name: a.example.com, clientConfig: {{url: 'https://u:{SECRET}@hook.example/x?token={SECRET}', caBundle: {SECRET}}}}}]\n"
        ),
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: bad, namespace: shop}}\nspec: {{template: {{spec: {{containers: [{{name: a, args: {SECRET}}}]}}}}}}\n"
        ),
    ];
    let folder = folder(&[("all.yaml", &objects.join("---\n"))]);
    let collected = read(folder.path()).unwrap();
    assert_eq!(collected.inventory.seen::<Secret>().len(), 1);
    assert!(collected.inventory.seen::<ConfigMap>()[0].data.has("k"));
    let mut plain = String::new();
    let bytes = saved(&collected);
    MultiGzDecoder::new(bytes.as_slice())
        .read_to_string(&mut plain)
        .unwrap();
    assert!(
        plain.contains("\"ETCD_ROOT\"") && plain.contains("url-with-password"),
        "{plain}"
    );
    for line in plain.lines() {
        assert!(!line.contains(SECRET), "{line}");
    }
    assert!(!format!("{:?}", collected.inventory).contains(SECRET));
}

#[test]
fn compressed_manifests_are_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.yaml.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(object("Pod", "shop", "a").as_bytes())
        .unwrap();
    fs::write(&path, encoder.finish().unwrap()).unwrap();
    let collected = read(&path).unwrap();
    assert_eq!(collected.source, SourceKind::Files);
    assert_eq!(collected.inventory.seen::<Pod>().len(), 1);
}

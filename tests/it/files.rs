//! Manifests instead of a cluster, and what bad ones get.

use std::{io::Write, process::Stdio};

use serde_json::json;

use crate::program::Kready;

const PORTAL: &str = r#"apiVersion: v1
kind: Service
metadata: {name: portal}
spec: {selector: {app: portal}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: portal}
spec:
  replicas: 1
  selector: {matchLabels: {app: portal}}
  template:
    metadata: {labels: {app: portal}}
    spec: {containers: [{name: portal, image: "registry.example.com/portal:1.0.0"}]}
"#;

#[test]
fn manifests_are_judged_and_findings_carry_their_line() {
    let kready = Kready::new();
    kready.write("deploy/portal.yaml", PORTAL);
    kready.write("deploy/README.md", "# not a manifest");
    kready.write("deploy/values.yaml", "replicas: 1\n");
    let report = kready.audit(&["-f", "deploy", "--default-namespace", "shop"]);
    let single = report.check("workload-single-replica");
    single.finds(&["Deployment shop/portal spec.replicas"]);
    let source = &single.value["findings"][0]["source"];
    assert!(
        source["file"].as_str().unwrap().ends_with("portal.yaml"),
        "{source}"
    );
    let line = source["line"].as_u64().unwrap();
    assert!((5..=9).contains(&line), "{source}");
    report.check("node-not-ready").is("NotApplicable mode");
    assert_eq!(report.value["source"]["type"], "files");
    // The file without a Kubernetes object is named, and no error.
    let warnings = report.value["warnings"].to_string();
    assert!(warnings.contains("values.yaml"), "{warnings}");
    kready
        .run(&[
            "audit",
            "deploy",
            "--default-namespace",
            "shop",
            "-n",
            "other",
        ])
        .refuses(2, &["in the namespace \"other\""]);
}

#[test]
fn standard_input_lists_and_json() {
    let kready = Kready::new();
    let mut child = kready
        .command(&["audit", "-f", "-", "-o", "json"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PORTAL.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let piped = crate::program::Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
    .report();
    piped
        .check("workload-single-replica")
        .finds(&["Deployment default/portal spec.replicas"]);
    let items: Vec<serde_json::Value> = PORTAL
        .split("---\n")
        .map(|document| serde_yaml::from_str(document).unwrap())
        .collect();
    kready.write(
        "list.json",
        &json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string(),
    );
    let listed = kready.audit(&["-f", "list.json"]);
    listed
        .check("workload-single-replica")
        .finds(&["Deployment default/portal spec.replicas"]);
    assert_eq!(piped.outcomes(), listed.outcomes());
}

#[test]
fn test_hooks_of_helm_are_skipped_and_its_sources_named() {
    let kready = Kready::new();
    kready.write(
        "rendered.yaml",
        "\
---
# Source: shop/templates/privileged.yaml
apiVersion: v1
kind: Pod
metadata: {name: real, namespace: shop}
spec: {containers: [{name: a, image: 'a:1', securityContext: {privileged: true}}]}
---
# Source: shop/templates/tests/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: tested, namespace: shop, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: a, image: 'a:1', securityContext: {privileged: true}}]}
",
    );
    let report = kready.audit(&["-f", "rendered.yaml"]);
    let privileged = report.check("privileged-container");
    assert_eq!(privileged.open().len(), 1, "{:#}", privileged.value);
    assert!(
        privileged
            .open()
            .iter()
            .all(|finding| finding.contains("shop/real"))
    );
    let source = &privileged.value["findings"][0]["source"]["file"];
    assert!(
        source
            .as_str()
            .unwrap()
            .contains("shop/templates/privileged.yaml"),
        "{source}"
    );
}

#[test]
fn bad_files() {
    let kready = Kready::new();
    kready
        .run(&["audit", "-f", "nowhere.yaml"])
        .refuses(2, &["nowhere.yaml"]);
    kready.write(
        "bad.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: [a\nspec: {}\n",
    );
    let run = kready.run(&["audit", "-f", "bad.yaml"]);
    run.refuses(2, &["bad.yaml:"]);
    let place = run.stderr.split("bad.yaml:").nth(1).unwrap();
    let mut numbers = place.split(|c: char| !c.is_ascii_digit());
    assert!(
        numbers.next().is_some_and(|line| !line.is_empty())
            && numbers.next().is_some_and(|column| !column.is_empty()),
        "line and column: {run:#?}"
    );
    kready.write("bad.json", "{\"apiVersion\": \"v1\", \"kind\": }");
    kready
        .run(&["audit", "-f", "bad.json"])
        .refuses(2, &["bad.json:1:"]);
    kready.write("values.yaml", "replicas: 1\n");
    kready
        .run(&["audit", "-f", "values.yaml"])
        .refuses(2, &["values.yaml"]);
    std::fs::create_dir(kready.path("empty")).unwrap();
    kready.run(&["audit", "-f", "empty"]).refuses(2, &["empty"]);
    kready
        .run(&["audit", "-f", "-"])
        .refuses(2, &["standard input"]);
}

#[test]
fn an_undecodable_object_in_a_file() {
    let kready = Kready::new();
    kready.write(
        "odd.yaml",
        &format!(
            "\
{PORTAL}---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: odd}}
spec: {{replicas: many}}
"
        ),
    );
    let run = kready.run(&["audit", "-f", "odd.yaml", "-o", "json"]);
    // Named with its place and field, whether as an error or as a gap; never silence.
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        said.contains("odd") && said.contains("replicas"),
        "{run:#?}"
    );
    if run.code != Some(2) {
        run.report()
            .check("workload-single-replica")
            .is("Fail partial");
    }
}

#[test]
fn unknown_words_get_the_nearest_known_one() {
    let kready = Kready::new();
    for (args, says) in [
        (
            &["audit", "--demo", "--only", "pdb-mising"][..],
            &["pdb-mising", "pdb-missing"][..],
        ),
        (
            &["audit", "--demo", "--skip", "harding"],
            &["harding", "hardening"],
        ),
        (&["audit", "--demo", "-o", "jsn"], &["jsn", "json"]),
        (&["audit", "--demo", "--fail-on", "hihg"], &["hihg", "high"]),
        (&["audit", "--demoo"], &["--demoo", "--demo"]),
        (&["aduit"], &["aduit", "audit"]),
        (&["explain", "pdb-mising"], &["pdb-mising", "pdb-missing"]),
    ] {
        let run = kready.run(args);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert_eq!(run.stdout, "", "{run:#?}");
        for said in says {
            assert!(run.stderr.contains(said), "{said} isn't said: {run:#?}");
        }
    }
}

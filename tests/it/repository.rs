//! A repository as it lies: what of it is read, what is named as unread, and what is rendered.

#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt as _, time::Instant};

use serde_json::Value;

use crate::program::{Kready, Report};

const PORTAL: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: portal}
spec:
  selector: {matchLabels: {app: portal}}
  template:
    metadata: {labels: {app: portal}}
    spec: {containers: [{name: portal, image: "registry.example.com/portal:latest"}]}
"#;

/// A repository in which a little of everything lies.
fn repository() -> Kready {
    let kready = Kready::new();
    for (name, text) in [
        ("deploy/portal.yaml", PORTAL),
        (".github/workflows/ci.yaml", "on: [push\n"),
        (".hidden.yaml", "a: [\n"),
        ("vendor/broken.yaml", "a: [\n"),
        ("vendor/kept.yaml", "kind: [\n"),
        (".kreadyignore", "# not ours\nvendor/*\n!vendor/kept.yaml\n"),
        ("package.json", "{\"name\": \"shop\"}"),
        ("docs/page.md", "{{ no manifest }}"),
        (
            "templates/cart.yaml",
            "{{- if .Values.cart }}\nkind: A\n{{- end }}\n",
        ),
        (
            "joined.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\napiVersion: v1\nkind: ConfigMap\n",
        ),
        (
            "half.yaml",
            "kind: [\n---\napiVersion: v1\nkind: Service\nmetadata: {name: half}\nspec: {selector: {app: half}, ports: [{port: 80}]}\n",
        ),
        (
            "charts/shop/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        ),
        ("charts/shop/values.yaml", "replicas: 1\n"),
        (
            "charts/shop/templates/cart.yaml",
            "kind: {{ .Values.kind }}\n",
        ),
        (
            "charts/shop/charts/sub/Chart.yaml",
            "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
        ),
        (
            "charts/common/Chart.yaml",
            "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n",
        ),
        (
            "overlays/prod/kustomization.yaml",
            "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
        ),
        (
            "overlays/prod/patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
        ),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", PORTAL),
    ] {
        kready.write(name, text);
    }
    fs::write(kready.path("binary.yaml"), [0xff, 0xfe, 0]).unwrap();
    kready
}

fn unread(report: &Report) -> Vec<String> {
    let entries = report.value["unread"].as_array().unwrap();
    let part = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|entry| {
            let line = entry["line"].as_u64().map(|line| format!(":{line}"));
            let (file, reason) = (part(entry, "file"), part(entry, "reason"));
            format!("{file}{} {reason}", line.unwrap_or_default())
        })
        .collect()
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_judged() {
    let kready = repository();
    let report = kready.audit(&["-f", "."]);
    assert_eq!(
        unread(&report),
        [
            "binary.yaml binary",
            "charts/shop chart",
            "half.yaml:2 syntax",
            "joined.yaml:4 duplicate-key",
            "overlays/prod kustomization",
            "templates/cart.yaml:1 template",
            "vendor/kept.yaml:2 syntax",
        ]
    );
    let remedies = report.value["unread"].to_string();
    for remedy in [
        "helm template shop charts/shop | kready audit -f -",
        "kubectl kustomize overlays/prod | kready audit -f -",
        "on lines 1 and 4",
        "put a line with --- between the documents",
    ] {
        assert!(remedies.contains(remedy), "{remedy}: {remedies}");
    }
    report.check("image-tag-latest").finds(&[
        "Deployment default/portal portal spec.template.spec.containers[name=portal].image",
    ]);
    assert!(
        report.value["warnings"]
            .to_string()
            .contains("package.json")
    );
    assert!(report.value["reasons"].to_string().contains("unread-files"));
}

#[test]
fn the_verdict_is_at_best_inconclusive_until_what_is_unread_is_ignored() {
    let kready = Kready::new();
    kready.write("a/portal.yaml", PORTAL);
    kready.write("a/broken.yaml", "kind: [\n");
    let words = [
        "audit",
        "-f",
        "a",
        "--fail-on",
        "never",
        "--min-coverage",
        "0",
    ];
    let run = kready.run(&words);
    assert_eq!(run.code, Some(4), "{run:#?}");
    assert!(run.stdout.contains("a/broken.yaml:"), "{run:#?}");
    kready.write("a/.kreadyignore", "broken.yaml\n");
    let run = kready.run(&words);
    assert_eq!(run.code, Some(0), "{run:#?}");
    // By its name it is read, whatever is ignored.
    kready
        .run(&["audit", "-f", "a", "-f", "a/broken.yaml"])
        .refuses(2, &["a/broken.yaml:", "next: "]);
}

#[test]
fn a_folder_of_which_everything_is_to_be_rendered_ends_with_the_commands() {
    let kready = Kready::new();
    kready.write("k/base/kustomization.yaml", "resources: [web.yaml]\n");
    kready.write("k/base/web.yaml", PORTAL);
    kready.write("k/prod/kustomization.yml", "resources: [../base]\n");
    kready.write("k/chart of ours/Chart.yaml", "name: ours\n");
    kready.run(&["audit", "-f", "k"]).refuses(
        2,
        &[
            "1 chart and 1 kustomization",
            "kubectl kustomize k/prod | kready audit -f -",
            "helm template ours 'k/chart of ours' | kready audit -f -",
            "--render",
        ],
    );
}

#[test]
fn two_documents_of_one_name_are_two_subjects() {
    let kready = Kready::new();
    kready.write("d/a.yaml", PORTAL);
    kready.write(
        "d/b.yaml",
        &format!("---\n{}", PORTAL.replace(":latest", ":1.4")),
    );
    kready.write("d/c.yaml", &format!("# again\n{PORTAL}"));
    let report = kready.audit(&["-f", "d", "--only", "image-tag-latest"]);
    let findings = report.check("image-tag-latest").value["findings"].clone();
    let files: Vec<String> = findings
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            format!(
                "{}:{}",
                finding["source"]["file"], finding["source"]["line"]
            )
        })
        .collect();
    assert_eq!(files, ["\"d/a.yaml\":1", "\"d/c.yaml\":2"]);
    assert_eq!(report.check("image-tag-latest").value["examined"], 3);
    let warnings = report.value["warnings"].to_string();
    assert!(warnings.contains("duplicate-object"), "{warnings}");
    assert!(
        warnings.contains("d/a.yaml:1, d/b.yaml:2, d/c.yaml:2"),
        "{warnings}"
    );
}

#[test]
fn what_is_not_judged_is_counted_by_kind() {
    let kready = Kready::new();
    kready.write(
        "all.yaml",
        &format!(
            "{PORTAL}---\n{}---\n{}---\n{}---\nno: object\n",
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n",
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: b}\n",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n",
        ),
    );
    let report = kready.audit(&["-f", "all.yaml"]);
    let kinds = report.value["unjudged"].as_array().unwrap();
    assert!(
        kinds
            .iter()
            .any(|kind| kind["kind"] == "Widget" && kind["count"] == 2)
    );
    assert!(
        kinds
            .iter()
            .any(|kind| kind["kind"] == "Pod" && kind["why"] == "helm-test")
    );
    assert!(report.value["warnings"].to_string().contains("all.yaml:22"));
    assert!(report.value["needsCluster"].as_u64().unwrap() > 10);
    let table = kready
        .run(&["audit", "-f", "all.yaml", "--report-only"])
        .stdout;
    for words in [
        "READ, NOT JUDGED",
        "Widget.example.com (2)",
        "need a cluster",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

/// A tool that does what a script says; it stands alone on the PATH but for the shell's own.
fn tool(kready: Kready, name: &str, script: &str) -> Kready {
    let path = kready.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let bin = kready.path("bin").display().to_string();
    kready.variable("PATH", &format!("{bin}:/usr/bin:/bin"))
}

fn two_overlays() -> Kready {
    let kready = Kready::new();
    for name in ["prod", "dev"] {
        kready.write(
            &format!("k/{name}/kustomization.yaml"),
            "resources: [web.yaml]\n",
        );
        kready.write(&format!("k/{name}/web.yaml"), PORTAL);
    }
    kready
}

#[test]
fn overlays_are_rendered_and_judged_apart() {
    let kready = tool(
        two_overlays(),
        "kustomize",
        r#"case "$2" in */prod) tag=1.4;; *) tag=latest;; esac
cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {seen: "$SECRET_TOKEN$HOME"}}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:$tag"}]}}
END"#,
    )
    .variable("SECRET_TOKEN", "hunter2");
    let report = kready.audit(&["-f", "k", "--render"]);
    assert_eq!(unread(&report), Vec::<String>::new());
    assert_eq!(
        report.value["source"]["rendered"].to_string(),
        r#"["k/dev","k/prod"]"#
    );
    let latest = report.check("image-tag-latest");
    assert_eq!(latest.value["examined"], 2);
    let findings = latest.value["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["source"]["file"], "k/dev");
    // Names of one overlay are none of another.
    assert!(
        !report.value["warnings"]
            .to_string()
            .contains("duplicate-object")
    );
}

#[test]
fn templates_of_a_chart_are_found_under_its_own_path() {
    let kready = Kready::new();
    kready.write("charts/cart/Chart.yaml", "name: shop\nversion: 1.0.0\n");
    let kready = tool(
        kready,
        "helm",
        "[ \"$*\" = 'template shop ./charts/cart' ] || exit 9\ncat <<END\n---\n# Source: shop/templates/web.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: web}]}}}\nEND",
    );
    let report = kready.audit(&["-f", ".", "--render"]);
    let source = &report.check("image-tag-latest").value["findings"][0]["source"];
    assert_eq!(source["file"], "charts/cart/templates/web.yaml");
}

#[test]
fn a_tool_that_fails_hangs_or_floods_leaves_its_root_unread() {
    for (script, says) in [
        ("echo 'Error: no such base' >&2; exit 1", "failed"),
        ("sleep 30", "did not end within 1 s"),
        ("exec yes", "wrote more than 64 MiB"),
        ("printf 'a: ['", "not understood"),
    ] {
        let kready = tool(two_overlays(), "kustomize", script);
        kready.write("k/portal.yaml", PORTAL);
        let begun = Instant::now();
        let timeout = if script == "exec yes" { "60s" } else { "1s" };
        let report = kready.audit(&["-f", "k", "--render", "--timeout", timeout]);
        assert!(begun.elapsed().as_secs() < 60, "{script}");
        assert_eq!(
            unread(&report),
            ["k/dev render-failed", "k/prod render-failed"],
            "{script}"
        );
        let unread = report.value["unread"].to_string();
        assert!(unread.contains(says), "{script}: {unread}");
        assert!(report.value["reasons"].to_string().contains("unread-files"));
    }
}

#[test]
fn what_would_be_fetched_is_not_rendered() {
    let kready = tool(Kready::new(), "kustomize", "touch ran; exit 1");
    kready.write(
        "k/prod/kustomization.yaml",
        "resources: [\"https://example.com/base?ref=v1\"]\n",
    );
    kready.write("k/portal.yaml", PORTAL);
    let report = kready.audit(&["-f", "k", "--render"]);
    let unread = report.value["unread"].to_string();
    assert!(unread.contains("https://example.com/base"), "{unread}");
    assert!(!kready.path("ran").exists());
}

#[test]
fn nothing_is_rendered_unless_it_is_asked_for_and_a_missing_tool_is_said() {
    let kready = tool(two_overlays(), "kustomize", "touch ran; exit 1");
    kready
        .run(&["audit", "-f", "k"])
        .refuses(2, &["kubectl kustomize"]);
    assert!(!kready.path("ran").exists());
    let kready = two_overlays().variable("PATH", "/nowhere");
    kready
        .run(&["audit", "-f", "k", "--render"])
        .refuses(2, &["neither kustomize nor kubectl is on the PATH"]);
}

#[test]
fn a_snapshot_keeps_what_was_unread_misnamed_twice_there_and_not_judged() {
    let kready = Kready::new();
    kready.write("d/a.yaml", PORTAL);
    kready.write("d/b.yaml", PORTAL);
    kready.write(
        "d/c.yaml",
        &PORTAL.replace("apps/v1", "v1").replace("portal", "other"),
    );
    kready.write(
        "d/d.yaml",
        "apiVersion: v1\nkind: Nothing\nmetadata: {name: 'n'}\n",
    );
    kready.write("d/e.yaml", "kind: [\n");
    kready.write(
        "d/f.yaml",
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n",
    );
    let before = kready.audit(&["-f", "d", "--save", "saved.json.gz"]);
    let after = kready.audit(&["-f", "saved.json.gz"]);
    for part in ["unread", "unjudged", "verdict", "needsCluster"] {
        assert_eq!(before.value[part], after.value[part], "{part}");
    }
    for id in ["manifest-invalid", "image-tag-latest"] {
        let (before, after) = (before.check(id), after.check(id));
        assert_eq!(before.value["findings"], after.value["findings"], "{id}");
        assert_eq!(before.value["examined"], after.value["examined"], "{id}");
    }
}

#[test]
fn a_chart_or_a_kustomization_by_name_ends_with_its_command() {
    let kready = Kready::new();
    kready.write("k/kustomization.yaml", "resources: [web.yaml]\n");
    kready.write("k/web.yaml", PORTAL);
    kready.write("c/Chart.yaml", "apiVersion: v2\nname: shop\n");
    kready
        .run(&["audit", "-f", "k/kustomization.yaml"])
        .refuses(2, &["kubectl kustomize k | kready audit -f -"]);
    kready
        .run(&["audit", "-f", "c/Chart.yaml"])
        .refuses(2, &["helm template shop c | kready audit -f -"]);
    // Manifests that a user names are read, whoever else refers to them.
    let report = kready.audit(&["-f", "k/web.yaml"]);
    assert_eq!(report.check("image-tag-latest").value["examined"], 1);
}

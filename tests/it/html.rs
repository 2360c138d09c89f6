//! The page and the table for spreadsheets, of the demo and of what hostile files hold.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use serde_json::Value;

use crate::program::{Kready, Report};

/// Names that would run, break out or hide if they were taken for more than names.
pub(crate) const HOSTILE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: '</script><script>alert(1)</script>', namespace: \"=cmd|' /C calc'!A0\"}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers:
      - {name: \"\\\"><img src=x onerror=alert(1)>\", image: \"a\\u202eb\\u0000\\e[2J\\n:latest\", securityContext: {privileged: true}}
";

/// The page as XML: without its kind, style and script.
fn as_xml(html: &str) -> String {
    let without = |text: &str, name: &str| {
        let (before, rest) = text.split_once(&format!("<{name}>")).unwrap();
        let (_, after) = rest.split_once(&format!("</{name}>")).unwrap();
        format!("{before}{after}")
    };
    let text = html.strip_prefix("<!doctype html>\n").unwrap();
    without(&without(text, "style"), "script")
}

/// The number of findings that a page shows of each check.
fn shown<'a>(page: &'a Document<'_>) -> Vec<(&'a str, usize)> {
    let is_row = |node: &Node<'_, '_>| {
        node.has_tag_name("li")
            && node.parent().and_then(|list| list.attribute("class")) == Some("rows")
    };
    let checks = page
        .descendants()
        .filter(|node| node.attribute("class") == Some("check"));
    let mut shown: Vec<(&str, usize)> = checks
        .map(|check| {
            let id = check.attribute("id").unwrap().strip_prefix("check-");
            (id.unwrap(), check.descendants().filter(is_row).count())
        })
        .collect();
    shown.sort_unstable();
    shown
}

fn found(report: &Report) -> Vec<(&str, usize)> {
    let checks = report.value["checks"].as_array().unwrap().iter();
    let mut found: Vec<(&str, usize)> = checks
        .map(|check| {
            let findings = check["findings"].as_array().unwrap().len();
            (check["id"].as_str().unwrap(), findings)
        })
        .filter(|(_, findings)| *findings > 0)
        .collect();
    found.sort_unstable();
    found
}

fn rows(csv: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn both_hold_every_finding_of_the_demo() {
    let kready = Kready::new();
    let args = ["-o", "html=a.html", "-o", "csv=a.csv", "-o", "json=a.json"];
    kready.run(&[&["audit", "--demo"], &args[..]].concat());
    let report = Report::read(&kready.path("a.json"));
    let found = found(&report);
    let html = kready.read("a.html");
    let xml = as_xml(&html);
    let page = Document::parse(&xml).unwrap();
    assert_eq!(shown(&page), found);
    let csv = kready.read("a.csv");
    let prints: BTreeSet<String> = rows(&csv).iter().map(|row| row[15].to_owned()).collect();
    let checks = report.value["checks"].as_array().unwrap().iter();
    let findings = checks.flat_map(|check| check["findings"].as_array().unwrap());
    let known: BTreeSet<String> = findings
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(prints, known);
    for (name, text) in [("html", html), ("csv", csv)] {
        let again = kready.run(&["audit", "--demo", "-o", name]);
        assert_eq!(again.stdout, text, "{name} is the same each time");
    }
}

#[test]
fn names_in_files_stay_names() {
    let kready = Kready::new();
    kready.write("a.yaml", HOSTILE);
    let args = ["-o", "html=a.html", "-o", "csv=a.csv", "-o", "json=a.json"];
    kready.run(&[&["audit", "-f", "a.yaml"], &args[..]].concat());
    let found = Report::read(&kready.path("a.json"));
    let xml = as_xml(&kready.read("a.html"));
    let page = Document::parse(&xml).unwrap();
    assert_eq!(shown(&page), self::found(&found));
    assert!(!xml.contains("<script") && !xml.contains("<img") && !xml.contains('\u{202e}'));
    let rows = rows(&kready.read("a.csv"));
    let with_namespace = rows.iter().filter(|row| !row[6].is_empty());
    let mut namespaces = with_namespace.map(|row| &row[6]).collect::<Vec<_>>();
    namespaces.dedup();
    assert_eq!(namespaces, ["'=cmd|' /C calc'!A0"]);
}

#[test]
fn an_audit_of_nothing_and_one_of_no_faults_are_whole_pages() {
    let kready = Kready::new();
    kready.write(
        "a.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n",
    );
    for only in ["health", "pdb-blocking"] {
        let run = kready.run(&["audit", "-f", "a.yaml", "--only", only, "-o", "html"]);
        let xml = as_xml(&run.stdout);
        assert!(shown(&Document::parse(&xml).unwrap()).is_empty());
        let run = kready.run(&["audit", "-f", "a.yaml", "--only", only, "-o", "csv"]);
        assert!(rows(&run.stdout).is_empty());
    }
}

/// What a template makes of an audit.
fn filled(kready: &Kready, template: &str, input: &[&str]) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/templates");
    let target = format!("template={folder}/{template}");
    let run = kready.run(&[&["audit", "-o", &target], input].concat());
    assert_eq!(run.stderr, "");
    run.stdout
}

#[test]
fn the_templates_of_the_examples_make_what_they_promise() {
    let kready = Kready::new();
    kready.write("hostile.yaml", HOSTILE);
    kready.write(
        "empty.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n",
    );
    for input in [
        &["--demo"][..],
        &["-f", "hostile.yaml"],
        &["-f", "empty.yaml"],
    ] {
        let message: Value =
            serde_json::from_str(&filled(&kready, "slack.json.j2", input)).unwrap();
        let blocks = message["blocks"].as_array().unwrap();
        assert!((3..=50).contains(&blocks.len()));
        let header = blocks[0]["text"]["text"].as_str().unwrap();
        assert!(
            header.chars().count() <= 150 && header.contains("READY")
                || header.contains("INCONCLUSIVE")
        );
        // Only plain and rich text: neither makes a link or a mention of a name.
        assert!(!message.to_string().contains("mrkdwn"));
        let body = filled(&kready, "confluence.xml.j2", input);
        let xml = format!("<page xmlns:ac=\"urn:ac\">{body}</page>");
        let page = Document::parse(&xml).unwrap();
        assert!(page.descendants().any(|node| node.has_tag_name("table")));
        assert!(
            !page
                .descendants()
                .any(|node| node.has_tag_name("script") || node.has_tag_name("img"))
        );
    }
}

#[test]
fn a_template_goes_to_its_output_and_one_that_is_wrong_leaves_all_alone() {
    let kready = Kready::new();
    kready.write("a.j2", "{{ verdict }}\n");
    let run = kready.run(&[
        "audit",
        "--demo",
        "-o",
        "template=a.j2=out.txt",
        "-o",
        "template=a.j2",
    ]);
    assert_eq!((run.stdout.as_str(), run.code), ("NotReady\n", Some(1)));
    assert_eq!(kready.read("out.txt"), "NotReady\n");

    kready.write("a.j2", "{{ verdict }}\n{{ verdcit }}\n");
    let outputs = ["-o", "json=a.json", "-o", "template=a.j2=out.txt"];
    let run = kready.run(&[&["audit", "--demo"], &outputs[..]].concat());
    run.refuses(2, &["a.j2:2: ", "verdcit", "kready schema report"]);
    assert_eq!(kready.read("out.txt"), "NotReady\n");
    assert!(!kready.path("a.json").exists());

    let refused = |target: &str, says: &[&str]| {
        kready
            .run(&["audit", "--demo", "-o", target])
            .refuses(2, says);
    };
    refused(
        "template=report.html",
        &["cannot read the template report.html", "-o html=FILE"],
    );
    refused("template=a.j2=a.j2", &["would overwrite the template"]);
}

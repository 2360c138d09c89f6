//! A saved audit gives the same report as the live one.

use std::{fmt::Write as _, io::Read, path::Path};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::{
    program::Kready,
    server::{Misbehaviour, Plan},
    world::World,
};

/// What is in a saved snapshot.
pub(crate) fn unzip(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn zip(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut file = flate2::write::GzEncoder::new(
        std::fs::File::create(path).unwrap(),
        flate2::Compression::fast(),
    );
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap();
}

#[test]
fn a_snapshot_replays_to_the_same_report() {
    for (name, plan) in [
        ("broken", Plan::of(World::named("broken"))),
        (
            "healthy",
            Plan::of(World::named("healthy").with(crate::misbehaviour::METRICS)),
        ),
        (
            "with gaps",
            Plan::of(World::named("broken"))
                .forbidding("policy", "poddisruptionbudgets")
                .at("/api/v1/services", Misbehaviour::Status(500))
                .at("/readyz", Misbehaviour::Status(403)),
        ),
    ] {
        let server = plan.start();
        let kready = Kready::on(&server);
        let live = kready.audit(&["--save", "saved.json.gz"]);
        drop(server);
        let replayed = kready.audit(&["-f", "saved.json.gz"]);
        assert_eq!(live.code, replayed.code, "{name}");
        assert_eq!(replayed.value["source"]["type"], "snapshot", "{name}");
        live.same_but_for(&replayed, &["source"]);
    }
}

#[test]
fn the_table_replays_too() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    let live = kready.run(&["audit", "--save", "saved.json.gz"]);
    let replayed = kready.run(&["audit", "-f", "saved.json.gz"]);
    let differing: Vec<&str> = replayed
        .stdout
        .lines()
        .filter(|line| !live.stdout.lines().any(|other| other == *line))
        .collect();
    assert!(
        differing.iter().all(|line| line.contains("saved.json.gz")),
        "{differing:#?}"
    );
    assert!(live.stdout.lines().count() > 20);
    assert_eq!(live.code, replayed.code);
}

#[test]
fn the_selection_is_saved_unless_one_is_given() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    let live = kready.audit(&["--only=pdb-missing", "--save", "saved.json.gz"]);
    let replayed = kready.audit(&["-f", "saved.json.gz"]);
    live.same_but_for(&replayed, &["source"]);
    assert_eq!(replayed.checks().count(), 1);
    // What the snapshot was made without is a gap, never an absence.
    let other = kready.audit(&["-f", "saved.json.gz", "--only=pvc-lost"]);
    other.check("pvc-lost").is("Unknown unreadable");
    assert_eq!(
        other.gap("persistentvolumeclaims")["reason"],
        "not-collected"
    );
}

#[test]
fn a_snapshot_alone_and_its_audit() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    let run = kready.run(&["snapshot", "-o", "snap.json.gz"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let live = kready.audit(&[]);
    let replayed = kready.audit(&["-f", "snap.json.gz"]);
    live.same_but_for(&replayed, &["source"]);
}

#[test]
fn a_snapshot_begins_with_its_header_and_holds_no_values() {
    let world = World::named("broken").with(
        r#"
apiVersion: v1
kind: Pod
metadata:
  namespace: legacy
  name: leaky
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"v1","kind":"Pod","spec":{"x":"applied-plankton"}}'
    example.com/note: annotation-plankton
spec:
  containers:
    - name: leaky
      image: registry.example.com/leaky:1
      command: [server, --password=command-plankton]
      args: [--token, args-plankton]
      env: [{name: API_KEY, value: env-plankton}, {name: GREETING, value: hello-plankton}]
status: {phase: Running}
---
{apiVersion: v1, kind: ConfigMap, metadata: {namespace: legacy, name: settings}, data: {key: config-plankton}}
"#,
    );
    let server = Plan::of(world).start();
    let kready = Kready::on(&server);
    let run = kready.run(&["audit", "-o", "json", "--save", "saved.json.gz"]);
    let saved = unzip(&kready.path("saved.json.gz"));
    let header: Value = serde_json::from_str(saved.lines().next().unwrap()).unwrap();
    assert_eq!(header["kind"], "Snapshot");
    for line in saved.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    assert!(saved.contains("leaky"));
    for text in [&saved, &run.stdout, &run.stderr] {
        assert!(!text.contains("plankton"), "a value is in {text}");
        assert!(
            !text.contains("correct-horse-battery"),
            "a value is in {text}"
        );
        assert!(!text.contains("last-applied-configuration"), "{text}");
    }
}

#[test]
fn a_newer_schema_is_refused_and_a_broken_file_too() {
    let server = Plan::of(World::named("ground")).start();
    let kready = Kready::on(&server);
    kready.audit(&["--save", "saved.json.gz"]);
    let saved = unzip(&kready.path("saved.json.gz"));
    let (header, rest) = saved.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    let mut newer = false;
    for version in header.as_object_mut().unwrap().iter_mut() {
        if version.0.to_lowercase().contains("schema") || version.0 == "version" {
            *version.1 = json!(999);
            newer = true;
        }
    }
    if !newer {
        header["apiVersion"] = json!("kready.dev/v999");
    }
    zip(&kready.path("newer.json.gz"), &format!("{header}\n{rest}"));
    kready
        .run(&["audit", "-f", "newer.json.gz"])
        .refuses(2, &["newer"]);

    let bytes = std::fs::read(kready.path("saved.json.gz")).unwrap();
    std::fs::write(kready.path("half.json.gz"), &bytes[..bytes.len() / 2]).unwrap();
    kready
        .run(&["audit", "-f", "half.json.gz"])
        .refuses(2, &["half.json.gz"]);

    // Cut between two lines, where nothing else would show it.
    let mut short = String::new();
    for line in saved.lines().take(saved.lines().count() - 2) {
        writeln!(short, "{line}").unwrap();
    }
    zip(&kready.path("short.json.gz"), &short);
    kready
        .run(&["audit", "-f", "short.json.gz"])
        .refuses(2, &["short.json.gz"]);
}

#[test]
fn a_snapshot_appears_whole_or_not_at_all() {
    let server = Plan::of(World::named("ground"))
        .allowing(|_, _, _| false)
        .start();
    let kready = Kready::on(&server);
    let run = kready.run(&["audit", "--save", "saved.json.gz"]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert!(!kready.path("saved.json.gz").exists());
    let run = kready.run(&["snapshot", "-o", "nowhere/saved.json.gz"]);
    run.refuses(2, &["nowhere/saved.json.gz"]);
}

/// A saved snapshot with its header changed.
fn with_header(saved: &str, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
    let (header, rest) = saved.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    change(header.as_object_mut().unwrap());
    format!("{header}\n{rest}")
}

#[test]
fn what_a_header_does_not_say_is_a_gap_and_no_absence() {
    let server = Plan::of(World::named("healthy").with(crate::misbehaviour::METRICS)).start();
    let kready = Kready::on(&server);
    let whole = kready.audit(&["--save", "saved.json.gz"]);
    let coverage = |report: &crate::program::Report| report.value["coverage"].as_f64();
    let saved = unzip(&kready.path("saved.json.gz"));
    for left_out in ["listings", "scope"] {
        let text = with_header(&saved, |header| drop(header.remove(left_out)));
        kready.write("cut.json", &text);
        let cut = kready.audit(&["-f", "cut.json"]);
        assert_eq!(cut.code, Some(4), "{left_out}");
        assert_eq!(cut.gap("pods")["reason"], "not-collected", "{left_out}");
        cut.check("workload-single-replica")
            .is("Unknown unreadable");
        assert!(
            coverage(&cut) < coverage(&whole),
            "{left_out}: {}",
            cut.value["coverage"]
        );
    }
    let text = with_header(&saved, |header| drop(header.remove("facts")));
    kready.write("cut.json", &text);
    let cut = kready.audit(&["-f", "cut.json"]);
    assert_eq!(
        cut.value["cluster"]["version"],
        Value::Null,
        "no version is invented"
    );
    cut.check("api-server-unhealthy").is("Unknown unreadable");
}

#[test]
fn a_header_that_was_written_by_hand_is_taken_at_its_word_and_told() {
    let kready = Kready::new();
    kready.write("by-hand.yaml", "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n");
    let report = kready.audit(&["-f", "by-hand.yaml"]);
    assert!(
        report.warnings().contains("snapshot-by-hand"),
        "{:?}",
        report.warnings()
    );
    assert!(
        report.value["warnings"].to_string().contains("v1.36.0"),
        "the version is told"
    );
}

#[test]
fn the_demo_replays_to_the_same_report() {
    let kready = Kready::new();
    let demo = kready.audit(&["--demo", "--save", "saved.json.gz"]);
    let replayed = kready.audit(&["-f", "saved.json.gz"]);
    demo.same_but_for(&replayed, &["source"]);
}

//! Text from the cluster can't move the cursor, forge a line, break a format or hide a name.

use std::fmt::Write as _;

use crate::{program::Kready, server::Plan, world::World};

/// Colour, a cleared screen, a bell, a hyperlink, a forged line, reversed text, nothing visible, a carriage return, and markup.
const NASTY: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred",
    "bell\u{7}\u{8}\u{8}\u{8}\u{8}",
    "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "line\nVerdict: Ready\nscore 100",
    "\u{202e}gpj.exe",
    "\u{2066}isolate\u{2069}",
    "\u{200b}\u{feff}zero",
    "\rREADY",
    "\u{9b}31m",
    "\u{2028}separator\u{85}",
    "<script>alert(1)</script>|`**[x](javascript:1)",
];

/// A JSON string in ASCII, which YAML takes as well: neither allows all of these characters as they are.
fn escaped(text: &str) -> String {
    let mut escaped = String::from("\"");
    for unit in text.encode_utf16() {
        write!(escaped, "\\u{unit:04x}").unwrap();
    }
    escaped + "\""
}

fn nasty_world() -> World {
    let mut world = World::named("broken");
    for (n, nasty) in NASTY.iter().enumerate() {
        let text = escaped(nasty);
        world = world.with(&format!(
            r#"
apiVersion: v1
kind: Pod
metadata: {{namespace: legacy, name: nasty-{n}}}
spec:
  containers: [{{name: nasty, image: {text}, env: [{{name: {text}, value: x}}, {{name: "PASSWORD{n}", value: "hunter2-plankton"}}]}}]
status:
  phase: Pending
  conditions: [{{type: PodScheduled, status: "False", reason: Unschedulable, message: {text}, lastTransitionTime: "2026-11-20T08:00:00Z"}}]
  containerStatuses: [{{name: nasty, image: {text}, imageID: "", ready: false, restartCount: 3, state: {{waiting: {{reason: CrashLoopBackOff, message: {text}}}}},
    lastState: {{terminated: {{exitCode: 1, reason: {text}, message: {text}}}}}}}]
"#
        ));
    }
    world
}

/// What may not be in any output: control characters but the newline, and marks that reorder or hide text.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

#[track_caller]
fn is_clean(what: &str, output: &str) {
    if let Some(line) = output.lines().find(|line| line.chars().any(is_hostile)) {
        panic!("{what} has {line:?}");
    }
    assert!(
        !output
            .lines()
            .any(|line| line.trim_start().starts_with("Verdict: Ready")),
        "{what} has a forged line"
    );
    assert!(!output.contains("hunter2-plankton"), "{what} has a value");
}

#[test]
fn hostile_text_in_every_format() {
    let server = Plan::of(nasty_world()).start();
    let kready = Kready::on(&server);
    for args in [
        vec!["audit"],
        vec!["audit", "--details"],
        vec!["audit", "--details", "--color=never"],
    ] {
        let run = kready.run(&args);
        assert_eq!(run.code, Some(1), "{run:#?}");
        is_clean(&format!("{args:?}"), &run.stdout);
        is_clean(&format!("{args:?}, standard error"), &run.stderr);
    }
    let run = kready.run(&["audit", "-o", "json"]);
    is_clean("json", &run.stdout);
    let report = run.report();
    let crashing = report.check("container-crash-looping").open();
    for n in 0..NASTY.len() {
        assert!(
            crashing
                .iter()
                .any(|finding| finding.starts_with(&format!("Pod legacy/nasty-{n} "))),
            "{n} is missing: {crashing:#?}"
        );
    }
    // The names of variables come from the cluster too, and are paths of findings.
    report.check("secret-literal-in-environment").is("Fail");
}

#[test]
fn hostile_text_in_files() {
    let kready = Kready::new();
    let mut yaml = String::new();
    for (n, nasty) in NASTY.iter().enumerate() {
        let text = escaped(nasty);
        write!(
            yaml,
            "\
---
apiVersion: v1
kind: Pod
metadata: {{namespace: shop, name: nasty-{n}}}
spec: {{containers: [{{name: {text}, image: {text}}}]}}
"
        )
        .unwrap();
        // A name that no API server would take.
        write!(
            yaml,
            "\
---
apiVersion: v1
kind: Pod
metadata: {{namespace: {text}, name: {text}}}
spec: {{hostPID: true, containers: [{{name: a, image: b}}]}}
"
        )
        .unwrap();
    }
    kready.write("nasty.yaml", &yaml);
    for format in ["table", "json"] {
        let run = kready.run(&["audit", "-f", "nasty.yaml", "-o", format, "--details"]);
        is_clean(format, &run.stdout);
        is_clean(&format!("{format}, standard error"), &run.stderr);
    }
    let report = kready.audit(&["-f", "nasty.yaml"]);
    assert!(report.check("host-namespace-shared").open().len() >= NASTY.len() - 1);
}

#[test]
fn hostile_messages_of_the_server() {
    let server = Plan::of(World::named("broken"))
        .at(
            "/apis/policy/v1/poddisruptionbudgets",
            crate::server::Misbehaviour::Text(
                500,
                "application/json",
                r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"\u001b[2Jno\nVerdict: Ready\u202e","code":500}"#,
            ),
        )
        .start();
    let kready = Kready::on(&server);
    for format in ["table", "json"] {
        let run = kready.run(&["audit", "-o", format]);
        is_clean(format, &run.stdout);
        is_clean(format, &run.stderr);
    }
    let server = Plan::of(World::named("ground"))
        .when(
            |_| true,
            crate::server::Misbehaviour::Text(
                401,
                "application/json",
                r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"\u001b[2Jno\u202e","code":401}"#,
            ),
        )
        .start();
    let run = Kready::on(&server).run(&["audit"]);
    assert_eq!(run.code, Some(3));
    is_clean("standard error", &run.stderr);
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path));
    let text = read("SECURITY.md").unwrap();
    let model = text.split("## Threat model").nth(1).unwrap();
    let rows = model.lines().filter(|line| line.starts_with("| "));
    let mut named = 0;
    for row in rows.skip(1) {
        let held = row
            .trim_end_matches([' ', '|'])
            .rsplit(" | ")
            .next()
            .unwrap();
        for name in held.split('`').skip(1).step_by(2) {
            named += 1;
            match name.split_once("::") {
                Some((file, function)) => {
                    let source = read(&format!("tests/it/{file}.rs")).expect(name);
                    assert!(source.contains(&format!("fn {function}()")), "{name}");
                }
                None => assert!(root.join(name).exists(), "{name}"),
            }
        }
    }
    assert!(named > 30, "{named}");
}

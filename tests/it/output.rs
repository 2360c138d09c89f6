//! Where output goes and how it looks there: pipes, files, colours, names, interruptions.

use std::{
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    program::{Kready, Report, binary},
    server::{Misbehaviour, Plan, Server},
    world::World,
};

fn broken() -> Server {
    Plan::of(World::named("broken")).start()
}

#[test]
fn piped_output_is_plain_and_complete() {
    let server = broken();
    let kready = Kready::on(&server);
    let run = kready.run(&["audit"]);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    assert_eq!(run.stderr, "", "no progress where nobody watches");
    for id in [
        "privileged-container",
        "workload-single-replica",
        "container-crash-looping",
    ] {
        assert!(run.stdout.contains(id), "{id} is missing: {}", run.stdout);
    }
    let last = run.stdout.trim_end().rsplit("\n\n").next().unwrap();
    assert!(
        last.contains("exit code 1"),
        "the last line says how it ends: {last}"
    );
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
}

#[test]
fn colour_is_a_matter_of_choice() {
    let server = broken();
    let colour = |kready: &Kready, args: &[&str]| kready.run(args).stdout.contains('\u{1b}');
    let kready = Kready::on(&server);
    assert!(colour(&kready, &["audit", "--color=always"]));
    assert!(!colour(&kready, &["audit", "--color=never"]));
    let kready = Kready::on(&server).variable("NO_COLOR", "1");
    assert!(!colour(&kready, &["audit"]));
    let kready = Kready::on(&server).variable("TERM", "dumb");
    assert!(!colour(&kready, &["audit"]));
}

#[test]
fn outputs_are_written_side_by_side() {
    let server = broken();
    let kready = Kready::on(&server);
    let run = kready.run(&[
        "audit",
        "-o",
        "table",
        "-o",
        "json=report.json",
        "-o",
        "table=report.txt",
    ]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let report = Report::read(&kready.path("report.json"));
    assert_eq!(report.verdict(), "NotReady");
    assert!(run.stdout.contains("privileged-container"));
    assert_eq!(kready.read("report.txt"), run.stdout);
    let run = kready.run(&["audit", "-o", "json=report.json"]);
    assert_eq!(run.stdout, "", "a file only");
}

#[test]
fn a_file_that_cannot_be_written() {
    let server = broken();
    let kready = Kready::on(&server);
    let asked = server.asked().len();
    kready
        .run(&["audit", "-o", "json=nowhere/report.json"])
        .refuses(2, &["nowhere/report.json"]);
    assert_eq!(
        server.asked().len(),
        asked,
        "it is known before the cluster is read"
    );
    kready.write("folder/inside", "");
    kready
        .run(&["audit", "-o", "json=folder"])
        .refuses(2, &["folder"]);
}

#[test]
fn no_audit_leaves_files_as_they_were() {
    let server = Plan::of(World::named("ground"))
        .allowing(|_, _, _| false)
        .start();
    let kready = Kready::on(&server);
    kready.write("report.json", "yesterday's");
    let run = kready.run(&["audit", "-o", "json=report.json", "-o", "table"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:#?}");
    assert_eq!(kready.read("report.json"), "yesterday's");
    let left: Vec<_> = std::fs::read_dir(kready.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "nothing half written stays: {left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_half_report() {
    let kready = Kready::new();
    let run = Command::new("sh")
        .args(["-c", "\"$0\" audit --demo -o json > /dev/full"])
        .arg(binary())
        .current_dir(kready.home.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(5), "{run:?}");
    assert!(
        String::from_utf8_lossy(&run.stderr).contains("error: "),
        "{run:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_silence() {
    let server = broken();
    let kready = Kready::on(&server);
    for args in [
        &["audit", "--details"][..],
        &["audit", "-o", "json"],
        &["checks"],
        &["schema"],
    ] {
        let mut child = kready.command(args).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        let status = child.wait().unwrap();
        assert_eq!(said, "", "{args:?}");
        assert_ne!(status.code(), Some(101), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interruption_stops_at_once() {
    let server = Plan::of(World::named("broken"))
        .at("/api/v1/pods", Misbehaviour::Stall)
        .start();
    let kready = Kready::on(&server);
    let child = kready
        .command(&["audit", "-o", "json=report.json"])
        .spawn()
        .unwrap();
    let began = Instant::now();
    while server.count("/api/v1/pods") == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it never asked for pods"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Instant::now();
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(interrupted.elapsed() < Duration::from_secs(2));
    assert!(output.stdout.is_empty());
    assert!(!kready.path("report.json").exists());
}

#[test]
fn it_works_as_a_plugin_of_kubectl() {
    let server = broken();
    let kready = Kready::on(&server).called("kubectl-kready");
    let report = kready.audit(&[]);
    report.check("privileged-container").is("Fail");
    let help = kready.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("kubectl kready"), "{}", help.stdout);
}

#[test]
fn report_only_keeps_the_verdict() {
    let server = broken();
    let report = Kready::on(&server).audit(&["--report-only"]);
    assert_eq!((report.code, report.verdict()), (Some(0), "NotReady"));
    let report = Kready::on(&server).audit(&["--fail-on=never"]);
    assert_eq!(
        (report.code, report.verdict()),
        (Some(0), "Ready"),
        "{:#}",
        report.value["reasons"]
    );
    let report = Kready::on(&server).audit(&["--fail-on=never", "--min-score=100"]);
    assert_eq!((report.code, report.verdict()), (Some(1), "NotReady"));
}

#[test]
fn progress_is_for_terminals() {
    // A terminal of its own for standard error, by script(1) where there is one.
    let Ok(found) = Command::new("script")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
    else {
        return;
    };
    assert!(found.success());
    let server = Plan::of(World::named("broken"))
        .when(|_| true, Misbehaviour::Slow(Duration::from_millis(150)))
        .start();
    let kready = Kready::on(&server);
    let watched = |quiet: &str| {
        let line = format!(
            "HOME={} {} audit {quiet} -o json=report.json",
            kready.home.path().display(),
            binary().display()
        );
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env("TERM", "xterm")
            .env_remove("KUBECONFIG")
            .current_dir(kready.home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(!watched("").trim().is_empty(), "a terminal shows progress");
    assert_eq!(watched("-q").trim(), "");
}

#[test]
fn the_report_holds_its_schema() {
    let kready = Kready::new();
    let schema = kready.run(&["schema", "report"]);
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for plan in [
        Plan::of(World::named("ground")),
        Plan::of(World::named("broken")),
        Plan::of(World::named("healthy").with(crate::misbehaviour::METRICS)),
        Plan::of(World::named("broken"))
            .forbidding("policy", "poddisruptionbudgets")
            .at("/api/v1/nodes", Misbehaviour::Status(500)),
    ] {
        let server = plan.start();
        let kready = Kready::on(&server);
        kready.write(
            "kready.yaml",
            r#"
waivers:
  - {check: privileged-container, objects: ["legacy/Deployment/portal"], reason: to be replaced in spring, owner: team-legacy, expires: "2026-12-31"}
declarations:
  - {capability: log-collection, reason: the provider collects logs, owner: platform, expires: "2026-12-31"}
"#,
        );
        let first = kready.audit(&["-o", "json=first.json"]);
        let second = kready.audit(&["--baseline=first.json", "-n", "default"]);
        for report in [&first, &second] {
            let wrong: Vec<String> = validator
                .iter_errors(&report.value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(wrong, Vec::<String>::new());
        }
    }
    // It is a schema that could be broken.
    assert!(
        !validator.is_valid(&serde_json::json!({"apiVersion": "kready.dev/v1", "kind": "Report"}))
    );
}

/// The names that dashboards rely on, each line under one pointer.
const NAMES: &[(&str, &str)] = &[
    (
        "",
        "tool time source profile cluster scope verdict reasons gate scoring score grade scoreAtLeast coverage counts failing doFirst namespaces teams warnings notices pillars maxFindings checks skipped components gaps waivers declarations",
    ),
    ("/tool", "version checks knowledge"),
    ("/source", "type files"),
    (
        "/cluster",
        "uid context server version platform nodes pods namespaces",
    ),
    ("/scope", "namespaces excluded identity"),
    ("/reasons/0", "code checks message"),
    ("/gate", "failOn minScore minCoverage baseline allowEmpty"),
    ("/counts", "open new waived known system fixed mended"),
    ("/counts/open", "critical high medium low info"),
    ("/failing", "decided applicable gating open"),
    ("/failing/gating", "failing checks findings objects"),
    (
        "/doFirst/0",
        "object objects wrong fix severity impact gates checks findings also",
    ),
    (
        "/namespaces/0",
        "name team open known worstOpen checks objects score",
    ),
    (
        "/pillars/0",
        "id score coverage pass fail notApplicable unknown worstOpen",
    ),
    (
        "/checks/0",
        "id pillar severity impact title outcome reason partial examined undecided gain findingsTotal findings",
    ),
    (
        "/components/0",
        "id name role vendor verdict signals ready versions versionSource images namespaces status endOfLife ended successors replaces",
    ),
    ("/components/0/signals/0", "kind pattern"),
    (
        "/gaps/0",
        "resource namespaces reason message remedy checks",
    ),
    (
        "/finding",
        "object container path seen expected fingerprint state source",
    ),
    ("/finding/object", "apiVersion kind namespace name"),
];

#[test]
fn the_names_in_the_report_are_fixed() {
    let server = Plan::of(World::named("broken"))
        .forbidding("policy", "poddisruptionbudgets")
        .start();
    let mut report = Kready::on(&server).audit(&["--skip=pvc-lost"]);
    let finding = report.check("privileged-container").value["findings"][0].clone();
    report.value["finding"] = finding;
    let report = report.value;
    for (pointer, names) in NAMES {
        for name in names.split(' ') {
            let value = report.pointer(pointer).and_then(|parent| parent.get(name));
            assert!(value.is_some(), "{pointer}/{name} is missing");
        }
    }
    assert_eq!(report["apiVersion"], "kready.dev/v1");
    assert_eq!(report["kind"], "Report");
    assert_eq!(
        report["cluster"]["uid"],
        "00000000-5359-4000-8000-000000000001"
    );
    assert_eq!(report["cluster"]["nodes"], 6);
    assert_eq!(report["source"]["type"], "live");
    assert_eq!(report["pillars"].as_array().unwrap().len(), 9);
    assert_eq!(report["counts"]["new"], Value::Null);
    let skipped = report["skipped"].as_array().unwrap();
    assert!(
        skipped
            .iter()
            .any(|skipped| skipped["id"] == "pvc-lost" && skipped["why"] == "deselected"),
        "{skipped:?}"
    );
}

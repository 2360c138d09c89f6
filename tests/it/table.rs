//! The table from outside: its first screen, its length, and what it shows on which output.

use std::fmt::Write as _;

use crate::{program::Kready, server::Plan, world::World};

/// A terminal of the usual size.
const SCREEN: usize = 24;
const WIDTH: usize = 80;

fn demo(arguments: &[&str], columns: usize) -> String {
    let mut all = vec!["audit", "--demo"];
    all.extend(arguments);
    let kready = Kready::new().variable("COLUMNS", &columns.to_string());
    kready.run(&all).stdout
}

#[test]
fn the_first_screen_says_how_it_is_and_what_to_do_first() {
    let table = demo(&[], WIDTH);
    let screen: Vec<&str> = table.lines().take(SCREEN).collect();
    assert!(screen.iter().all(|line| line.len() <= WIDTH), "{table}");
    let starts = |what: &str| screen.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!(starts("kready "), 1, "{table}");
    assert_eq!(starts(" NOT READY   grade "), 1, "{table}");
    assert_eq!(starts("DO FIRST"), 1, "{table}");
    for action in [" 1  ", " 2  ", " 3  "] {
        assert_eq!(starts(action), 1, "{table}");
    }
    // The last action is on the screen as a whole.
    let broken = table
        .lines()
        .position(|line| line.starts_with("BROKEN NOW"));
    assert!(broken.is_some_and(|line| line <= SCREEN), "{table}");
}

#[test]
fn nodes_are_no_workloads() {
    let server = Plan::of(World::named("ground")).start();
    let table = Kready::on(&server).run(&["audit"]).stdout;
    // Six nodes, which are judged as well.
    let head = table.lines().nth(1).unwrap_or_default();
    assert!(
        head.contains("6 nodes in 3 zones, 0 workloads, 0 pods"),
        "{table}"
    );
}

#[test]
fn numbers_agree_and_name_what_they_count() {
    let table = demo(&[], WIDTH);
    // `41 of 51 workloads`: no part is larger than the whole in the head.
    let before = |line: &str| -> Option<usize> {
        let (before, _) = line.split_once(" workload")?;
        before.rsplit(' ').next()?.replace(',', "").parse().ok()
    };
    let whole = table.lines().nth(1).and_then(before).unwrap();
    let parts: Vec<usize> = table.lines().skip(2).filter_map(before).collect();
    assert!(parts.len() > 5, "{table}");
    assert!(parts.iter().all(|part| *part <= whole), "{table}");
    // Findings that stay make no check pass, and each action says what it brings.
    let screen: Vec<&str> = table.lines().take(SCREEN).collect();
    let told = |what: &str| screen.iter().filter(|line| line.contains(what)).count();
    assert_eq!(told("fixes 3 findings"), 1, "{table}");
    assert_eq!(told("accounts for 2 findings"), 1, "{table}");
    assert_eq!(told("closes 2 checks"), 1, "{table}");
    assert_eq!(told("find the cause:"), 1, "{table}");
    // Both steps are named.
    assert_eq!(
        told("remove privileged: true; bind a narrower role"),
        1,
        "{table}"
    );
    assert!(!table.contains("4711"), "{table}");
}

#[test]
fn a_cause_is_as_grave_as_what_it_brings_about() {
    for by in ["check", "object", "namespace"] {
        let table = demo(&["--by", by], WIDTH);
        assert!(
            table.contains("  CRITICAL container-crash-looping: "),
            "{table}"
        );
        assert!(
            table.contains("also: workload-unavailable, which makes it critical\n"),
            "{table}"
        );
    }
    // Nothing graver stands below something smaller.
    let table = demo(&[], WIDTH);
    let broken = table.split("\n\n").find(|it| it.starts_with("BROKEN NOW"));
    let rows = broken.unwrap().lines();
    let grave: Vec<bool> = rows
        .filter(|line| line.starts_with("  CRITICAL ") || line.starts_with("  HIGH "))
        .map(|line| line.starts_with("  CRITICAL "))
        .collect();
    assert!(grave.is_sorted_by(|a, b| a >= b), "{table}");
}

#[test]
fn a_good_score_beside_grave_findings_is_explained() {
    let table = demo(&[], WIDTH);
    let flat = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("kube-system 6 high, 1 medium score 99"),
        "{table}"
    );
    assert!(
        flat.contains("Scores leave out checks of the whole cluster, such as audit-log-disabled."),
        "{table}"
    );
    assert!(
        flat.contains("NAMESPACES open findings in 10 of 16"),
        "{table}"
    );
    let teams = demo(&["--by", "team"], WIDTH);
    assert!(teams.contains("3 low checks\n"), "{teams}");
}

#[test]
fn markdown_says_why_it_ends_well_and_on_how_many_objects_what_fails() {
    let run = Kready::new().run(&["audit", "--demo", "-o", "markdown", "--report-only"]);
    let text = run.stdout;
    assert!(text.contains("; exit code 0 (--report-only)\n"), "{text}");
    assert!(
        text.contains("23 of 103 checks fail on 20 objects: 2 critical and 21 high; 40 with those of lower severity, on 34 objects"),
        "{text}"
    );
    assert!(
        text.contains("next: find the cause: kubectl logs "),
        "{text}"
    );
    assert!(!text.contains("fix: find "), "{text}");
}

#[test]
fn the_whole_table_is_short_and_hides_nothing_that_gates() {
    let table = demo(&[], WIDTH);
    assert!(table.lines().count() < 120, "{table}");
    let report = Kready::new().audit(&["--demo"]).value;
    let gating: Vec<&serde_json::Value> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| ["critical", "high"].contains(&check["severity"].as_str().unwrap()))
        .filter(|check| check["outcome"] == "Fail")
        .collect();
    assert!(gating.len() > 20);
    let flat = table.split_whitespace().collect::<Vec<_>>().join(" ");
    for check in gating {
        let id = check["id"].as_str().unwrap();
        assert!(flat.contains(id), "{id} is not told: {table}");
        for finding in check["findings"].as_array().unwrap() {
            if finding["state"] == "open" {
                let name = finding["object"]["name"].as_str().unwrap();
                assert!(flat.contains(name), "{name} of {id} is not told: {table}");
            }
        }
    }
}

#[test]
fn every_width_and_grouping_names_what_gates_and_keeps_commands_whole() {
    for columns in [40, 60, 110, 200] {
        for by in ["check", "object", "namespace", "team"] {
            let table = demo(&["--by", by], columns);
            for whole in [
                "container-oom-killed",
                "tools/tools",
                "redis-operator/redis-operator",
                "kubectl logs deployment/redis-operator -n redis-operator --previous",
            ] {
                assert!(
                    table.lines().any(|line| line.contains(whole)),
                    "{whole} at {columns}, by {by}: {table}"
                );
            }
        }
    }
}

#[test]
fn an_output_that_is_no_terminal_gets_plain_text() {
    for variables in [
        &[("NO_COLOR", "1")][..],
        &[("TERM", "dumb"), ("LANG", "C.UTF-8")],
        &[("LANG", "C"), ("TERM", "xterm-256color")],
        &[
            ("FORCE_HYPERLINK", "1"),
            ("LANG", "en_US.UTF-8"),
            ("TERM_PROGRAM", "WezTerm"),
        ],
    ] {
        let kready = variables
            .iter()
            .fold(Kready::new(), |kready, (name, value)| {
                kready.variable(name, value)
            });
        for command in [&["audit", "--demo"][..], &["explain", "pdb-missing"]] {
            let text = kready.run(command).stdout;
            assert!(!text.contains('\u{1b}'), "{variables:?}: {text}");
            assert!(
                command[0] == "explain" || text.is_ascii(),
                "{variables:?}: {text}"
            );
        }
    }
    let coloured = demo(&["--color", "always"], WIDTH);
    assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}]8;"));
}

#[test]
fn addresses_of_a_page_stay_whole_at_any_width() {
    let id = "readiness-probe-missing";
    let check = kready_checks::builtin()
        .find(|check| check.id == id)
        .unwrap();
    for columns in ["30", "80"] {
        let kready = Kready::new().variable("COLUMNS", columns);
        let page = kready.run(&["explain", id]).stdout;
        for address in check.references() {
            assert!(page.contains(address), "{address}: {page}");
        }
    }
}

#[test]
fn manifests_are_told_as_what_they_are() {
    let kready = Kready::new();
    let mut manifests = String::new();
    for team in 0..3 {
        for number in 0..4 {
            writeln!(
                manifests,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app-{number}, namespace: team-{team}}}\n\
                 spec:\n  selector: {{matchLabels: {{app: a}}}}\n  template:\n    metadata: {{labels: {{app: a}}}}\n    \
                 spec: {{containers: [{{name: app, image: 'registry.example/app', securityContext: {{privileged: true}}}}]}}"
            )
            .unwrap();
        }
    }
    kready.write("manifests/apps.yaml", &manifests);
    let run = |more: &[&str]| {
        let mut all = vec!["audit", "-f", "manifests"];
        all.extend(more);
        kready.run(&all).stdout
    };
    let table = run(&[]);
    for said in [
        "12 objects in 1 file; 12 workloads in 3 namespaces",
        "judged for Kubernetes 1.",
        "(newest known)",
        "12 of 12 workloads: ",
        "manifests/apps.yaml:9)",
        "EXPOSED ONCE APPLIED",
        "NAMESPACES  open findings in 3 of 3",
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    assert!(!table.contains("NOW"), "nothing is broken yet: {table}");
    let table = run(&["--kubernetes-version", "1.36"]);
    assert!(
        table.contains("judged for Kubernetes 1.36 (--kubernetes-version)"),
        "{table}"
    );
}

#[test]
fn of_files_that_could_not_be_read_nothing_is_said_to_be_fine() {
    let kready = Kready::new();
    kready.write("m/bad.yaml", "kind: [broken");
    kready.write(
        "m/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n",
    );
    let run = kready.run(&["audit", "-f", "m"]);
    assert_eq!(run.code, Some(4), "{run:#?}");
    for said in ["0 workloads", "no open findings", "no workloads"] {
        assert!(!run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let head = run.stdout.split("\n\nNOT READ").next().unwrap();
    assert!(
        head.contains(" INCONCLUSIVE ") && head.contains("next: "),
        "{}",
        run.stdout
    );
}

#[test]
fn a_gate_that_is_switched_off_is_said_to_be() {
    let run = Kready::new().run(&["audit", "--demo", "--fail-on", "never"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("\n NOT GATED "), "{}", run.stdout);
    assert!(
        run.stdout.contains("open (--fail-on never)"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_long_name_of_a_component_keeps_the_columns() {
    for columns in ["60", "80", "120"] {
        let kready = Kready::new().variable("COLUMNS", columns);
        let table = kready.run(&["components", "--demo"]).stdout;
        let rows = table.lines().filter(|line| line.contains(" confirmed by "));
        let mut places: Vec<usize> = rows
            .map(|line| line.find(" confirmed by ").unwrap())
            .collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 1, "{table}");
    }
}

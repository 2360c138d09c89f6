//! As a plugin of kubectl: whatever is to be typed next begins with `kubectl kready`, and a report is the same bytes however
//! the program was called.

use std::{collections::BTreeSet, sync::LazyLock};

use crate::{
    program::{Kready, MANIFEST, Run, kubeconfig},
    server::Plan,
    world::World,
};

/// The commands of the program.
static COMMANDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut command = kready::command();
    command.build();
    let commands = command.get_subcommands();
    commands.map(|it| it.get_name().to_owned()).collect()
});

/// The lines that name a command as nobody can type it who has the plugin alone.
fn bare(text: &str) -> Vec<&str> {
    let is_bare = |line: &&str| {
        line.match_indices("kready ").any(|(at, name)| {
            let (before, after) = (&line[..at], &line[at + name.len()..]);
            let word = after.split(|c: char| !c.is_ascii_lowercase()).next();
            let is_command = word.is_some_and(|word| COMMANDS.contains(word))
                || after.starts_with("--")
                || after.starts_with("[OPTIONS]");
            let last = before.chars().next_back();
            let begins = last.is_none_or(|last| !last.is_alphanumeric() && !"-_./".contains(last));
            begins && is_command && !before.ends_with("kubectl ")
        })
    };
    text.lines().filter(is_bare).collect()
}

#[track_caller]
fn advises(run: &Run, words: &[&str]) {
    for said in [&run.stdout, &run.stderr] {
        assert_eq!(bare(said), [""; 0], "{words:?}");
        assert!(!said.contains("kubectl kubectl"), "{words:?}: {said}");
    }
}

fn plugin() -> Kready {
    Kready::new().called("kubectl-kready")
}

#[test]
fn the_test_knows_a_bare_command() {
    assert_eq!(
        bare("run kready audit\n`kready rbac`\nkready --help\nUsage: kready [OPTIONS]").len(),
        4
    );
    assert_eq!(
        bare("kubectl kready audit, kready.yaml, ./kready audit, kready reads"),
        [""; 0]
    );
}

#[test]
fn help_reports_and_pages_name_the_plugin() {
    let kready = plugin();
    kready.write("app.yaml", MANIFEST);
    kready.run(&["audit", "--demo", "-o", "json=report.json"]);
    let mut commands: Vec<Vec<&str>> = vec![
        vec![],
        vec!["--help"],
        vec!["--version"],
        vec!["audit", "--demo"],
        vec!["audit", "--demo", "--details"],
        vec!["audit", "--demo", "--by", "object"],
        vec!["audit", "app.yaml", "--details"],
        vec!["checks"],
        vec!["checks", "--standard", "nsa"],
        vec!["checks", "--controls"],
        vec!["components", "--demo", "--details"],
        vec!["explain", "pdb-missing"],
        vec!["explain", "component-retired", "--all"],
        vec!["explain", "K01"],
        vec!["rbac", "--user", "jane"],
        vec!["version"],
        vec!["waive", "report.json"],
        vec!["waive", "report.json", "--into", "kready.yaml"],
        vec!["waive", "--into", "kready.yaml", "--reason", "because"],
        vec!["diff", "report.json", "report.json"],
    ];
    for command in COMMANDS.iter() {
        commands.push(vec!["help", command]);
        commands.push(vec![command, "--help"]);
    }
    for words in commands {
        advises(&kready.run(&words), &words);
    }
    let table = kready.run(&["audit", "--demo", "--no-config"]).stdout;
    assert!(table.contains("more: kubectl kready explain "), "{table}");
}

#[test]
fn errors_name_the_plugin() {
    let kready = plugin();
    kready.write("kready.yaml", "waivers: [{check: pdb-missing}]\n");
    kready.write("chart/Chart.yaml", "apiVersion: v2\nname: shop\n");
    kready.write("no.json", "{}");
    for words in [
        &["audti"][..],
        &["scan"],
        &["audit", "--quux"],
        &["audit", "--contxt"],
        &["audit", "--severity", "HIGH"],
        &["audit", "--demo", "--context", "prod"],
        &["audit", "--demo", "--fail-on", "severe"],
        &["audit", "--render"],
        &["audit"],
        &["audit", "--demo"],
        &["audit", "--no-config"],
        &["audit", "--no-config", "--demo", "--only", "nothing"],
        &["audit", "--no-config", "--demo", "--baseline", "no.json"],
        &["audit", "--no-config", "chart/Chart.yaml"],
        &["audit", "--no-config", "chart"],
        &["components"],
        &["snapshot"],
        &["explain"],
        &["explain", "nothing"],
        &["explain", "cis", "9.9.9"],
        &["waive", "no.json"],
        &["waive", "--into", "w.yaml"],
        &["diff", "no.json", "no.json"],
        &["schema", "nothing"],
        &["completion", "tcsh"],
    ] {
        let run = kready.run(words);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{words:?}: {run:#?}"
        );
        advises(&run, words);
    }
    kready
        .run(&["audit", "--no-config"])
        .refuses(2, &["next: ", ": kubectl kready audit --demo"]);
}

#[test]
fn what_is_not_seen_or_read_names_the_plugin_and_names_of_others_stay() {
    let server = Plan::of(World::named("ground"))
        .forbidding("policy", "poddisruptionbudgets")
        .start();
    let kready = Kready::on(&server).called("kubectl-kready");
    for words in [&["audit"][..], &["audit", "--details"], &["components"]] {
        advises(&kready.run(words), words);
    }
    let kready = plugin();
    kready.write("d/app.yaml", MANIFEST);
    kready.write("d/kready audit.yaml", "kind: [\n");
    kready.write("d/kready audit/Chart.yaml", "apiVersion: v2\nname: shop\n");
    let table = kready.run(&["audit", "d"]).stdout;
    for said in [
        "d/kready audit.yaml:",
        "helm template shop 'd/kready audit' | kubectl kready audit -f -",
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    assert!(!table.contains("kubectl kready audit.yaml"), "{table}");
    // What others wrote is quoted in a cause as it is.
    let config = kubeconfig(&server).to_string();
    let config = config.replace(
        "\"current-context\":\"fake\"",
        "\"current-context\":\"kready audit\"",
    );
    kready.write(".kube/config", &config);
    let run = kready.run(&["audit"]);
    run.refuses(2, &["kready audit"]);
    assert!(!run.stderr.contains("kubectl kready audit"), "{run:#?}");
}

#[test]
fn a_report_is_the_same_however_the_program_was_called() {
    let server = Plan::of(World::named("ground"))
        .forbidding("policy", "poddisruptionbudgets")
        .start();
    let (kready, plugin) = (
        Kready::on(&server),
        Kready::on(&server).called("kubectl-kready"),
    );
    for kready in [&kready, &plugin] {
        kready.write("d/app.yaml", MANIFEST);
        kready.write("d/chart/Chart.yaml", "apiVersion: v2\nname: shop\n");
        kready.run(&["audit", "-o", "json=live.json", "--skip", "delivery"]);
    }
    for format in [
        "json",
        "jsonl",
        "yaml",
        "sarif",
        "junit",
        "markdown",
        "github",
        "gitlab",
        "csv",
        "html",
        "openmetrics",
        "openreports",
    ] {
        let words = ["audit", "d", "-o", format];
        let (one, other) = (kready.run(&words), plugin.run(&words));
        assert!(!one.stdout.is_empty(), "{format}: {one:#?}");
        assert!(one.stdout == other.stdout, "{format}: {}", other.stdout);
    }
    assert!(
        kready
            .read("live.json")
            .contains("with: kready rbac --user")
    );
    assert!(
        plugin
            .read("live.json")
            .contains("with: kready rbac --user")
    );
}

#[test]
fn kubectl_completes_it_by_a_link() {
    let kready = Kready::new().called("kubectl_complete-kready");
    for (words, said) in [
        (
            &["audit", "--fail-on", ""][..],
            "critical\nhigh\nmedium\nlow\nnever\n:4\n",
        ),
        (&["explain", "pdb-m"], "pdb-missing\n:4\n"),
        (&["audit", "-f", ""], ":0\n"),
    ] {
        let run = kready.run(words);
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (Some(0), said, "")
        );
    }
    let run = kready.run(&["exp"]);
    assert!(run.stdout.starts_with("explain\t"), "{run:#?}");
}

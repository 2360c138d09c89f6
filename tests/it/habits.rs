//! What people try first: habits from kubectl and other auditors, names that don't exist, pipes and narrow terminals.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Value, json};

use crate::{
    program::{Kready, MANIFEST, kubeconfig},
    server::Plan,
    world::World,
};

fn with_manifest() -> Kready {
    let kready = Kready::new();
    kready.write("app.yaml", MANIFEST);
    kready
}

#[test]
fn help_is_where_people_look_for_it() {
    let kready = Kready::new();
    let bare = kready.run::<&str>(&[]);
    assert_eq!(bare.code, Some(0), "{bare:#?}");
    assert!(bare.stdout.contains("\nExamples:\n"), "{bare:#?}");
    assert_eq!(bare.stderr, "");
    for words in [&["help", "audit"][..], &["audit", "--help"]] {
        let help = kready.run(words);
        assert_eq!(help.code, Some(0), "{help:#?}");
        let words: Vec<&str> = help.stdout.split_whitespace().collect();
        let said = "critical, high, medium, low or never [default: high]";
        assert!(words.join(" ").contains(said), "{help:#?}");
    }
}

#[test]
fn the_version_says_until_when_its_knowledge_is_good() {
    let kready = Kready::new();
    let run = kready.run(&["version", "-o", "json"]);
    let version: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        version["numberOfChecks"],
        json!(kready_checks::builtin().count())
    );
    assert_eq!(version["knowledge"], kready_checks::knowledge::DATE);
    let until = version["knowledgeGoodUntil"].as_str().unwrap();
    assert!(until > kready_checks::knowledge::DATE, "{version}");
    let text = kready.run(&["version"]).stdout;
    assert!(text.contains(&format!("good until {until}")), "{text}");
}

#[test]
fn paths_need_no_flag() {
    let kready = with_manifest();
    let bare = kready.audit(&["app.yaml"]).value;
    assert_eq!(bare["source"]["files"], json!(["app.yaml"]));
    assert_eq!(
        bare["checks"],
        kready.audit(&["-f", "app.yaml"]).value["checks"]
    );
    let sarif = |words: &[&str]| kready.run(&[words, &["-o", "sarif"]].concat()).stdout;
    assert_eq!(
        sarif(&["audit", "app.yaml"]),
        sarif(&["audit", "-f", "app.yaml"])
    );
    assert_ne!(sarif(&["audit", "app.yaml"]), "");
    kready
        .run(&["audit", "app.yaml", "--demo"])
        .refuses(2, &["cannot be used with"]);
    kready
        .run(&["audit", "app.yaml", "--context", "prod"])
        .refuses(2, &["cannot be used with"]);
    kready
        .run(&["audit", "nope.yaml"])
        .refuses(2, &["nope.yaml"]);
}

#[test]
fn manifests_are_judged_for_a_version_that_the_report_names() {
    let kready = with_manifest();
    let judged = |more: &[&str]| {
        let mut words = vec!["app.yaml"];
        words.extend(more);
        kready.audit(&words).value["judgedFor"].clone()
    };
    let named = &["--kubernetes-version", "v1.36.2"];
    assert_eq!(judged(named), json!({"version": "1.36", "named": true}));
    let newest = kready_checks::knowledge::releases::newest();
    let assumed = json!({"version": format!("1.{newest}"), "named": false});
    assert_eq!(judged(&[]), assumed);
    let demo = kready.audit(&["--demo"]).value;
    assert_eq!(demo["judgedFor"], Value::Null);
    kready
        .run(&["audit", "app.yaml", "--kubernetes-version", "1.99"])
        .refuses(2, &[&format!("up to 1.{newest}")]);
    // A cluster has a version of its own.
    for words in [
        &["audit", "--kubernetes-version", "1.36"][..],
        &["audit", "--demo", "--kubernetes-version", "1.36"],
    ] {
        assert_eq!(kready.run(words).code, Some(2), "{words:?}");
    }
}

#[test]
fn a_namespace_without_anything_is_named() {
    let kready = with_manifest();
    kready
        .run(&["audit", "app.yaml", "-n", "shpo"])
        .refuses(2, &["the namespace \"shpo\"", "did you mean shop?"]);
    kready
        .run(&["audit", "--demo", "-n", "quux"])
        .refuses(2, &["the namespace \"quux\"", "the namespaces there are:"]);
    let some = kready.audit(&["app.yaml", "-n", "shop,quux"]).value;
    let warnings = some["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["code"] == "namespace-absent"
                && warning["message"].as_str().unwrap().contains("quux")),
        "{warnings:?}"
    );
}

#[test]
fn a_selection_is_told_in_the_scope() {
    let table = Kready::new().run(&["audit", "--demo", "--only", "hardening,critical"]);
    let words: Vec<&str> = table.stdout.split_whitespace().collect();
    assert!(
        words.join(" ").contains("critical hardening checks"),
        "{}",
        table.stdout
    );
}

#[test]
fn a_line_of_the_list_stays_whole_in_a_pipe() {
    for columns in ["20", "80", "200"] {
        let kready = Kready::new().variable("COLUMNS", columns);
        let listed = kready.run(&["checks"]).stdout;
        for check in kready_checks::builtin() {
            let line = listed
                .lines()
                .find(|line| line.split_whitespace().nth(1) == Some(check.id))
                .unwrap_or_else(|| panic!("{} is missing: {listed}", check.id));
            assert!(line.ends_with(check.title), "{line}");
            assert!(line.trim_start().starts_with(check.severity.id()), "{line}");
        }
    }
}

#[test]
fn a_check_is_told_in_full_in_json() {
    let kready = Kready::new();
    let listed = kready.run(&["checks", "-o", "json"]).stdout;
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let report = kready.audit(&["--demo"]).value;
    for entry in &listed {
        let id = entry["id"].as_str().unwrap();
        for key in [
            "aliases",
            "capability",
            "fix",
            "mode",
            "needs",
            "params",
            "reach",
            "references",
            "since",
            "tier",
            "why",
        ] {
            assert!(entry.get(key).is_some(), "{id}: {key}");
        }
        // What a report says of a check, the list says in the same words.
        let checks = report["checks"].as_array().unwrap();
        let Some(judged) = checks.iter().find(|check| check["id"] == id) else {
            continue;
        };
        for key in [
            "docs",
            "fix",
            "impact",
            "pillar",
            "remediation",
            "standards",
            "summary",
            "title",
        ] {
            assert_eq!(entry[key], judged[key], "{id}: {key}");
        }
        // A question about the cluster may be answered by parts of it, which only a report knows.
        if entry["unit"] != "cluster" {
            assert_eq!(entry["unit"], judged["unit"], "{id}");
        }
    }
}

#[test]
fn several_checks_are_explained_at_once_and_in_other_formats() {
    let kready = Kready::new();
    let both = kready.run(&["explain", "pdb-missing", "pdb-blocking"]);
    assert_eq!(both.code, Some(0), "{both:#?}");
    for title in ["pdb-missing: ", "\npdb-blocking: "] {
        assert!(both.stdout.contains(title), "{}", both.stdout);
    }
    let markdown = kready
        .run(&["explain", "pdb-missing", "-o", "markdown"])
        .stdout;
    assert!(
        markdown.starts_with("# a replicated workload"),
        "{markdown}"
    );
    for part in [
        "\n## Why it matters\n",
        "\n```yaml\n",
        "\n- severity: medium",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let entries = kready.run(&["explain", "pdb-missing", "-o", "json"]).stdout;
    let entries: Vec<Value> = serde_json::from_str(&entries).unwrap();
    assert_eq!(entries[0]["id"], "pdb-missing");
    assert!(
        entries[0]["examples"]["fails"]
            .as_str()
            .unwrap()
            .contains("```yaml")
    );
    let more = kready.run(&["explain", "pdb-missing", "--examples"]).stdout;
    assert!(
        more.contains("\nPASSES\n") && more.lines().count() > 100,
        "{more}"
    );
}

#[test]
fn ids_of_others_find_ours() {
    let kready = Kready::new();
    for id in ["KSV017", "AVD-KSV-0017", "KSV-0017"] {
        let run = kready.run(&["explain", id]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(run.stdout.starts_with("privileged-container: "), "{run:#?}");
        assert_eq!(run.stderr, "trivy KSV-0017 is privileged-container\n");
    }
    for words in [&["cis", "5.2.2"][..], &["K01"], &["NSA", "Pod"]] {
        let mut all = vec!["explain"];
        all.extend(words);
        let run = kready.run(&all);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(run.stdout.contains("privileged-container"), "{run:#?}");
        assert!(run.stdout.contains(" is decided by "), "{run:#?}");
    }
    kready
        .run(&["explain", "KSV-9999"])
        .refuses(2, &["no check decides \"KSV-9999\"", "--standard trivy"]);
    kready
        .run(&["explain", "pdb-mising"])
        .refuses(2, &["did you mean pdb-missing?"]);
    let hostile = kready.run(&["explain", "x\u{1b}[31m\ny"]);
    hostile.refuses(2, &["unknown check"]);
    assert!(!hostile.stderr.contains('\u{1b}'), "{hostile:#?}");
}

#[test]
fn never_is_suggested_to_nobody() {
    let run = with_manifest().run(&["audit", "app.yaml", "--fail-on", "severe"]);
    run.refuses(
        2,
        &["next: write one of critical, high, medium, low, never"],
    );
    assert!(!run.stderr.contains("did you mean"), "{run:#?}");
}

#[test]
fn a_snapshot_goes_into_a_pipe() {
    let server = Plan::of(World::named("ground")).start();
    let kready = Kready::on(&server);
    let output = kready.command(&["snapshot", "-o", "-"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.starts_with(&[0x1f, 0x8b]), "it is compressed");
    fs::write(kready.path("saved.json.gz"), output.stdout).unwrap();
    let report = kready.audit(&["saved.json.gz"]).value;
    assert_eq!(report["source"]["type"], "snapshot");
    kready
        .run(&["audit", "saved.json.gz", "--kubernetes-version", "1.36"])
        .refuses(2, &["is for manifests", "v1.36.3"]);
}

#[test]
fn an_error_of_the_system_has_no_number() {
    let kready = with_manifest();
    for words in [
        &["waive", "nope.json"][..],
        &["audit", "app.yaml", "--baseline", "nope.json"],
        &["audit", "app.yaml", "--config", "nope.yaml"],
        &["audit", "nope.yaml"],
    ] {
        let run = kready.run(words);
        run.refuses(2, &["nope", "there is no such file"]);
        assert!(!run.stderr.contains("os error"), "{run:#?}");
    }
}

#[test]
fn rights_are_asked_for_whoever_lacks_them() {
    let refusing = || {
        Plan::of(World::named("ground"))
            .forbidding("policy", "poddisruptionbudgets")
            .forbidding("", "services")
            .start()
    };
    let server = refusing();
    let kready = Kready::on(&server);
    let command = "kready rbac --user it-user --only high-availability | kubectl apply -f -";
    let words = ["--only", "high-availability"];
    let report = kready.audit(&words).value;
    let remedies: BTreeSet<&str> = report["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|gap| gap["reason"] == "forbidden")
        .map(|gap| gap["remedy"].as_str().unwrap())
        .collect();
    assert_eq!(
        remedies,
        BTreeSet::from([format!("an administrator can grant all of it with: {command}").as_str()])
    );
    let table = kready.run(&["audit", words[0], words[1]]).stdout;
    assert_eq!(table.matches("rbac --user it-user").count(), 1, "{table}");
    let plugin = Kready::on(&server).called("kubectl-kready");
    // Who reads JSON elsewhere may have called it otherwise.
    assert_eq!(plugin.audit(&words).value["gaps"], report["gaps"]);
    let table = plugin.run(&["audit", words[0], words[1]]).stdout;
    assert!(
        table.contains("  kubectl kready rbac --user it-user"),
        "{table}"
    );
    // The command prints what it says it was.
    let typed: Vec<&str> = command
        .split(" | ")
        .next()
        .unwrap()
        .split(' ')
        .skip(1)
        .collect();
    let manifest = kready.run(&typed).stdout;
    let header = manifest
        .lines()
        .find_map(|line| line.strip_prefix("# Apply with: "))
        .unwrap();
    assert_eq!(
        header,
        "kready rbac --only high-availability --user it-user | kubectl apply -f -"
    );
    assert!(
        manifest.contains("kind: User\n  name: it-user\n"),
        "{manifest}"
    );
}

#[test]
fn nothing_at_all_may_be_read_and_the_next_step_names_who() {
    let server = Plan::of(World::named("ground"))
        .allowing(|_, _, _| false)
        .start();
    let kready = Kready::on(&server);
    let words = ["audit", "--skip", "delivery", "--context", "fake"];
    kready.run(&words).refuses(
        3,
        &[
            "it-user may not list",
            "kready rbac --user it-user --skip delivery | kubectl apply -f -",
        ],
    );
}

#[test]
fn a_next_step_is_for_the_same_cluster_and_the_program_as_it_was_called() {
    let server = Plan::of(World::named("ground")).start();
    let mut config = kubeconfig(&server);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://127.0.0.1:{port}"));
    let kready = Kready::new();
    kready.write("my config", &config.to_string());
    let words = ["audit", "--kubeconfig", "my config", "--context", "fake"];
    let run = kready.run(&words);
    run.refuses(
        3,
        &["kubectl --kubeconfig 'my config' --context fake config view --minify"],
    );
    assert!(
        !run.stderr.contains("VPN"),
        "it is on this machine: {run:#?}"
    );
    config["clusters"][0]["cluster"]["server"] = json!(format!("127.0.0.1:{port}"));
    kready.write("my config", &config.to_string());
    kready
        .run(&words)
        .refuses(3, &["no scheme, so http:// is assumed", "write https://"]);
    let plugin = Kready::new().called("kubectl-kready");
    plugin
        .run(&["audit"])
        .refuses(2, &["kubectl kready audit --demo"]);
    plugin
        .run(&["scan"])
        .refuses(2, &["next: kubectl kready audit judges"]);
}

#[test]
fn words_of_yaml_are_text_where_text_is_meant() {
    let kready = with_manifest();
    kready.write(
        "kready.yaml",
        "\
scope: {exclude: [no, on]}
waivers:
- check: pdb-missing
  objects: [shop/deployment/portal]
  owner: y
  reason: off
  expires: 2027-01-01
",
    );
    let report = kready.audit(&["app.yaml"]).value;
    assert_eq!(report["scope"]["excluded"], json!(["no", "on"]));
    assert_eq!(report["waivers"][0]["owner"], "y");
    assert_eq!(report["waivers"][0]["reason"], "off");
    for (text, says) in [
        (
            "waivers: []\ngate: {}\nwaivers: []\n",
            "kready.yaml:3:1: `waivers` appears twice (lines 1 and 3): put both lists under one key",
        ),
        (
            "scope: {exclude: sandbox}\n",
            "`exclude` must be a list, e.g. [sandbox]",
        ),
        (
            "gate: {minScore: 200}\n",
            "`minScore`: 200 is outside 0–100",
        ),
        (
            "gate: {failOn: severe}\n",
            "known are critical, high, medium, low, never",
        ),
    ] {
        kready.write("kready.yaml", text);
        kready.run(&["audit", "app.yaml"]).refuses(2, &[says]);
    }
}

/// What bash offers for a line, with the script of `kready completion bash`.
fn offered(kready: &Kready, words: &[&str]) -> Option<Vec<String>> {
    let script = kready.run(&["completion", "bash"]).stdout;
    kready.write("kready.bash", &script);
    let last = words.len() - 1;
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        "source ./kready.bash; COMP_WORDS=({}); COMP_CWORD={last}; \
         _kready kready '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words[last],
        words[last - 1],
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &line])
        .current_dir(kready.home.path())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(ToOwned::to_owned).collect())
}

#[test]
fn scripts_know_the_namespaces_of_the_demo() {
    let kready = Kready::new();
    let script = kready.run(&["completion", "zsh"]).stdout;
    let report = kready.audit(&["--demo"]).value;
    for namespace in report["namespaces"].as_array().unwrap() {
        let name = namespace["name"].as_str().unwrap();
        assert!(script.contains(name), "{name}");
    }
}

#[test]
fn bash_completes_ids_and_values() {
    let kready = Kready::new();
    for (words, expected) in [
        (&["kready", "explain", "pdb-m"][..], "pdb-missing"),
        (&["kready", "audit", "--only", "hard"], "hardening"),
        (&["kready", "audit", "--skip", "pdb-b"], "pdb-blocking"),
        (&["kready", "audit", "--fail-on", "crit"], "critical"),
        (&["kready", "audit", "--profile", "d"], "dev"),
        (&["kready", "audit", "-o", "js"], "json"),
        (
            &["kready", "audit", "--demo", "-n", "longh"],
            "longhorn-system",
        ),
        (&["kready", "checks", "--standard", "kube"], "kubescape"),
    ] {
        // A machine without bash has nothing to show.
        let Some(offered) = offered(&kready, words) else {
            return;
        };
        assert!(
            offered.iter().any(|offer| offer == expected),
            "{words:?}: {offered:?}"
        );
    }
}

#[test]
fn fish_completes_ids_and_values() {
    let kready = Kready::new();
    let script = kready.run(&["completion", "fish"]).stdout;
    kready.write("kready.fish", &script);
    for (line, expected) in [
        ("kready explain pdb-m", "pdb-missing"),
        ("kready audit --only hard", "hardening"),
        ("kready checks --standard kube", "kubescape"),
    ] {
        let asked = format!("source ./kready.fish; complete -C '{line}'");
        let output = Command::new("fish")
            .args(["--no-config", "-c", &asked])
            .current_dir(kready.home.path())
            .env("HOME", kready.home.path())
            .output();
        // A machine without fish has nothing to show.
        let Ok(output) = output else { return };
        let offered = String::from_utf8(output.stdout).unwrap();
        assert!(
            offered.lines().any(|offer| offer.starts_with(expected)),
            "{line}: {offered}"
        );
    }
}

//! Reports of false alarms and of misses, judged as their heads say: `# want: CHECK fail SUBJECT` and the like, see
//! CONTRIBUTING.md.

use std::{fmt::Write as _, path::Path};

use serde_json::Value;

use crate::program::Kready;

/// What a report wants of the audit, and how far that is so.
fn missed(want: &str, code: Option<i32>, report: &Value) -> Option<String> {
    let words: Vec<&str> = want.split_whitespace().collect();
    if let ["rc", wanted] = words[..] {
        let is_so = code.map(|code| code.to_string()).as_deref() == Some(wanted);
        return (!is_so).then(|| format!("the exit code is {code:?}"));
    }
    let none = Vec::new();
    let checks = report["checks"].as_array().unwrap_or(&none);
    let Some(check) = checks.iter().find(|check| check["id"] == words[0]) else {
        return Some("there is no such check".into());
    };
    let findings = check["findings"].as_array().unwrap_or(&none);
    let seen: Vec<String> = findings.iter().map(subject).collect();
    match words[1..] {
        ["is", outcome] => {
            (check["outcome"] != outcome).then(|| format!("{}: {seen:?}", check["outcome"]))
        }
        ["cluster"] => (!seen.iter().any(|seen| seen == "cluster")).then(|| format!("{seen:?}")),
        [verdict @ ("fail" | "none" | "system"), wanted] => {
            let mut found = findings.iter().filter(|finding| {
                let subject = subject(finding);
                let container = finding["container"].as_str();
                subject == wanted
                    || container.is_some_and(|name| format!("{subject}/{name}") == wanted)
            });
            let is_so = match (verdict, found.next()) {
                ("none", found) => found.is_none(),
                (_, Some(first)) => {
                    (first["state"] == "system") == (verdict == "system")
                        && found.all(|other| other["state"] == first["state"])
                }
                (_, None) => false,
            };
            (!is_so).then(|| format!("found on {seen:?}"))
        }
        _ => Some("nobody knows what that means".into()),
    }
}

fn subject(finding: &Value) -> String {
    let object = &finding["object"];
    let part = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    match part("namespace").as_str() {
        _ if object.is_null() => "cluster".into(),
        "" => format!("{}/{}", part("kind"), part("name")),
        namespace => format!("{namespace}/{}/{}", part("kind"), part("name")),
    }
}

/// What of a report isn't so, one line each.
fn judge(path: &Path, args: &[String], wants: &[String]) -> String {
    let kready = Kready::new();
    let path = path.to_string_lossy();
    let mut words = vec!["audit", "--no-config", "-q", "-f", &path, "-o", "json"];
    words.extend(args.iter().map(String::as_str));
    let run = kready.run(&words);
    let report = serde_json::from_str(&run.stdout).unwrap_or(Value::Null);
    let mut missing = String::new();
    for want in wants {
        if let Some(instead) = missed(want, run.code, &report) {
            let _ = writeln!(missing, "{path}: {want}: {instead} {}", run.stderr);
        }
    }
    missing
}

#[test]
fn reports_are_judged_as_their_heads_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reports");
    let mut missing = String::new();
    let mut judged = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let head = |key: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
            let said = lines.filter_map(|line| line.trim().strip_prefix(key));
            let said = said.map(|said| said.split("--").next().unwrap_or(said).trim());
            said.map(str::to_owned).collect()
        };
        let args = text
            .lines()
            .filter_map(|line| line.strip_prefix("# args:"))
            .flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let wants = head("want:");
        assert!(!wants.is_empty(), "{} wants nothing", path.display());
        missing += &judge(&path, &args, &wants);
        judged += wants.len();
    }
    assert!(judged > 0, "there are no reports");
    assert!(missing.is_empty(), "of {judged} wants:\n{missing}");
}

#[test]
fn no_value_of_a_credential_comes_out() {
    const VALUES: &[&str] = &[
        "Kessel99",
        "YXBwOktlc3NlbDk5",
        "Dachs-und-Fuchs-7",
        "Wolken-12-Bruch",
        "hunter2hunter2",
        "471100",
        "changeme",
        "aB3dE5fG7hI9jK1lM3nO5p",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reports");
    for name in [
        "names-that-only-speak-of-secrets.yaml",
        "values-that-are-no-credentials.yaml",
    ] {
        let path = folder.join(name);
        let path = path.to_string_lossy();
        let kready = Kready::new();
        let audit = ["audit", "--no-config", "-f", &path];
        for more in [
            &["--details"][..],
            &["-o", "json"],
            &["--save", "saved.json.gz"],
        ] {
            let run = kready.run(&[&audit, more].concat());
            let saved = match more {
                ["--save", file] => crate::snapshot::unzip(&kready.path(file)),
                _ => String::new(),
            };
            for value in VALUES {
                for text in [&run.stdout, &run.stderr, &saved] {
                    assert!(!text.contains(value), "{value} is in {text}");
                }
            }
        }
    }
}

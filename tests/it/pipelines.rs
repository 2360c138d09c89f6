//! Formats that pipelines read, against the schemas of those who read them: of a cluster that has everything, of an empty one, of a
//! clean one, of hostile names, of gaps, and of thousands of findings.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::Read,
    path::Path,
    process::{Command, Stdio},
};

use flate2::read::GzDecoder;
use jsonschema::Validator;
use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};

use crate::{
    program::Kready,
    server::{Plan, Server},
    tools,
    world::World,
};

const FORMATS: [&str; 5] = ["sarif", "junit", "markdown", "github", "gitlab"];

/// Names that would end a line, a cell, a string, an element or a link, mention a person, or move a cursor.
const NASTY: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred\u{7}\u{9b}1m",
    "line\n::error::forged\r\n## forged",
    "\u{202e}gpj.exe\u{200b}\u{feff}\u{2028}",
    "<script>alert(1)</script>]]><!--</failure>&amp;\"'",
    "|`**[x](javascript:1)``` @octocat #1 https://evil.example www.evil.example",
    "%0A::stop-commands::x",
    "\u{fffe}\u{ffff}\u{0}",
    "=cmd()|' /C calc'!A0",
    "🦀{0}$x$:smile:",
];

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": format!("registry.example/{name}"), "securityContext": {"privileged": true}}]},
            },
        },
    })
}

fn list(items: impl Iterator<Item = Value>) -> String {
    let items: Vec<Value> = items.collect();
    serde_json::to_string_pretty(&json!({"apiVersion": "v1", "kind": "List", "items": items}))
        .unwrap()
}

struct Case {
    name: &'static str,
    kready: Kready,
    args: Vec<&'static str>,
    _server: Option<Server>,
}

/// What is audited, and how.
fn cases() -> Vec<Case> {
    let case = |name, kready: Kready, args: &[&'static str]| Case {
        name,
        kready,
        args: args.to_vec(),
        _server: None,
    };
    let with = |name: &str, text: &str| {
        let kready = Kready::new();
        kready.write(name, text);
        kready.write("cluster.md", "the cluster\n");
        kready
    };
    let anchor = "--sarif-anchor=cluster.md";
    let snapshot = "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n";
    let server = Plan::of(World::named("broken"))
        .forbidding("", "pods")
        .start();
    let gaps = Kready::on(&server);
    gaps.write("cluster.md", "the cluster\n");
    let nasty = list(NASTY.iter().map(|name| deployment(name)));
    let many = list((0..700).map(|number| deployment(&format!("d{number}"))));
    vec![
        case("demo", with("x", ""), &["--demo", anchor]),
        case(
            "empty",
            with("empty.yaml", snapshot),
            &["-f", "empty.yaml", anchor],
        ),
        case(
            "clean",
            with("m/a.yaml", &deployment("a").to_string()),
            &["-f", "m", "--only", "pvc-pending,host-port,sysctl-unsafe"],
        ),
        case("hostile", with("m/nasty.json", &nasty), &["-f", "m"]),
        case(
            "unread",
            {
                let kready = with("m/a.yaml", &deployment("a").to_string());
                kready.write("m/b.yaml", "kind: [\n");
                kready
            },
            &["-f", "m"],
        ),
        Case {
            _server: Some(server),
            ..case("gaps", gaps, &[anchor])
        },
        case("many", with("m/many.json", &many), &["-f", "m"]),
    ]
}

/// Each format of one audit, in the order of [`FORMATS`].
fn written(case: &Case) -> [String; 5] {
    let mut args = vec!["audit"];
    args.extend(&case.args);
    let targets = FORMATS.map(|format| format!("--output={format}=out.{format}"));
    args.extend(targets.iter().map(String::as_str));
    let run = case.kready.run(&args);
    assert!(
        matches!(run.code, Some(0 | 1 | 4)),
        "{}: {run:?}",
        case.name
    );
    FORMATS.map(|format| case.kready.read(&format!("out.{format}")))
}

fn unzip(bytes: &[u8]) -> Value {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn sarif_schema() -> Validator {
    let mut schema = unzip(include_bytes!("schemas/sarif-2.1.0.schema.json.gz"));
    // Its pattern of a language, which kready never names, has a bracket too many, and is refused.
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"];
        assert!(
            language
                .as_object_mut()
                .unwrap()
                .remove("pattern")
                .is_some()
        );
    }
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one")
}

/// Whether a path is one of a repository.
fn is_relative(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.contains("..") && !path.contains('\\')
}

#[test]
fn every_format_holds_for_whoever_reads_it() {
    let schema = sarif_schema();
    let mut broken = json!({"version": "2.1.0", "runs": [{"results": []}]});
    assert!(!schema.is_valid(&broken), "a run has a tool");
    broken["runs"] = json!([]);
    assert!(schema.is_valid(&broken));
    for case in cases() {
        let [sarif, junit, markdown, github, gitlab] = written(&case);
        sarif_holds(case.name, &schema, &sarif);
        junit_holds(case.name, &junit);
        valid_for_jenkins(case.name, &case.kready.path("out.junit"));
        markdown_holds(case.name, &markdown);
        github_holds(case.name, &github);
        gitlab_holds(case.name, &gitlab);
        // Nothing depends on the order of anything, or on the time.
        if case.name == "hostile" {
            assert_eq!(written(&case), [sarif, junit, markdown, github, gitlab]);
        }
    }
}

fn sarif_holds(name: &str, schema: &Validator, text: &str) {
    let log: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&log)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(!rules.is_empty(), "{name}");
    for rule in rules {
        for path in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/markdown",
            "/helpUri",
        ] {
            let text = rule.pointer(path).and_then(Value::as_str);
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "{name}: {path} of {rule}"
            );
        }
        let severity = rule["properties"]["security-severity"].as_str().unwrap();
        assert!(severity.parse::<f64>().unwrap() > 0.0, "{rule}");
        assert!(
            rule["properties"]["tags"].as_array().unwrap().len() <= 20,
            "{rule}"
        );
    }
    let results = run["results"].as_array().unwrap();
    let mut prints = BTreeSet::new();
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(is_relative(uri), "{name}: {uri}");
        assert!(
            place["region"]["startLine"].as_u64().unwrap() > 0,
            "{name}: {result}"
        );
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"], "{name}");
        assert!(
            prints.insert(result["partialFingerprints"].to_string()),
            "{name}: {result}"
        );
    }
    let notes = run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .unwrap();
    match name {
        "clean" => assert!(results.is_empty(), "{results:#?}"),
        "many" => assert!(results.len() >= 7_000, "{}", results.len()),
        "gaps" => assert!(
            notes
                .iter()
                .any(|note| note["descriptor"]["id"] == "not-seen")
        ),
        "unread" => assert!(
            notes
                .iter()
                .any(|note| note["descriptor"]["id"] == "file-not-read")
        ),
        _ => {}
    }
}

fn junit_holds(name: &str, text: &str) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut said) = (0, 0);
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
        {
            Event::Start(tag) | Event::Empty(tag) => {
                cases += usize::from(tag.name().as_ref() == "testcase");
                if tag.name().as_ref() == "testsuites" {
                    let tests = tag.try_get_attribute("tests").unwrap().unwrap();
                    said = tests.value.parse().unwrap();
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(cases, said, "{name}");
    assert!(cases > 1, "{name}");
    let illegal = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(illegal), "{name}");
    match name {
        "clean" => assert!(text.contains("failures=\"0\" errors=\"0\""), "{text}"),
        "gaps" => assert!(
            text.contains("<error type=\"unknown: forbidden\""),
            "{text}"
        ),
        _ => {}
    }
}

/// Holds a document against the schema of Jenkins, where there is something that can.
fn valid_for_jenkins(name: &str, document: &Path) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas/junit-10.xsd");
    let script = "import sys\nfrom lxml import etree\nschema = etree.XMLSchema(etree.parse(sys.argv[1]))\nschema.assertValid(etree.parse(sys.argv[2]))";
    let there_is = |command: &mut Command| {
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut validator = if there_is(Command::new("xmllint").arg("--version")) {
        let mut command = Command::new("xmllint");
        command
            .args(["--noout", "--nonet", "--schema"])
            .arg(schema)
            .arg(document);
        command
    } else if there_is(Command::new("python3").args(["-c", "import lxml"])) {
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(schema).arg(document);
        command
    } else {
        tools::skipped("neither xmllint nor lxml for python3 is here");
        return;
    };
    let output = validator.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
}

fn markdown_holds(name: &str, text: &str) {
    assert!(
        text.chars().count() <= 65_536,
        "{name}: {}",
        text.chars().count()
    );
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count(),
        "{name}"
    );
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "{name}"
    );
    // What is not within a code span is neither an element, nor a mention, nor a link.
    let outside: String = text.lines().map(|line| without_code(line) + "\n").collect();
    for bad in [
        "<script",
        "@octocat",
        "](javascript",
        "https://evil",
        " www.evil",
    ] {
        assert!(!outside.contains(bad), "{name}: {bad} in {outside}");
    }
    assert!(!text.lines().any(|line| line == "## forged"), "{name}");
    match name {
        "many" => assert!(text.contains("\n- and "), "it is cut, and says so"),
        "clean" => assert!(!text.contains("### Findings"), "{text}"),
        "gaps" | "unread" => assert!(text.contains("### Not seen"), "{text}"),
        _ => {}
    }
}

/// A line without its code spans, by the rule of CommonMark: as many backticks end one as began it.
fn without_code(line: &str) -> String {
    let mut outside = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let escaped = rest[..at].ends_with('\\');
        let ticks = rest[at..].chars().take_while(|c| *c == '`').count();
        if escaped {
            outside.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        outside.push_str(&rest[..at]);
        let inner = &rest[at + ticks..];
        let mut from = 0;
        let end = loop {
            let Some(next) = inner[from..].find('`') else {
                break None;
            };
            let run = inner[from + next..]
                .chars()
                .take_while(|c| *c == '`')
                .count();
            if run == ticks {
                break Some(from + next + run);
            }
            from += next + run;
        };
        let Some(end) = end else {
            outside.push_str(&rest[at..]);
            return outside;
        };
        rest = &inner[end..];
    }
    outside + rest
}

fn github_holds(name: &str, text: &str) {
    for level in ["error", "warning", "notice"] {
        let start = format!("::{level} ");
        let count = text.lines().filter(|line| line.starts_with(&start)).count();
        assert!(count <= 10, "{name}: {count} of {level}");
    }
    for line in text.lines() {
        let command = ["::error ", "::warning ", "::notice "];
        assert!(
            command.iter().any(|start| line.starts_with(start)),
            "{name}: {line}"
        );
        assert_eq!(
            line.matches("::").count() - line.matches(":::").count(),
            line.matches("::").count(),
            "{line}"
        );
        assert!(!line.contains(char::is_control), "{name}: {line:?}");
    }
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("::notice title=kready%3A "),
        "{name}: {last}"
    );
    match name {
        "many" => assert!(last.contains("more findings are not shown here"), "{last}"),
        "unread" => assert!(text.contains("::error file=m/b.yaml,line="), "{text}"),
        "demo" | "gaps" => assert!(!text.contains("file="), "{text}"),
        _ => {}
    }
}

fn gitlab_holds(name: &str, text: &str) {
    let issues: Value = serde_json::from_str(text).unwrap();
    let issues = issues.as_array().unwrap();
    let mut prints = BTreeSet::new();
    for issue in issues {
        let keys: Vec<&String> = issue.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "check_name",
                "description",
                "fingerprint",
                "location",
                "severity"
            ]
        );
        assert!(
            is_relative(issue["location"]["path"].as_str().unwrap()),
            "{name}: {issue}"
        );
        assert!(
            issue["location"]["lines"]["begin"].as_u64().unwrap() > 0,
            "{name}: {issue}"
        );
        let severity = issue["severity"].as_str().unwrap();
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&severity),
            "{issue}"
        );
        assert!(
            prints.insert(issue["fingerprint"].to_string()),
            "{name}: {issue}"
        );
    }
    assert_eq!(issues.is_empty(), name == "clean", "{name}");
}

#[test]
fn a_cluster_needs_a_file_that_stands_for_it_before_anything_is_read() {
    let kready = Kready::new();
    kready.write("cluster.md", "the cluster\n");
    kready.write(
        "snapshot.yaml",
        "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n",
    );
    let next = "--sarif-anchor FILE";
    for format in ["sarif", "gitlab"] {
        // No cluster can be reached here: it isn't tried.
        kready
            .run(&["audit", "-o", format])
            .refuses(2, &[format, next]);
        kready
            .run(&["audit", "--demo", "-o", format])
            .refuses(2, &[format, next]);
        kready
            .run(&["audit", "-f", "-", "-o", format])
            .refuses(2, &[format, next]);
        kready
            .run(&["audit", "-f", "snapshot.yaml", "-o", format])
            .refuses(2, &[format, next]);
    }
    kready
        .run(&[
            "audit",
            "--demo",
            "-o",
            "sarif",
            "--sarif-anchor",
            "none.md",
        ])
        .refuses(2, &["--sarif-anchor none.md: there is no such file"]);
    let place = |args: &[&str]| {
        let run = kready.run(&[&["audit", "--demo", "-o", "sarif"], args].concat());
        let log: Value = serde_json::from_str(&run.stdout).unwrap();
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .clone()
    };
    assert_eq!(place(&["--sarif-anchor", "cluster.md"]), "cluster.md");
    kready.write("kready.yaml", "gate: {failOn: high}\n");
    assert_eq!(place(&[]), "kready.yaml");
}

#[test]
fn findings_of_files_stand_at_their_fields_wherever_the_program_runs() {
    let kready = Kready::new();
    kready.write(".git/HEAD", "ref: refs/heads/main\n");
    let mut manifests = String::new();
    for name in ["a", "b"] {
        write!(
            manifests,
            "---\n# of {name}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n      - name: log\n        image: log:1\n      - name: app\n        image: app:latest\n        securityContext:\n          privileged: true\n"
        )
        .unwrap();
    }
    kready.write("apps/m/all.yaml", &manifests);
    let lines = |args: &[&str], folder: &str, stdin: bool| {
        let args = [
            &[
                "audit",
                "--only",
                "privileged-container,image-tag-latest",
                "-o",
                "json",
            ],
            args,
        ]
        .concat();
        let mut command = kready.command(&args);
        command.current_dir(kready.path(folder));
        if stdin {
            command.stdin(std::fs::File::open(kready.path("apps/m/all.yaml")).unwrap());
        }
        let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let mut lines = Vec::new();
        for check in report["checks"].as_array().unwrap() {
            for finding in check["findings"].as_array().unwrap() {
                let source = &finding["source"];
                lines.push((
                    source["line"].as_u64().unwrap(),
                    source["fieldLine"].as_u64().unwrap(),
                ));
            }
        }
        lines.sort_unstable();
        lines
    };
    let expected = [(3, 14), (3, 16), (19, 30), (19, 32)];
    assert_eq!(lines(&["-f", "m"], "apps", false), expected);
    assert_eq!(lines(&["-f", "all.yaml"], "apps/m", false), expected);
    assert_eq!(lines(&["-f", "-"], "apps", true), expected);
    let absolute = kready.path("apps/m").display().to_string();
    for (file, folder) in [
        ("m", "apps"),
        ("apps/m/all.yaml", "."),
        ("../m", "apps/m"),
        (&absolute, "apps"),
    ] {
        let mut command = kready.command(&[
            "audit",
            "--only",
            "privileged-container",
            "-o",
            "github",
            "-f",
            file,
        ]);
        command.current_dir(kready.path(folder));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("::error file=apps/m/all.yaml,line=16,title="),
            "{file}: {text}"
        );
        let mut command = kready.command(&[
            "audit",
            "--only",
            "privileged-container",
            "-o",
            "gitlab",
            "-f",
            file,
        ]);
        command.current_dir(kready.path(folder));
        let issues: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        assert_eq!(
            issues[1]["location"],
            json!({"path": "apps/m/all.yaml", "lines": {"begin": 32}})
        );
    }
}

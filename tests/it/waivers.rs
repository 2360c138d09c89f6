//! Waivers from the report to the verdict: drafted into a file, by label, on the object, in a folder, and told apart from what is
//! new.

use serde_json::Value;

use crate::program::{Kready, Run};

/// A Deployment with an image of no tag.
fn deployment(namespace: &str, name: &str, metadata: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}{metadata}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{app: a}}}}
    spec: {{containers: [{{name: app, image: 'registry.example.com/{name}'}}]}}
"
    )
}

const ONLY: [&str; 2] = ["--only=image-tag-latest", "--fail-on=low"];

fn audit(kready: &Kready, more: &[&str]) -> (Run, Value) {
    let mut arguments = vec!["audit", "-f", "m.yaml", "-o", "json"];
    arguments.extend(ONLY);
    arguments.extend(more);
    let run = kready.run(&arguments);
    let report = serde_json::from_str(&run.stdout).unwrap_or_default();
    (run, report)
}

/// The names of the objects with a finding in this state.
fn names(report: &Value, state: &str) -> Vec<String> {
    let findings = report["checks"][0]["findings"].as_array().unwrap();
    let mut names: Vec<String> = findings
        .iter()
        .filter(|finding| finding["state"] == state)
        .filter_map(|finding| finding["object"]["name"].as_str().map(Into::into))
        .collect();
    names.sort();
    names
}

fn messages<'r>(report: &'r Value, list: &str, code: &str) -> Vec<&'r str> {
    let all = report[list].as_array().unwrap();
    all.iter()
        .filter(|it| it["code"] == code)
        .filter_map(|it| it["message"].as_str())
        .collect()
}

#[test]
fn from_a_report_to_ready_and_to_what_changed() {
    let kready = Kready::new();
    let config = "# of the platform team\nprofile: production # for now\n\n# the gate\ngate:\n  failOn: high\n";
    kready.write("kready.yaml", config);
    let run = |args: &[&str]| kready.run(args);
    assert_eq!(
        run(&["audit", "--demo", "-o", "json=report.json"]).code,
        Some(1)
    );

    let merged = run(&["waive", "report.json", "--into", "kready.yaml"]);
    assert_eq!(merged.code, Some(0), "{merged:#?}");
    assert_eq!(merged.stdout, "");
    assert!(merged.stderr.contains("waivers added"), "{}", merged.stderr);
    assert!(
        merged.stderr.contains("broken now (") && merged.stderr.contains("--include-broken"),
        "{}",
        merged.stderr
    );
    let drafted = kready.read("kready.yaml");
    assert!(drafted.starts_with(config), "{drafted}");
    assert!(!drafted.contains("workload-unavailable"), "{drafted}");

    // One sentence for all of them, and the way on.
    let refused = run(&["audit", "--demo"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(refused.stderr.lines().count(), 2, "{}", refused.stderr);
    for words in [
        "waivers still lack a reason and an owner: lines ",
        "and ",
        "next: kready waive --into kready.yaml --reason",
    ] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let again = run(&["waive", "report.json", "--into", "kready.yaml"]);
    assert!(
        again.stderr.contains(": 0 waivers added"),
        "{}",
        again.stderr
    );
    assert_eq!(kready.read("kready.yaml"), drafted);

    let filled = run(&[
        "waive",
        "--into",
        "kready.yaml",
        "--reason",
        "agreed: \"yes\"",
        "--owner",
        "ops",
    ]);
    assert_eq!(filled.code, Some(0), "{filled:#?}");
    assert_eq!(
        kready.read("kready.yaml"),
        drafted
            .replace(
                "\"TODO: why this is acceptable\"",
                "\"agreed: \\\"yes\\\"\""
            )
            .replace("\"TODO: who answers for it\"", "\"ops\"")
    );
    // What is broken now still stands.
    let broken = run(&["audit", "--demo", "-o", "json=broken.json"]);
    assert_eq!(broken.code, Some(1));
    let report: Value = serde_json::from_str(&kready.read("broken.json")).unwrap();
    for check in report["checks"].as_array().unwrap() {
        let open = check["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["state"] == "open");
        assert!(!open || check["impact"] == "broken", "{}", check["id"]);
    }
    let all = run(&[
        "waive",
        "broken.json",
        "--into",
        "kready.yaml",
        "--include-broken",
        "--reason=r",
        "--owner=o",
    ]);
    assert_eq!(all.code, Some(0), "{all:#?}");
    let ready = run(&["audit", "--demo", "-o", "json=ready.json"]);
    assert_eq!(ready.code, Some(0), "{ready:#?}");

    // Nothing new; the other way around all of it is.
    let diff = run(&["diff", "report.json", "ready.json"]);
    assert_eq!(diff.code, Some(0), "{diff:#?}");
    assert!(
        diff.stdout.contains("0 new, 0 fixed, 0 still open"),
        "{}",
        diff.stdout
    );
    assert!(
        diff.stdout.contains("NOW WAIVED OR EXPECTED"),
        "{}",
        diff.stdout
    );
    assert_eq!(run(&["diff", "ready.json", "report.json"]).code, Some(1));
    assert_eq!(
        run(&["diff", "ready.json", "report.json", "--fail-on=never"]).code,
        Some(0)
    );
}

#[test]
fn a_file_that_is_not_there_is_made_and_one_that_cannot_be_changed_is_left() {
    let kready = Kready::new();
    kready.write("m.yaml", &deployment("shop", "cart", ""));
    let (run, _) = audit(&kready, &["-o", "json=report.json"]);
    assert_eq!(run.code, Some(1));
    let made = kready.run(&[
        "waive",
        "report.json",
        "--into",
        "new.yaml",
        "--reason=r",
        "--owner=o",
    ]);
    assert_eq!(made.code, Some(0), "{made:#?}");
    assert_eq!(audit(&kready, &["--config=new.yaml"]).0.code, Some(0));
    for text in ["waivers: *x\n", "a: [\n", "text\n"] {
        kready.write("odd.yaml", text);
        let refused = kready.run(&["waive", "report.json", "--into", "odd.yaml"]);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(
            refused.stderr.contains("odd.yaml") && refused.stderr.contains("next: "),
            "{}",
            refused.stderr
        );
        assert_eq!(kready.read("odd.yaml"), text);
    }
    for (arguments, says) in [
        (
            &["waive", "nope.json"][..],
            &[
                "cannot read the report nope.json: there is no such file",
                "next: write one with kready audit -o json=nope.json",
            ][..],
        ),
        (
            &["waive", "--into", "x.yaml"],
            &["neither a report, nor a reason or an owner", "next: "],
        ),
        (&["waive"], &["REPORT.json"]),
        (
            &["waive", "report.json", "--into", "report.json"],
            &["would overwrite the report"],
        ),
    ] {
        let refused = kready.run(arguments);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        for words in says {
            assert!(
                refused.stderr.contains(words),
                "{words}: {}",
                refused.stderr
            );
        }
    }
}

/// One with an annotation, and another that is nobody's business.
fn with(name: &str, key: &str, value: &str) -> String {
    let more = format!(", annotations: {{'{key}': \"{value}\", other: planted-mark}}");
    deployment("shop", name, &more)
}

#[test]
fn annotations_waive_where_the_configuration_lets_them() {
    let kready = Kready::new();
    let good = "moves in spring; see: ticket 7; team-shop; until 2027-03-31";
    kready.write(
        "m.yaml",
        &[
            with("good", "kready.dev/waive-image-tag-latest", good),
            with("other", "kready.dev/waive-pdb-missing", good),
            with(
                "expired",
                "kready.dev/waive-image-tag-latest",
                "r; o; until 2026-01-31",
            ),
            with(
                "late",
                "kready.dev/waive-image-tag-latest",
                "r; o; until 2099-01-31",
            ),
            with(
                "bare",
                "kready.dev/waive-image-tag-latest",
                "yes\\u001b[2J\\u202e",
            ),
            with(
                "todo",
                "kready.dev/waive-image-tag-latest",
                "TODO; o; until 2027-01-31",
            ),
            with("all", "kready.dev/waive-all", good),
            deployment("shop", "none", ""),
        ]
        .concat(),
    );
    let (run, report) = audit(&kready, &[]);
    assert_eq!(run.code, Some(1));
    assert!(names(&report, "waived").is_empty());
    assert_eq!(
        messages(&report, "notices", "waiver-annotations-ignored"),
        [
            "7 annotations ask for a waiver and are ignored: `waivers: {annotations: allowed}` in kready.yaml lets them count"
        ]
    );
    assert_eq!(report["waivers"], serde_json::json!([]));

    kready.write("kready.yaml", "waivers: {annotations: allowed}\n");
    let (run, report) = audit(&kready, &[]);
    assert_eq!(names(&report, "waived"), ["good"]);
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("planted-mark"));
    assert!(messages(&report, "notices", "waiver-annotations-ignored").is_empty());
    let warnings = messages(&report, "warnings", "waiver-annotation");
    assert_eq!(warnings.len(), 5, "{warnings:#?}");
    for (name, says) in [
        ("expired", "expired on 2026-01-31 and no longer waives"),
        ("late", "more than 365 days from now"),
        ("bare", "\"reason; owner; until 2027-03-31\" is expected"),
        ("todo", "is expected"),
        ("all", "there is no check \"all\""),
    ] {
        let about = format!("Deployment shop/{name}: the annotation kready.dev/waive-");
        assert!(
            warnings
                .iter()
                .any(|it| it.starts_with(&about) && it.contains(says)),
            "{name}: {warnings:#?}"
        );
    }
    let waivers = report["waivers"].as_array().unwrap();
    let active: Vec<&Value> = waivers
        .iter()
        .filter(|it| it["matched"] == 1 && it["state"] == "active")
        .collect();
    assert_eq!(active.len(), 1, "{waivers:#?}");
    assert_eq!(active[0]["reason"], "moves in spring; see: ticket 7");
    assert_eq!(active[0]["owner"], "team-shop");
    assert_eq!(active[0]["annotation"], "kready.dev/waive-image-tag-latest");
    assert_eq!(active[0]["file"], Value::Null);
    let table = kready
        .run(&["audit", "-f", "m.yaml", ONLY[0], ONLY[1], "--details"])
        .stdout;
    assert!(
        !table.contains('\u{1b}') && !table.contains('\u{202e}'),
        "{table}"
    );
    // A snapshot brings them along.
    let saved = kready.run(&[
        "audit",
        "-f",
        "m.yaml",
        "--save",
        "s.json.gz",
        "-o",
        "json=first.json",
    ]);
    assert_eq!(saved.code, Some(1), "{saved:#?}");
    let replayed = kready.run(&["audit", "-f", "s.json.gz", "-o", "json", ONLY[0], ONLY[1]]);
    let replayed: Value = serde_json::from_str(&replayed.stdout).unwrap();
    assert_eq!(names(&replayed, "waived"), ["good"]);
}

#[test]
fn a_workload_answers_for_its_pods() {
    let kready = Kready::new();
    let annotated = |value: &str| {
        format!(
            "apiVersion: v1
kind: Pod
metadata: {{name: web-1, namespace: shop, ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: '1', controller: true}}]}}
spec: {{containers: [{{name: app, image: 'registry.example.com/web'}}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{name: web, namespace: shop, uid: '1'{value}}}
spec: {{selector: {{matchLabels: {{app: a}}}}, template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: app, image: 'registry.example.com/web'}}]}}}}}}
"
        )
    };
    kready.write("kready.yaml", "waivers: {annotations: allowed}\n");
    kready.write("m.yaml", &annotated(""));
    assert_eq!(audit(&kready, &[]).0.code, Some(1));
    let waiver = ", annotations: {kready.dev/waive-image-tag-latest: 'r; o; until 2027-03-31'}";
    kready.write("m.yaml", &annotated(waiver));
    let (run, report) = audit(&kready, &[]);
    assert_eq!(run.code, Some(0), "{report:#}");
}

#[test]
fn labels_and_those_of_namespaces_waive() {
    let kready = Kready::new();
    let labelled = |namespace: &str, name: &str, team: &str| {
        deployment(
            namespace,
            name,
            &format!(", labels: {{app.kubernetes.io/part-of: {team}}}"),
        )
    };
    kready.write(
        "m.yaml",
        &[
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: dev, labels: {env: dev}}\n"
                .to_owned(),
            labelled("shop", "cart", "shop"),
            labelled("shop", "pay", "bank"),
            labelled("dev", "try", "shop"),
            deployment("shop", "bare", ""),
        ]
        .concat(),
    );
    for (about, waived) in [
        (
            "selector: app.kubernetes.io/part-of=shop",
            &["cart", "try"][..],
        ),
        (
            "selector: 'app.kubernetes.io/part-of in (bank, none)'",
            &["pay"],
        ),
        ("selector: '!app.kubernetes.io/part-of'", &["bare"]),
        ("namespaceSelector: env=dev", &["try"]),
        (
            "namespaceSelector: {matchLabels: {env: dev}}, selector: app.kubernetes.io/part-of=bank",
            &[],
        ),
        (
            "objects: ['shop/*/*'], selector: app.kubernetes.io/part-of=shop",
            &["cart"],
        ),
    ] {
        let text = format!(
            "waivers:\n  - {{check: image-tag-latest, {about}, reason: r, owner: o, expires: '2027-03-31'}}\n"
        );
        kready.write("kready.yaml", &text);
        let (run, report) = audit(&kready, &[]);
        assert_eq!(names(&report, "waived"), waived, "{about}: {run:#?}");
        assert_eq!(report["waivers"][0]["line"], 2);
        let table = kready.run(&["audit", "-f", "m.yaml", ONLY[0]]).stdout;
        assert!(table.contains("elector "), "{table}");
    }
}

#[test]
fn a_folder_beside_the_configuration_waives_with_it() {
    let kready = Kready::new();
    kready.write(
        "m.yaml",
        &[
            deployment("shop", "cart", ""),
            deployment("shop", "pay", ""),
        ]
        .concat(),
    );
    let (run, _) = audit(&kready, &[]);
    std::fs::write(kready.path("report.json"), run.stdout).unwrap();
    kready.write("kready.yaml", "profile: production\n");
    kready.write("waivers.d/README.md", "one file a team\n");
    let merged = kready.run(&[
        "waive",
        "report.json",
        "--into",
        "waivers.d/shop.yaml",
        "--reason=r",
        "--owner=o",
    ]);
    assert_eq!(merged.code, Some(0), "{merged:#?}");
    let (run, report) = audit(&kready, &[]);
    assert_eq!(run.code, Some(0), "{report:#}");
    assert_eq!(report["waivers"][0]["file"], "waivers.d/shop.yaml");
    assert_eq!(audit(&kready, &["--no-config"]).0.code, Some(1));
    // What the folder has is not drafted again.
    let again = kready.run(&["waive", "report.json", "--into", "kready.yaml"]);
    assert!(
        again
            .stderr
            .contains(": 0 waivers added, 2 findings already covered"),
        "{}",
        again.stderr
    );
    assert_eq!(kready.read("kready.yaml"), "profile: production\n");
    // An output does not take its place.
    let refused = audit(&kready, &["-o", "table=waivers.d/shop.yaml"]).0;
    assert!(
        refused
            .stderr
            .contains("would overwrite the waivers in waivers.d/shop.yaml"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_baseline_tells_what_is_known_and_what_became_of_it() {
    let kready = Kready::new();
    kready.run(&["audit", "--demo", "-o", "json=old.json"]);
    let run = kready.run(&[
        "audit",
        "--demo",
        "--baseline",
        "old.json",
        "-o",
        "json=new.json",
    ]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let report: Value = serde_json::from_str(&kready.read("new.json")).unwrap();
    let old: Value = serde_json::from_str(&kready.read("old.json")).unwrap();
    let baseline = &report["baseline"];
    assert_eq!(
        (&baseline["file"], &baseline["time"]),
        (&"old.json".into(), &old["time"])
    );
    assert_eq!(
        (&baseline["new"], &baseline["fixed"]),
        (&0.into(), &0.into())
    );
    assert_eq!(report["counts"]["fixed"], report["counts"]["mended"]);
    let grave: Vec<&str> = baseline["grave"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        grave.contains(&"workload-unavailable") && grave.contains(&"privileged-container"),
        "{grave:?}"
    );
    assert!(!grave.contains(&"pdb-missing"));
    let known: u64 = baseline["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["known"].as_u64())
        .sum();
    assert_eq!(baseline["known"], known);
    let table = kready
        .run(&["audit", "--demo", "--baseline", "old.json"])
        .stdout;
    assert!(
        table.contains("READY (nothing new)") && table.contains(" are known since 2026-"),
        "{table}"
    );
}

#[test]
fn a_difference_is_told_in_every_format() {
    let kready = Kready::new();
    let hostile = "x`|<script>alert(1)</script> @you =cmd()";
    let manifests = |names: &[&str]| -> String {
        names
            .iter()
            .map(|name| deployment("shop", name, ""))
            .collect()
    };
    for (file, names) in [("old", &["a", "b"][..]), ("new", &["b", "c"])] {
        kready.write("m.yaml", &manifests(names));
        let (run, _) = audit(&kready, &[]);
        std::fs::write(kready.path(&format!("{file}.json")), run.stdout).unwrap();
    }
    let mut new: Value = serde_json::from_str(&kready.read("new.json")).unwrap();
    for finding in new["checks"][0]["findings"].as_array_mut().unwrap() {
        if finding["object"]["name"] == "c" {
            finding["object"]["name"] = format!("{hostile}\u{1b}[2J\n# no").into();
        }
    }
    kready.write("new.json", &new.to_string());
    let run = kready.run(&[
        "diff",
        "old.json",
        "new.json",
        "--fail-on=medium",
        "-o",
        "table",
        "-o",
        "json=d.json",
        "-o",
        "markdown=d.md",
    ]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    for words in [
        "1 new, 1 fixed, 1 still open",
        "1 of the new ones gates (--fail-on medium)",
        "Deployment shop/a",
        "COMPARE",
    ] {
        assert_eq!(
            run.stdout.contains(words),
            words != "COMPARE",
            "{words}: {}",
            run.stdout
        );
    }
    let markdown = kready.read("d.md");
    for text in [&run.stdout, &markdown] {
        assert!(
            !text.contains('\u{1b}') && !text.contains("\n# no"),
            "{text}"
        );
    }
    assert!(markdown.contains("``"), "{markdown}");
    let outside: String = markdown
        .split("`` ")
        .enumerate()
        .filter(|(at, _)| at % 2 == 0)
        .map(|(_, it)| it)
        .collect();
    assert!(
        !outside.contains("<script>") && !outside.contains("@you"),
        "{markdown}"
    );
    let json: Value = serde_json::from_str(&kready.read("d.json")).unwrap();
    assert_eq!(
        json["counts"],
        serde_json::json!({"new": 1, "gating": 1, "fixed": 1, "open": 1, "waived": 0})
    );
    let schema: Value = serde_json::from_str(&kready.run(&["schema", "diff"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(&json)
        .map(|it| it.to_string())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    // The same every time.
    let again = kready.run(&[
        "diff",
        "old.json",
        "new.json",
        "--fail-on=medium",
        "-o",
        "json",
    ]);
    assert_eq!(again.stdout, kready.read("d.json"));
}

#[test]
fn what_is_no_pair_of_reports_is_refused() {
    let kready = Kready::new();
    kready.write("m.yaml", &deployment("shop", "a", ""));
    let (run, _) = audit(&kready, &[]);
    std::fs::write(kready.path("good.json"), &run.stdout).unwrap();
    kready.write("deep.json", &"[".repeat(1 << 20));
    kready.write("cut.json", &run.stdout[..run.stdout.len() / 2]);
    kready.write("other.json", "{\"kind\":\"Snapshot\"}");
    kready.write(
        "odd.json",
        &run.stdout
            .replace("\"outcome\": \"Fail\"", "\"outcome\": \"Odd\""),
    );
    let many = run.stdout.replace(
        "\"findingsTotal\": 1",
        "\"findingsTotal\": 18446744073709551615",
    );
    kready.write("many.json", &many);
    for (other, says) in [
        ("nope.json", "there is no such file"),
        ("deep.json", "not a report"),
        ("cut.json", "not a report"),
        ("other.json", "its kind is `Snapshot`"),
        ("odd.json", "outcome `Odd`"),
        ("many.json", "leaves out"),
        ("/dev/zero", "it is a device"),
    ] {
        for pair in [[other, "good.json"], ["good.json", other]] {
            let run = kready.run(&["diff", pair[0], pair[1]]);
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
            assert!(
                run.stderr.contains(says) && run.stderr.contains("next: "),
                "{}",
                run.stderr
            );
        }
    }
    let run = kready.run(&["diff", "-", "-"]);
    assert!(
        run.stderr.contains("standard input can't be both reports"),
        "{}",
        run.stderr
    );
    let run = kready.run(&["diff", "good.json", "good.json", "-o", "json=good.json"]);
    assert!(
        run.stderr.contains("would overwrite the older report"),
        "{}",
        run.stderr
    );
}

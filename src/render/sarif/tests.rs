//! What becomes of findings in every state, and of what was not seen.

use kready_checks::model::{Finding, Pillar, Severity, Source, Unknown};
use serde_json::{Value, json};

use super::*;
use crate::{
    collect::{Unread, UnreadReason},
    report::{
        Baseline, Grant, ObjectPattern, OldReport, Policy, Waiver,
        testing::{
            check, collected, deployment, failing, passing, report, report_of, unknown, why,
        },
    },
};

fn sarif(report: &Report) -> Value {
    let places = Places::of(
        "/repo".as_ref(),
        "/repo/apps".as_ref(),
        Some("kready.yaml".into()),
    );
    let mut out = Vec::new();
    render(report, &places, Exit::NotReady, &mut out).unwrap();
    serde_json::from_slice::<Value>(&out).unwrap()["runs"][0].take()
}

fn high() -> &'static kready_checks::frame::Check {
    check(Pillar::Health, Severity::High)
}

#[test]
fn every_rule_is_described_and_every_result_has_a_place() {
    let mut in_file = deployment("a");
    in_file.source = Some(Box::new(Source {
        field_line: std::num::NonZero::new(9),
        ..Source::at("m/ä b.yaml", 7)
    }));
    let findings = vec![in_file, deployment("b"), Finding::cluster()];
    let low = check(Pillar::Delivery, Severity::Low);
    let run = sarif(&report(
        vec![(high(), failing(4, findings, None)), (low, passing(2))],
        &Policy::default(),
    ));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let severity = |rule: &Value| rule["properties"]["security-severity"].clone();
    let severities: Vec<Value> = rules.iter().map(severity).collect();
    assert_eq!(severities, ["8.0", "3.0"]);
    let places: Vec<String> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            format!(
                "{}:{}",
                place["artifactLocation"]["uri"].as_str().unwrap(),
                place["region"]["startLine"]
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            "apps/m/%C3%A4%20b.yaml:9",
            "apps/kready.yaml:1",
            "apps/kready.yaml:1"
        ]
    );
    let object = &run["results"][1]["locations"][0]["logicalLocations"][0];
    assert_eq!(object["fullyQualifiedName"], "apps/v1/Deployment shop/b");
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert!(run["results"][0].get("baselineState").is_none());
    let hash =
        |number: usize| &run["results"][number]["partialFingerprints"]["primaryLocationLineHash"];
    assert_ne!(hash(1), hash(2), "results of one line are told apart");
}

#[test]
fn waivers_are_suppressions_and_a_baseline_tells_what_is_new() {
    let first = report(
        vec![(high(), failing(3, vec![deployment("known")], None))],
        &Policy::default(),
    );
    let mut json = Vec::new();
    json::render(&first, &mut json).unwrap();
    let old = OldReport::parse(std::str::from_utf8(&json).unwrap()).unwrap();
    let grant = Grant {
        reason: "agreed".into(),
        owner: "ops".into(),
        expires: "2027-01-31".parse().unwrap(),
    };
    let policy = Policy {
        waivers: vec![Waiver {
            selector: None,
            namespace_selector: None,
            origin: crate::report::WaiverOrigin::default(),
            check: high().id.to_owned(),
            objects: vec![ObjectPattern::parse("shop/*/waived").unwrap()],
            grant,
        }],
        baseline: Some(Baseline::of("old.json".into(), old)),
        ..Policy::default()
    };
    let mut excused = deployment("excused");
    excused.excused = true;
    let findings = vec![
        deployment("known"),
        deployment("new"),
        deployment("waived"),
        excused,
    ];
    let run = sarif(&report(vec![(high(), failing(4, findings, None))], &policy));
    let results = run["results"].as_array().unwrap();
    let told: Vec<(&str, &Value)> = results
        .iter()
        .map(|result| {
            let name = result["locations"][0]["logicalLocations"][0]["name"]
                .as_str()
                .unwrap();
            (name, &result["baselineState"])
        })
        .collect();
    assert_eq!(
        told,
        [
            ("new", &json!("new")),
            ("known", &json!("unchanged")),
            ("waived", &json!("unchanged"))
        ]
    );
    assert_eq!(
        results[2]["suppressions"],
        json!([{"kind": "external", "status": "accepted", "justification": "agreed (ops, until 2027-01-31)"}])
    );
    assert!(results[0].get("suppressions").is_none());
    assert_eq!(run["properties"]["excused"], 1);
}

#[test]
fn what_was_not_seen_is_told_and_is_no_result() {
    let mut collected = collected();
    collected.unread =
        vec![Unread::new(UnreadReason::Syntax, "bad.yaml", "no YAML", "fix it").at(4)];
    let partial = check(Pillar::Storage, Severity::Medium);
    let run = sarif(&report_of(
        &collected,
        vec![
            (high(), unknown(Unknown::Forbidden)),
            (
                partial,
                failing(1, vec![deployment("a")], Some(why(Unknown::Forbidden))),
            ),
        ],
        &Policy::default(),
    ));
    assert_eq!(run["results"].as_array().unwrap().len(), 1);
    let notes = run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .unwrap();
    let of = |kind: &str| {
        let mut notes = notes.iter();
        notes.find(|note| note["descriptor"]["id"] == kind).unwrap()
    };
    assert_eq!(of("check-unknown")["level"], "error");
    assert_eq!(of("check-unknown")["associatedRule"]["id"], high().id);
    assert_eq!(of("check-partial")["level"], "warning");
    let place = &of("file-not-read")["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "apps/bad.yaml");
    assert_eq!(place["region"]["startLine"], 4);
    let kinds = run["tool"]["driver"]["notifications"].as_array().unwrap();
    for note in notes {
        let index = usize::try_from(note["descriptor"]["index"].as_u64().unwrap()).unwrap();
        assert_eq!(kinds[index]["id"], note["descriptor"]["id"]);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn what_is_too_much_is_counted_and_the_gravest_is_kept() {
    let many = (0..MOST)
        .map(|number| deployment(&format!("d{number}")))
        .collect();
    let critical = check(Pillar::Storage, Severity::Critical);
    let run = sarif(&report(
        vec![
            (high(), failing(MOST, many, None)),
            (critical, failing(1, vec![deployment("down")], None)),
        ],
        &Policy::default(),
    ));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST);
    assert_eq!(results[0]["ruleId"], critical.id);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("1 finding left out"), "{notes}");
}

#[test]
fn a_name_is_neither_a_link_nor_anything_else() {
    let hostile = deployment("[click](http://evil)\u{1b}[2J\u{202e}\n<script>");
    let run = sarif(&report(
        vec![(high(), failing(1, vec![hostile], None))],
        &Policy::default(),
    ));
    let text = run["results"][0]["message"]["text"].as_str().unwrap();
    assert!(!text.contains("]("), "{text}");
    assert!(!text.contains(escape::is_unsafe), "{text}");
}

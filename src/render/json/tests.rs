//! The report of every kind of ending, held against its schema and its names.

use kready_checks::inventory::Picture;
use kready_checks::{
    inventory::{Evidence, Gap, GapReason, Kind, Reading, kinds::Pod},
    model::{Finding, Impact, Pillar, Severity, Source, Unknown},
};

use super::*;
use crate::{
    collect::{Warning, WarningCode},
    every::every,
    report::{
        Baseline, Declared, Grant, OldReport, Policy, SkipReason, Skipped, Waiver, build,
        testing::{self, check, collected, deployment, failing, passing, tool, unknown, why},
    },
};

/// A report in which every list has an entry and every optional value is there once and missing once.
fn full() -> Report {
    let mut collected = collected();
    collected.evidence.insert(Evidence::Objects(Kind::Pod));
    collected.inventory.fill::<Pod>(
        Vec::new(),
        Reading::Read,
        vec![Gap::new(GapReason::Forbidden, "pods is forbidden").within("shop")],
    );
    collected.cluster.context = Some("prod".into());
    collected.warnings.push(Warning::new(
        WarningCode::TlsUnverified,
        "the connection was not verified",
    ));
    let grant = Grant {
        reason: "agreed".into(),
        owner: "ops".into(),
        expires: "2027-01-31".parse().unwrap(),
    };
    let mut found = deployment("bad\n\u{1b}[2J\u{202e}\"\\name").container(&"web".into());
    found.source = Some(Box::new(Source {
        file: "a.yaml".into(),
        line: 7,
    }));
    let high = check(Pillar::Storage, Severity::High);
    let results = vec![
        (check(Pillar::Health, Severity::Critical), passing(3)),
        (high, failing(3, vec![found], None)),
        (
            check(Pillar::Delivery, Severity::Low),
            failing(1, vec![Finding::cluster()], Some(why(Unknown::Forbidden))),
        ),
        (
            check(Pillar::Hardening, Severity::High),
            unknown(Unknown::Forbidden),
        ),
    ];
    let first = build(
        &collected,
        &Picture::of(&collected.inventory),
        results.clone(),
        Vec::new(),
        &Policy::default(),
        tool(),
        None,
    );
    let mut out = Vec::new();
    render(&first, &mut out).unwrap();
    let old = OldReport::parse(std::str::from_utf8(&out).unwrap()).unwrap();
    let policy = Policy {
        config: Some("kready.yaml".into()),
        waivers: vec![Waiver {
            check: high.id.into(),
            selector: None,
            namespace_selector: None,
            origin: crate::report::WaiverOrigin::default(),
            objects: Vec::new(),
            grant: grant.clone(),
        }],
        declarations: vec![Declared {
            capability: "backup".into(),
            grant,
        }],
        baseline: Some(Baseline::of("old.json".into(), old)),
        ..Policy::default()
    };
    let skipped = vec![Skipped {
        id: "storage-low",
        why: SkipReason::Deselected,
    }];
    build(
        &collected,
        &Picture::of(&collected.inventory),
        results,
        skipped,
        &policy,
        tool(),
        Some("GKE".into()),
    )
}

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn output_keeps_to_the_published_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for report in [full(), testing::report(Vec::new(), &Policy::default())] {
        let json: serde_json::Value = serde_json::from_str(&written(&report)).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    // The schema is no rubber stamp.
    let mut json: serde_json::Value = serde_json::from_str(&written(&full())).unwrap();
    json["verdict"] = "Fine".into();
    assert!(!validator.is_valid(&json));
    json["verdict"] = "Ready".into();
    assert!(validator.is_valid(&json));
    if let Some(gate) = json["gate"].as_object_mut() {
        gate.remove("failOn");
    }
    assert!(!validator.is_valid(&json));
}

#[test]
fn hostile_text_stays_text() {
    let json = written(&full());
    assert!(!json.contains('\u{1b}') && !json.contains('\u{202e}'));
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    let finding = &read["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "storage-high")
        .unwrap()["findings"][0];
    assert_eq!(finding["object"]["name"], "bad\n\u{1b}[2J\u{202e}\"\\name");
}

#[test]
fn the_names_are_those_that_dashboards_rely_on() {
    insta::assert_snapshot!(written(&full()));
}

/// The schema's lists are made of `ALL`; here a variant that `ALL` lacks fails, be it in the library.
#[test]
fn lists_of_the_library_hold_every_variant() {
    assert_eq!(
        Severity::ALL,
        every!(Severity: Critical, High, Medium, Low, Info)
    );
    assert_eq!(Impact::ALL, every!(Impact: Broken, Fragile, Exposed));
    assert_eq!(
        GapReason::ALL,
        every!(GapReason: Forbidden, Unauthenticated, PartlyRead, TooMuch, NotServed, Unavailable, TimedOut, Undecodable, NotCollected)
    );
}

//! Differences of reports: right ones, strange ones and hostile ones.

use kready_checks::{
    frame::Check,
    model::{Evaluation, Pillar, Severity, Unknown},
};
use serde_json::{Value, json};

use super::{
    Change, Diff, Difference, OldReport, Policy,
    testing::{CHECKS, check, deployment, failing, passing, report, unknown},
};
use crate::render::json;

fn written(results: Vec<(&'static Check, Evaluation)>) -> Value {
    let mut out = Vec::new();
    json::render(&report(results, &Policy::default()), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn read(value: &Value) -> OldReport {
    OldReport::parse(&value.to_string()).unwrap()
}

fn diff(old: &Value, new: &Value) -> Diff {
    of(old, new, false).unwrap()
}

fn of(old: &Value, new: &Value, gate_new_checks: bool) -> Result<Diff, String> {
    Diff::of(
        ("old.json".into(), &read(old)),
        ("new.json".into(), &read(new)),
        Some(Severity::High),
        gate_new_checks,
        &CHECKS,
    )
}

fn counts(diff: &Diff) -> [usize; 5] {
    let [new, fixed, open, waived] = Change::ALL.map(|change| diff.count(change));
    [new, fixed, open, waived, diff.gating()]
}

fn whys(diff: &Diff) -> Vec<Difference> {
    diff.incomparable.iter().map(|it| it.why).collect()
}

fn high() -> &'static Check {
    check(Pillar::Storage, Severity::High)
}

#[test]
fn what_is_new_fixed_and_still_open_is_told_by_object() {
    let low = check(Pillar::Delivery, Severity::Low);
    let old = written(vec![
        (
            high(),
            failing(5, vec![deployment("a"), deployment("b")], None),
        ),
        (low, failing(5, vec![deployment("a")], None)),
    ]);
    let new = written(vec![
        (
            high(),
            failing(5, vec![deployment("b"), deployment("c")], None),
        ),
        (
            low,
            failing(5, vec![deployment("a"), deployment("d")], None),
        ),
    ]);
    let it = diff(&old, &new);
    assert_eq!(counts(&it), [2, 1, 2, 0, 1]);
    assert_eq!(whys(&it), []);
    assert_eq!(it.checks[0].id, high().id, "the gravest first");
    let names: Vec<(Change, &str)> = it.checks[0]
        .findings
        .iter()
        .map(|finding| {
            (
                finding.change,
                finding.object.as_ref().unwrap().name.as_str(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            (Change::New, "c"),
            (Change::Fixed, "a"),
            (Change::Open, "b")
        ]
    );
    assert_eq!(counts(&diff(&new, &new)), [0, 0, 4, 0, 0]);
}

#[test]
fn what_was_not_seen_is_not_fixed() {
    let old = written(vec![(high(), failing(5, vec![deployment("a")], None))]);
    let unseen = written(vec![(high(), unknown(Unknown::Forbidden))]);
    let it = diff(&old, &unseen);
    assert_eq!(counts(&it), [0, 0, 0, 0, 0]);
    assert_eq!(whys(&it), [Difference::UnseenNow]);
    // The other way around it may be older, and gates as against a baseline.
    let it = diff(&unseen, &old);
    assert_eq!(counts(&it), [1, 0, 0, 0, 1]);
    assert_eq!(whys(&it), [Difference::UnseenBefore]);
    let passed = written(vec![(high(), passing(5))]);
    assert_eq!(counts(&diff(&old, &passed)), [0, 1, 0, 0, 0]);
    let mut elsewhere = passed.clone();
    elsewhere["scope"]["namespaces"] = json!(["other"]);
    let it = diff(&old, &elsewhere);
    assert_eq!(counts(&it), [0, 0, 0, 0, 0]);
    assert_eq!(whys(&it), [Difference::Scope, Difference::Scope]);
    elsewhere["scope"] = json!({"namespaces": null, "excluded": ["sh*"], "identity": null});
    assert_eq!(counts(&diff(&old, &elsewhere))[1], 0);
}

#[test]
fn checks_of_one_report_only_are_told() {
    let with = written(vec![(high(), failing(5, vec![deployment("a")], None))]);
    let mut without = written(Vec::new());
    let it = diff(&without, &with);
    assert_eq!(
        (counts(&it), whys(&it)),
        ([1, 0, 0, 0, 0], vec![Difference::NewCheck])
    );
    assert_eq!(of(&without, &with, true).unwrap().gating(), 1);
    let it = diff(&with, &without);
    assert_eq!(
        (counts(&it), whys(&it)),
        ([0, 0, 0, 0, 0], vec![Difference::NotRunNow])
    );
    assert_eq!(it.incomparable[0].findings, 1);
    without["skipped"] = json!([{"id": high().id, "why": "deselected"}]);
    let it = diff(&without, &with);
    assert_eq!(
        (counts(&it), whys(&it)),
        ([1, 0, 0, 0, 1], vec![Difference::NotRunBefore])
    );
}

#[test]
fn a_waiver_that_ended_is_new_and_one_that_began_is_told() {
    let open = written(vec![(high(), failing(5, vec![deployment("a")], None))]);
    let mut waived = open.clone();
    waived["checks"][0]["findings"][0]["state"] = json!("waived");
    assert_eq!(counts(&diff(&open, &waived)), [0, 0, 0, 1, 0]);
    let it = diff(&waived, &open);
    assert_eq!(counts(&it), [1, 0, 0, 0, 1]);
    assert!(it.checks[0].findings[0].before.is_some());
    let mut known = open.clone();
    known["checks"][0]["findings"][0]["state"] = json!("known");
    assert_eq!(counts(&diff(&open, &known)), [0, 0, 1, 0, 0]);
}

#[test]
fn what_differs_as_a_whole_is_told() {
    let critical = check(Pillar::Storage, Severity::Critical);
    let mut old = written(vec![(high(), passing(5)), (critical, passing(5))]);
    let mut new = old.clone();
    (old["cluster"]["uid"], new["cluster"]["uid"]) = (json!("a"), json!("b"));
    old["scoring"] = json!(1);
    old["source"]["type"] = json!("files");
    let it = diff(&old, &new);
    assert_eq!(
        whys(&it),
        [Difference::Cluster, Difference::Source, Difference::Scoring]
    );
    assert_eq!(it.old.score, None, "it is another number");
    assert!(it.new.score.is_some());
}

#[test]
fn a_renamed_check_is_the_same_check() {
    static OLD: Check = Check {
        id: "old-name",
        pillar: Pillar::Storage,
        severity: Severity::High,
        ..Check::BASE
    };
    static NEW: Check = Check {
        id: "new-name",
        aliases: &["old-name"],
        ..OLD
    };
    let old = written(vec![(
        &OLD,
        failing(
            5,
            vec![
                deployment("a"),
                deployment("a").saw("2", "x"),
                deployment("b"),
            ],
            None,
        ),
    )]);
    let new = written(vec![(
        &NEW,
        failing(
            5,
            vec![deployment("a"), deployment("a").saw("2", "x")],
            None,
        ),
    )]);
    for (old, new, expected) in [(&old, &new, [0, 1, 2, 0, 0]), (&new, &old, [1, 0, 2, 0, 1])] {
        let it = Diff::of(
            ("o".into(), &read(old)),
            ("n".into(), &read(new)),
            Some(Severity::High),
            false,
            &[&NEW],
        )
        .unwrap();
        assert_eq!(counts(&it), expected);
        assert_eq!(it.checks[0].id, "new-name");
    }
}

#[test]
fn what_no_report_says_is_refused_and_never_breaks_anything() {
    let good = written(vec![(high(), failing(5, vec![deployment("a")], None))]);
    for (pointer, value, says) in [
        ("/checks/0/severity", json!("severe"), "severity"),
        ("/checks/0/outcome", json!("Perfect"), "outcome"),
        (
            "/checks/0/findings/0/state",
            json!("gone"),
            "state of a finding",
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        for (old, new) in [(&bad, &good), (&good, &bad)] {
            let problem = of(old, new, false).unwrap_err();
            assert!(
                problem.contains(says) && problem.contains(".json"),
                "{problem}"
            );
        }
    }
    let mut twice = good.clone();
    let again = twice["checks"][0].clone();
    twice["checks"].as_array_mut().unwrap().push(again);
    assert!(of(&twice, &good, false).unwrap_err().contains("twice"));
    // Odd, and harmless.
    for (pointer, value) in [
        ("/time", json!("yesterday\u{1b}[2J")),
        ("/score", json!(1e300)),
        ("/verdict", json!("Splendid")),
        ("/grade", json!("AAA")),
        ("/scope/excluded", json!(["[", "*".repeat(9999)])),
        ("/checks/0/id", json!("\u{1b}[2J".repeat(9999))),
    ] {
        let mut odd = good.clone();
        *odd.pointer_mut(pointer).unwrap() = value;
        let it = diff(&odd, &good);
        diff(&good, &odd);
        assert!(it.old.score.is_none_or(|score| score <= 100.0));
    }
    let mut huge = good.clone();
    huge["checks"][0]["findingsTotal"] = json!(u64::MAX);
    let another = json!({"id": "x", "findingsTotal": u64::MAX});
    huge["checks"].as_array_mut().unwrap().push(another);
    assert_eq!(read(&huge).omitted(), usize::MAX);
}

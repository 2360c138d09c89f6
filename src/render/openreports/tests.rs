//! The objects, as the API server and kubectl bound them.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::Value;

use super::*;
use crate::render::{escape, samples};

/// The schema that an API server holds both kinds against.
const SCHEMA: &str = include_str!("../../../tests/it/schemas/openreports.json");

fn objects(report: &Report) -> Vec<Value> {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(|c| c != '\n' && escape::is_unsafe(c)));
    serde_yaml::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).unwrap().as_str().unwrap()
}

#[test]
fn every_object_would_be_taken() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, report) in samples::all() {
        let mut names = BTreeSet::new();
        for object in objects(&report) {
            let errors: Vec<String> = validator
                .iter_errors(&object)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
            let namespace = object.pointer("/metadata/namespace").map(Value::to_string);
            assert_eq!(namespace.is_some(), text(&object, "/kind") == "Report");
            assert!(is_label(text(&object, "/metadata/name")));
            let id = (namespace, text(&object, "/metadata/name").to_owned());
            assert!(names.insert(id), "{name}: two objects of one name");
            for label in object["metadata"]["labels"].as_object().unwrap().values() {
                let label = label.as_str().unwrap();
                assert!(
                    label.len() <= 63
                        && label
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                );
            }
            for result in object["results"].as_array().unwrap() {
                assert!(!text(result, "/message").is_empty());
                for value in result["properties"].as_object().unwrap().values() {
                    assert!(value.is_string());
                }
            }
            let results = object["results"].as_array().unwrap();
            for (kind, count) in object["summary"].as_object().unwrap() {
                let of = results.iter().filter(|it| it["result"] == kind.as_str());
                assert_eq!(of.count() as u64, count.as_u64().unwrap(), "{name}");
            }
        }
    }
    let mut broken = objects(&samples::clean()).remove(0);
    broken["results"][0]["result"] = "fine".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn nothing_is_lost_when_an_object_is_full() {
    let report = samples::large(7000);
    let objects = objects(&report);
    let results = |object: &Value| object["results"].as_array().unwrap().len();
    assert_eq!(objects.iter().map(results).sum::<usize>(), 7000);
    let mut hostile = samples::hostile();
    for finding in hostile
        .checks
        .iter_mut()
        .flat_map(|check| &mut check.findings)
    {
        if let Some(object) = finding
            .finding
            .object
            .as_mut()
            .map(std::sync::Arc::make_mut)
        {
            object.name = "<".repeat(1 << 20).into();
            object.kind = "🚢".repeat(1 << 18).into();
        }
    }
    let hostile = self::objects(&hostile);
    let many = hostile.len();
    assert!(many > 1, "{many}");
    for object in objects.iter().chain(&hostile) {
        // With the copy that kubectl keeps, and what it escapes.
        let copy = object.to_string();
        let signs = copy.matches(['<', '>', '&']).count();
        assert!(copy.len() + 5 * signs < 256 << 10);
    }
}

#[test]
fn a_large_namespace_has_several_objects() {
    let mut report = samples::large(7000);
    for finding in report
        .checks
        .iter_mut()
        .flat_map(|check| &mut check.findings)
    {
        if let Some(object) = finding
            .finding
            .object
            .as_mut()
            .map(std::sync::Arc::make_mut)
        {
            object.namespace = "shop".into();
        }
    }
    let mut objects = objects(&report);
    assert_eq!(text(&objects.remove(0), "/kind"), "ClusterReport");
    let names: Vec<&str> = objects
        .iter()
        .map(|it| text(it, "/metadata/name"))
        .collect();
    assert!(
        names.starts_with(&["kready", "kready-2", "kready-3"]),
        "{names:?}"
    );
    let results: usize = objects
        .iter()
        .map(|it| it["results"].as_array().unwrap().len())
        .sum();
    assert_eq!(results, 7000);
}

#[test]
fn a_name_that_no_namespace_can_have_has_no_report() {
    for (name, label) in [
        ("shop", true),
        ("a", true),
        ("1-2", true),
        ("", false),
        ("-a", false),
        ("a-", false),
        ("Shop", false),
        ("a.b", false),
        ("a\nb", false),
    ] {
        assert_eq!(is_label(name), label, "{name:?}");
    }
    assert!(is_label(&"a".repeat(63)) && !is_label(&"a".repeat(64)));
    let spaces: Vec<Value> = objects(&samples::hostile())
        .iter()
        .filter_map(|object| object.pointer("/metadata/namespace").cloned())
        .collect();
    assert_eq!(spaces, ["2026-11-24", "no"]);
}

/// How a check ended tells how its results are told.
#[test]
fn outcomes_have_their_words() {
    let of = |report: &Report, result: &str| -> Vec<String> {
        let objects = objects(report);
        let results = objects
            .iter()
            .flat_map(|it| it["results"].as_array().unwrap());
        results
            .filter(|it| it["result"] == result)
            .map(|it| format!("{} {}", text(it, "/rule"), text(it, "/message")))
            .collect()
    };
    let gaps = samples::gaps();
    assert_eq!(of(&gaps, "pass"), ["health-critical 3 clusters examined"]);
    assert_eq!(of(&gaps, "fail"), ["delivery-low something is wrong"]);
    assert_eq!(of(&gaps, "error").len(), 2);
    let hostile = samples::hostile();
    assert_eq!(
        of(&hostile, "skip").len(),
        samples::HOSTILE.len() + 1,
        "waived"
    );
    assert!(of(&samples::empty(), "fail").is_empty());
}

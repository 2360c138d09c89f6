//! The metrics as a strict reader takes them.

use std::collections::{BTreeMap, BTreeSet};

use super::{namespaces::MOST, *};
use crate::render::{escape, samples};

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A series: its name and labels.
type Series = (String, BTreeMap<String, String>);

/// Reads what OpenMetrics and the text format of Prometheus both are, and nothing else.
#[track_caller]
fn read(text: &str) -> BTreeMap<Series, f64> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with its mark");
    assert!(!body.contains("\n# EOF"), "the mark comes once");
    let mut series = BTreeMap::new();
    let mut families = BTreeSet::new();
    let mut family = String::new();
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(families.insert(name.to_owned()), "{name} is there twice");
            assert!(!help.contains(['\\', '"']) && !help.ends_with('.'));
            name.clone_into(&mut family);
            let kind = lines.next().unwrap();
            assert_eq!(
                kind,
                format!("# TYPE {name} gauge"),
                "the formats share gauges"
            );
            if let Some(unit) = lines.next_if(|line| line.starts_with("# UNIT ")) {
                let unit = unit.strip_prefix(&format!("# UNIT {name} ")).unwrap();
                assert!(name.ends_with(&format!("_{unit}")), "{name} {unit}");
            }
            continue;
        }
        let (name, labels, value) = sample(line);
        assert_eq!(name, family, "{line}");
        let value: f64 = value.parse().unwrap();
        assert!(value.is_finite());
        let before = series.insert((name, labels), value);
        assert_eq!(before, None, "{line} is there twice");
    }
    series
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, String) {
    let name_ends = line.find(['{', ' ']).unwrap();
    let (name, rest) = line.split_at(name_ends);
    assert!(
        name.starts_with("kready_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    );
    let Some(mut rest) = rest.strip_prefix('{') else {
        return (name.into(), BTreeMap::new(), rest[1..].into());
    };
    let mut labels = BTreeMap::new();
    loop {
        let (label, after) = rest.split_once("=\"").unwrap();
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next().unwrap().1 {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    c => panic!("\\{c} is no escape"),
                }),
                (_, c) => value.push(c),
            }
        };
        assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
        match after[end + 1..].split_at(1) {
            (",", more) => rest = more,
            ("}", value) => return (name.into(), labels, value.strip_prefix(' ').unwrap().into()),
            _ => panic!("{line}"),
        }
    }
}

fn value(series: &BTreeMap<Series, f64>, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels = labels.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    series.get(&(name.into(), labels.collect())).copied()
}

#[track_caller]
fn is(number: f64, wanted: f64) {
    assert!((number - wanted).abs() < 1e-9, "{number} {wanted}");
}

#[test]
fn every_report_can_be_read() {
    for (name, report) in samples::all() {
        let text = written(&report);
        let series = read(&text);
        assert!(
            !text.contains(|c| c != '\n' && escape::is_unsafe(c)),
            "{name}"
        );
        let verdict = |verdict| value(&series, "kready_verdict", &[("verdict", verdict)]).unwrap();
        let holds: Vec<f64> = Verdict::ALL.map(|it| verdict(it.id())).to_vec();
        is(holds.iter().sum(), 1.0);
        is(verdict(report.verdict.id()), 1.0);
        // Nothing is lost in any of the sums.
        let sum = |metric: &str, state: &str| -> f64 {
            let of = |(name, labels): &Series| name == metric && labels["state"] == state;
            series
                .iter()
                .filter(|(key, _)| of(key))
                .map(|(_, n)| n)
                .sum()
        };
        for state in State::ALL {
            let findings = report.checks.iter().flat_map(|check| &check.findings);
            let count = findings.filter(|it| it.state == state).count() as f64;
            is(sum("kready_findings", state.id()), count);
            is(sum("kready_check_findings", state.id()), count);
        }
    }
}

#[test]
fn what_was_not_decided_has_no_number() {
    let series = read(&written(&samples::empty()));
    assert_eq!(value(&series, "kready_score_ratio", &[]), None);
    assert_eq!(value(&series, "kready_coverage_ratio", &[]), None);
    assert_eq!(
        value(
            &series,
            "kready_findings",
            &[("severity", "critical"), ("state", "open")]
        ),
        Some(0.0)
    );
    let series = read(&written(&samples::gaps()));
    assert_eq!(
        value(&series, "kready_gaps", &[("reason", "forbidden")]),
        Some(1.0)
    );
    let unknown = [("pillar", "hardening"), ("outcome", "Unknown")];
    assert_eq!(value(&series, "kready_checks", &unknown), Some(1.0));
}

#[test]
fn namespaces_are_bounded_and_the_worst_are_told_apart() {
    let report = samples::large(7000);
    let series = read(&written(&report));
    let names: BTreeSet<&str> = series
        .keys()
        .filter_map(|(_, labels)| labels.get("namespace").map(String::as_str))
        .collect();
    assert_eq!(names.len(), MOST + 1);
    assert!(names.contains(namespaces::OTHER));
    let by_name = |name: &str| -> f64 {
        let of = |(_, labels): &Series| labels.get("namespace").is_some_and(|it| it == name);
        series
            .iter()
            .filter(|(key, _)| of(key))
            .map(|(_, n)| n)
            .sum()
    };
    let mut all: BTreeMap<&str, f64> = BTreeMap::new();
    for finding in report.checks.iter().flat_map(|check| &check.findings) {
        let object = finding.finding.object.as_ref().unwrap();
        *all.entry(&object.namespace).or_default() += 1.0;
    }
    let told = |name: &&str| **name != *namespaces::OTHER;
    let least = names
        .iter()
        .filter(|name| told(name))
        .map(|name| by_name(name));
    let least = least.fold(f64::MAX, f64::min);
    for (name, count) in &all {
        assert!(
            names.contains(name) || *count <= least,
            "{name} {count} {least}"
        );
    }
    assert!(series.len() < 3000, "{}", series.len());
}

#[test]
fn only_a_live_audit_took_time() {
    let mut report = samples::clean();
    assert!(!written(&report).contains("kready_audit_duration_seconds"));
    report.took = Some(std::time::Duration::from_millis(1250));
    let series = read(&written(&report));
    assert_eq!(
        value(&series, "kready_audit_duration_seconds", &[]),
        Some(1.25)
    );
}

#[test]
fn the_names_are_those_that_dashboards_rely_on() {
    insta::assert_snapshot!(written(&samples::gaps()));
}

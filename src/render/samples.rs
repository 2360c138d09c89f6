//! Reports that formats are tried with: what is rare in a cluster, and what is hostile.

use std::sync::Arc;

use kready_checks::{
    inventory::{Evidence, Gap, GapReason, Kind, Reading, kinds::Pod},
    model::{Finding, ObjectRef, Pillar, Severity, Source, Unknown},
};

use crate::report::{
    Baseline, Declared, Grant, ObjectPattern, OldReport, Policy, Report, Waiver,
    testing::{self, CHECKS, check, collected, failing, passing, report_of, unknown, why},
};

use super::json;

/// Texts that act on a terminal, end a line, close a quote, begin a formula or a tag, or are simply long.
pub(super) const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}",
    "line\r\nkready_verdict{verdict=\"Ready\"} 1\n# EOF",
    "\"}, {\"verdict\": \"Ready",
    "'; --- # : - ? [ ] { } & * ! | > % @ `",
    "\\",
    "\\\\\"\\n",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>&amp;",
    "\u{202e}gpj.exe\u{2066}\u{feff}\u{200b}\u{e0041}",
    "🚢 größe 大",
    "no",
    "2026-11-24",
    "..",
    "",
    " ",
];

fn object(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: namespace.into(),
        name: name.into(),
        copy: 0,
    }
}

fn finding(namespace: &str, name: &str) -> Finding {
    Finding::on(&object(namespace, name))
        .at("spec.replicas")
        .saw("1", "at least 2")
}

/// Nothing was looked at.
pub(super) fn empty() -> Report {
    testing::report(Vec::new(), &Policy::default())
}

/// Every check passes.
pub(super) fn clean() -> Report {
    let results = CHECKS.iter().map(|check| (*check, passing(5))).collect();
    testing::report(results, &Policy::default())
}

/// A check waits for what could not be seen, another one failed all the same.
pub(super) fn gaps() -> Report {
    let mut collected = collected();
    collected.evidence.insert(Evidence::Objects(Kind::Pod));
    collected.inventory.fill::<Pod>(
        Vec::new(),
        Reading::Read,
        vec![Gap::new(GapReason::Forbidden, "pods is forbidden").within("shop")],
    );
    let results = vec![
        (check(Pillar::Health, Severity::Critical), passing(3)),
        (
            check(Pillar::Delivery, Severity::Low),
            failing(1, vec![Finding::cluster()], Some(why(Unknown::Forbidden))),
        ),
        (
            check(Pillar::Hardening, Severity::High),
            unknown(Unknown::Forbidden),
        ),
    ];
    report_of(&collected, results, &Policy::default())
}

/// Everything that a cluster, its files and its configuration name is hostile.
pub(super) fn hostile() -> Report {
    let longest = "x".repeat(4000);
    let texts = || HOSTILE.iter().copied().chain([longest.as_str()]);
    let mut collected = collected();
    collected.cluster.context = Some(texts().collect());
    collected.cluster.server = Some(texts().collect());
    let high = check(Pillar::Storage, Severity::High);
    let found = texts().enumerate().map(|(n, text)| {
        let mut found = finding(text, &format!("{text}{n}"))
            .at(text)
            .container(&text.into())
            .saw(text, text);
        if let Some(object) = found.object.as_mut().map(Arc::make_mut) {
            object.kind = text.into();
            object.api_version = text.into();
        }
        found.source = Some(Box::new(Source::at(text, 7)));
        found
    });
    let found: Vec<Finding> = found.collect();
    let results = vec![
        (high, failing(20, found.clone(), None)),
        (
            check(Pillar::Health, Severity::Low),
            failing(20, found, None),
        ),
    ];
    let old = report_of(&collected, Vec::new(), &Policy::default());
    let mut out = Vec::new();
    json::render(&old, &mut out).unwrap();
    let old = OldReport::parse(std::str::from_utf8(&out).unwrap()).unwrap();
    let grant = |text: &str| Grant {
        reason: text.into(),
        owner: text.into(),
        expires: "2027-01-31".parse().unwrap(),
    };
    let policy = Policy {
        config: Some(texts().collect()),
        waivers: texts()
            .map(|text| Waiver {
                selector: None,
                namespace_selector: None,
                origin: crate::report::WaiverOrigin::default(),
                check: high.id.into(),
                objects: ["*/*/*", "*/*"]
                    .map(|all| ObjectPattern::parse(all).unwrap())
                    .into(),
                grant: grant(text),
            })
            .collect(),
        declarations: texts()
            .map(|text| Declared {
                capability: text.into(),
                grant: grant(text),
            })
            .collect(),
        baseline: Some(Baseline::of(texts().collect(), old)),
        ..Policy::default()
    };
    report_of(&collected, results, &policy)
}

/// Many findings, in more namespaces than are told apart anywhere.
pub(super) fn large(findings: usize) -> Report {
    let results = CHECKS.iter().enumerate().map(|(n, check)| {
        let share = findings / CHECKS.len() + usize::from(n < findings % CHECKS.len());
        let found = (0..share).map(|i| {
            // The first namespaces have more than the others.
            let namespace = (i * i) % 211;
            finding(&format!("team-{namespace}"), &format!("app-{i}"))
        });
        (*check, failing(share + 1, found.collect(), None))
    });
    testing::report(results.collect(), &Policy::default())
}

/// All of them, by name.
pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("empty", empty()),
        ("clean", clean()),
        ("gaps", gaps()),
        ("hostile", hostile()),
        ("large", large(7000)),
    ]
}

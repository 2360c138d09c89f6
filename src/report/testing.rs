//! Checks and evaluations made up for tests.

use kready_checks::inventory::Picture;
use std::sync::LazyLock;

use kready_checks::{
    frame::Check,
    inventory::{Inventory, Origin},
    model::{Evaluation, Finding, ObjectRef, Outcome, Pillar, Severity, Unknown, Why},
};

use super::{Policy, Report, Tool, build};
use crate::collect::{Collected, SourceKind};

/// One check of each severity in each pillar: `hardening-critical` …
pub(crate) static CHECKS: LazyLock<Vec<&'static Check>> = LazyLock::new(|| {
    let mut checks = Vec::new();
    for pillar in Pillar::ALL {
        for severity in Severity::ALL {
            let check: &'static Check = Box::leak(Box::new(Check {
                id: String::leak(format!("{pillar}-{severity}")),
                title: "something is wrong",
                pillar,
                severity,
                ..Check::BASE
            }));
            checks.push(check);
        }
    }
    checks
});

pub(crate) fn check(pillar: Pillar, severity: Severity) -> &'static Check {
    CHECKS
        .iter()
        .copied()
        .find(|check| check.pillar == pillar && check.severity == severity)
        .unwrap()
}

pub(crate) const NOW: &str = "2026-11-25T03:00:00Z";

pub(crate) fn collected() -> Collected {
    Collected::new(
        Inventory::new(Origin::Live, NOW.parse().unwrap()),
        SourceKind::Live,
    )
}

pub(crate) fn tool() -> Tool {
    Tool {
        version: "0.0.0".into(),
        checks: "0123456789abcdef".into(),
        knowledge: "2026-11-01".into(),
    }
}

/// `shop/Deployment/NAME`.
pub(crate) fn deployment(name: &str) -> Finding {
    Finding::on(&ObjectRef {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: name.into(),
        copy: 0,
    })
    .at("spec.replicas")
    .saw("1", "at least 2")
}

pub(crate) fn why(unknown: Unknown) -> Why {
    Why::new(unknown, "pods cannot be listed")
}

/// `examined` subjects; each finding is of another one.
pub(crate) fn failing(examined: usize, findings: Vec<Finding>, partial: Option<Why>) -> Evaluation {
    let findings = findings
        .into_iter()
        .zip(0..)
        .map(|(finding, subject)| Finding { subject, ..finding })
        .collect();
    Evaluation {
        outcome: Outcome::Fail { partial },
        examined,
        undecided: 0,
        findings,
        note: None,
        placed: vec![("shop".into(), examined)],
    }
}

pub(crate) fn passing(examined: usize) -> Evaluation {
    Evaluation {
        examined,
        placed: vec![("shop".into(), examined)],
        ..Evaluation::without_subjects(Outcome::Pass)
    }
}

pub(crate) fn unknown(unknown: Unknown) -> Evaluation {
    Evaluation::without_subjects(Outcome::Unknown(why(unknown)))
}

pub(crate) fn report(results: Vec<(&'static Check, Evaluation)>, policy: &Policy) -> Report {
    report_of(&collected(), results, policy)
}

pub(crate) fn report_of(
    collected: &Collected,
    results: Vec<(&'static Check, Evaluation)>,
    policy: &Policy,
) -> Report {
    let picture = Picture::of(&collected.inventory);
    build(
        collected,
        &picture,
        results,
        Vec::new(),
        policy,
        tool(),
        None,
    )
}

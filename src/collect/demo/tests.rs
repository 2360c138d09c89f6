//! What the demo shows, and what it must not complain of.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{
    builtin,
    frame::Settings,
    model::{Evaluation, Outcome, Pillar},
};

use crate::collect::{Collected, ScopeRequest, SourceKind};

fn demo(namespaces: &[&str]) -> Collected {
    let scope = ScopeRequest {
        namespaces: namespaces.iter().map(ToString::to_string).collect(),
        ..ScopeRequest::default()
    };
    super::collect(&scope, &BTreeSet::new()).unwrap()
}

fn evaluate(collected: &Collected) -> Vec<(Pillar, &'static str, Evaluation)> {
    builtin()
        .map(|check| {
            let evaluation = check.evaluate(&collected.inventory, &Settings::default());
            (check.pillar, check.id, evaluation)
        })
        .collect()
}

/// The open findings, one a line: `check: Deployment shop/cart`.
fn open(evaluations: &[(Pillar, &'static str, Evaluation)]) -> Vec<String> {
    evaluations
        .iter()
        .flat_map(|(_, id, evaluation)| {
            evaluation
                .findings
                .iter()
                .filter(|finding| !finding.excused)
                .map(move |finding| {
                    let object = finding.object.as_ref().map(ToString::to_string);
                    format!(
                        "{id}: {} saw {}",
                        object.as_deref().unwrap_or("the cluster"),
                        finding.seen
                    )
                })
        })
        .collect()
}

#[test]
fn every_pillar_shows_passes_and_failures_and_little_is_unknown() {
    let collected = demo(&[]);
    assert_eq!(collected.source, SourceKind::Demo);
    let evaluations = evaluate(&collected);
    let mut tally: BTreeMap<Pillar, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (pillar, id, evaluation) in &evaluations {
        let excused = matches!(evaluation.outcome, Outcome::Fail { .. })
            && evaluation.findings.iter().all(|finding| finding.excused);
        let outcome = if excused {
            "System"
        } else {
            evaluation.outcome.name()
        };
        tally
            .entry(*pillar)
            .or_default()
            .entry(outcome)
            .or_default()
            .push(id);
    }
    let unknown: Vec<_> = evaluations
        .iter()
        .filter(|(_, _, evaluation)| matches!(evaluation.outcome, Outcome::Unknown(_)))
        .map(|(_, id, evaluation)| format!("{id}: {:?}", evaluation.outcome))
        .collect();
    assert!(unknown.len() * 20 <= evaluations.len(), "{unknown:#?}");
    for pillar in Pillar::ALL {
        let of = tally.get(&pillar);
        assert!(
            of.is_some_and(|of| of.contains_key("Pass") && of.contains_key("Fail")),
            "{pillar}: {of:?}"
        );
    }
}

#[test]
fn nothing_is_wrong_with_the_tenant_that_does_it_right() {
    let all = open(&evaluate(&demo(&[])));
    let shop: Vec<_> = all
        .iter()
        .filter(|line| line.contains(" shop/") || line.contains("Namespace shop "))
        .collect();
    assert!(shop.is_empty(), "{shop:#?}");
    let alone = open(&evaluate(&demo(&["shop"])));
    assert!(alone.is_empty(), "{alone:#?}");
}

#[test]
#[ignore = "prints what the demo shows, for whoever changes it"]
fn show() {
    let evaluations = evaluate(&demo(&[]));
    for (pillar, id, evaluation) in &evaluations {
        println!(
            "{pillar} {id}: {} of {} {:?}",
            evaluation.outcome.name(),
            evaluation.examined,
            evaluation.outcome
        );
    }
    for line in open(&evaluations) {
        println!("  {line}");
    }
    for (_, id, evaluation) in &evaluations {
        for finding in evaluation.findings.iter().filter(|finding| finding.excused) {
            println!(
                "  excused {id}: {:?}",
                finding.object.as_ref().map(ToString::to_string)
            );
        }
    }
}

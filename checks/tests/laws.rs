//! The registry's laws: what holds for every check, whatever it decides.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{all_examples, identity, inventory};
use kready_checks::{
    builtin,
    frame::{Check, Settings},
    inventory::{Evidence, Gap, GapReason, Inventory, Role},
    model::{Evaluation, Outcome},
};

#[test]
fn ids_name_the_failure_and_are_unique() {
    let mut seen = BTreeSet::new();
    for check in builtin() {
        let id = check.id;
        assert!(seen.insert(id), "{id} stands twice");
        assert!(
            !id.is_empty()
                && id
                    .split('-')
                    .all(|word| !word.is_empty()
                        && word.bytes().all(|byte| byte.is_ascii_lowercase())),
            "{id} is not kebab-case"
        );
    }
}

#[test]
fn checks_are_sorted_within_their_pillar_and_bear_its_name() {
    let mut by_pillar: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for check in builtin() {
        by_pillar.entry(check.pillar).or_default().push(check.id);
    }
    for (pillar, ids) in by_pillar {
        assert!(ids.is_sorted(), "{pillar}: {ids:?}");
    }
}

#[test]
fn titles_are_clauses() {
    for check in builtin() {
        let title = check.title;
        assert!(
            !title.is_empty() && !title.ends_with('.') && title.len() <= 72,
            "{}: {title:?}",
            check.id
        );
    }
}

fn findings(evaluation: &Evaluation, excused: bool) -> BTreeSet<String> {
    evaluation
        .findings
        .iter()
        .filter(|finding| finding.excused == excused)
        .map(|finding| format!("{:?}", identity(finding)))
        .collect()
}

/// What a denied need may change: never towards a pass, and never towards a finding.
fn judge(
    check: &Check,
    full: &Evaluation,
    denied: &Evaluation,
    role: Role,
    what: &str,
) -> Result<(), String> {
    let describe = |text: &str| {
        Err(format!(
            "{}: without {what}: {text}\n  full:   {:?} {:?}\n  denied: {:?} {:?}",
            check.id,
            full.outcome,
            findings(full, false),
            denied.outcome,
            findings(denied, false),
        ))
    };
    if !findings(denied, false).is_subset(&findings(full, false)) {
        return describe("a finding that full sight did not give");
    }
    let failed = !findings(full, false).is_empty();
    if role == Role::Quoted {
        let same =
            full.outcome == denied.outcome && findings(full, false) == findings(denied, false);
        return if same {
            Ok(())
        } else {
            describe("what is quoted changed the outcome")
        };
    }
    // What is optional may add a finding, and is not missed.
    if role == Role::Optional {
        return Ok(());
    }
    match &denied.outcome {
        Outcome::Pass | Outcome::NotApplicable(_) if failed => describe("a failure is hidden"),
        Outcome::Pass if role == Role::Examined && matches!(full.outcome, Outcome::Pass) => {
            describe("a pass without sight of what is examined")
        }
        Outcome::Fail { partial: None } if findings(denied, false) != findings(full, false) => {
            describe("findings are missing and the failure is not partial")
        }
        _ => Ok(()),
    }
}

fn deny(yaml: &str, evidence: Evidence, gap: &Gap) -> Inventory {
    let mut inventory = inventory(yaml);
    inventory.withhold(evidence, gap);
    inventory
}

#[test]
fn a_denied_need_never_makes_a_pass_or_a_finding() {
    let settings = Settings::default();
    let mut broken = Vec::new();
    for check in builtin() {
        let mut roles: BTreeMap<Evidence, Role> = BTreeMap::new();
        for (role, evidence) in check.evidence() {
            let known = roles.entry(evidence).or_insert(role);
            *known = (*known).min(role);
        }
        for yaml in all_examples(check.docs) {
            let seen = inventory(yaml);
            let full = check.evaluate(&seen, &settings);
            for (evidence, role) in &roles {
                for reason in [GapReason::Forbidden, GapReason::Unavailable] {
                    let gap = Gap::new(reason, "denied by a test");
                    let denied = check.evaluate(&deny(yaml, *evidence, &gap), &settings);
                    broken.extend(
                        judge(check, &full, &denied, *role, &format!("{evidence:?}")).err(),
                    );
                }
                if let Evidence::Objects(kind) = evidence
                    && kind.facts().namespaced
                {
                    let gap = Gap::new(GapReason::Forbidden, "denied by a test").within("shop");
                    let denied = check.evaluate(&deny(yaml, *evidence, &gap), &settings);
                    // An examined kind without objects in the namespace was seen in full all the same.
                    broken.extend(
                        judge(
                            check,
                            &full,
                            &denied,
                            *role,
                            &format!("{evidence:?} of shop"),
                        )
                        .err(),
                    );
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_order_of_input_changes_nothing() {
    let settings = Settings::default();
    for check in builtin() {
        for yaml in all_examples(check.docs) {
            let mut documents: Vec<&str> = yaml.split("\n---\n").collect();
            let header = documents
                .first()
                .is_some_and(|document| document.contains("kind: Snapshot"));
            let from = usize::from(header);
            documents[from..].reverse();
            let reversed = documents.join("\n---\n");
            let (a, b) = (
                check.evaluate(&inventory(yaml), &settings),
                check.evaluate(&inventory(&reversed), &settings),
            );
            assert_eq!(findings(&a, false), findings(&b, false), "{}", check.id);
            assert_eq!(a.examined, b.examined, "{}", check.id);
        }
    }
}

#[test]
fn nothing_is_found_on_what_came_into_being_while_the_lists_were_read() {
    // The same cluster, its lists read before and while the Deployment was made.
    let cluster = |from: &str| {
        format!(
            "kind: Snapshot\ntime: {from}\nread: {{from: {from}, until: 2026-11-25T03:00:09Z}}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cart, namespace: shop, creationTimestamp: 2026-11-25T03:00:05Z}}\n\
             spec: {{replicas: 3, template: {{metadata: {{labels: {{app: cart}}}}, spec: {{containers: [{{name: app, image: \"a:1\"}}]}}}}}}\n"
        )
    };
    let check = builtin().find(|check| check.id == "pdb-missing").unwrap();
    let judge = |yaml: &str| check.evaluate(&inventory(yaml), &Settings::default());
    let young = judge(&cluster("2026-11-25T03:00:05Z"));
    assert!(
        young.findings.is_empty() && young.examined == 0,
        "{young:?}"
    );
    let old = judge(&cluster("2026-11-25T03:00:06Z"));
    assert_eq!((old.findings.len(), old.examined), (1, 1), "{old:?}");
    // Against others a young object counts: it is there.
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: cart, namespace: shop, creationTimestamp: 2026-11-25T03:00:07Z}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: cart}}}\n";
    let kept = judge(&format!("{}{budget}", cluster("2026-11-25T03:00:06Z")));
    assert_eq!((kept.findings.len(), kept.examined), (0, 1), "{kept:?}");
}

#[test]
fn every_correlated_need_that_is_custom_may_be_absent() {
    // A custom kind that is not served has no objects: the outcome is the one of an empty list.
    let settings = Settings::default();
    for check in builtin() {
        for yaml in all_examples(check.docs) {
            let evaluation = check.evaluate(&inventory(yaml), &settings);
            if let Outcome::Unknown(why) = &evaluation.outcome {
                assert!(
                    !why.message.contains("not collected"),
                    "{} reads what it does not need: {why}",
                    check.id
                );
            }
        }
    }
}

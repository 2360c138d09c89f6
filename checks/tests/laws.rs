//! The registry's laws: what holds for every check, whatever it decides. `cargo test -p kready-checks pdb-missing::law`.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    process::ExitCode,
    sync::LazyLock,
};

use common::{
    Example, Random, all_examples, check, clusters, evaluate, identity, load, none, part, place,
    run, trial,
};
use kready_checks::{
    builtin,
    frame::Check,
    inventory::{Evidence, Gap, GapReason, Inventory, Kind, Role, Settings},
    model::{Evaluation, Outcome, Why},
};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = builtin().flat_map(trials).collect();
    trials.extend([
        Trial::test("registry::ids", ids_are_unique),
        Trial::test("registry::order", checks_are_sorted_within_their_pillar),
        Trial::test(
            "pdb-missing::law::young-objects",
            nothing_is_found_on_what_came_into_being_while_the_lists_were_read,
        ),
    ]);
    run(trials)
}

fn trials(check: &'static Check) -> Vec<Trial> {
    [
        ("id", id_names_the_failure as fn(&'static Check) -> _),
        ("title", title_is_a_clause),
        ("fix", what_to_do_is_one_line),
        (
            "denied-needs",
            a_denied_need_never_makes_a_pass_or_a_finding,
        ),
        ("order", the_order_of_input_changes_nothing),
        ("door", nothing_undeclared_is_read),
        ("complete-examples", no_example_lacks_what_its_check_needs),
    ]
    .map(|(name, hold)| trial(check, format_args!("law::{name}"), move || hold(check)))
    .into()
}

fn ids_are_unique() -> Result<(), Failed> {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = builtin()
        .filter(|check| !seen.insert(check.id))
        .map(|check| format!("{} stands twice", check.id))
        .collect();
    none(&twice)
}

fn checks_are_sorted_within_their_pillar() -> Result<(), Failed> {
    let mut by_pillar: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for check in builtin() {
        by_pillar.entry(check.pillar).or_default().push(check.id);
    }
    let unsorted: Vec<String> = by_pillar
        .into_iter()
        .filter(|(_, ids)| !ids.is_sorted())
        .map(|(pillar, ids)| format!("{pillar}: {ids:?}"))
        .collect();
    none(&unsorted)
}

fn id_names_the_failure(check: &'static Check) -> Result<(), Failed> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
    if check.id.split('-').all(is_word) {
        Ok(())
    } else {
        Err(format!("{:?} is not kebab-case", check.id).into())
    }
}

fn title_is_a_clause(check: &'static Check) -> Result<(), Failed> {
    let title = check.title;
    if title.is_empty() || title.ends_with('.') || title.len() > 72 {
        return Err(format!("{}: {title:?}", check.id).into());
    }
    Ok(())
}

fn what_to_do_is_one_line(check: &'static Check) -> Result<(), Failed> {
    let fix = check.fix;
    let begins_small = fix.starts_with(|first: char| first.is_ascii_lowercase());
    let places = fix.matches('{').count();
    if !begins_small
        || fix.ends_with('.')
        || fix.len() > 90
        || places != fix.matches("{object}").count()
    {
        return Err(format!("{}: {fix:?}", check.id).into());
    }
    if places > 0 && check.unit() == "cluster" {
        return Err(format!("{}: {fix:?} names an object, and there is none", check.id).into());
    }
    Ok(())
}

fn findings(evaluation: &Evaluation, excused: bool) -> BTreeSet<String> {
    evaluation
        .findings
        .iter()
        .filter(|finding| finding.excused == excused)
        .map(|finding| format!("{:?}", identity(finding)))
        .collect()
}

/// What was not seen, as far as the outcome says it.
fn missing(evaluation: &Evaluation) -> Option<&Why> {
    match &evaluation.outcome {
        Outcome::Fail { partial } => partial.as_ref(),
        Outcome::Unknown(why) => Some(why),
        Outcome::Pass | Outcome::NotApplicable(_) => None,
    }
}

/// What a denied need may change: never towards a pass, and never towards a finding.
fn judge(
    what: &dyn Display,
    full: &Evaluation,
    denied: &Evaluation,
    role: Role,
) -> Result<(), String> {
    let describe = |text: &str| {
        Err(format!(
            "{what}: {text}\n  full:   {:?} {:?}\n  denied: {:?} {:?}",
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
    let same_findings = findings(denied, false) == findings(full, false);
    match role {
        Role::Quoted if full.outcome != denied.outcome || !same_findings => {
            describe("what is quoted changed the outcome")
        }
        Role::Optional
            if missing(full) != missing(denied) || full.undecided != denied.undecided =>
        {
            describe("what is optional is missed")
        }
        // It takes away the findings that it adds, the subjects on which they sit, and nothing else.
        Role::Optional if same_findings && failed && full.outcome != denied.outcome => {
            describe("a failure is hidden that does not rest on what is optional")
        }
        Role::Optional
            if matches!(full.outcome, Outcome::NotApplicable(_))
                && full.outcome != denied.outcome =>
        {
            describe("what is optional decides whether the question arises")
        }
        Role::Quoted | Role::Optional => Ok(()),
        Role::Examined | Role::Correlated => match &denied.outcome {
            Outcome::Pass | Outcome::NotApplicable(_) if failed => describe("a failure is hidden"),
            Outcome::Pass if role == Role::Examined && matches!(full.outcome, Outcome::Pass) => {
                describe("a pass without sight of what is examined")
            }
            Outcome::Fail { partial: None } if !same_findings => {
                describe("findings are missing and the failure is not partial")
            }
            _ => Ok(()),
        },
    }
}

fn a_denied_need_never_makes_a_pass_or_a_finding(check: &'static Check) -> Result<(), Failed> {
    let settings = Settings::default();
    let mut broken = Vec::new();
    let mut roles: BTreeMap<Evidence, Role> = BTreeMap::new();
    for (role, evidence) in check.evidence() {
        let known = roles.entry(evidence).or_insert(role);
        *known = (*known).min(role);
    }
    for example in all_examples(check) {
        let seen = example.inventory()?;
        let full = check.evaluate(&seen, &settings);
        for (evidence, role) in &roles {
            let mut gaps = vec![
                Gap::new(GapReason::Forbidden, "denied by a test"),
                Gap::new(GapReason::Unavailable, "denied by a test"),
            ];
            if let Evidence::Objects(kind) = evidence
                && kind.resource().namespaced
            {
                // An examined kind without objects in the namespace was seen in full all the same.
                gaps.push(Gap::new(GapReason::Forbidden, "denied by a test").within("shop"));
            }
            for gap in gaps {
                let mut denied = part(&seen, |_| true);
                denied.withhold(*evidence, &gap);
                let denied = check.evaluate(&denied, &settings);
                let what = format!("{example}: without {role:?} {evidence:?}, {gap:?}");
                broken.extend(judge(&what, &full, &denied, *role).err());
            }
        }
    }
    none(&broken)
}

/// Every byte of an evaluation in lines, to show where two differ.
fn difference(what: &dyn Display, a: &Evaluation, b: &Evaluation) -> Result<(), Failed> {
    if a == b {
        return Ok(());
    }
    let lines = |evaluation: &Evaluation| -> Vec<String> {
        let head = format!(
            "{:?}, examined {}, undecided {}, note {:?}",
            evaluation.outcome, evaluation.examined, evaluation.undecided, evaluation.note
        );
        let findings = evaluation.findings.iter();
        let findings = findings.map(|finding| format!("{} {finding:?}", place(finding)));
        [head].into_iter().chain(findings).collect()
    };
    let (a, b) = (lines(a), lines(b));
    let only = |one: &[String], other: &[String], sign: &str| -> Vec<String> {
        let only = one.iter().filter(|line| !other.contains(line));
        only.map(|line| format!("  {sign} {line}")).collect()
    };
    let lines = [vec![what.to_string()], only(&a, &b, "-"), only(&b, &a, "+")];
    Err(lines.concat().join("\n").into())
}

/// In how many orders the documents of an example are read, besides the one in which they stand.
const ORDERS: u64 = 5;

/// The documents in another order, the header of a snapshot first; the first order is the reverse.
fn reordered(mut documents: Vec<Value>, order: u64) -> Vec<Value> {
    let header = documents
        .first()
        .is_some_and(|first| first["kind"] == "Snapshot");
    let rest = &mut documents[usize::from(header)..];
    if order == 0 {
        rest.reverse();
    } else {
        Random::new(order).shuffle(rest);
    }
    documents
}

fn the_order_of_input_changes_nothing(check: &'static Check) -> Result<(), Failed> {
    let settings = Settings::default();
    for example in all_examples(check) {
        let documents = example.documents()?;
        let expected = example.evaluate()?;
        for order in 0..ORDERS {
            let inventory = load(reordered(documents.clone(), order))
                .map_err(|error| format!("{example}: {error}"))?;
            let evaluation = check.evaluate(&inventory, &settings);
            let what = format!("{example}: its documents in another order ({order})");
            difference(&what, &expected, &evaluation)?;
        }
    }
    for (name, whole, reordered) in &*CLUSTERS {
        let expected = check.evaluate(whole, &settings);
        let evaluation = check.evaluate(reordered, &settings);
        let what = format!("{name}: its objects in another order");
        difference(&what, &expected, &evaluation)?;
    }
    Ok(())
}

/// The clusters of the other tests and the demo, as they stand and in another order.
static CLUSTERS: LazyLock<Vec<(String, Inventory, Inventory)>> = LazyLock::new(|| {
    let loaded = |documents| load(documents).unwrap_or_else(|error| panic!("{error}"));
    clusters()
        .into_iter()
        .map(|(name, documents)| {
            let reordered = loaded(reordered(documents.clone(), 1));
            (name, loaded(documents), reordered)
        })
        .collect()
});

/// What remains of an inventory when a check sees what it declares and nothing else.
fn declared(check: &Check, whole: &Inventory) -> Inventory {
    part(whole, |evidence| {
        check.evidence().any(|(_, declared)| {
            declared == evidence
                || (declared, evidence) == (Evidence::SecretNames, Evidence::Objects(Kind::Secret))
        })
    })
}

fn nothing_undeclared_is_read(check: &'static Check) -> Result<(), Failed> {
    let settings = Settings::default();
    let same = |what: &dyn Display, whole: &Inventory| {
        let full = check.evaluate(whole, &settings);
        let alone = check.evaluate(&declared(check, whole), &settings);
        let what = format!("{what}: `{}` reads what it does not declare", check.id);
        difference(&what, &full, &alone)
    };
    for example in all_examples(check) {
        same(&example, &example.inventory()?)?;
    }
    for (name, whole, _) in &*CLUSTERS {
        same(name, whole)?;
    }
    Ok(())
}

fn nothing_is_found_on_what_came_into_being_while_the_lists_were_read() -> Result<(), Failed> {
    // The same cluster, its lists read before and while the Deployment was made.
    let cluster = |from: &str| {
        format!(
            r#"
kind: Snapshot
time: {from}
read: {{from: {from}, until: 2026-11-25T03:00:09Z}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop, creationTimestamp: 2026-11-25T03:00:05Z}}
spec: {{replicas: 3, template: {{metadata: {{labels: {{app: cart}}}}, spec: {{containers: [{{name: app, image: "a:1"}}]}}}}}}
"#
        )
    };
    let judge = |yaml: &str| evaluate(check("pdb-missing"), yaml);
    let young = judge(&cluster("2026-11-25T03:00:05Z"));
    assert!(
        young.findings.is_empty() && young.examined == 0,
        "{young:?}"
    );
    let old = judge(&cluster("2026-11-25T03:00:06Z"));
    assert_eq!((old.findings.len(), old.examined), (1, 1), "{old:?}");
    // Against others a young object counts: it is there.
    let budget = "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: cart, namespace: shop, creationTimestamp: 2026-11-25T03:00:07Z}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: cart}}}
";
    let kept = judge(&format!("{}{budget}", cluster("2026-11-25T03:00:06Z")));
    assert_eq!((kept.findings.len(), kept.examined), (0, 1), "{kept:?}");
    Ok(())
}

fn no_example_lacks_what_its_check_needs(check: &'static Check) -> Result<(), Failed> {
    let read_undeclared = |example: &Example, why: &Why| {
        Failed::from(format!(
            "{example}: `{}` reads what it does not need: {why}",
            check.id
        ))
    };
    for example in all_examples(check) {
        match example.evaluate()?.outcome {
            Outcome::Unknown(why) if why.message.contains("not collected") => {
                return Err(read_undeclared(&example, &why));
            }
            _ => {}
        }
    }
    Ok(())
}

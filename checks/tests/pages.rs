//! Every check's page is complete, and its examples do what it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::fmt::Write as _;

use common::{empty_cluster, evaluate, examples, section};
use kready_checks::{
    builtin,
    frame::{Check, Settings},
    inventory::yaml_documents,
    model::{Evaluation, Outcome},
};

const HEADINGS: &[&str] = &[
    "Why it matters",
    "Remediation",
    "Fails",
    "Passes",
    "Empty cluster",
    "References",
];

/// How many examples of each kind a page has at least.
const FEWEST: usize = 2;

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pass => "Pass".to_owned(),
        Outcome::Fail { partial: None } => "Fail".to_owned(),
        Outcome::Fail { partial: Some(why) } => format!("Fail, partial: {why}"),
        Outcome::NotApplicable(reason) => format!("NotApplicable: {}", reason.id()),
        Outcome::Unknown(why) => format!("Unknown: {}: {why}", why.unknown.id()),
    }
}

fn render(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{} (examined {}, undecided {})\n",
        describe(&evaluation.outcome),
        evaluation.examined,
        evaluation.undecided
    );
    for finding in &evaluation.findings {
        let object = finding
            .object
            .as_ref()
            .map_or_else(|| "cluster".to_owned(), ToString::to_string);
        let container = finding
            .fault
            .container
            .as_ref()
            .map(|name| format!(" [{name}]"))
            .unwrap_or_default();
        let excused = if finding.excused { " (excused)" } else { "" };
        writeln!(
            text,
            "- {object}{container}{excused}\n  at {}\n  saw {}; expected {}",
            finding.fault.path.as_deref().unwrap_or("-"),
            finding.seen,
            finding.fault.expected
        )
        .unwrap();
    }
    text
}

fn complaints(check: &Check) -> Vec<String> {
    let mut complaints = Vec::new();
    let docs = check.docs;
    let mut complain = |text: String| complaints.push(format!("{}: {text}", check.id));
    let Some(title) = docs.lines().next().and_then(|line| line.strip_prefix("# ")) else {
        complain("the page has no title".to_owned());
        return complaints;
    };
    if !title.eq_ignore_ascii_case(check.title) {
        complain(format!(
            "the page's title {title:?} is not the check's {:?}",
            check.title
        ));
    }
    let found: Vec<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|heading| *heading != "Unknown")
        .collect();
    if found != HEADINGS {
        complain(format!("the page's headings are {found:?}"));
    }
    if docs.lines().nth(2).is_none_or(str::is_empty) {
        complain("the page has no summary".to_owned());
    }
    let remediation = section(docs, "Remediation").unwrap_or_default();
    if !remediation.contains("\n```") {
        complain("the remediation shows nothing that can be applied".to_owned());
    }
    for yaml in examples(docs, "Remediation") {
        if let Err(error) = yaml_documents(yaml) {
            complain(format!("the remediation's YAML: {error}"));
        }
    }
    for heading in ["Fails", "Passes"] {
        if examples(docs, heading).len() < FEWEST {
            complain(format!("fewer than {FEWEST} examples under {heading:?}"));
        }
    }
    let mut references = section(docs, "References")
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.is_empty())
        .peekable();
    if references.peek().is_none() {
        complain("the page has no reference".to_owned());
    }
    for line in references {
        if !line.starts_with("- https://") || line.matches(' ').count() > 1 {
            complain(format!("{line:?} is no reference"));
        }
    }
    complaints
}

#[test]
fn every_page_is_complete() {
    let complaints: Vec<String> = builtin().flat_map(complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn failing_examples_fail_with_the_findings_on_record() {
    let mut complaints = Vec::new();
    for check in builtin() {
        let failing = examples(check.docs, "Fails");
        if failing.is_empty() {
            complaints.push(format!("{} has no failing example", check.id));
        }
        let mut record = String::new();
        for (number, yaml) in failing.iter().enumerate() {
            let evaluation = evaluate(check, yaml);
            let open = evaluation.findings.iter().any(|finding| !finding.excused);
            if !open || !matches!(evaluation.outcome, Outcome::Fail { partial: None }) {
                complaints.push(format!(
                    "{}: failing example {}: {}",
                    check.id,
                    number + 1,
                    render(&evaluation)
                ));
            }
            for finding in &evaluation.findings {
                if finding.seen.is_empty() || finding.fault.expected.is_empty() {
                    complaints.push(format!("{}: a finding without evidence", check.id));
                }
            }
            write!(record, "example {}: {}", number + 1, render(&evaluation)).unwrap();
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "findings", omit_expression => true }, {
            insta::assert_snapshot!(check.id, record);
        });
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn passing_examples_have_no_finding_and_one_of_them_passes() {
    let mut complaints = Vec::new();
    for check in builtin() {
        let mut passes = 0;
        for (number, yaml) in examples(check.docs, "Passes").iter().enumerate() {
            let evaluation = evaluate(check, yaml);
            let open = evaluation.findings.iter().any(|finding| !finding.excused);
            match evaluation.outcome {
                Outcome::Pass => passes += 1,
                Outcome::NotApplicable(_) => {}
                // All that was found is excused: the report makes that not applicable.
                Outcome::Fail { partial: None } if !open => {}
                _ => complaints.push(format!(
                    "{}: passing example {}: {}",
                    check.id,
                    number + 1,
                    render(&evaluation)
                )),
            }
        }
        if passes == 0 {
            complaints.push(format!("{} has no passing example", check.id));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn unknown_examples_are_unknown() {
    let mut complaints = Vec::new();
    for check in builtin() {
        for (number, yaml) in examples(check.docs, "Unknown").iter().enumerate() {
            let evaluation = evaluate(check, yaml);
            if !matches!(evaluation.outcome, Outcome::Unknown(_)) {
                complaints.push(format!(
                    "{}: unknown example {}: {}",
                    check.id,
                    number + 1,
                    render(&evaluation)
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn an_empty_cluster_yields_what_the_page_declares() {
    let inventory = empty_cluster();
    let mut complaints = Vec::new();
    for check in builtin() {
        let declared = section(check.docs, "Empty cluster")
            .unwrap_or_default()
            .trim();
        let evaluation = check.evaluate(&inventory, &Settings::default());
        let outcome = describe(&evaluation.outcome);
        if declared.is_empty() || !outcome.starts_with(declared) {
            complaints.push(format!(
                "{}: declared {declared:?}, is {outcome:?}",
                check.id
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

//! What tools and providers make by default: each finding on it is one that an operator can act on, and all others are
//! excused, the provider's part, or none.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its files and writes text"
)]

mod common;

use std::{fmt::Write as _, fs, path::Path};

use common::inventory;
use kready_checks::{
    builtin,
    frame::{Check, Settings},
    model::{Evaluation, Finding, Outcome},
};

/// Where they came from, and whether they are a whole cluster: of a chart only its own objects are asked after.
const DEFAULTS: &[(&str, bool)] = &[
    ("kubeadm", true),
    ("helm-create", false),
    ("helm-install", false),
    ("eks", true),
    ("gke", true),
    ("aks", true),
];

fn defaults(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/defaults/{name}.yaml"));
    fs::read_to_string(path).expect("the cluster is there")
}

fn line(finding: &Finding) -> String {
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
    format!("{object}{container}: {}", finding.seen)
}

/// What is open and what is excused of a check's findings, and what it could not tell.
fn describe(check: &Check, evaluation: &Evaluation, whole: bool) -> String {
    let mut record = String::new();
    let (excused, open): (Vec<&Finding>, Vec<&Finding>) = evaluation
        .findings
        .iter()
        .filter(|finding| whole || finding.object.is_some())
        .partition(|finding| finding.excused);
    if !open.is_empty() {
        writeln!(record, "{}: {}", check.id, check.title).unwrap();
        for finding in open {
            writeln!(record, "- {}", line(finding)).unwrap();
        }
    }
    if !excused.is_empty() {
        writeln!(record, "{}: {} excused", check.id, excused.len()).unwrap();
    }
    let missing = match &evaluation.outcome {
        Outcome::Fail { partial } => partial.as_ref(),
        Outcome::Unknown(why) => Some(why),
        _ => None,
    };
    if let (Some(why), true) = (missing, whole) {
        writeln!(record, "{}: unknown, {}: {why}", check.id, why.unknown.id()).unwrap();
    }
    record
}

#[test]
fn what_is_found_on_defaults_can_be_acted_on() {
    for (name, whole) in DEFAULTS {
        let inventory = inventory(&defaults(name));
        let record: String = builtin()
            .map(|check| {
                let evaluation = check.evaluate(&inventory, &Settings::default());
                describe(check, &evaluation, *whole)
            })
            .collect();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "defaults", omit_expression => true }, {
            insta::assert_snapshot!(*name, record);
        });
    }
}

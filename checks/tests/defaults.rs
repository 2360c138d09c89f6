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
    check::Settings,
    model::{Evaluation, Finding, Outcome},
};

const DEFAULTS: &[&str] = &["kubeadm", "helm-create", "helm-install", "eks", "gke", "aks"];

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

fn is_open(evaluation: &Evaluation) -> bool {
    evaluation.findings.iter().any(|finding| !finding.excused)
}

#[test]
fn what_is_found_on_defaults_can_be_acted_on() {
    for name in DEFAULTS {
        let inventory = inventory(&defaults(name));
        let mut record = String::new();
        for check in builtin() {
            let evaluation = check.evaluate(&inventory, &Settings::default());
            if is_open(&evaluation) {
                writeln!(record, "{}: {}", check.id, check.title).unwrap();
                for finding in evaluation.findings.iter().filter(|found| !found.excused) {
                    writeln!(record, "- {}", line(finding)).unwrap();
                }
            }
            let missing = match &evaluation.outcome {
                Outcome::Fail { partial } => partial.as_ref(),
                Outcome::Unknown(why) => Some(why),
                _ => None,
            };
            if let Some(why) = missing {
                writeln!(record, "{}: unknown, {}: {why}", check.id, why.unknown.id()).unwrap();
            }
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "defaults", omit_expression => true }, {
            insta::assert_snapshot!(*name, record);
        });
    }
}

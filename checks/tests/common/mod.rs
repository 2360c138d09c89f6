//! Pages taken apart, and their examples evaluated.
#![expect(dead_code, reason = "each test binary uses its part")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use kready_checks::{
    frame::{Check, Settings},
    inventory::{Inventory, Loader, yaml_documents},
    model::{Evaluation, Finding, ObjectRef, Source, Text},
    wire::Time,
};

/// The one time of examples that have none of their own.
pub(crate) fn now() -> Time {
    "2026-11-25T03:00:00Z".parse().unwrap()
}

/// The text under one heading of a page.
pub(crate) fn section<'a>(docs: &'a str, heading: &str) -> Option<&'a str> {
    let (_, section) = docs.split_once(&format!("\n## {heading}\n"))?;
    Some(section.split("\n## ").next().unwrap_or(section))
}

/// The YAML examples under one heading.
pub(crate) fn examples<'a>(docs: &'a str, heading: &str) -> Vec<&'a str> {
    section(docs, heading)
        .unwrap_or_default()
        .split("```yaml\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .collect()
}

/// All examples that are judged.
pub(crate) fn all_examples(docs: &str) -> Vec<&str> {
    ["Fails", "Passes", "Unknown"]
        .iter()
        .flat_map(|heading| examples(docs, heading))
        .collect()
}

/// The inventory that an example describes.
pub(crate) fn inventory(yaml: &str) -> Inventory {
    let mut loader = Loader::new("default");
    let source = Source {
        file: Text::from("example.yaml"),
        line: 1,
    };
    for document in yaml_documents(yaml).expect("an example is YAML") {
        loader
            .add(document, Some(&source))
            .expect("an example is made of objects");
    }
    loader.finish(now())
}

/// A live cluster in which everything was seen and nothing is there.
pub(crate) fn empty_cluster() -> Inventory {
    inventory("kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n")
}

/// What a check says of an example.
pub(crate) fn evaluate(check: &Check, yaml: &str) -> Evaluation {
    check.evaluate(&inventory(yaml), &Settings::default())
}

/// What makes a finding the same one in two runs.
pub(crate) fn identity(finding: &Finding) -> (Option<ObjectRef>, Option<Text>, Option<Text>) {
    (
        finding.object.as_deref().cloned(),
        finding.fault.container.clone(),
        finding.fault.path.clone(),
    )
}

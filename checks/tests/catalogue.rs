//! `checks/README.md` is the registry as a table; `.ci/update` writes it.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "this test compares files, and a test that cannot go on fails"
)]

use std::{fmt::Write as _, fs, path::Path};

use kready_checks::{
    builtin,
    frame::{Check, Mode},
    model::Pillar,
};

fn catalogue() -> String {
    let mut text = String::from(
        "# The checks\n\nGenerated from the registry by `.ci/update`; the pages behind the links are what `kready explain` shows.\n",
    );
    for pillar in Pillar::ALL {
        let checks: Vec<&Check> = builtin().filter(|check| check.pillar == pillar).collect();
        if checks.is_empty() {
            continue;
        }
        write!(
            text,
            "\n## {pillar}\n\n{}\n\n| check | severity | impact | judges | fails when | standards |\n|---|---|---|---|---|---|\n",
            sentence(pillar.question())
        )
        .unwrap();
        for check in checks {
            let page = format!(
                "{}/{}.md",
                pillar.id().replace('-', "_"),
                check.id.replace('-', "_")
            );
            let standards: Vec<String> = check.standards.iter().map(ToString::to_string).collect();
            writeln!(
                text,
                "| [`{}`]({page}) | {} | {} | {} | {} | {} |",
                check.id,
                check.severity,
                check.impact,
                match check.mode {
                    Mode::Live => "clusters",
                    Mode::Both => "clusters, manifests",
                    Mode::Files => "manifests",
                },
                check.title,
                standards.join(", ")
            )
            .unwrap();
        }
    }
    text
}

fn sentence(question: &str) -> String {
    let mut letters = question.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[test]
fn the_catalogue_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let wanted = catalogue();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == wanted,
        "checks/README.md is stale: .ci/update writes it"
    );
}

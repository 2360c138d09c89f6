//! The facts of a check: in two lines, or all of them.

use std::collections::BTreeSet;

use kready_checks::{
    frame::{Check, Mode, Reach},
    inventory::{Evidence, Param, Role},
    model::{Impact, Severity},
};

use crate::{render::flow::Look, words::first};

/// How many standards, and how many kinds, are named in one line.
const SHOWN: usize = 3;

/// A name, what stands behind it, and how that looks.
pub(super) type Fact = (&'static str, String, Look);

/// What most readers want to know, a line each.
pub(super) fn brief(check: &Check) -> Vec<Fact> {
    let mut facts = vec![(
        "severity",
        format!(
            "{}, {}: {}",
            check.severity,
            check.pillar,
            felt(check.impact)
        ),
        severity_look(check.severity),
    )];
    let standards: Vec<String> = check.standards.iter().map(ToString::to_string).collect();
    if !standards.is_empty() {
        let named = first(standards.iter().map(String::as_str), SHOWN);
        facts.push(("standards", named, Look::Plain));
    }
    let mut judged = needs(check, Role::Examined);
    if check.unit() == "workload" {
        judged = vec!["workloads".to_owned()];
    }
    let (name, named) = if judged.is_empty() {
        let read = check
            .evidence()
            .map(|(_, evidence)| evidence_name(evidence));
        let read: BTreeSet<String> = read.collect();
        ("reads", read.into_iter().collect())
    } else {
        ("judges", judged)
    };
    if !named.is_empty() {
        let named = first(named.iter().map(String::as_str), SHOWN);
        facts.push((name, named, Look::Plain));
    }
    facts
}

/// Everything.
pub(super) fn all(check: &Check) -> Vec<Fact> {
    let mut facts = vec![
        ("pillar", check.pillar.id().to_owned(), Look::Plain),
        (
            "severity",
            check.severity.id().to_owned(),
            severity_look(check.severity),
        ),
        (
            "impact",
            format!("{}: {}", check.impact, felt(check.impact)),
            Look::Plain,
        ),
        (
            "applies to",
            match (check.reach, check.mode) {
                (Reach::Objects, Mode::Both) => "clusters and manifests",
                (_, Mode::Files) => "manifests, not clusters",
                (Reach::Objects, Mode::Live) => "clusters, not manifests",
                (Reach::Cluster, Mode::Both) => "clusters as a whole, and manifests",
                (Reach::Cluster, Mode::Live) => "clusters as a whole, not manifests",
            }
            .to_owned(),
            Look::Plain,
        ),
    ];
    let mut named = BTreeSet::new();
    for (role, name) in [
        (Role::Examined, "judges"),
        (Role::Correlated, "reads"),
        (Role::Optional, "optional"),
        (Role::Quoted, "mentions"),
    ] {
        let mut needs = needs(check, role);
        // What is judged is read as well.
        needs.retain(|need| named.insert(need.clone()));
        if !needs.is_empty() {
            facts.push((name, needs.join(", "), Look::Plain));
        }
    }
    let standards: Vec<String> = check.standards.iter().map(ToString::to_string).collect();
    if !standards.is_empty() {
        facts.push(("standards", standards.join(", "), Look::Plain));
    }
    for param in check.params {
        let default = match param {
            Param::Int(param) => param.default.to_string(),
            Param::Texts(param) if param.default.is_empty() => "none".to_owned(),
            Param::Texts(param) => param.default.join(", "),
        };
        facts.push((
            "parameter",
            format!("{}: {} (default {default})", param.name(), param.about()),
            Look::Plain,
        ));
    }
    if let Some(capability) = check.capability {
        facts.push((
            "declarable",
            format!("{capability}: if yours runs outside the cluster, declare it in kready.yaml"),
            Look::Plain,
        ));
    }
    facts
}

/// What it reads in a role, by name.
fn needs(check: &Check, role: Role) -> Vec<String> {
    let needs: BTreeSet<String> = check
        .evidence()
        .filter(|(its, _)| *its == role)
        .map(|(_, evidence)| evidence_name(evidence))
        .collect();
    needs.into_iter().collect()
}

/// What a piece of evidence is called.
pub(in crate::render) fn evidence_name(evidence: Evidence) -> String {
    match evidence {
        Evidence::Objects(kind) => kind.resource().group_resource(),
        Evidence::SecretNames => "names of secrets".to_owned(),
        Evidence::Livez => "/livez".to_owned(),
        Evidence::Readyz => "/readyz".to_owned(),
        Evidence::Flagz => "/flagz".to_owned(),
        Evidence::ApiCertificates => "the API endpoint's certificates".to_owned(),
    }
}

/// How a severity looks.
pub(crate) fn severity_look(severity: Severity) -> Look {
    match severity {
        Severity::Critical | Severity::High => Look::Bad,
        Severity::Medium => Look::Warn,
        Severity::Low | Severity::Info => Look::Plain,
    }
}

/// When a failure is felt, as a clause.
pub(crate) const fn felt(impact: Impact) -> &'static str {
    match impact {
        Impact::Broken => "it is broken now",
        Impact::Fragile => "it breaks at the next drain, deploy or lost machine",
        Impact::Exposed => "an intruder gets further, or a fault goes unnoticed",
    }
}

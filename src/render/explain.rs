//! `kready explain`: the facts of a check and its page.

use std::collections::BTreeSet;

use kready_checks::{
    frame::{Check, Mode, Reach},
    inventory::{Evidence, Param, Role, needs::COMPONENTS},
    knowledge::{Component, Status, components, releases},
    model::{Impact, Severity},
    wire::Time,
};

use super::{
    audited::fact,
    flow::{Indent, Look, Page, Span},
    markdown,
    terminal::Terminal,
};

/// Prose is hard to read in lines longer than this.
const PROSE: usize = 100;

/// The check's facts and its page, as text; `now` tells the age of the knowledge that the check rests on.
pub(crate) fn explain(check: &Check, now: Time, terminal: Terminal) -> String {
    let mut page = Page::new(Terminal {
        width: terminal.width.min(PROSE),
        ..terminal
    });
    page.flow(
        Indent::NONE,
        &[
            Span::whole(Look::Strong, check.id),
            Span::plain(": "),
            Span::plain(check.title),
        ],
    );
    page.blank();
    for (name, value, look) in facts(check) {
        fact(&mut page, name, &[Span::new(look, &value)]);
    }
    if rests_on_knowledge(check) {
        let look = if releases::is_stale(now) {
            Look::Warn
        } else {
            Look::Plain
        };
        let knowledge = [Span::new(look, &releases::dated(now))];
        fact(&mut page, "knowledge", &knowledge);
    }
    page.blank();
    let retired = retired(check.id);
    // What to do comes first, then the list of what is retired.
    match check.docs.split_once(EXAMPLES) {
        Some((prose, examples)) if !retired.is_empty() => {
            markdown::render(&mut page, prose, true);
            page.blank();
            table(&mut page, &retired);
            if check.id == "component-retired" {
                slumber(&mut page);
            }
            markdown::render(&mut page, &format!("{EXAMPLES}{examples}"), true);
        }
        _ => markdown::render(&mut page, check.docs, true),
    }
    let text = page.finish();
    format!("{}\n", text.trim_end())
}

/// Checks that ask when something ended, or until when it is supported.
const ASK_FOR_DAYS: [&str; 4] = [
    "api-version-removed",
    "component-retired",
    "image-registry-retired",
    "kubernetes-version-unsupported",
];

/// Whether what a check says depends on what is known of components, releases or APIs.
fn rests_on_knowledge(check: &Check) -> bool {
    let needs: BTreeSet<Evidence> = check.evidence().map(|(_, evidence)| evidence).collect();
    ASK_FOR_DAYS.contains(&check.id) || COMPONENTS.iter().all(|need| needs.contains(need))
}

/// The heading under which a page's examples begin.
const EXAMPLES: &str = "\n## Fails\n";

/// How many columns the name of something retired takes.
const RETIRED_NAME: usize = 38;

/// What is said of something retired below its first line.
const BELOW: Indent = Indent::flush(6);

/// The components that the knowledge calls retired and that a check looks for, by name.
fn retired(id: &str) -> Vec<&'static Component> {
    let registries = match id {
        "component-retired" => false,
        "image-registry-retired" => true,
        _ => return Vec::new(),
    };
    let mut retired: Vec<&Component> = components()
        .iter()
        .filter(|component| component.status == Status::Retired)
        .filter(|component| (component.category == "registry") == registries)
        .collect();
    retired.sort_by_key(|component| component.name.to_lowercase());
    retired
}

/// Each with its end and what takes its place.
fn table(page: &mut Page, retired: &[&Component]) {
    page.flow(Indent::NONE, &[Span::whole(Look::Heading, "RETIRED")]);
    page.flow(
        Indent::NONE,
        &[Span::plain(
            "What has ended, each with its day, with what to have instead, and with where the day is from:",
        )],
    );
    page.blank();
    for component in retired {
        let name = format!("{:<RETIRED_NAME$}  ", component.name);
        let end = component.eol.unwrap_or("unknown");
        page.flow(
            Indent::flush(2),
            &[
                Span::whole(Look::Strong, &name),
                Span::whole(Look::Warn, end),
            ],
        );
        if let Some(how) = component.ended {
            page.flow(BELOW, &[Span::plain(how)]);
        }
        page.flow(BELOW, &[Span::plain(&component.instead())]);
        if let Some(source) = component.source {
            page.flow(BELOW, &[Span::new(Look::Faint, source)]);
        }
    }
    page.blank();
}

/// What is dormant, and no finding.
fn slumber(page: &mut Page) {
    page.flow(Indent::NONE, &[Span::whole(Look::Heading, "DORMANT")]);
    page.flow(
        Indent::NONE,
        &[Span::plain(
            "What had no release for 18 months, though nobody has given it up, with when it was last worked on. It is no finding.",
        )],
    );
    page.blank();
    let mut dormant: Vec<&Component> = components().iter().collect();
    dormant.sort_by_key(|component| component.name.to_lowercase());
    for component in dormant {
        if let Some(since) = component.since {
            let name = format!("{:<RETIRED_NAME$}  ", component.name);
            page.flow(
                Indent::flush(2),
                &[Span::whole(Look::Strong, &name), Span::plain(since)],
            );
            if let Some(source) = component.source {
                page.flow(BELOW, &[Span::new(Look::Faint, source)]);
            }
        }
    }
    page.blank();
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

fn facts(check: &Check) -> Vec<(&'static str, String, Look)> {
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
            "asked of",
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
        (Role::Examined, "examines"),
        (Role::Correlated, "considers"),
        (Role::Optional, "considers, where it may"),
        (Role::Quoted, "quotes"),
    ] {
        let mut needs: Vec<String> = check
            .evidence()
            .filter(|(its, _)| *its == role)
            .map(|(_, evidence)| evidence_name(evidence))
            .collect();
        needs.sort_unstable();
        // What is examined is considered as well.
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
            format!("{capability}: may be declared as solved outside the cluster"),
            Look::Plain,
        ));
    }
    facts
}

/// What a piece of evidence is called.
fn evidence_name(evidence: Evidence) -> String {
    match evidence {
        Evidence::Objects(kind) => kind.resource().group_resource(),
        Evidence::SecretNames => "names of secrets".to_owned(),
        Evidence::Livez => "/livez".to_owned(),
        Evidence::Readyz => "/readyz".to_owned(),
        Evidence::Flagz => "/flagz".to_owned(),
        Evidence::ApiCertificates => "the API endpoint's certificates".to_owned(),
    }
}

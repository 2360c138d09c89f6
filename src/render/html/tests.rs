//! The page, read as strictly as XML is: what breaks out of its place breaks the page.

use std::collections::BTreeSet;

use kready_checks::{
    inventory::{Evidence, Gap, GapReason, Kind, Reading, kinds::Pod},
    model::{Finding, Pillar, Severity, Source, Unknown},
};
use roxmltree::{Document, Node};

use super::*;
use crate::report::{
    Declared, Grant, Policy, Waiver, WaiverOrigin,
    testing::{self, check, collected, deployment, failing, passing, unknown},
};

fn html(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without what XML doesn't know: its kind, and text that is no markup in scripts.
fn as_xml(html: &str) -> String {
    let without = |text: &str, name: &str| {
        let (before, rest) = text.split_once(&format!("<{name}>")).unwrap();
        let (_, after) = rest.split_once(&format!("</{name}>")).unwrap();
        format!("{before}{after}")
    };
    let text = html.strip_prefix("<!doctype html>\n").unwrap();
    without(&without(text, "style"), "script")
}

fn rows<'a>(page: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
    let of_findings = |node: &Node<'_, '_>| {
        node.has_tag_name("li")
            && node.parent().and_then(|list| list.attribute("class")) == Some("rows")
    };
    page.descendants().filter(of_findings).collect()
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter_map(|node| node.text().filter(|_| node.is_text()))
        .collect()
}

/// A report with something in each of its parts, in which every text is hostile.
fn hostile() -> Report {
    const NAMES: [&str; 9] = [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "\"><b onmouseover='x'>",
        "javascript:alert(1)",
        "user\u{202e}nimda",
        "a\0b\u{1b}[2J\nc",
        "{{ 7 * 7 }}{% raw %}",
        "]]>&lt;&#x3c;",
        "\u{1f4a5} größe",
    ];
    let mut collected = collected();
    collected.evidence.insert(Evidence::Objects(Kind::Pod));
    let gap = Gap::new(GapReason::Forbidden, NAMES[0]).within(NAMES[1]);
    collected
        .inventory
        .fill::<Pod>(Vec::new(), Reading::Read, vec![gap]);
    collected.cluster.context = Some(NAMES[0].into());
    collected.cluster.server = Some(NAMES[3].into());
    collected.cluster.identity = Some(NAMES[2].into());
    let grant = Grant {
        reason: NAMES[0].into(),
        owner: NAMES[2].into(),
        expires: "2027-01-31".parse().unwrap(),
    };
    let found = |name: &&str| {
        let mut found = deployment(name)
            .saw(*name, *name)
            .container(&(*name).into());
        found.source = Some(Box::new(Source {
            file: (*name).into(),
            line: 7,
            field_line: None,
            rendered: false,
            template: None,
        }));
        found
    };
    let waived = check(Pillar::Storage, Severity::Low);
    let policy = Policy {
        config: Some(NAMES[1].into()),
        waivers: vec![Waiver {
            check: waived.id.into(),
            objects: Vec::new(),
            selector: None,
            namespace_selector: None,
            origin: WaiverOrigin::default(),
            grant: grant.clone(),
        }],
        declarations: vec![Declared {
            capability: NAMES[4].into(),
            grant,
        }],
        ..Policy::default()
    };
    testing::report_of(
        &collected,
        vec![
            (check(Pillar::Health, Severity::Critical), passing(3)),
            (
                check(Pillar::Storage, Severity::High),
                failing(20, NAMES.iter().map(found).collect(), None),
            ),
            (waived, failing(1, vec![Finding::cluster()], None)),
            (
                check(Pillar::Hardening, Severity::High),
                unknown(Unknown::Forbidden),
            ),
        ],
        &policy,
    )
}

#[test]
fn hostile_names_stay_text() {
    let report = hostile();
    let html = html(&report);
    assert!(!html.chars().any(|c| c != '\n' && escape::is_unsafe(c)));
    let xml = as_xml(&html);
    let page = Document::parse(&xml).unwrap();
    let known = BTreeSet::from([
        "a", "b", "body", "br", "button", "code", "dd", "details", "div", "dl", "dt", "form", "h1",
        "h2", "h3", "h4", "h5", "head", "header", "html", "input", "label", "li", "link", "main",
        "meta", "ol", "option", "p", "rect", "section", "select", "small", "span", "summary",
        "svg", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
    ]);
    for node in page.descendants().filter(Node::is_element) {
        assert!(known.contains(node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(
                !name.starts_with("on") && name != "style" && name != "src",
                "{node:?}"
            );
            if name == "href" {
                let to = attribute.value();
                assert!(
                    to.starts_with("https://kready.dev/") || to.starts_with('#') || to == "data:,",
                    "{to}"
                );
            }
        }
    }
    let rows = rows(&page);
    let all: usize = report.checks.iter().map(|check| check.findings.len()).sum();
    assert_eq!(rows.len(), all);
    assert!(text(rows[0]).contains("shop/<script>alert(1)</script>"));
    assert!(
        rows.iter()
            .any(|row| text(*row).contains("user\\u{202e}nimda"))
    );
    for part in ["Not seen", "Waived and declared", "About this report"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn the_policy_allows_the_own_style_and_script_and_nothing_else() {
    let html = html(&hostile());
    let between = |before: &str, after: &str| {
        let (_, rest) = html.split_once(before).unwrap();
        rest.split_once(after).unwrap().0
    };
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    assert_eq!(
        between("Content-Security-Policy\" content=\"", "\""),
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
            digest(between("<style>", "</style>")),
            digest(between("<script>", "</script>")),
        )
    );
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("<style").count(), 1);
    for outer in ["url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML"] {
        assert!(!STYLE.contains(outer) && !SCRIPT.contains(outer), "{outer}");
    }
}

#[test]
fn a_page_without_findings_says_so() {
    for results in [
        Vec::new(),
        vec![(check(Pillar::Health, Severity::Critical), passing(3))],
    ] {
        let html = html(&testing::report(results, &Policy::default()));
        let xml = as_xml(&html);
        let page = Document::parse(&xml).unwrap();
        assert!(rows(&page).is_empty());
        assert!(html.contains("There are none.") && !html.contains("<form"));
    }
}

#[test]
fn headings_go_down_one_level_at_a_time_and_ids_are_there_once() {
    let html = html(&hostile());
    let xml = as_xml(&html);
    let page = Document::parse(&xml).unwrap();
    let mut last = 0;
    let mut ids = BTreeSet::new();
    for node in page.descendants().filter(Node::is_element) {
        if let Some(level) = node.tag_name().name().strip_prefix('h')
            && let Ok(level) = level.parse::<u32>()
        {
            assert!(level <= last + 1, "{}", text(node));
            last = level;
        }
        if let Some(id) = node.attribute("id") {
            assert!(ids.insert(id), "{id}");
        }
    }
    let targets = page
        .descendants()
        .filter_map(|node| node.attribute("href")?.strip_prefix('#'))
        .chain(
            page.descendants()
                .filter_map(|node| node.attribute("aria-labelledby")),
        );
    for target in targets {
        assert!(ids.contains(target), "{target}");
    }
}

#[test]
fn many_findings_are_all_there() {
    const MANY: usize = 7_000;
    let findings = (0..MANY)
        .map(|number| deployment(&format!("cart-{number}")))
        .collect();
    let report = testing::report(
        vec![(
            check(Pillar::Storage, Severity::High),
            failing(MANY, findings, None),
        )],
        &Policy::default(),
    );
    let html = html(&report);
    assert_eq!(html.matches("<li data-n=\"shop\">").count(), MANY);
    assert!(html.contains("shop/cart-6999</b>"));
    assert!(html.len() < 500 * MANY, "{} bytes", html.len());
}

#[test]
fn what_a_bound_leaves_out_is_counted() {
    let findings = ["a", "b", "c"].map(deployment).into();
    let policy = Policy {
        max_findings: Some(2),
        ..Policy::default()
    };
    let report = testing::report(
        vec![(
            check(Pillar::Storage, Severity::High),
            failing(3, findings, None),
        )],
        &policy,
    );
    let html = html(&report);
    assert!(html.contains("1 more finding is not listed here"));
}

//! The table of reports that are made up: rich, empty, blind and hostile ones, at several widths.

use kready_checks::inventory::Picture;
use std::sync::Arc;

use kready_checks::{
    frame::Check,
    inventory::{
        Gap, GapReason, Reading,
        kinds::{Namespace, Node, Pod, PodDisruptionBudget},
    },
    model::{
        Evaluation, Finding, Impact, NotApplicable, ObjectRef, Outcome, Pillar, Severity, Unknown,
    },
};
use proptest::prelude::*;

use super::*;
use crate::{
    collect::{Collected, SourceKind, Warning, WarningCode},
    failure::Exit,
    render::{escape, flow::columns, terminal::Terminal},
    report::{
        Declared, GapResult, Grant, ObjectPattern, OldReport, Policy, SkipReason, Skipped, Waiver,
        build, testing,
    },
};

fn check(
    id: &'static str,
    pillar: Pillar,
    severity: Severity,
    impact: Impact,
    title: &'static str,
) -> &'static Check {
    Box::leak(Box::new(Check {
        id,
        pillar,
        severity,
        impact,
        title,
        needs: const {
            &[kready_checks::inventory::needs::correlated::<
                PodDisruptionBudget,
            >()]
        },
        ..Check::BASE
    }))
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
        copy: 0,
    }
}

fn deployment(name: &str) -> Finding {
    Finding::on(&object("Deployment", "shop", name))
}

fn grant(expires: &str, reason: &str) -> Grant {
    Grant {
        reason: reason.into(),
        owner: "team-shop".into(),
        expires: expires.parse().unwrap(),
    }
}

fn waiver(check: &str, objects: &[&str], expires: &str) -> Waiver {
    Waiver {
        check: check.into(),
        selector: None,
        namespace_selector: None,
        origin: crate::report::WaiverOrigin::default(),
        objects: objects
            .iter()
            .map(|text| ObjectPattern::parse(text).unwrap())
            .collect(),
        grant: grant(expires, "budgets come with chart 4"),
    }
}

fn collected() -> Collected {
    let mut collected = testing::collected();
    collected.cluster.context = Some("prod-eu1".into());
    collected.cluster.server = Some("https://10.20.0.1:6443".into());
    collected.cluster.identity = Some("system:serviceaccount:kready:kready".into());
    let inventory = &mut collected.inventory;
    let named = |name: &str| {
        let mut pod = Pod::default();
        pod.metadata.namespace = "shop".into();
        pod.metadata.name = name.into();
        pod
    };
    inventory.fill(
        vec![Node::default(), Node::default(), Node::default()],
        Reading::Read,
        Vec::new(),
    );
    inventory.fill(vec![Namespace::default()], Reading::Read, Vec::new());
    inventory.fill(vec![named("a"), named("b")], Reading::Read, Vec::new());
    collected
}

/// A cluster with something of everything.
#[expect(
    clippy::too_many_lines,
    reason = "a report is long, and is read from top to bottom"
)]
fn rich() -> Report {
    let unavailable = check(
        "workload-unavailable",
        Pillar::Health,
        Severity::Critical,
        Impact::Broken,
        "a workload has no ready pod",
    );
    let crashing = check(
        "container-crash-looping",
        Pillar::Health,
        Severity::High,
        Impact::Broken,
        "a container restarts again and again",
    );
    let single = check(
        "workload-single-replica",
        Pillar::HighAvailability,
        Severity::High,
        Impact::Fragile,
        "a served workload runs a single replica",
    );
    let zones = check(
        "nodes-single-zone",
        Pillar::HighAvailability,
        Severity::High,
        Impact::Fragile,
        "all nodes stand in one zone",
    );
    let tag = check(
        "image-tag-latest",
        Pillar::ImageTrust,
        Severity::Medium,
        Impact::Fragile,
        "an image has no fixed version",
    );
    let privileged = check(
        "privileged-container",
        Pillar::Hardening,
        Severity::Critical,
        Impact::Exposed,
        "a container is privileged",
    );
    let budget = check(
        "pdb-missing",
        Pillar::HighAvailability,
        Severity::High,
        Impact::Fragile,
        "a replicated workload has no disruption budget",
    );
    let audit = check(
        "audit-log-disabled",
        Pillar::Observability,
        Severity::High,
        Impact::Exposed,
        "the API server writes no audit log",
    );
    let etcd = check(
        "etcd-single-member",
        Pillar::HighAvailability,
        Severity::Critical,
        Impact::Fragile,
        "etcd has a single member",
    );
    let claims = check(
        "pvc-lost",
        Pillar::Storage,
        Severity::Critical,
        Impact::Broken,
        "a claim lost its volume",
    );
    let waived = check(
        "hpa-target-missing",
        Pillar::Autoscaling,
        Severity::High,
        Impact::Broken,
        "an autoscaler has no target",
    );
    let single_findings: Vec<Finding> = (0..44)
        .map(|number| {
            deployment(&format!("service-{number:02}"))
                .at("spec.replicas")
                .saw("1", "at least 2")
        })
        .collect();
    let results = vec![
        (
            unavailable,
            testing::failing(
                61,
                vec![
                    deployment("cart").saw("0 of 3 pods ready for 12 min", "at least 1"),
                    Finding::on(&object("StatefulSet", "db", "postgres"))
                        .saw("0 of 1 pods ready for 3 h", "at least 1"),
                ],
                None,
            ),
        ),
        (
            crashing,
            testing::failing(
                61,
                vec![
                    deployment("pay").container(&"app".into()).saw(
                        "restarted 14 times, last exit code 137 (OOMKilled)",
                        "no restart within 10 minutes",
                    ),
                    deployment("pay").container(&"proxy".into()).saw(
                        "restarted 3 times, last exit code 1",
                        "no restart within 10 minutes",
                    ),
                    deployment("mail").container(&"app".into()).saw(
                        "restarted 5 times, last exit code 1",
                        "no restart within 10 minutes",
                    ),
                ],
                None,
            ),
        ),
        (single, testing::failing(61, single_findings, None)),
        (
            zones,
            testing::failing(
                1,
                vec![Finding::cluster().saw("3 nodes in zone eu-1a", "nodes in at least 2 zones")],
                None,
            ),
        ),
        (
            tag,
            testing::failing(
                61,
                vec![
                    deployment("cart")
                        .container(&"app".into())
                        .at("spec.template.spec.containers[name=app].image")
                        .saw("nginx", "a tag other than latest, or a digest"),
                ],
                None,
            ),
        ),
        (
            privileged,
            testing::failing(
                61,
                vec![
                    Finding::on(&object("DaemonSet", "kube-system", "kube-proxy"))
                        .container(&"kube-proxy".into())
                        .at("spec.template.spec.containers[name=kube-proxy].securityContext.privileged")
                        .saw("true", "unset")
                        .excused(true),
                    deployment("debug")
                        .container(&"shell".into())
                        .at("spec.template.spec.containers[name=shell].securityContext.privileged")
                        .saw("true", "unset"),
                ],
                None,
            ),
        ),
        (budget, testing::unknown(Unknown::Forbidden)),
        (
            audit,
            Evaluation::without_subjects(Outcome::NotApplicable(NotApplicable::Managed)),
        ),
        (etcd, testing::unknown(Unknown::Hidden)),
        (claims, testing::passing(12)),
        (
            waived,
            testing::failing(4, vec![deployment("cart").saw("no target", "a target")], None),
        ),
    ];
    let policy = Policy {
        config: Some("kready.yaml".into()),
        waivers: vec![
            waiver("hpa-target-missing", &["shop/Deployment/*"], "2026-12-01"),
            waiver("workload-unavailable", &["old/Deployment/*"], "2026-11-01"),
        ],
        declarations: vec![Declared {
            capability: "backup".into(),
            grant: grant("2027-06-30", "nightly snapshots by the storage team"),
        }],
        ..Policy::default()
    };
    let mut collected = collected();
    collected.inventory.fill::<PodDisruptionBudget>(
        Vec::new(),
        Reading::Read,
        vec![Gap::new(
            GapReason::Forbidden,
            "poddisruptionbudgets.policy is forbidden: User \"viewer\" cannot list resource \"poddisruptionbudgets\" in API group \"policy\" at the cluster scope",
        )],
    );
    collected
        .evidence
        .insert(kready_checks::inventory::Evidence::Objects(
            kready_checks::inventory::Kind::PodDisruptionBudget,
        ));
    collected.warnings.push(Warning::new(
        WarningCode::TlsUnverified,
        "the server's certificate is not verified (insecure-skip-tls-verify)",
    ));
    build(
        &collected,
        &Picture::of(&collected.inventory),
        results,
        vec![Skipped {
            id: "bare-pod",
            why: SkipReason::Deselected,
        }],
        &policy,
        testing::tool(),
        Some("kubeadm".into()),
    )
}

fn view(width: usize) -> View {
    View {
        terminal: Terminal {
            width,
            ..Terminal::FILE
        },
        by: By::Check,
        details: false,
        program: "kready",
        exit: Exit::NotReady,
    }
}

#[test]
fn a_rich_report_at_several_widths() {
    let report = rich();
    for width in [60, 80, 120, 200] {
        insta::assert_snapshot!(format!("rich_{width}"), render(&report, &view(width)));
    }
}

#[test]
fn details_name_everything() {
    let report = rich();
    let text = render(
        &report,
        &View {
            details: true,
            ..view(80)
        },
    );
    for number in 0..44 {
        assert!(
            text.contains(&format!("shop/service-{number:02}")),
            "{text}"
        );
    }
    assert!(text.contains("kready explain image-tag-latest"), "{text}");
    assert!(!text.contains("--details"), "{text}");
}

#[test]
fn a_terminal_gets_colour_and_links() {
    let report = rich();
    let terminal = Terminal {
        width: 80,
        color: true,
        unicode: true,
        links: true,
    };
    let coloured = render(
        &report,
        &View {
            terminal,
            ..view(80)
        },
    );
    assert!(
        coloured.contains("\u{1b}[1m\u{1b}[97m\u{1b}[41mNOT READY\u{1b}[0m"),
        "{coloured}"
    );
    let link = "\u{1b}]8;;https://kready.dev/checks/pdb-missing.html\u{1b}\\";
    assert!(!coloured.contains(link), "what is not told is not linked");
    let link = "\u{1b}]8;;https://kready.dev/checks/workload-unavailable.html\u{1b}\\";
    assert!(coloured.contains(link), "{coloured}");
    let plain = render(
        &report,
        &View {
            terminal: Terminal {
                color: false,
                links: false,
                ..terminal
            },
            ..view(80)
        },
    );
    assert_eq!(without_colour(&coloured), plain);
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let end = if after.starts_with('[') {
            "m"
        } else {
            "\u{1b}\\"
        };
        rest = after.split_once(end).unwrap().1;
    }
    plain + rest
}

#[test]
fn an_empty_cluster_says_that_there_is_nothing_yet() {
    let mut collected = testing::collected();
    collected
        .inventory
        .fill::<Pod>(Vec::new(), Reading::Read, Vec::new());
    let quota = check(
        "workload-single-replica",
        Pillar::HighAvailability,
        Severity::High,
        Impact::Fragile,
        "a served workload runs a single replica",
    );
    let report = build(
        &collected,
        &Picture::of(&collected.inventory),
        vec![(
            quota,
            Evaluation::without_subjects(Outcome::NotApplicable(NotApplicable::Absent)),
        )],
        Vec::new(),
        &Policy::default(),
        testing::tool(),
        None,
    );
    let exit = Exit::Inconclusive;
    insta::assert_snapshot!("empty", render(&report, &View { exit, ..view(80) }));
}

#[test]
fn a_ready_cluster_is_told_so() {
    let lost = check(
        "pvc-lost",
        Pillar::Storage,
        Severity::Critical,
        Impact::Broken,
        "a claim lost its volume",
    );
    let report = testing::report_of(
        &collected(),
        vec![(lost, testing::passing(12))],
        &Policy::default(),
    );
    let exit = Exit::Ready;
    insta::assert_snapshot!("ready", render(&report, &View { exit, ..view(80) }));
}

#[test]
fn since_the_baseline_new_findings_come_first() {
    let single = check(
        "workload-single-replica",
        Pillar::HighAvailability,
        Severity::High,
        Impact::Fragile,
        "a served workload runs a single replica",
    );
    let budget = check(
        "pdb-missing",
        Pillar::HighAvailability,
        Severity::Critical,
        Impact::Fragile,
        "a replicated workload has no disruption budget",
    );
    let results = |names: &[&str]| {
        let findings = names.iter().map(|name| deployment(name).saw("1", "2"));
        vec![
            (single, testing::failing(9, findings.collect(), None)),
            (
                budget,
                testing::failing(9, vec![deployment("old").saw("none", "one")], None),
            ),
        ]
    };
    let report_of = |results, policy: &Policy| testing::report_of(&collected(), results, policy);
    let older = report_of(results(&["cart", "mail"]), &Policy::default());
    let mut json = Vec::new();
    crate::render::json::render(&older, &mut json).unwrap();
    let old = OldReport::parse(&String::from_utf8(json).unwrap()).unwrap();
    let policy = Policy {
        baseline: Some(crate::report::Baseline::of("last.json".into(), old)),
        ..Policy::default()
    };
    let report = report_of(results(&["cart", "zebra"]), &policy);
    insta::assert_snapshot!("baseline", render(&report, &view(80)));
}

#[test]
fn a_gap_with_another_remedy_is_told_by_itself() {
    let mut report = rich();
    let gap = report.gaps.remove(0);
    let of = |resource: &str, verb: &str| GapResult {
        resource: resource.into(),
        remedy: format!("grant {verb} on {resource}: kready rbac"),
        ..gap.clone()
    };
    report.gaps = ["pods", "services", "nodes", "secrets"]
        .into_iter()
        .map(|resource| of(resource, "list"))
        .chain([of("/flagz", "get")])
        .collect();
    let text = render(&report, &view(80));
    for line in [
        "next: grant list on these: kready rbac\n",
        "next: grant get on /flagz: kready rbac\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn many_gaps_of_one_reason_are_told_as_one() {
    let mut report = rich();
    let gap = report.gaps.remove(0);
    report.gaps = ["pods", "services", "nodes", "secrets", "deployments.apps"]
        .into_iter()
        .map(|resource| GapResult {
            resource: resource.into(),
            remedy: format!("let an administrator grant list on {resource}: kready rbac"),
            ..gap.clone()
        })
        .collect();
    let text = render(&report, &view(80));
    let section = text.split("NOT SEEN").nth(1).unwrap();
    assert!(
        section.contains("  forbidden: pods, services, nodes, secrets, deployments.apps\n"),
        "{section}"
    );
    assert!(
        section.contains("next: let an administrator grant list on these: kready rbac\n"),
        "{section}"
    );
}

#[test]
fn report_only_says_what_it_hides() {
    let text = render(
        &rich(),
        &View {
            exit: Exit::Ready,
            ..view(200)
        },
    );
    let (_, end) = text.rsplit_once("\nexit code ").unwrap();
    assert!(
        end.starts_with("0, --report-only; without it not ready: 2 critical and"),
        "{end}"
    );
}

/// Puts a text everywhere where a cluster, or a file, can put one.
fn infected(hostile: &str) -> Report {
    let mut report = rich();
    let text = || hostile.to_owned();
    report.audited.cluster.identity.context = Some(text());
    report.audited.cluster.identity.server = Some(text());
    report.audited.cluster.identity.identity = Some(text());
    report.audited.cluster.version = Some(text());
    report.audited.cluster.platform = Some(text());
    report.audited.namespaces = Some(vec![text(), text()]);
    report.audited.excluded = vec![text()];
    report.config = Some(text());
    report.audited.files = vec![text()];
    report.audited.source = SourceKind::Files;
    for warning in &mut report.warnings {
        warning.message = text();
    }
    for check in &mut report.checks {
        check.message = check.message.as_ref().map(|_| text());
        for finding in &mut check.findings {
            let finding = &mut finding.finding;
            *finding = finding
                .clone()
                .at(text())
                .container(&hostile.into())
                .saw(hostile, hostile);
            if let Some(object) = finding.object.as_mut().map(Arc::make_mut) {
                object.kind = hostile.into();
                object.namespace = hostile.into();
                object.name = format!("{hostile}{}", object.name).into();
            }
        }
    }
    for gap in &mut report.gaps {
        gap.resource = text();
        gap.message = text();
        gap.remedy = text();
        gap.namespaces = vec![text()];
    }
    for waiver in &mut report.waivers {
        waiver.objects = vec![text()];
        waiver.reason = text();
        waiver.owner = text();
    }
    for declaration in &mut report.declarations {
        declaration.capability = text();
        declaration.reason = text();
    }
    report
}

#[test]
fn a_hostile_name_cannot_forge_a_line() {
    let report = infected("\u{1b}[2J\u{1b}[H READY\nexit code 0: ready\r\u{202e}");
    let text = render(&report, &view(80));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\r'));
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("exit code"))
            .count(),
        1,
        "{text}"
    );
    insta::assert_snapshot!("hostile", text);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn no_line_obeys_a_name_or_breaks_inside_one(
        hostile in any::<String>(),
        width in 30_usize..220,
        details in any::<bool>(),
        unicode in any::<bool>(),
        by in prop::sample::select(vec![By::Check, By::Object, By::Namespace, By::Team]),
    ) {
        const PATH: &str = "/srv/kready/a-folder-of-manifests/of-the-shop/with_a_long_name.yaml";
        let report = infected(&format!("{hostile} {PATH} {hostile}"));
        let terminal = Terminal { width, unicode, ..Terminal::FILE };
        let text = render(&report, &View { terminal, by, details, ..view(width) });
        for line in text.lines() {
            prop_assert!(!line.contains(escape::is_unsafe), "{line:?}");
        }
        let upper = PATH.to_uppercase();
        let whole = text.matches(PATH).count() + text.matches(&upper).count();
        let begun = text.matches("/srv").count() + text.matches("/SRV").count();
        prop_assert!(whole > 0 && begun == whole, "{text}");
    }

    #[test]
    fn lines_fit_unless_a_word_or_a_command_is_wider(width in 40_usize..220, details in any::<bool>()) {
        let report = rich();
        let text = render(&report, &View { details, ..view(width) });
        for line in text.lines() {
            let words = line.split_whitespace().map(columns).max().unwrap_or(0);
            let whole = line.contains("kready ") || words + 12 > width;
            prop_assert!(columns(line) <= width || whole, "{line:?} is wider than {width}");
        }
    }
}

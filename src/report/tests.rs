//! States, endings, verdicts and the laws of the score, on evaluations that are made up.

use kready_checks::{
    frame::Check,
    model::{Finding, NotApplicable, Pillar, Severity, Unknown},
};

use super::{
    Baseline, Ending, Gate, Grade, Grant, ObjectPattern, OldReport, Policy, State, Verdict, Waiver,
    WaiverState,
    testing::{check, deployment, failing, passing, report, unknown, why},
};

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
        grant: Grant {
            reason: "agreed".into(),
            owner: "ops".into(),
            expires: expires.parse().unwrap(),
        },
    }
}

fn codes(report: &super::Report) -> Vec<&'static str> {
    report.reasons.iter().map(|reason| reason.code).collect()
}

fn close(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-9)
}

#[test]
fn a_share_of_sound_subjects_counts_and_excused_ones_leave() {
    let high = check(Pillar::Health, Severity::High);
    let sound = check(Pillar::Networking, Severity::High);
    let report = report(
        vec![
            (
                high,
                failing(
                    5,
                    vec![
                        deployment("a"),
                        deployment("b").excused(true),
                        deployment("c"),
                    ],
                    None,
                ),
            ),
            (sound, passing(1)),
        ],
        &Policy::default(),
    );
    let result = &report.checks[0];
    assert_eq!(result.ending, Ending::Fail);
    assert_eq!((result.examined, result.failing), (4, 2));
    assert!(close(report.score, 62.5), "{:?}", report.score);
    assert!(close(result.gain, 37.5));
    assert_eq!(report.grade, Some(Grade::D));
    assert_eq!(report.counts.open[&Severity::High], 2);
    assert_eq!(report.counts.system[&Severity::High], 1);
    assert_eq!(report.verdict, Verdict::NotReady);
    assert_eq!(report.reasons[0].message, "1 high check fails: health-high");
}

#[test]
fn a_subject_with_an_excused_and_an_open_finding_counts() {
    let mut evaluation = failing(
        2,
        vec![deployment("a").excused(true), deployment("a").at("spec.x")],
        None,
    );
    for finding in &mut evaluation.findings {
        finding.subject = 0;
    }
    let report = report(
        vec![(check(Pillar::Health, Severity::High), evaluation)],
        &Policy::default(),
    );
    assert_eq!(
        (report.checks[0].examined, report.checks[0].failing),
        (2, 1)
    );
}

#[test]
fn the_same_words_on_one_object_are_one_finding() {
    let high = check(Pillar::Health, Severity::High);
    let twice = failing(3, vec![deployment("a"), deployment("a")], None);
    let report = report(vec![(high, twice)], &Policy::default());
    assert_eq!(report.checks[0].findings.len(), 1);
    assert_eq!(report.checks[0].failing, 2, "both subjects are bad");
}

#[test]
fn endings_of_checks_whose_findings_do_not_count() {
    let low = check(Pillar::Health, Severity::Low);
    let id = low.id;
    let waive_a = Policy {
        waivers: vec![waiver(id, &["shop/Deployment/a"], "2027-01-31")],
        ..Policy::default()
    };
    let excused = || deployment("b").excused(true);
    let seen = || None;
    let unseen = || Some(why(Unknown::Forbidden));
    let cases = [
        (2, vec![excused()], seen(), Ending::Pass { waived: false }),
        (
            1,
            vec![excused()],
            seen(),
            Ending::NotApplicable(NotApplicable::System),
        ),
        (
            1,
            vec![excused()],
            unseen(),
            Ending::Unknown(Unknown::Forbidden),
        ),
        (
            1,
            vec![deployment("a")],
            seen(),
            Ending::Pass { waived: true },
        ),
        (
            2,
            vec![deployment("a"), excused()],
            seen(),
            Ending::Pass { waived: true },
        ),
        (
            1,
            vec![deployment("a")],
            unseen(),
            Ending::Unknown(Unknown::Forbidden),
        ),
        (
            2,
            vec![deployment("a"), deployment("c")],
            seen(),
            Ending::Fail,
        ),
        (
            2,
            vec![deployment("a"), deployment("c")],
            unseen(),
            Ending::Fail,
        ),
    ];
    for (examined, findings, partial, expected) in cases {
        let names: Vec<String> = findings
            .iter()
            .map(|it| format!("{:?}", it.object))
            .collect();
        let report = report(
            vec![(low, failing(examined, findings, partial.clone()))],
            &waive_a,
        );
        assert_eq!(report.checks[0].ending, expected, "{names:?} {partial:?}");
        assert_eq!(
            report.checks[0].partial.is_some(),
            expected == Ending::Fail && partial.is_some()
        );
    }
}

#[test]
fn states_have_a_precedence() {
    let high = check(Pillar::Storage, Severity::High);
    let findings = || {
        vec![
            deployment("system").excused(true),
            deployment("waived"),
            deployment("known"),
            deployment("open"),
        ]
    };
    let first = report(
        vec![(high, failing(9, findings(), None))],
        &Policy::default(),
    );
    let old = OldReport::parse(&rendered(&first)).unwrap();
    // All but one stood there.
    let mut without_open = old.clone();
    without_open.checks[0].findings.retain(|finding| {
        finding
            .object
            .as_ref()
            .is_some_and(|object| object.name != "open")
    });
    let policy = Policy {
        waivers: vec![waiver(high.id, &["*/*/system", "*/*/waived"], "2027-01-31")],
        baseline: Some(Baseline::of("old.json".into(), without_open)),
        ..Policy::default()
    };
    let second = report(vec![(high, failing(9, findings(), None))], &policy);
    let states: Vec<State> = second.checks[0]
        .findings
        .iter()
        .map(|finding| finding.state)
        .collect();
    assert_eq!(
        states,
        [State::System, State::Waived, State::Known, State::Open]
    );
    assert_eq!(
        second.checks[0].failing, 2,
        "the score counts known findings"
    );
    assert_eq!(second.waivers[0].matched, 1, "system comes first");
    let baseline = second.baseline.unwrap();
    assert_eq!((baseline.new, baseline.mended), (1, 0));
}

fn rendered(report: &super::Report) -> String {
    let mut out = Vec::new();
    crate::render::json::render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn baseline_of(report: &super::Report) -> Baseline {
    Baseline::of(
        "old.json".into(),
        OldReport::parse(&rendered(report)).unwrap(),
    )
}

#[test]
fn a_baseline_knows_a_renamed_check_and_its_findings() {
    static BEFORE: Check = Check {
        id: "old-name",
        severity: Severity::High,
        pillar: Pillar::Storage,
        ..Check::BASE
    };
    static NOW: Check = Check {
        id: "new-name",
        aliases: &["old-name"],
        ..BEFORE
    };
    let old = report(
        vec![(
            &BEFORE,
            failing(9, vec![deployment("a"), deployment("b")], None),
        )],
        &Policy::default(),
    );
    let policy = Policy {
        baseline: Some(baseline_of(&old)),
        ..Policy::default()
    };
    let findings = vec![deployment("b"), deployment("c")];
    let new = report(vec![(&NOW, failing(9, findings, None))], &policy);
    assert_eq!(new.counts.known[&Severity::High], 1);
    assert_eq!(new.counts.mended.as_ref().unwrap()[&Severity::High], 1);
    let baseline = new.baseline.unwrap();
    assert_eq!((baseline.new, baseline.mended), (1, 1));
    assert!(baseline.unknown_checks.is_empty());
}

#[test]
fn against_a_baseline_only_what_is_new_gates() {
    let high = check(Pillar::Storage, Severity::High);
    let other = check(Pillar::Storage, Severity::Critical);
    let old = report(
        vec![(
            high,
            failing(9, vec![deployment("a"), deployment("b")], None),
        )],
        &Policy::default(),
    );
    let policy = |gate_new_checks| Policy {
        baseline: Some(baseline_of(&old)),
        gate: Gate {
            gate_new_checks,
            ..Gate::default()
        },
        ..Policy::default()
    };
    // One mended, one known: ready.
    let mended = report(
        vec![(high, failing(9, vec![deployment("b")], None))],
        &policy(false),
    );
    assert_eq!(mended.verdict, Verdict::Ready, "{:?}", mended.reasons);
    assert_eq!(mended.counts.mended.as_ref().unwrap()[&Severity::High], 1);
    assert_eq!(mended.counts.known[&Severity::High], 1);
    // Not fully decided: nothing counts as mended.
    let partly = report(
        vec![(
            high,
            failing(9, vec![deployment("b")], Some(why(Unknown::Forbidden))),
        )],
        &policy(false),
    );
    assert_eq!(partly.counts.mended.unwrap()[&Severity::High], 0);
    assert_eq!(partly.verdict, Verdict::Inconclusive);
    // A new finding gates.
    let new = report(
        vec![(high, failing(9, vec![deployment("c")], None))],
        &policy(false),
    );
    assert_eq!(new.verdict, Verdict::NotReady);
    assert_eq!(new.counts.new.unwrap()[&Severity::High], 1);
    // A check that the older report did not know gates when told to; its findings stay open.
    let results = || {
        vec![
            (high, failing(9, vec![deployment("b")], None)),
            (other, failing(9, vec![deployment("b")], None)),
        ]
    };
    let tolerant = report(results(), &policy(false));
    assert_eq!(tolerant.verdict, Verdict::Ready, "{:?}", tolerant.reasons);
    assert_eq!(tolerant.checks[0].findings[0].state, State::Open);
    assert_eq!(tolerant.baseline.unwrap().unknown_checks, [other.id]);
    assert_eq!(report(results(), &policy(true)).verdict, Verdict::NotReady);
}

#[test]
fn an_expired_waiver_no_longer_waives_and_says_so() {
    let high = check(Pillar::Storage, Severity::High);
    let policy = Policy {
        waivers: vec![
            waiver(high.id, &["shop/Deployment/a"], "2026-11-24"),
            waiver(high.id, &["shop/Deployment/b"], "2026-12-01"),
            waiver(high.id, &["shop/Deployment/zzz"], "2027-01-31"),
            waiver("hardening-low", &["*/*/*"], "2027-01-31"),
        ],
        ..Policy::default()
    };
    let report = report(
        vec![(
            high,
            failing(9, vec![deployment("a"), deployment("b")], None),
        )],
        &policy,
    );
    let states: Vec<State> = report.checks[0]
        .findings
        .iter()
        .map(|it| it.state)
        .collect();
    assert_eq!(states, [State::Open, State::Waived]);
    let waivers: Vec<(WaiverState, usize)> = report
        .waivers
        .iter()
        .map(|it| (it.state, it.matched))
        .collect();
    assert_eq!(
        waivers,
        [
            (WaiverState::Expired, 1),
            (WaiverState::Expiring, 1),
            (WaiverState::Unused, 0),
            // Its check did not run: nobody knows.
            (WaiverState::Active, 0)
        ]
    );
}

#[test]
fn a_finding_about_the_cluster_is_waived_without_objects() {
    let high = check(Pillar::Storage, Severity::High);
    let policy = Policy {
        waivers: vec![waiver(high.id, &[], "2027-01-31")],
        ..Policy::default()
    };
    let report = report(
        vec![(high, failing(1, vec![Finding::cluster()], None))],
        &policy,
    );
    assert_eq!(report.checks[0].ending, Ending::Pass { waived: true });
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn verdicts() {
    let (heavy, high, low) = (
        check(Pillar::Networking, Severity::Critical),
        check(Pillar::Storage, Severity::High),
        check(Pillar::Health, Severity::Low),
    );
    let policy = |fail_on, min_score, min_coverage| Policy {
        gate: Gate {
            fail_on,
            min_score,
            min_coverage,
            ..Gate::default()
        },
        ..Policy::default()
    };
    let usual = Policy::default();
    let fails = || failing(4, vec![deployment("a")], None);
    let partly = |unknown| failing(4, vec![deployment("a")], Some(why(unknown)));
    let cases: Vec<(Vec<_>, Policy, Verdict, Vec<&str>)> = vec![
        (
            vec![(high, passing(1))],
            usual.clone(),
            Verdict::Ready,
            vec![],
        ),
        (
            vec![(high, fails())],
            usual.clone(),
            Verdict::NotReady,
            vec!["open-findings"],
        ),
        (vec![(low, fails())], usual.clone(), Verdict::Ready, vec![]),
        (
            vec![(low, fails())],
            policy(Some(Severity::Low), 0.0, 80.0),
            Verdict::NotReady,
            vec!["open-findings"],
        ),
        (
            vec![(high, fails())],
            policy(None, 0.0, 80.0),
            Verdict::Ready,
            vec![],
        ),
        (
            vec![(low, fails()), (heavy, passing(1))],
            policy(None, 87.5, 80.0),
            Verdict::Ready,
            vec![],
        ),
        (
            vec![(low, fails()), (heavy, passing(1))],
            policy(None, 87.6, 80.0),
            Verdict::NotReady,
            vec!["score-too-low"],
        ),
        // What has no score doesn't reach the least one.
        (
            vec![(low, passing(1))],
            policy(None, 87.5, 80.0),
            Verdict::Inconclusive,
            vec!["score-missing"],
        ),
        // What could not be seen counts against the least score.
        (
            vec![
                (low, passing(1)),
                (heavy, passing(1)),
                (high, unknown(Unknown::Forbidden)),
            ],
            policy(None, 66.7, 0.0),
            Verdict::NotReady,
            vec!["score-too-low"],
        ),
        (
            vec![
                (low, passing(1)),
                (heavy, passing(1)),
                (high, unknown(Unknown::Hidden)),
            ],
            policy(None, 66.7, 0.0),
            Verdict::Ready,
            vec![],
        ),
        (
            vec![(high, unknown(Unknown::Forbidden))],
            usual.clone(),
            Verdict::Inconclusive,
            vec!["nothing-decided", "gate-unknown", "coverage-too-low"],
        ),
        (
            vec![(low, passing(1)), (high, unknown(Unknown::Unreadable))],
            policy(Some(Severity::High), 0.0, 0.0),
            Verdict::Inconclusive,
            vec!["gate-unknown"],
        ),
        (
            vec![(low, passing(1)), (high, unknown(Unknown::Hidden))],
            policy(Some(Severity::High), 0.0, 0.0),
            Verdict::Ready,
            vec![],
        ),
        (
            vec![(low, passing(1)), (high, unknown(Unknown::Hidden))],
            usual.clone(),
            Verdict::Inconclusive,
            vec!["coverage-too-low"],
        ),
        (
            vec![(high, partly(Unknown::Forbidden))],
            usual.clone(),
            Verdict::NotReady,
            vec!["open-findings", "gate-unknown"],
        ),
        (
            vec![],
            usual.clone(),
            Verdict::Inconclusive,
            vec!["nothing-decided"],
        ),
        (
            vec![],
            Policy {
                gate: Gate {
                    allow_empty: true,
                    ..Gate::default()
                },
                ..Policy::default()
            },
            Verdict::Ready,
            vec![],
        ),
    ];
    for (index, (results, policy, verdict, reasons)) in cases.into_iter().enumerate() {
        let report = report(results, &policy);
        assert_eq!(
            report.verdict, verdict,
            "case {index}: {:?}",
            report.reasons
        );
        assert_eq!(codes(&report), reasons, "case {index}");
    }
}

#[test]
fn a_finding_of_the_report_is_small() {
    // A check may have a hundred thousand of them.
    assert!(size_of::<super::FindingResult>() <= 88);
}

#[test]
fn of_many_findings_the_most_urgent_are_listed_in_their_order() {
    let health = check(Pillar::Health, Severity::High);
    let policy = Policy {
        waivers: vec![waiver(health.id, &["*/*/b"], "2026-12-31")],
        ..Policy::default()
    };
    let found = ["a", "b", "c", "d", "e"].map(|name| deployment(name).excused(name == "a"));
    let report = report(vec![(health, failing(5, found.to_vec(), None))], &policy);
    let listed = |most: Option<usize>| -> Vec<String> {
        let listed = report.checks[0].listed(most);
        listed
            .filter_map(|result| Some(result.finding.object.as_ref()?.name.to_string()))
            .collect()
    };
    assert_eq!(listed(None), ["a", "b", "c", "d", "e"]);
    assert_eq!(listed(Some(9)), ["a", "b", "c", "d", "e"]);
    assert_eq!(listed(Some(4)), ["b", "c", "d", "e"]);
    assert_eq!(listed(Some(2)), ["c", "d"]);
    assert!(listed(Some(0)).is_empty());
}

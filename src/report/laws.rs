//! The laws of the score and the verdict, held against evaluations that are made up at random.

use std::sync::LazyLock;

use kready_checks::{
    frame::Check,
    model::{Evaluation, Finding, NotApplicable, Outcome, Severity, Sheet, Unknown},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{self, Index},
};

use super::{
    Baseline, Cause, Ending, Gate, Grade, Grant, ObjectPattern, OldReport, Policy, Profile, Report,
    State, Verdict, Waiver,
    testing::{CHECKS, deployment, report, why},
};
use crate::render::json;

/// What a check sees: subjects with their findings (excused or not), and what was not seen.
#[derive(Clone, Debug)]
struct Sight {
    subjects: Vec<Vec<bool>>,
    /// Which of the subjects are out of sight.
    unseen: Vec<usize>,
    undecided: Option<Unknown>,
    gap: Option<Unknown>,
    whole: Option<Whole>,
}

/// A check that ended without looking at subjects.
#[derive(Clone, Copy, Debug)]
enum Whole {
    NotApplicable(NotApplicable),
    Unknown(Unknown),
}

/// A cluster: what some of the checks see.
type Cluster = Vec<(&'static Check, Sight)>;

impl Sight {
    fn evaluate(&self) -> Evaluation {
        match self.whole {
            Some(Whole::NotApplicable(reason)) => {
                return Evaluation::without_subjects(Outcome::NotApplicable(reason));
            }
            Some(Whole::Unknown(unknown)) => {
                return Evaluation::without_subjects(Outcome::Unknown(why(unknown)));
            }
            None => {}
        }
        let mut sheet = Sheet::new();
        for (subject, excused) in self.subjects.iter().enumerate() {
            if !self.unseen.contains(&subject) {
                sheet.judge_in(&"shop".into(), Ok(findings(subject, excused).into()));
            }
        }
        if let Some(unknown) = self.undecided {
            sheet.undecided(why(unknown));
        }
        sheet.evaluate(self.gap.map(why))
    }

    fn missing(&self) -> Option<Unknown> {
        [self.gap, self.undecided].into_iter().flatten().min()
    }
}

fn findings(subject: usize, excused: &[bool]) -> Vec<Finding> {
    excused
        .iter()
        .enumerate()
        .map(|(number, excused)| {
            deployment(&format!("object-{subject}"))
                .at(format!("spec.field{number}"))
                .excused(*excused)
        })
        .collect()
}

fn judge(cluster: &Cluster, policy: &Policy) -> Report {
    let results = cluster
        .iter()
        .map(|(check, sight)| (*check, sight.evaluate()))
        .collect();
    report(results, policy)
}

fn unknowns() -> impl Strategy<Value = Unknown> {
    prop_oneof![
        3 => Just(Unknown::Forbidden),
        1 => Just(Unknown::Unreadable),
        2 => Just(Unknown::Hidden),
        1 => Just(Unknown::Stale),
    ]
}

fn sight() -> impl Strategy<Value = Sight> {
    let whole = prop_oneof![
        Just(Whole::NotApplicable(NotApplicable::Absent)),
        Just(Whole::NotApplicable(NotApplicable::Managed)),
        unknowns().prop_map(Whole::Unknown),
    ];
    let subject = prop_oneof![
        2 => Just(Vec::new()),
        3 => vec(prop::bool::weighted(0.3), 1..3),
    ];
    (
        vec(subject, 0..5),
        option::weighted(0.15, unknowns()),
        option::weighted(0.15, unknowns()),
        option::weighted(0.2, whole),
    )
        .prop_map(|(subjects, undecided, gap, whole)| Sight {
            subjects,
            unseen: Vec::new(),
            undecided,
            gap,
            whole,
        })
}

fn cluster() -> impl Strategy<Value = Cluster> {
    vec((any::<Index>(), sight()), 1..10).prop_map(|picked| {
        let mut cluster: Cluster = Vec::new();
        for (index, sight) in picked {
            let check = CHECKS[index.index(CHECKS.len())];
            if cluster.iter().all(|(known, _)| known.id != check.id) {
                cluster.push((check, sight));
            }
        }
        cluster
    })
}

fn gate() -> impl Strategy<Value = Gate> {
    let bounds = || prop_oneof![6 => Just(0.0), 1 => Just(40.0), 1 => Just(80.0), 1 => Just(100.0)];
    (
        option::weighted(
            0.8,
            prop_oneof![
                Just(Severity::Critical),
                Just(Severity::High),
                Just(Severity::Low)
            ],
        ),
        bounds(),
        bounds(),
        any::<bool>(),
    )
        .prop_map(|(fail_on, min_score, min_coverage, gate_new_checks)| Gate {
            fail_on,
            min_score,
            min_coverage,
            baseline: None,
            gate_new_checks,
            allow_empty: false,
        })
}

fn waiver(check: &str, pattern: &str) -> Waiver {
    Waiver {
        check: check.into(),
        selector: None,
        namespace_selector: None,
        origin: crate::report::WaiverOrigin::default(),
        objects: vec![ObjectPattern::parse(pattern).unwrap()],
        grant: Grant {
            reason: "agreed".into(),
            owner: "ops".into(),
            expires: "2027-01-31".parse().unwrap(),
        },
    }
}

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    json::render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// An older report of the cluster that lacks some checks and some findings.
fn baseline(cluster: &Cluster, keep: &[bool]) -> Baseline {
    let mut old = OldReport::parse(&written(&judge(cluster, &Policy::default()))).unwrap();
    let mut keep = keep.iter().copied().cycle();
    old.checks.retain(|_| keep.next().unwrap_or(true));
    for check in &mut old.checks {
        check.findings.retain(|_| keep.next().unwrap_or(true));
    }
    Baseline::of("old.json".into(), old)
}

/// A policy under which anything may be: a gate, waivers of whole subjects, a baseline.
fn policy(cluster: &Cluster) -> impl Strategy<Value = Policy> + use<> {
    let cluster = cluster.clone();
    (
        gate(),
        vec((any::<Index>(), 0..4_usize), 0..4),
        option::weighted(0.4, vec(any::<bool>(), 7)),
        option::of(sample::select(vec![Profile::Production, Profile::Dev])),
    )
        .prop_map(move |(gate, waived, keep, profile)| Policy {
            gate,
            profile,
            waivers: waived
                .iter()
                .map(|(index, subject)| {
                    let (check, _) = &cluster[index.index(cluster.len())];
                    waiver(check.id, &format!("shop/*/object-{subject}"))
                })
                .collect(),
            baseline: keep.map(|keep| baseline(&cluster, &keep)),
            ..Policy::default()
        })
}

fn cluster_and_policy() -> impl Strategy<Value = (Cluster, Policy)> {
    cluster().prop_flat_map(|cluster| {
        let policy = policy(&cluster);
        (Just(cluster), policy)
    })
}

/// All scores of a report: the cluster's, its lower bound, the pillars'.
fn scores(report: &Report) -> Vec<Option<f64>> {
    [report.score, report.score_at_least]
        .into_iter()
        .chain(report.pillars.iter().map(|pillar| pillar.score))
        .collect()
}

/// Whether no score is lower; one of a pillar that ceases to be was nothing.
fn none_is_lower(before: &Report, after: &Report) -> Result<(), TestCaseError> {
    let totals = 2;
    for (index, (before, after)) in scores(before).into_iter().zip(scores(after)).enumerate() {
        match (before, after) {
            (Some(before), Some(after)) => prop_assert!(after >= before, "{before} → {after}"),
            // A partial failure that becomes an unknown may leave too little for a total.
            (Some(_), None) if index < totals => {}
            (Some(before), None) => prop_assert!(before <= 0.0, "{before} → none"),
            (None, _) => {}
        }
    }
    Ok(())
}

/// What is left to see when a right is lost, in one of the ways in which that happens.
fn lose(sight: &Sight, way: u8, which: &[bool]) -> Sight {
    let mut less = sight.clone();
    let unseen = which
        .iter()
        .enumerate()
        .filter(|(_, unseen)| **unseen)
        .map(|(subject, _)| subject)
        .collect();
    match (sight.whole, way % 3) {
        // What the provider hides needs no right.
        (Some(Whole::NotApplicable(NotApplicable::Managed)), _) => {}
        (Some(_), _) | (None, 0) => less.whole = Some(Whole::Unknown(Unknown::Forbidden)),
        // Part of an examined kind.
        (None, 1) => {
            less.unseen = unseen;
            less.gap = Some(Unknown::Forbidden);
        }
        // A correlated kind: some subjects can no longer be decided.
        (None, _) => {
            less.unseen = unseen;
            less.undecided = Some(Unknown::Forbidden);
        }
    }
    less
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixing_a_subject_never_lowers_a_score(
        (cluster, policy) in cluster_and_policy(),
        check in any::<Index>(),
        subject in any::<Index>(),
    ) {
        let before = judge(&cluster, &policy);
        let mut mended = cluster.clone();
        let at = check.index(mended.len());
        let subjects = &mut mended[at].1.subjects;
        prop_assume!(!subjects.is_empty());
        let subject = subject.index(subjects.len());
        subjects[subject] = Vec::new();
        let after = judge(&mended, &policy);
        none_is_lower(&before, &after)?;
    }

    #[test]
    fn waiving_never_lowers_a_score(
        (cluster, policy) in cluster_and_policy(),
        check in any::<Index>(),
        subject in 0..5_usize,
    ) {
        let before = judge(&cluster, &policy);
        let (check, _) = &cluster[check.index(cluster.len())];
        let mut waived = policy.clone();
        waived.waivers.push(waiver(check.id, &format!("*/*/object-{subject}")));
        let after = judge(&cluster, &waived);
        none_is_lower(&before, &after)?;
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(
        (cluster, policy) in cluster_and_policy(),
        turn in any::<Index>(),
    ) {
        let mut turned = cluster.clone();
        turned.rotate_left(turn.index(cluster.len()));
        turned.reverse();
        prop_assert_eq!(written(&judge(&cluster, &policy)), written(&judge(&turned, &policy)));
    }

    #[test]
    fn the_number_of_pods_in_the_same_state_changes_nothing(
        (cluster, policy) in cluster_and_policy(),
        pods in 2..5_usize,
    ) {
        let many = cluster
            .iter()
            .map(|(check, sight)| {
                let mut evaluation = sight.evaluate();
                if sight.whole.is_none() {
                    let mut sheet = Sheet::new();
                    for (key, (subject, excused)) in (0..).zip(sight.subjects.iter().enumerate()) {
                        for _ in 0..pods {
                            sheet.judge_as(key, &"shop".into(), Ok(findings(subject, excused).into()));
                        }
                    }
                    if let Some(unknown) = sight.undecided {
                        sheet.undecided(why(unknown));
                    }
                    evaluation = sheet.evaluate(sight.gap.map(why));
                }
                (*check, evaluation)
            })
            .collect();
        prop_assert_eq!(
            written(&judge(&cluster, &policy)),
            written(&report(many, &policy))
        );
    }

    #[test]
    fn the_numbers_agree_with_each_other((cluster, policy) in cluster_and_policy()) {
        let report = judge(&cluster, &policy);
        prop_assert_eq!(report.grade.is_some(), report.score.is_some());
        if let (Some(grade), Some(score)) = (report.grade, report.score) {
            let standing = report.checks.iter().filter(|check| check.ending == Ending::Fail);
            match standing.map(|check| check.severity).max() {
                Some(Severity::Critical) => prop_assert!(grade >= Grade::D, "{grade:?}"),
                Some(Severity::High) => prop_assert!(grade >= Grade::B, "{grade:?}"),
                _ => {}
            }
            prop_assert!(grade != Grade::A || report.verdict != Verdict::NotReady);
            prop_assert!(grade != Grade::A || score >= 90.0 - 1e-9, "{score}");
        }
        for value in scores(&report).into_iter().chain([report.coverage]).flatten() {
            prop_assert!((0.0..=100.0).contains(&value), "{value}");
        }
        match (report.score_at_least, report.score) {
            (Some(least), Some(score)) => prop_assert!(least <= score),
            // Too little was decided for a score.
            (Some(_), None) => {}
            (None, score) => prop_assert!(score.is_none()),
        }
        let counted: usize = report
            .pillars
            .iter()
            .map(|pillar| pillar.pass + pillar.fail + pillar.not_applicable + pillar.unknown)
            .sum();
        prop_assert_eq!(counted, report.checks.len());
        prop_assert_eq!(counted, cluster.len());
        let open: usize = report.counts.open.values().sum();
        prop_assert_eq!(open, report.checks.iter().map(|check| check.open().count()).sum::<usize>());
        for (result, (_, sight)) in report.checks.iter().filter_map(|result| {
            let seen = cluster.iter().find(|(check, _)| check.id == result.check.id)?;
            Some((result, seen))
        }) {
            prop_assert!(result.failing <= result.examined);
            prop_assert_eq!(result.gain.is_some(), result.ending == Ending::Fail && report.score.is_some());
            prop_assert!(result.gain.is_none_or(|gain| gain >= 0.0));
            let stands = result.findings.iter().any(|finding| matches!(finding.state, State::Open | State::Known));
            prop_assert_eq!(stands, result.ending == Ending::Fail);
            // What was not seen never becomes a pass.
            if sight.whole.is_none() && sight.missing().is_some() {
                prop_assert!(!matches!(result.ending, Ending::Pass { .. } | Ending::NotApplicable(_)), "{:?}", result.ending);
            }
            let mut prints: Vec<_> = result.findings.iter().map(|finding| finding.fingerprint).collect();
            prints.sort_unstable();
            prints.dedup();
            prop_assert_eq!(prints.len(), result.findings.len());
        }
    }

    #[test]
    fn held_against_itself_a_report_has_nothing_new_and_nothing_open(cluster in cluster()) {
        let first = judge(&cluster, &Policy::default());
        let policy = Policy {
            baseline: Some(Baseline::of("old.json".into(), OldReport::parse(&written(&first)).unwrap())),
            ..Policy::default()
        };
        let second = judge(&cluster, &policy);
        prop_assert_eq!(second.counts.open.values().sum::<usize>(), 0);
        prop_assert_eq!(&second.counts.known, &first.counts.open);
        let baseline = second.baseline.as_ref().unwrap();
        prop_assert_eq!((baseline.new, baseline.mended), (0, 0));
        prop_assert_eq!(second.score, first.score);
        prop_assert_ne!(second.verdict, Verdict::NotReady);
    }
}

/// Checks that explain one another on one object, whatever their pillar.
static EXPLAINING: LazyLock<Vec<&'static Check>> = LazyLock::new(|| {
    let explain = [
        "container-oom-killed",
        "container-crash-looping",
        "workload-unavailable",
        "rollout-stalled",
        "hpa-target-missing",
    ];
    let severities = [
        Severity::Medium,
        Severity::High,
        Severity::Critical,
        Severity::High,
        Severity::Low,
    ];
    let made = explain.into_iter().zip(severities);
    made.map(|(id, severity)| -> &'static Check {
        Box::leak(Box::new(Check {
            id,
            severity,
            ..Check::BASE
        }))
    })
    .collect()
});

/// A finding that may be explained, or explain: it says what the others of its object say.
fn held_up(subject: usize, container: usize) -> Finding {
    deployment(&format!("object-{subject}"))
        .container(&format!("c{container}").as_str().into())
        .at(format!("spec.containers[name=c{container}]"))
        .saw(
            format_args!("0 of 1: c{container} in CrashLoopBackOff (OOMKilled)"),
            "",
        )
}

/// What each of these checks finds, by subject and container; whether a waiver covers it is up to the policy.
fn outages() -> impl Strategy<Value = Vec<Vec<(usize, usize)>>> {
    vec(vec((0..4_usize, 0..2_usize), 0..6), EXPLAINING.len())
}

fn of_outages(outages: &[Vec<(usize, usize)>]) -> Vec<(&'static Check, Evaluation)> {
    let each = EXPLAINING.iter().zip(outages);
    each.map(|(check, places)| {
        let mut sheet = Sheet::new();
        for (subject, container) in places {
            let found = vec![held_up(*subject, *container)];
            sheet.judge_in(&"shop".into(), Ok(found.into()));
        }
        (*check, sheet.evaluate(None))
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_hides_nothing_about_which_the_verdict_depends(
        outages in outages(),
        gate in gate(),
        waived in vec((0..5_usize, 0..4_usize), 0..3),
        known in option::weighted(0.3, vec(any::<bool>(), 5)),
    ) {
        let mut policy = Policy { gate, ..Policy::default() };
        if let Some(keep) = known {
            let old = report(of_outages(&outages), &Policy::default());
            let mut old = OldReport::parse(&written(&old)).unwrap();
            let mut keep = keep.into_iter().cycle();
            old.checks.retain(|_| keep.next().unwrap_or(true));
            for check in &mut old.checks {
                check.findings.retain(|_| keep.next().unwrap_or(true));
            }
            policy.baseline = Some(Baseline::of("old.json".into(), old));
        }
        policy.waivers = waived
            .iter()
            .map(|(check, subject)| waiver(EXPLAINING[*check].id, &format!("shop/*/object-{subject}")))
            .collect();
        let report = report(of_outages(&outages), &policy);
        let find = |cause: &Cause| {
            let check = report.checks.iter().find(|check| check.check.id == cause.check)?;
            let root = check.findings.iter().find(|it| it.fingerprint == cause.fingerprint)?;
            Some((check, root))
        };
        for check in &report.checks {
            for result in &check.findings {
                let Some(cause) = &result.caused_by else { continue };
                let (of, root) = find(cause).unwrap();
                prop_assert!(root.caused_by.is_none(), "a root has no cause");
                prop_assert!(matches!(result.state, State::Open | State::Known));
                prop_assert!(root.state == State::Open || result.state == State::Known);
                prop_assert!(of.gates || !check.gates);
                prop_assert_eq!(&root.finding.object, &result.finding.object);
                let least = report.gate.fail_on;
                prop_assert!(!check.gates || least.is_some_and(|least| of.severity >= least));
            }
        }
        // Causes are told of what was weighed already: they change no number.
        let open: usize = report.checks.iter().map(|check| check.open().count()).sum();
        prop_assert_eq!(open, report.counts.open.values().sum::<usize>());
        prop_assert_eq!(open, report.open.findings);
        let gates = report.checks.iter().any(|check| check.gates && check.open().next().is_some());
        prop_assert_eq!(gates, report.reasons.iter().any(|reason| reason.code == "open-findings"));
        // What is to be done first closes what is there, each once.
        prop_assert_eq!(report.do_first.is_empty(), open == 0);
        let closed: usize = report.do_first.iter().map(|action| action.findings).sum();
        prop_assert!(closed <= open);
        for action in &report.do_first {
            prop_assert_eq!(action.gates, gates);
            prop_assert!(action.findings > 0 && !action.checks.is_empty());
        }
        for pair in report.do_first.windows(2) {
            prop_assert!(pair[0].severity >= pair[1].severity);
        }
        let in_namespaces: usize = report.namespaces.iter().flat_map(|it| it.open.values()).sum();
        prop_assert_eq!(in_namespaces, open);
    }
}

proptest! {
    // Only rare clusters come near the edge of Ready.
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn losing_a_permission_never_pays(
        (cluster, policy) in cluster_and_policy(),
        ways in vec(option::of(0..3_u8), 1..6),
        which in vec(any::<bool>(), 5),
    ) {
        let before = judge(&cluster, &policy);
        let blinded: Cluster = cluster
            .iter()
            .zip(ways.iter().cycle())
            .map(|((check, sight), way)| {
                (*check, way.map_or_else(|| sight.clone(), |way| lose(sight, way, &which)))
            })
            .collect();
        let after = judge(&blinded, &policy);
        if let (Some(then), Some(now)) = (before.score, after.score)
            && now > then
        {
            prop_assert!(after.coverage < before.coverage, "{then} → {now}");
        }
        if let (Some(then), Some(now)) = (before.score_at_least, after.score_at_least) {
            prop_assert!(now <= then, "{then} → {now}");
        }
        prop_assert!(before.score_at_least.is_none() || after.score_at_least.is_some());
        if before.verdict != Verdict::Ready {
            prop_assert_ne!(after.verdict, Verdict::Ready);
        }
        if let (Some(then), Some(now)) = (before.coverage, after.coverage) {
            prop_assert!(now <= then);
        }
    }
}

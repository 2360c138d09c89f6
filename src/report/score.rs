//! The score and its grade: what the decided checks are worth, by pillar and for the cluster.

use kready_checks::model::{Pillar, Severity};

use super::model::{Ending, Grade};

/// The version of the way in which scores are made: numbers of two versions can't be compared.
pub(crate) const SCORING: u32 = 2;

/// The least weight that has to be decided before the cluster has a score: two high checks, say.
const SUBSTANCE: u32 = 10;

/// What is left of the compliance of a check that fails, before the share of its sound subjects: an outage among many
/// workloads stays an outage.
const fn most_while_failing(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 0.0,
        Severity::High => 0.5,
        Severity::Medium => 0.75,
        Severity::Low | Severity::Info => 1.0,
    }
}

/// What a check brings to the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weighed {
    pub(super) pillar: Pillar,
    pub(super) weight: u32,
    pub(super) compliance: Compliance,
}

/// Whether a check was decided, and how well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compliance {
    /// It passed, 1, or it failed: the share of sound subjects, of which a grave check keeps a part at most.
    Decided(f64),
    /// It is unknown because something could not be seen.
    Unseen,
    /// It is unknown because the platform or the knowledge has no answer.
    Undecidable,
    /// It does not apply.
    Aside,
}

impl Compliance {
    /// From 0 to 1; none unless it was decided.
    pub(super) const fn share(self) -> Option<f64> {
        match self {
            Self::Decided(share) => Some(share),
            Self::Unseen | Self::Undecidable | Self::Aside => None,
        }
    }
}

impl Weighed {
    /// Weighs a check by how it ended.
    pub(super) fn of(
        pillar: Pillar,
        severity: Severity,
        ending: &Ending,
        partial: bool,
        examined: usize,
        failing: usize,
    ) -> Self {
        let compliance = match ending {
            Ending::Pass { .. } => Compliance::Decided(1.0),
            Ending::Fail if partial => Compliance::Decided(0.0),
            Ending::Fail => Compliance::Decided(
                most_while_failing(severity) * share(examined.saturating_sub(failing), examined),
            ),
            Ending::NotApplicable(_) => Compliance::Aside,
            Ending::Unknown(why) if why.for_want_of_sight() => Compliance::Unseen,
            Ending::Unknown(_) => Compliance::Undecidable,
        };
        Self {
            pillar,
            weight: severity.weight(),
            compliance,
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// How checks that could not be seen count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    /// Not at all.
    LeftOut,
    /// As if they had failed.
    Failed,
}

/// The score of one pillar, from 0 to 100; none without weight that counts.
///
/// Checks must come in the same order every time: rounded sums depend on it.
pub(super) fn pillar(checks: &[Weighed], pillar: Pillar, unseen: Unseen) -> Option<f64> {
    let mut sound = 0.0;
    let mut weight = 0;
    for check in checks.iter().filter(|check| check.pillar == pillar) {
        match (check.compliance, unseen) {
            (Compliance::Decided(share), _) => {
                sound += f64::from(check.weight) * share;
                weight += check.weight;
            }
            (Compliance::Unseen, Unseen::Failed) => weight += check.weight,
            _ => {}
        }
    }
    (weight > 0).then(|| 100.0 * sound / f64::from(weight))
}

/// The cluster's score: the plain mean of the pillars that have one; none without substance.
pub(super) fn cluster(checks: &[Weighed], unseen: Unseen) -> Option<f64> {
    let counts = |check: &&Weighed| match check.compliance {
        Compliance::Decided(_) => true,
        Compliance::Unseen => unseen == Unseen::Failed,
        Compliance::Undecidable | Compliance::Aside => false,
    };
    let weight: u32 = checks.iter().filter(counts).map(|check| check.weight).sum();
    if weight < SUBSTANCE {
        return None;
    }
    let mut sum = 0.0;
    let mut scored = 0_u32;
    for score in Pillar::ALL
        .into_iter()
        .filter_map(|each| pillar(checks, each, unseen))
    {
        sum += score;
        scored += 1;
    }
    (scored > 0).then(|| sum / f64::from(scored))
}

/// The decided share of the weight, from 0 to 100; none without any.
pub(super) fn coverage<'a>(checks: impl IntoIterator<Item = &'a Weighed>) -> Option<f64> {
    let (mut decided, mut all) = (0, 0);
    for check in checks {
        match check.compliance {
            Compliance::Decided(_) => {
                decided += check.weight;
                all += check.weight;
            }
            Compliance::Unseen | Compliance::Undecidable => all += check.weight,
            Compliance::Aside => {}
        }
    }
    (all > 0).then(|| 100.0 * f64::from(decided) / f64::from(all))
}

/// What the cluster's score gains when the check at `index` complies in full.
pub(super) fn gain(checks: &[Weighed], index: usize, score: f64) -> Option<f64> {
    let mut fixed = checks.to_vec();
    fixed.get_mut(index)?.compliance = Compliance::Decided(1.0);
    cluster(&fixed, Unseen::LeftOut).map(|better| better - score)
}

/// The grade of a score: never better than what stands open allows, nor than a verdict of `NotReady`.
///
/// `lowest` is the lower bound of the score, and `worst` the gravest severity with a finding that stands.
pub(super) fn grade(lowest: f64, worst: Option<Severity>, ready: bool) -> Grade {
    let of_score = [
        (90.0, Grade::A),
        (80.0, Grade::B),
        (70.0, Grade::C),
        (60.0, Grade::D),
    ]
    .into_iter()
    .find(|(least, _)| !is_below(lowest, *least))
    .map_or(Grade::F, |(_, grade)| grade);
    let at_most = match worst {
        Some(Severity::Critical) => Grade::D,
        Some(Severity::High) => Grade::B,
        _ if ready => Grade::A,
        _ => Grade::B,
    };
    of_score.max(at_most)
}

/// Whether a score or a coverage is below a bound; a difference that only rounding explains is none.
pub(super) fn is_below(value: f64, bound: f64) -> bool {
    value < bound - 1e-9
}

/// One decimal, rounded down; what rounding took from a whole tenth is given back.
pub(crate) fn round_down(value: f64) -> f64 {
    (value * 10.0 + 1e-6).floor() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use kready_checks::model::{NotApplicable, Unknown};

    fn check(pillar: Pillar, severity: Severity, compliance: Compliance) -> Weighed {
        Weighed {
            pillar,
            weight: severity.weight(),
            compliance,
        }
    }

    #[test]
    fn the_cluster_is_the_plain_mean_of_its_pillars() {
        let checks = [
            check(Pillar::Health, Severity::Critical, Compliance::Decided(1.0)),
            check(Pillar::Health, Severity::High, Compliance::Decided(0.4)),
            check(Pillar::Storage, Severity::Low, Compliance::Decided(0.0)),
            check(Pillar::Delivery, Severity::High, Compliance::Unseen),
            check(Pillar::Hardening, Severity::Info, Compliance::Decided(0.0)),
            check(Pillar::Networking, Severity::High, Compliance::Undecidable),
        ];
        let health = pillar(&checks, Pillar::Health, Unseen::LeftOut).unwrap();
        assert!((health - 80.0).abs() < 1e-9, "{health}");
        assert_eq!(
            pillar(&checks, Pillar::Delivery, Unseen::LeftOut),
            None,
            "nothing decided"
        );
        assert_eq!(
            pillar(&checks, Pillar::Hardening, Unseen::LeftOut),
            None,
            "no weight"
        );
        let score = cluster(&checks, Unseen::LeftOut).unwrap();
        assert!((score - 40.0).abs() < 1e-9, "{score}");
        let at_least = cluster(&checks, Unseen::Failed).unwrap();
        assert!((at_least - 80.0 / 3.0).abs() < 1e-9, "{at_least}");
        let coverage = coverage(&checks).unwrap();
        assert!((coverage - 100.0 * 16.0 / 26.0).abs() < 1e-9, "{coverage}");
        let gain = gain(&checks, 2, score).unwrap();
        assert!((gain - 50.0).abs() < 1e-9, "{gain}");
    }

    #[test]
    fn a_check_weighs_by_how_it_ended() {
        let weigh_as = |severity, ending: Ending, partial, examined, failing| {
            let pillar = Pillar::Health;
            Weighed::of(pillar, severity, &ending, partial, examined, failing).compliance
        };
        let weigh = |ending, partial, examined, failing| {
            weigh_as(Severity::High, ending, partial, examined, failing)
        };
        for (severity, left) in [
            (Severity::Critical, 0.0),
            (Severity::High, 0.375),
            (Severity::Medium, 0.5625),
            (Severity::Low, 0.75),
            (Severity::Info, 0.75),
        ] {
            assert_eq!(
                weigh_as(severity, Ending::Fail, false, 4, 1),
                Compliance::Decided(left),
                "{severity}"
            );
        }
        assert_eq!(weigh(Ending::Fail, true, 4, 1), Compliance::Decided(0.0));
        assert_eq!(
            weigh(Ending::Unknown(Unknown::Forbidden), false, 0, 0),
            Compliance::Unseen
        );
        assert_eq!(
            weigh(Ending::Unknown(Unknown::Hidden), false, 0, 0),
            Compliance::Undecidable
        );
        assert_eq!(
            weigh(Ending::NotApplicable(NotApplicable::Absent), false, 0, 0),
            Compliance::Aside
        );
    }

    #[test]
    fn little_that_was_decided_has_no_score() {
        let of = |weights: &[Severity]| -> Vec<Weighed> {
            weights
                .iter()
                .map(|severity| check(Pillar::Health, *severity, Compliance::Decided(1.0)))
                .collect()
        };
        let high = Severity::High;
        assert_eq!(cluster(&of(&[high]), Unseen::LeftOut), None);
        assert!(cluster(&of(&[high, high]), Unseen::LeftOut).is_some());
        let mut unseen = of(&[high]);
        unseen.push(check(Pillar::Health, high, Compliance::Unseen));
        assert_eq!(cluster(&unseen, Unseen::LeftOut), None);
        assert!(
            cluster(&unseen, Unseen::Failed).is_some(),
            "a permission less can't take the lower bound away"
        );
    }

    #[test]
    fn a_grade_is_bounded_by_what_stands_open() {
        for (lowest, worst, ready, expected) in [
            (100.0, None, true, Grade::A),
            (90.0, Some(Severity::Medium), true, Grade::A),
            (89.9, None, true, Grade::B),
            (80.0, None, true, Grade::B),
            (70.0, None, true, Grade::C),
            (60.0, None, true, Grade::D),
            (59.9, None, true, Grade::F),
            (99.0, Some(Severity::High), true, Grade::B),
            (75.0, Some(Severity::High), true, Grade::C),
            (99.0, Some(Severity::Critical), true, Grade::D),
            (10.0, Some(Severity::Critical), true, Grade::F),
            (99.0, Some(Severity::Low), false, Grade::B),
        ] {
            assert_eq!(
                grade(lowest, worst, ready),
                expected,
                "{lowest} {worst:?} {ready}"
            );
        }
    }

    #[test]
    fn output_is_rounded_down_but_not_below_a_whole_tenth() {
        let rounded = |value: f64| format!("{:.1}", round_down(value));
        assert_eq!(rounded(99.99), "99.9");
        assert_eq!(rounded(100.0), "100.0");
        assert_eq!(rounded(89.999_999_999_99), "90.0");
        assert_eq!(rounded(0.3 * 100.0), "30.0");
        assert!(!is_below(89.999_999_999_99, 90.0));
        assert!(is_below(89.99, 90.0));
    }
}

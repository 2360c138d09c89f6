//! The score: what the decided checks are worth, by pillar and for the cluster.

use kready_checks::model::{Pillar, Severity};

use super::model::Ending;

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
    /// It passed or failed: the share of sound subjects, from 0 to 1.
    Decided(f64),
    /// It is unknown because something could not be seen.
    Unseen,
    /// It is unknown because the platform or the knowledge has no answer.
    Undecidable,
    /// It does not apply.
    Aside,
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
            Ending::Fail => Compliance::Decided(share(examined.saturating_sub(failing), examined)),
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

/// The cluster's score: the plain mean of the pillars that have one.
pub(super) fn cluster(checks: &[Weighed], unseen: Unseen) -> Option<f64> {
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
    let mut mended = checks.to_vec();
    mended.get_mut(index)?.compliance = Compliance::Decided(1.0);
    cluster(&mended, Unseen::LeftOut).map(|better| better - score)
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
        let weigh = |ending: Ending, partial, examined, failing| {
            Weighed::of(
                Pillar::Health,
                Severity::High,
                &ending,
                partial,
                examined,
                failing,
            )
            .compliance
        };
        assert_eq!(
            weigh(Ending::Fail, false, 4, 1),
            Compliance::Decided(0.75),
            "a share"
        );
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

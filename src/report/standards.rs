//! Which controls of published standards checks decide.

use kready_checks::{
    frame::Check,
    model::{Standard, natural},
};

/// A standard, and what decides its controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Its short name.
    pub(crate) name: &'static str,
    /// Its full name.
    pub(crate) title: &'static str,
    /// Controls, as people count them, with the checks that decide each, by id.
    pub(crate) controls: Vec<(&'static str, Vec<&'static str>)>,
}

/// The standards of which these checks decide some control, in the order of [`Standard::ALL`].
pub(crate) fn coverage(checks: &[&'static Check]) -> Vec<Coverage> {
    Standard::ALL
        .into_iter()
        .map(|(name, title)| {
            let mut decided: Vec<(&str, &str)> = checks
                .iter()
                .flat_map(|check| check.standards.iter().map(|standard| (*standard, check.id)))
                .filter(|(standard, _)| standard.name() == name)
                .map(|(standard, check)| (standard.control(), check))
                .collect();
            decided.sort_by(|one, other| natural(one.0, other.0).then_with(|| one.1.cmp(other.1)));
            decided.dedup();
            let controls = decided
                .chunk_by(|one, other| one.0 == other.0)
                .filter_map(|of_one| {
                    let checks = of_one.iter().map(|(_, check)| *check).collect();
                    Some((of_one.first()?.0, checks))
                })
                .collect();
            Coverage {
                name,
                title,
                controls,
            }
        })
        .filter(|standard| !standard.controls.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Check = Check {
        id: "one",
        standards: &[
            Standard::Cis("5.2.10"),
            Standard::Cis("5.2.2"),
            Standard::Pss("baseline"),
        ],
        ..Check::BASE
    };
    static ANOTHER: Check = Check {
        id: "another",
        standards: &[Standard::Cis("5.2.2")],
        ..Check::BASE
    };

    #[test]
    fn controls_are_in_order_and_name_their_checks() {
        let expected = |name, title, controls| Coverage {
            name,
            title,
            controls,
        };
        assert_eq!(
            coverage(&[&ONE, &ANOTHER]),
            [
                expected(
                    "cis",
                    "CIS Kubernetes Benchmark 1.12",
                    vec![("5.2.2", vec!["another", "one"]), ("5.2.10", vec!["one"])],
                ),
                expected(
                    "pss",
                    "Pod Security Standards",
                    vec![("baseline", vec!["one"])],
                ),
            ]
        );
    }
}

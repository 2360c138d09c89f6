//! Which controls of published standards the checks decide.

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

/// The standards with controls that these checks decide, in the order of [`Standard::ALL`].
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

/// What the name of a control stands for.
#[derive(Debug)]
pub(crate) enum ControlMatch {
    /// These controls, and the checks that decide them, in the order of the registry.
    Decided(Vec<Standard>, Vec<&'static Check>),
    /// It looks like a control of this standard, and no check decides it.
    Undecided(&'static str),
    /// It doesn't look like a control.
    NoControl,
}

/// Finds the checks that decide a control: `KSV017`, `AVD-KSV-0017`, `C-0057`, `5.2.2`, `cis 5.2.2`, `NSA Pod`, `K01`.
pub(crate) fn find_control(text: &str, registry: &[&'static Check]) -> ControlMatch {
    let text = text.trim().to_lowercase();
    let named = Standard::ALL.into_iter().find_map(|(name, _)| {
        let rest = text.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with([' ', ':', '-', '/']))
            .then(|| (name, rest.trim_start_matches([' ', ':', '-', '/'])))
    });
    let (standard, control) =
        named.map_or((None, text.as_str()), |(name, rest)| (Some(name), rest));
    let wanted = spelled(control);
    let fits = |decided: &Standard| {
        if standard.is_some_and(|name| decided.name() != name) {
            return false;
        }
        let known = spelled(decided.control());
        // Topics of a guide may be named without their number.
        let topic = known.split(' ').next().unwrap_or_default();
        wanted == known || standard.is_some() && (wanted.is_empty() || wanted == topic)
    };
    let mut controls: Vec<Standard> = Vec::new();
    let mut checks = Vec::new();
    for check in registry {
        let decided: Vec<Standard> = check.standards.iter().copied().filter(fits).collect();
        if !decided.is_empty() {
            checks.push(*check);
            controls.extend(decided);
        }
    }
    controls.sort_unstable();
    controls.dedup();
    if !checks.is_empty() {
        return ControlMatch::Decided(controls, checks);
    }
    match standard.or_else(|| looks_like(&wanted)) {
        Some(standard) => ControlMatch::Undecided(standard),
        None => ControlMatch::NoControl,
    }
}

/// The controls in a few words: `trivy KSV-0017`; `cis 5.2.2, aks 5.2.2`; `nsa`.
pub(crate) fn control_in_words(controls: &[Standard]) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = controls.iter().map(ToString::to_string).collect();
    let mut standards: Vec<&str> = controls.iter().map(|control| control.name()).collect();
    standards.dedup();
    match standards[..] {
        [only] if names.len() > SHOWN => only.to_owned(),
        _ => names.join(", "),
    }
}

/// One spelling for those that are in use: lower case, `ksv-17`, `c-57`, `k1`.
fn spelled(control: &str) -> String {
    let control = control.to_lowercase();
    let bare = control.strip_prefix("avd-").unwrap_or(&control);
    for prefix in ["ksv", "c", "k"] {
        if let Some(number) = bare.strip_prefix(prefix) {
            let digits = number.trim_start_matches('-').trim_start_matches('0');
            if !number.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return format!("{prefix}-{digits}");
            }
        }
    }
    control
}

/// The standard whose controls are written like this.
fn looks_like(spelled: &str) -> Option<&'static str> {
    let numbered = |prefix: &str| {
        spelled
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if numbered("ksv-") {
        return Some("trivy");
    }
    if numbered("c-") {
        return Some("kubescape");
    }
    if numbered("k-") {
        return Some("owasp");
    }
    let parts: Vec<&str> = spelled.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (parts.len() >= 2 && parts.iter().all(is_number)).then_some("cis")
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

    #[test]
    fn a_control_is_found_however_it_is_spelled() {
        let registry: Vec<&'static Check> = kready_checks::builtin().collect();
        let found = |text: &str| match find_control(text, &registry) {
            ControlMatch::Decided(controls, checks) => (
                control_in_words(&controls),
                checks.iter().map(|check| check.id).collect::<Vec<_>>(),
            ),
            ControlMatch::Undecided(standard) => (format!("no {standard}"), Vec::new()),
            ControlMatch::NoControl => ("nothing".to_owned(), Vec::new()),
        };
        let trivy = ("trivy KSV-0017".to_owned(), vec!["privileged-container"]);
        for spelling in [
            "KSV017",
            "ksv-17",
            "KSV-0017",
            "AVD-KSV-0017",
            "avd-ksv-017",
            "trivy KSV017",
            "trivy:KSV-0017",
        ] {
            assert_eq!(found(spelling), trivy, "{spelling}");
        }
        assert!(found("C-0057").1.contains(&"privileged-container"));
        assert_eq!(found("C-0057"), found("kubescape c-57"));
        assert!(found("cis 5.2.2").1.contains(&"privileged-container"));
        assert!(found("5.2.2").1.len() >= found("cis 5.2.2").1.len());
        assert!(found("K01").1.len() > 1);
        assert_eq!(found("K1"), found("owasp K01"));
        assert!(found("NSA Pod").1.len() > 1);
        assert_eq!(found("nsa").0, "nsa");
        assert_eq!(found("KSV-9999").0, "no trivy");
        assert_eq!(found("C-9999").0, "no kubescape");
        assert_eq!(found("99.9").0, "no cis");
        assert_eq!(found("pdb-mising").0, "nothing");
        assert_eq!(found("").0, "nothing");
    }
}

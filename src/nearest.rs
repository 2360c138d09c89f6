//! The nearest known name to a mistyped one.

use crate::words::shortened;

/// The candidate that was most likely meant; none when nothing is close.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let score = closeness(&wanted, candidate);
            (score > 0.7).then_some((score, candidate))
        })
        .max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1; the parts of a kebab-case name may come in another order.
fn closeness(wanted: &str, candidate: &str) -> f64 {
    let sorted = |name: &str| {
        let mut words: Vec<&str> = name.split(['-', '_', ' ']).collect();
        words.sort_unstable();
        words.join("-")
    };
    let whole = strsim::jaro_winkler(wanted, candidate)
        .min(0.5 + strsim::normalized_damerau_levenshtein(wanted, candidate));
    whole.max(0.95 * strsim::normalized_damerau_levenshtein(&sorted(wanted), &sorted(candidate)))
}

/// A name of which nobody knows what it holds, in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", shortened(name).escape_debug())
}

/// A word that switches something off is meant by nobody who wrote something else.
const NEVER: &str = "never";

/// What to say of an unknown name: `unknown format "jsn": did you mean json?`.
pub(crate) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let name = shortened(name);
    let name = name.escape_debug();
    let list: Vec<&str> = known.clone().into_iter().collect();
    let meant_never = name.to_string().to_lowercase().starts_with("nev");
    let suggested = known
        .into_iter()
        .filter(|name| *name != NEVER || meant_never);
    match nearest(&name.to_string(), suggested) {
        Some(near) => format!("unknown {what} \"{name}\": did you mean {near}?"),
        // A long list helps no one.
        None if list.len() > 12 => format!("unknown {what} \"{name}\""),
        None if list.is_empty() => format!("unknown {what} \"{name}\": none is known"),
        None => format!("unknown {what} \"{name}\": known are {}", list.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &[&str] = &[
        "pdb-blocking",
        "pdb-missing",
        "privileged-container",
        "workload-single-replica",
    ];

    #[test]
    fn typing_mistakes_find_their_name() {
        let near = |name| nearest(name, IDS.iter().copied());
        assert_eq!(near("pdb-mising"), Some("pdb-missing"));
        assert_eq!(near("missing-pdb"), Some("pdb-missing"));
        assert_eq!(near("PDB-Blocking"), Some("pdb-blocking"));
        assert_eq!(near("privileged-containers"), Some("privileged-container"));
        assert_eq!(near("quux"), None);
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(
            unknown("format", "jsn", ["table", "json"]),
            "unknown format \"jsn\": did you mean json?"
        );
        assert_eq!(
            unknown("format", "x\u{1b}", ["table", "json"]),
            "unknown format \"x\\u{1b}\": known are table, json"
        );
    }

    #[test]
    fn never_is_suggested_to_nobody_who_did_not_begin_it() {
        let severities = ["critical", "high", "medium", "low", "never"];
        assert_eq!(
            unknown("severity", "severe", severities),
            "unknown severity \"severe\": known are critical, high, medium, low, never"
        );
        assert!(unknown("severity", "nevr", severities).ends_with("did you mean never?"));
        assert!(unknown("severity", "hgih", severities).ends_with("did you mean high?"));
    }
}

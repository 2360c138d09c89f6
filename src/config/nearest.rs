//! The known name that somebody may have meant.

use crate::render::escape;

/// The known name that is nearest to an unknown one.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate))
        // Of equally near ones the first: the order of the input decides, not chance.
        .fold(
            None,
            |best: Option<(f64, &str)>, (score, candidate)| match best {
                Some((best_score, _)) if best_score >= score => best,
                _ => Some((score, candidate)),
            },
        )
        .map(|(_, candidate)| candidate)
}

/// ``unknown check `pdb-mising`; did you mean `pdb-missing`?``
pub(crate) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let shown = escape::text(name);
    match nearest(name, known) {
        Some(nearest) => format!("unknown {what} `{shown}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{shown}`; none is known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name() {
        let known = ["pdb-missing", "pdb-blocking", "node-pressure"];
        for typo in ["pdb-mising", "PDB-Missing", "pdbmissing"] {
            assert_eq!(nearest(typo, known), Some("pdb-missing"), "{typo}");
        }
        assert_eq!(nearest("x", []), None);
        assert_eq!(
            unknown("check", "pdb\n", known),
            "unknown check `pdb\\n`; did you mean `pdb-missing`?"
        );
    }
}

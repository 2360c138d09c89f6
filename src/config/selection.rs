//! Which checks run: by id, pillar and severity.

use std::collections::BTreeSet;

use kready_checks::{
    frame::Check,
    model::{Pillar, Severity},
};

use anyhow::anyhow;

use crate::{
    failure::Failure,
    nearest::unknown,
    report::{Policy, Renamed, SkipReason, Skipped},
    words::joined,
};

/// One word of a selection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// One check.
    Id(String),
    /// All checks of a pillar.
    Pillar(Pillar),
    /// All checks of a severity.
    Severity(Severity),
}

impl Term {
    /// Reads a word.
    ///
    /// # Errors
    /// It is no id, pillar or severity; the nearest one is named.
    pub(crate) fn parse(word: &str, registry: &[&'static Check]) -> Result<Self, String> {
        if let Some(pillar) = Pillar::from_id(word) {
            return Ok(Self::Pillar(pillar));
        }
        if let Some(severity) = Severity::from_id(word) {
            return Ok(Self::Severity(severity));
        }
        if let Some(check) = registry.iter().find(|check| check.is_called(word)) {
            return Ok(Self::Id(check.id.to_owned()));
        }
        let known = registry
            .iter()
            .map(|check| check.id)
            .chain(Pillar::ALL.into_iter().map(Pillar::id))
            .chain(Severity::ALL.into_iter().map(Severity::id));
        Err(unknown("check, pillar or severity", word, known))
    }
}

impl Term {
    /// The check that `word` names as it was called before.
    pub(super) fn renamed(&self, word: &str, registry: &[&'static Check]) -> Option<Renamed> {
        let Self::Id(id) = self else { return None };
        let check = registry.iter().copied().find(|check| check.id == id);
        Renamed::of(check, word)
    }
}

/// What to run and what to leave out.
///
/// `only`: pillars and severities narrow each other (`hardening,critical` is what is critical in hardening), several
/// pillars or several severities add up, and a check named by its id always belongs. `skip`: whatever any word names is
/// left out, and leaving out wins. Checks of tier 3 run only when they are named by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// What to run; everything when empty.
    pub(crate) only: Vec<Term>,
    /// What to leave out.
    pub(crate) skip: Vec<Term>,
    /// The checks that it names as they were called before.
    pub(crate) renamed: BTreeSet<Renamed>,
}

/// The last tier that runs without being named.
const LAST_TIER: u8 = 2;

impl Selection {
    /// Reads what `--only` and `--skip` say.
    ///
    /// # Errors
    /// A word is no id, pillar or severity.
    pub(crate) fn parse(
        only: &[String],
        skip: &[String],
        registry: &[&'static Check],
    ) -> Result<Self, Failure> {
        let mut renamed = BTreeSet::new();
        let mut terms = |flag: &str, words: &[String]| {
            words
                .iter()
                .flat_map(|words| words.split(','))
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(|word| {
                    let term = Term::parse(word, registry).map_err(|problem| {
                        Failure::usage(anyhow!("{flag}: {problem}"))
                            .hint("kready checks lists the checks, their pillars and severities")
                    })?;
                    renamed.extend(term.renamed(word, registry));
                    Ok(term)
                })
                .collect::<Result<Vec<Term>, Failure>>()
        };
        Ok(Self {
            only: terms("--only", only)?,
            skip: terms("--skip", skip)?,
            renamed,
        })
    }

    /// The checks to run, and the others with the reason why they don't.
    pub(crate) fn apply(
        &self,
        registry: &[&'static Check],
        policy: &Policy,
    ) -> (Vec<&'static Check>, Vec<Skipped>) {
        let mut chosen = Vec::new();
        let mut skipped = Vec::new();
        for check in registry {
            let why = if self.skips(check, policy) || !self.wants(check, policy) {
                Some(SkipReason::Deselected)
            } else if check.tier > LAST_TIER && !names(&self.only, check) {
                Some(SkipReason::Tier)
            } else {
                None
            };
            match why {
                None => chosen.push(*check),
                Some(why) => skipped.push(Skipped { id: check.id, why }),
            }
        }
        (chosen, skipped)
    }

    /// What it chooses, in words: `critical hardening checks`; none when it chooses nothing.
    pub(crate) fn in_words(&self) -> Option<String> {
        let names = |terms: &[Term]| {
            let names = |which: fn(&Term) -> Option<&str>| -> Vec<String> {
                terms
                    .iter()
                    .filter_map(which)
                    .map(ToOwned::to_owned)
                    .collect()
            };
            let pillars = names(|term| match term {
                Term::Pillar(pillar) => Some(pillar.id()),
                _ => None,
            });
            let severities = names(|term| match term {
                Term::Severity(severity) => Some(severity.id()),
                _ => None,
            });
            let ids = names(|term| match term {
                Term::Id(id) => Some(id),
                _ => None,
            });
            (joined(&severities), joined(&pillars), ids)
        };
        let (severities, pillars, ids) = names(&self.only);
        let sorts: Vec<String> = [severities, pillars].into_iter().flatten().collect();
        let mut parts = Vec::new();
        if !sorts.is_empty() {
            parts.push(format!("{} checks", sorts.join(" ")));
        }
        parts.extend(ids);
        let chosen = joined(&parts);
        let (severities, pillars, ids) = names(&self.skip);
        let skipped: Vec<String> = [severities, pillars]
            .into_iter()
            .flatten()
            .chain(ids)
            .collect();
        let skipped = joined(&skipped).map(|names| format!("without {names}"));
        let words: Vec<String> = [chosen, skipped].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn wants(&self, check: &Check, policy: &Policy) -> bool {
        if self.only.is_empty() || names(&self.only, check) {
            return true;
        }
        let pillars: BTreeSet<Pillar> = self
            .only
            .iter()
            .filter_map(|term| match term {
                Term::Pillar(pillar) => Some(*pillar),
                _ => None,
            })
            .collect();
        let severities: BTreeSet<Severity> = self
            .only
            .iter()
            .filter_map(|term| match term {
                Term::Severity(severity) => Some(*severity),
                _ => None,
            })
            .collect();
        if pillars.is_empty() && severities.is_empty() {
            return false;
        }
        (pillars.is_empty() || pillars.contains(&check.pillar))
            && (severities.is_empty() || severities.contains(&policy.severity(check)))
    }

    fn skips(&self, check: &Check, policy: &Policy) -> bool {
        self.skip.iter().any(|term| match term {
            Term::Id(id) => id == check.id,
            Term::Pillar(pillar) => *pillar == check.pillar,
            Term::Severity(severity) => *severity == policy.severity(check),
        })
    }
}

fn names(terms: &[Term], check: &Check) -> bool {
    terms
        .iter()
        .any(|term| matches!(term, Term::Id(id) if id == check.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::CHECKS;

    static SPECIAL: Check = Check {
        id: "special",
        pillar: Pillar::Hardening,
        severity: Severity::Critical,
        tier: 3,
        ..Check::BASE
    };

    fn registry() -> Vec<&'static Check> {
        let mut registry = CHECKS.clone();
        registry.push(&SPECIAL);
        registry
    }

    fn select(only: &[&str], skip: &[&str]) -> (Vec<&'static str>, Vec<Skipped>) {
        let registry = registry();
        let terms = |words: &[&str]| {
            words
                .iter()
                .map(|word| Term::parse(word, &registry).unwrap())
                .collect()
        };
        let selection = Selection {
            only: terms(only),
            skip: terms(skip),
            ..Selection::default()
        };
        let (chosen, skipped) = selection.apply(&registry, &Policy::default());
        assert_eq!(chosen.len() + skipped.len(), registry.len());
        (chosen.iter().map(|check| check.id).collect(), skipped)
    }

    #[test]
    fn words_of_one_sort_add_up_and_sorts_narrow_each_other() {
        assert_eq!(select(&[], &[]).0.len(), 45);
        assert_eq!(
            select(&["hardening", "critical"], &[]).0,
            ["hardening-critical"]
        );
        assert_eq!(
            select(&["hardening", "storage", "critical", "low"], &[]).0,
            [
                "storage-critical",
                "storage-low",
                "hardening-critical",
                "hardening-low"
            ]
        );
        assert_eq!(
            select(&["hardening", "critical", "storage-low"], &[]).0,
            ["storage-low", "hardening-critical"]
        );
        assert_eq!(select(&["storage-low"], &[]).0, ["storage-low"]);
        assert_eq!(select(&["critical"], &[]).0.len(), 9);
    }

    #[test]
    fn a_selection_is_told_in_words() {
        let registry = registry();
        let words = |only: &[&str], skip: &[&str]| {
            let owned =
                |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
            Selection::parse(&owned(only), &owned(skip), &registry)
                .unwrap()
                .in_words()
        };
        assert_eq!(words(&[], &[]), None);
        for (only, skip, expected) in [
            (
                &["hardening,critical"][..],
                &[][..],
                "critical hardening checks",
            ),
            (
                &["storage", "high", "hardening", "critical"],
                &[],
                "high and critical storage and hardening checks",
            ),
            (&["storage-low"], &[], "storage-low"),
            (
                &["critical", "storage-low"],
                &["hardening"],
                "critical checks and storage-low, without hardening",
            ),
            (
                &[],
                &["low", "storage-high"],
                "without low and storage-high",
            ),
        ] {
            assert_eq!(words(only, skip).as_deref(), Some(expected));
        }
    }

    #[test]
    fn skipping_adds_up_and_wins() {
        assert_eq!(select(&[], &["hardening", "critical"]).0.len(), 45 - 5 - 8);
        assert!(select(&["storage-low"], &["storage"]).0.is_empty());
    }

    #[test]
    fn the_third_tier_runs_by_name_only() {
        let (_, skipped) = select(&["hardening"], &[]);
        assert!(skipped.contains(&Skipped {
            id: "special",
            why: SkipReason::Tier
        }));
        assert_eq!(select(&["special"], &[]).0, ["special"]);
        let (_, skipped) = select(&["storage"], &[]);
        assert!(skipped.contains(&Skipped {
            id: "special",
            why: SkipReason::Deselected
        }));
    }

    #[test]
    fn an_unknown_word_names_the_nearest() {
        let error = Term::parse("hardenning", &registry()).unwrap_err();
        assert!(error.contains("hardening?"), "{error}");
        let error = Term::parse("storage-lo", &registry()).unwrap_err();
        assert!(error.contains("storage-low?"), "{error}");
    }

    #[test]
    fn a_severity_that_the_user_set_is_the_one_that_is_selected() {
        let registry = registry();
        let mut policy = Policy::default();
        policy
            .severities
            .insert("storage-low".into(), Severity::Critical);
        let selection = Selection {
            only: vec![
                Term::Severity(Severity::Critical),
                Term::Pillar(Pillar::Storage),
            ],
            renamed: BTreeSet::new(),
            skip: Vec::new(),
        };
        let (chosen, _) = selection.apply(&registry, &policy);
        let ids: Vec<&str> = chosen.iter().map(|check| check.id).collect();
        assert_eq!(ids, ["storage-critical", "storage-low"]);
    }
}

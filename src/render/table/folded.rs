//! Which findings are told below the one that explains them.

use std::collections::{HashMap, HashSet};

use kready_checks::model::{Impact, ObjectRef, Severity};

use super::by::By;
use crate::report::{CheckResult, FindingResult, Fingerprint, Report, State};

/// A finding: which check has it, and which of its findings it is.
type Key = (&'static str, Fingerprint);

/// What findings are told together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group<'a> {
    All,
    Object(Option<&'a ObjectRef>),
    /// None for what belongs to no namespace.
    Namespace(Option<&'a str>),
    Team(Option<&'a str>),
}

impl By {
    /// The group of a finding.
    pub(super) fn group(self, result: &FindingResult) -> Group<'_> {
        let object = result.finding.object.as_deref();
        match self {
            Self::Check => Group::All,
            Self::Object => Group::Object(object),
            Self::Namespace => {
                let namespace = object.map(|object| object.namespace.as_str());
                Group::Namespace(namespace.filter(|namespace| !namespace.is_empty()))
            }
            Self::Team => Group::Team(result.team.as_deref()),
        }
    }
}

/// A consequence: the check that found it, and on which object.
#[derive(Clone, Copy)]
pub(super) struct Consequence<'a> {
    pub(super) check: &'a CheckResult,
    pub(super) object: Option<&'a ObjectRef>,
}

/// The consequences by their causes, as far as the causes are shown.
pub(super) struct Folded<'a> {
    consequences: HashMap<Key, Vec<Consequence<'a>>>,
    /// The findings that are told below others.
    told: HashSet<Key>,
}

impl<'a> Folded<'a> {
    /// A consequence stays where it is if its cause isn't shown, or is in another group: folding hides nothing.
    pub(super) fn of(report: &'a Report, least: Severity, by: By) -> Self {
        let mut folded = Self {
            consequences: HashMap::new(),
            told: HashSet::new(),
        };
        let consequences = report.checks.iter().flat_map(|check| {
            let open = check.open();
            open.filter_map(move |result| Some((check, result, result.caused_by.as_deref()?)))
        });
        let consequences: Vec<_> = consequences.collect();
        if consequences.is_empty() {
            return folded;
        }
        let causes: HashSet<Key> = consequences
            .iter()
            .map(|(_, _, cause)| (cause.check, cause.fingerprint))
            .collect();
        let named: HashSet<&str> = causes.iter().map(|(check, _)| *check).collect();
        let shown: HashMap<Key, Group<'a>> = report
            .checks
            .iter()
            .filter(|check| check.severity >= least && named.contains(check.check.id))
            .flat_map(|check| {
                let open = check.findings.iter();
                let open = open.filter(|it| it.state == State::Open && it.caused_by.is_none());
                open.map(|it| ((check.check.id, it.fingerprint), by.group(it)))
            })
            .collect();
        for (check, result, cause) in consequences {
            let cause = (cause.check, cause.fingerprint);
            if shown.get(&cause) == Some(&by.group(result)) {
                folded.told.insert((check.check.id, result.fingerprint));
                let below = folded.consequences.entry(cause).or_default();
                below.push(Consequence {
                    check,
                    object: result.finding.object.as_deref(),
                });
            }
        }
        folded
    }

    /// Whether a finding is told below another one.
    pub(super) fn is_told(&self, check: &CheckResult, print: Fingerprint) -> bool {
        !self.told.is_empty() && self.told.contains(&(check.check.id, print))
    }

    /// What follows from a finding.
    pub(super) fn below(&self, check: &CheckResult, print: Fingerprint) -> &[Consequence<'a>] {
        if self.consequences.is_empty() {
            return &[];
        }
        let key = (check.check.id, print);
        self.consequences.get(&key).map_or(&[], Vec::as_slice)
    }

    /// When the findings of a check are felt, with all that follows from them.
    pub(super) fn felt(&self, check: &CheckResult) -> Impact {
        self.among(check, |it| it.check.impact())
            .min()
            .map_or(check.impact(), |it| it.min(check.impact()))
    }

    /// The gravest severity of the findings of a check and of all that follows from them.
    pub(super) fn gravest(&self, check: &CheckResult) -> Severity {
        self.among(check, |it| it.check.severity)
            .max()
            .map_or(check.severity, |it| it.max(check.severity))
    }

    /// The checks that have consequences of its findings.
    pub(super) fn following(&self, check: &CheckResult) -> impl Iterator<Item = &'static str> {
        self.among(check, |it| it.check.check.id)
    }

    fn among<T>(
        &self,
        check: &CheckResult,
        of: impl Fn(&Consequence<'a>) -> T,
    ) -> impl Iterator<Item = T> {
        check
            .open()
            .flat_map(|result| self.below(check, result.fingerprint))
            .map(of)
    }
}

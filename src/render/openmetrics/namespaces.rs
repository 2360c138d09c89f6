//! Which namespaces have metrics of their own: a cluster may have thousands, and each is a series for every check.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::report::{FindingResult, Report, State};

/// How many namespaces are told apart.
pub(super) const MOST: usize = 50;

/// The rest, and what has no namespace: names that no namespace can have.
pub(super) const OTHER: &str = "_other";
pub(super) const CLUSTER: &str = "_cluster";

/// The namespaces that are told apart: those with the most open findings, then those with the most of any state.
pub(super) struct Namespaces<'a>(BTreeSet<&'a str>);

impl<'a> Namespaces<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let findings = report.checks.iter().flat_map(|check| &check.findings);
        for finding in findings {
            if let Some(namespace) = namespace(finding) {
                let (open, all) = counts.entry(namespace).or_default();
                *open += usize::from(finding.state == State::Open);
                *all += 1;
            }
        }
        let mut ranked: Vec<(&str, (usize, usize))> = counts.into_iter().collect();
        ranked.sort_by_key(|(name, counts)| (Reverse(*counts), *name));
        Self(
            ranked
                .into_iter()
                .take(MOST)
                .map(|(name, _)| name)
                .collect(),
        )
    }

    /// What a finding is counted under.
    pub(super) fn label<'f>(&self, finding: &'f FindingResult) -> Cow<'f, str> {
        match namespace(finding) {
            None => CLUSTER.into(),
            Some(name) if self.0.contains(name) => super::label(name),
            Some(_) => OTHER.into(),
        }
    }
}

fn namespace(finding: &FindingResult) -> Option<&str> {
    let object = finding.finding.object.as_deref()?;
    Some(object.namespace.as_str()).filter(|name| !name.is_empty())
}

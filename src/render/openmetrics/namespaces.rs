//! Which namespaces and teams have metrics of their own: a cluster may have thousands, and each is a series for every check.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use kready_checks::model::Severity;

use super::family::{Family, label, share};
use crate::report::{FindingResult, Place, Report};

/// How many are told apart.
pub(super) const MOST: usize = 50;

/// The rest, and what has no namespace: names that neither a namespace nor a label has.
pub(super) const OTHER: &str = "_other";
pub(super) const CLUSTER: &str = "_cluster";

/// The namespaces that are told apart: the worst ones.
pub(super) struct Namespaces<'a>(BTreeSet<&'a str>);

impl<'a> Namespaces<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let worst = report.namespaces.iter().take(MOST);
        Self(worst.map(|place| place.name.as_str()).collect())
    }

    /// What a finding is counted under.
    pub(super) fn label<'f>(&self, finding: &'f FindingResult) -> Cow<'f, str> {
        let object = finding.finding.object.as_deref();
        match object.map_or("", |object| &object.namespace) {
            "" => CLUSTER.into(),
            name if self.0.contains(name) => label(name),
            _ => OTHER.into(),
        }
    }
}

/// Scores of namespaces, and findings of teams.
pub(super) fn families(report: &Report) -> Vec<Family> {
    let mut scores = Family::ratio(
        "namespace_score",
        "The score of a namespace, from 0 to 1, of the 50 worst; absent when too little was decided of it",
    );
    let mut lowest: BTreeMap<Cow<'_, str>, f64> = BTreeMap::new();
    for place in report.namespaces.iter().take(MOST) {
        if let Some(score) = place.score {
            let lowest = lowest.entry(label(&place.name)).or_insert(score);
            *lowest = score.min(*lowest);
        }
    }
    for (name, score) in lowest {
        scores.add([("namespace", &name)], share(score));
    }
    let mut teams = Family::new(
        "team_findings",
        "How many open findings the objects of a team have: of the 50 worst teams, _other for the rest",
    );
    let mut counts: BTreeMap<(Cow<'_, str>, Severity), usize> = BTreeMap::new();
    for (n, team) in report.teams.iter().enumerate() {
        let name = if n < MOST {
            label(&team.name)
        } else {
            OTHER.into()
        };
        for severity in Severity::ALL {
            *counts.entry((name.clone(), severity)).or_default() += open(team, severity);
        }
    }
    for ((team, severity), count) in counts {
        teams.add([("team", &team), ("severity", severity.id())], count as f64);
    }
    vec![scores, teams]
}

fn open(place: &Place, severity: Severity) -> usize {
    place.open.get(&severity).copied().unwrap_or_default()
}

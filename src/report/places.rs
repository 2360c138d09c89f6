//! How namespaces and teams fare.

use std::collections::{HashMap, HashSet};

use kready_checks::{
    inventory::{Inventory, Kind, Listed, Visit, kinds::Namespace, types::ObjectMeta},
    model::{ObjectRef, Severity, Text},
};

use super::model::{BySeverity, CheckResult, FindingResult, State};
use crate::{audit, collect::Collected};

/// How a namespace, or what a team owns, fares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Its name.
    pub(crate) name: Text,
    /// The team that owns it; none for a team.
    pub(crate) team: Option<Text>,
    /// Its open findings.
    pub(crate) open: BySeverity,
    /// Its known findings.
    pub(crate) known: BySeverity,
    /// How many checks have open findings in it.
    pub(crate) checks: usize,
    /// How many objects have open findings.
    pub(crate) objects: usize,
    /// From 0 to 100; none when too little was decided of it.
    pub(crate) score: Option<f64>,
}

impl Place {
    /// The gravest severity of its open findings.
    pub(crate) fn worst_open(&self) -> Option<Severity> {
        let open = self.open.iter().filter(|(_, count)| **count > 0);
        open.map(|(severity, _)| *severity).max()
    }

    /// Its open findings by severity, the gravest first: who has more is worse.
    fn badness(&self) -> [usize; 5] {
        Severity::ALL.map(|severity| self.open.get(&severity).copied().unwrap_or_default())
    }
}

/// Counts findings by what `key` says of them; places without findings are there when they are in `known`.
pub(super) fn counted<'r>(
    checks: &'r [CheckResult],
    known: impl IntoIterator<Item = Text>,
    key: impl Fn(&'r FindingResult) -> Option<&'r Text>,
) -> Vec<Place> {
    struct Counted<'r> {
        place: Place,
        objects: HashSet<&'r ObjectRef>,
    }
    let empty = |name: Text| Counted {
        place: Place {
            name,
            team: None,
            open: BySeverity::new(),
            known: BySeverity::new(),
            checks: 0,
            objects: 0,
            score: None,
        },
        objects: HashSet::new(),
    };
    let mut places: HashMap<Text, Counted<'r>> = known
        .into_iter()
        .map(|name| (name.clone(), empty(name)))
        .collect();
    for check in checks {
        let mut failing: HashSet<&Text> = HashSet::new();
        for result in &check.findings {
            let Some(name) = key(result) else { continue };
            let counted = match places.get_mut(name.as_str()) {
                Some(counted) => counted,
                None => places
                    .entry(name.clone())
                    .or_insert_with(|| empty(name.clone())),
            };
            match result.state {
                State::Open => {
                    *counted.place.open.entry(check.severity).or_default() += 1;
                    counted.objects.extend(result.finding.object.as_deref());
                    if failing.insert(name) {
                        counted.place.checks += 1;
                    }
                }
                State::Known => *counted.place.known.entry(check.severity).or_default() += 1,
                State::Waived | State::System => {}
            }
        }
    }
    #[expect(clippy::iter_over_hash_type, reason = "they are sorted right after")]
    let mut places: Vec<Place> = places
        .into_values()
        .map(|counted| Place {
            objects: counted.objects.len(),
            ..counted.place
        })
        .collect();
    places.sort_by(|a, b| {
        b.badness()
            .cmp(&a.badness())
            .then_with(|| a.name.cmp(&b.name))
    });
    places
}

/// The labels of which the first that an object has names its team, unless the user names others.
const TEAM_LABELS: [&str; 2] = ["app.kubernetes.io/part-of", "team"];

/// Which team owns an object: what a label of it says, else one of its namespace.
pub(super) struct Teams<'a> {
    worlds: Vec<&'a Inventory>,
    labels: &'a [String],
}

impl<'a> Teams<'a> {
    /// Without labels that the user names, the usual ones count.
    pub(super) fn of(collected: &'a Collected, labels: &'a [String]) -> Self {
        Self {
            worlds: collected.worlds().collect(),
            labels,
        }
    }

    /// The team of an object of a finding.
    pub(super) fn owner(&self, object: &ObjectRef) -> Option<Text> {
        let inventory = self.worlds.get(audit::place_of(object))?;
        let own = Kind::of(object.group(), &object.kind).and_then(|kind| {
            kind.visit(Labelled {
                inventory,
                object,
                teams: self,
            })
        });
        own.or_else(|| self.of_namespace_in(inventory, &object.namespace))
    }

    /// The team of a namespace.
    pub(super) fn of_namespace(&self, name: &str) -> Option<Text> {
        let mut worlds = self.worlds.iter();
        worlds.find_map(|inventory| self.of_namespace_in(inventory, name))
    }

    fn of_namespace_in(&self, inventory: &Inventory, name: &str) -> Option<Text> {
        self.named(&inventory.find::<Namespace>("", name)?.metadata)
    }

    fn named(&self, metadata: &ObjectMeta) -> Option<Text> {
        let value = |label: &str| metadata.labels.get(label).filter(|value| !value.is_empty());
        let found = if self.labels.is_empty() {
            TEAM_LABELS.into_iter().find_map(value)
        } else {
            self.labels.iter().find_map(|label| value(label))
        };
        found.cloned()
    }
}

struct Labelled<'t, 'a> {
    inventory: &'a Inventory,
    object: &'t ObjectRef,
    teams: &'t Teams<'a>,
}

impl Visit for Labelled<'_, '_> {
    type Output = Option<Text>;
    fn visit<K: Listed>(self) -> Option<Text> {
        let ObjectRef {
            namespace, name, ..
        } = self.object;
        let object = self.inventory.find::<K>(namespace, name)?;
        self.teams.named(object.metadata())
    }
}

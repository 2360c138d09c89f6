//! How namespaces and teams fare.

use std::collections::{BTreeMap, HashMap, HashSet};

use kready_checks::{
    frame::Reach,
    inventory::{Inventory, Kind, Listed, Visit, kinds::Namespace, types::ObjectMeta},
    model::{ObjectRef, Severity, Text},
};

use super::{
    model::{BySeverity, CheckResult, Ending, FindingResult, State},
    score::{self, Unseen, Weighed},
};
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

/// How many subjects of a check a namespace has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) namespace: Text,
    /// How many count; excused ones do not.
    pub(super) examined: u32,
    /// How many of them have an open or known finding.
    pub(super) failing: u32,
}

/// Counts the subjects of a check by namespace: all that were looked at, those that are excused, and those that fail. One that
/// is in several of these lists is named by its number.
pub(super) fn placed(
    seen: &[(Text, usize)],
    excused: &BTreeMap<u32, Text>,
    failing: &BTreeMap<u32, Text>,
) -> Vec<Placed> {
    let mut placed: BTreeMap<&Text, Placed> = BTreeMap::new();
    let none = |namespace: &Text| Placed {
        namespace: namespace.clone(),
        examined: 0,
        failing: 0,
    };
    for (namespace, count) in seen {
        let of = placed.entry(namespace).or_insert_with(|| none(namespace));
        of.examined = u32::try_from(*count).unwrap_or(u32::MAX);
    }
    for namespace in excused.values() {
        let of = placed.entry(namespace).or_insert_with(|| none(namespace));
        of.examined = of.examined.saturating_sub(1);
    }
    for namespace in failing.values() {
        let of = placed.entry(namespace).or_insert_with(|| none(namespace));
        of.failing += 1;
        // What a check found by itself it may not have counted.
        of.examined = of.examined.max(of.failing);
    }
    placed.into_values().filter(|of| of.examined > 0).collect()
}

/// The score of a namespace: the cluster's, of the subjects in it alone. A question about the whole cluster is none of it.
pub(super) fn scores(checks: &[CheckResult]) -> HashMap<&Text, f64> {
    let mut weighed: HashMap<&Text, Vec<Weighed>> = HashMap::new();
    for check in checks
        .iter()
        .filter(|check| check.check.reach == Reach::Objects)
    {
        for of in &check.placed {
            let ending = match &check.ending {
                // What was not seen may be in any namespace.
                Ending::Fail if of.failing == 0 && check.partial.is_some() => continue,
                Ending::Fail if of.failing == 0 => &Ending::Pass { waived: false },
                ending => ending,
            };
            let result = Weighed::of(
                check.check.pillar,
                check.severity,
                ending,
                check.partial.is_some(),
                of.examined as usize,
                of.failing as usize,
            );
            weighed.entry(&of.namespace).or_default().push(result);
        }
    }
    weighed
        .into_iter()
        .filter_map(|(namespace, weighed)| {
            Some((namespace, score::cluster(&weighed, Unseen::LeftOut)?))
        })
        .collect()
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

/// Whether a text is the key of a label, as Kubernetes takes them: `team`, `example.com/team`.
pub(crate) fn is_label_key(key: &str) -> bool {
    let edges = |text: &str, ends: fn(char) -> bool| text.starts_with(ends) && text.ends_with(ends);
    let is_name = |name: &str| {
        name.len() <= 63
            && edges(name, |c| c.is_ascii_alphanumeric())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let is_part = |part: &str| {
        edges(part, |c| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    match key.split_once('/') {
        Some((prefix, name)) => {
            prefix.len() <= 253 && prefix.split('.').all(is_part) && is_name(name)
        }
        None => is_name(key),
    }
}

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

//! How namespaces and teams fare.

use std::collections::{BTreeMap, HashMap, HashSet};

use kready_checks::{
    frame::Reach,
    inventory::{Inventory, Kind, Listed, Visit, kinds::Namespace, types::ObjectMeta},
    model::{ObjectRef, Text},
};

use super::{
    model::{CheckResult, Ending, FindingResult, State},
    outline::{BySeverity, Place, Placed},
    score::{self, Unseen, Weighed},
};
use crate::{audit, collect::Collected};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        is_label_key,
        testing::{check, deployment, failing, passing, report},
    };
    use kready_checks::model::{Pillar, Severity};

    #[test]
    fn the_key_of_a_label_is_told_from_other_texts() {
        for key in ["team", "app.kubernetes.io/part-of", "Team_1.x", "a"] {
            assert!(is_label_key(key), "{key}");
        }
        let long = "a".repeat(64);
        for key in [
            "",
            "-a",
            "a-",
            "a b",
            "/a",
            "a/",
            "A.example/b",
            "a..b/c",
            "a/b/c",
            "ä",
            "a\n",
            &long,
        ] {
            assert!(!is_label_key(key), "{key}");
        }
    }

    #[test]
    fn a_namespace_with_everything_in_it_has_the_score_of_the_cluster() {
        let high = check(Pillar::Health, Severity::High);
        let sound = check(Pillar::Networking, Severity::High);
        let critical = check(Pillar::Health, Severity::Critical);
        let report = report(
            vec![
                (
                    high,
                    failing(4, vec![deployment("a"), deployment("b")], None),
                ),
                (
                    critical,
                    failing(9, vec![deployment("c").excused(true)], None),
                ),
                (sound, passing(1)),
            ],
            &crate::report::Policy::default(),
        );
        let [shop] = &report.namespaces[..] else {
            panic!("one namespace: {:?}", report.namespaces)
        };
        assert_eq!(
            (shop.name.as_str(), shop.objects, shop.checks),
            ("shop", 2, 1)
        );
        assert_eq!(shop.worst_open(), Some(Severity::High));
        assert_eq!(shop.score, report.score);
        assert!(shop.score.is_some());
    }

    #[test]
    fn excused_subjects_leave_a_namespace_and_what_fails_was_looked_at() {
        let of = |names: &[(u32, &str)]| {
            names
                .iter()
                .map(|(at, name)| (*at, Text::from(*name)))
                .collect()
        };
        let seen = [("a".into(), 3), ("b".into(), 1)];
        let placed = placed(
            &seen,
            &of(&[(0, "a"), (3, "b")]),
            &of(&[(1, "a"), (7, "c")]),
        );
        let told: Vec<_> = placed
            .iter()
            .map(|it| (it.namespace.as_str(), it.examined, it.failing))
            .collect();
        assert_eq!(told, [("a", 2, 1), ("c", 1, 1)]);
    }
}

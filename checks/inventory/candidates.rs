//! Which selectors may select labels, without asking each of them: Services and budgets of a namespace by their labels.

use std::collections::{BTreeMap, HashMap};

use super::{
    Inventory,
    kinds::{HorizontalPodAutoscaler, Listed, PodDisruptionBudget, ScaledObject, Service},
    text::{Labels, Text},
};

/// What may select, by one pair of labels that each selector asks for; the others are candidates for everything.
#[derive(Debug, Default)]
struct BySelector {
    by_pair: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
    others: Vec<u32>,
}

impl BySelector {
    /// Of selectors in their order; none for one of which labels alone cannot tell that it does not select.
    fn of<'a>(selectors: impl Iterator<Item = Option<&'a Labels>> + Clone) -> Self {
        // Of the pairs that a selector asks for, the one that the fewest ask for tells most.
        let mut asked: HashMap<(&Text, &Text), u32> = HashMap::new();
        for pair in selectors.clone().flatten().flat_map(Labels::iter) {
            *asked.entry(pair).or_default() += 1;
        }
        let mut candidates = Self::default();
        for (place, selector) in (0..).zip(selectors) {
            let rarest = selector
                .into_iter()
                .flat_map(Labels::iter)
                .min_by_key(|pair| asked.get(pair).copied().unwrap_or_default());
            match rarest {
                Some((key, value)) => candidates
                    .by_pair
                    .entry(key.clone())
                    .or_default()
                    .entry(value.clone())
                    .or_default()
                    .push(place),
                None => candidates.others.push(place),
            }
        }
        candidates
    }

    /// The places of all selectors that may select these labels, in order.
    fn places(&self, labels: &Labels) -> Vec<u32> {
        let mut places = self.others.clone();
        let mut add = |values: &HashMap<Text, Vec<u32>>, value: &Text| {
            places.extend(values.get(value).into_iter().flatten());
        };
        if self.by_pair.len() <= labels.len() {
            for (key, values) in &self.by_pair {
                if let Some(value) = labels.get(key) {
                    add(values, value);
                }
            }
        } else {
            for (key, value) in labels.iter() {
                if let Some(values) = self.by_pair.get(key) {
                    add(values, value);
                }
            }
        }
        places.sort_unstable();
        places
    }
}

/// What relates to workloads, by namespace.
#[derive(Debug)]
pub(super) struct Candidates {
    services: BTreeMap<Text, BySelector>,
    budgets: BTreeMap<Text, BySelector>,
    /// By the name of what they scale, their places in the namespace.
    autoscalers: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
    scaled: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
}

impl Candidates {
    pub(super) fn of(inventory: &Inventory) -> Self {
        Self {
            services: by_namespace(inventory.seen::<Service>(), |services| {
                BySelector::of(services.iter().map(|service| Some(&service.spec.selector)))
            }),
            budgets: by_namespace(inventory.seen::<PodDisruptionBudget>(), |budgets| {
                BySelector::of(budgets.iter().map(|budget| {
                    let selector = budget.spec.selector.as_ref()?;
                    // An expression may be one that cannot be evaluated, which is to be said.
                    selector
                        .match_expressions
                        .is_empty()
                        .then_some(&selector.match_labels)
                }))
            }),
            autoscalers: by_namespace(inventory.seen::<HorizontalPodAutoscaler>(), |autoscalers| {
                by_name(autoscalers.iter().map(|it| &it.spec.scale_target_ref.name))
            }),
            scaled: by_namespace(inventory.seen::<ScaledObject>(), |objects| {
                by_name(objects.iter().map(|it| &it.spec.scale_target_ref.name))
            }),
        }
    }
}

/// Of objects sorted by namespace.
fn by_namespace<K: Listed, T>(objects: &[K], of: impl Fn(&[K]) -> T) -> BTreeMap<Text, T> {
    objects
        .chunk_by(|a, b| a.metadata().namespace == b.metadata().namespace)
        .filter_map(|chunk| Some((chunk.first()?.metadata().namespace.clone(), of(chunk))))
        .collect()
}

fn by_name<'a>(names: impl Iterator<Item = &'a Text>) -> HashMap<Text, Vec<u32>> {
    let mut places: HashMap<Text, Vec<u32>> = HashMap::new();
    for (place, name) in (0..).zip(names) {
        places.entry(name.clone()).or_default().push(place);
    }
    places
}

/// Objects of one namespace by their places.
fn at<K>(objects: &[K], places: Vec<u32>) -> impl Iterator<Item = &K> {
    places.into_iter().map(|place| &objects[place as usize])
}

impl Inventory {
    /// The Services of a namespace that may select these labels, in order: all that do, and none without a selector.
    pub fn services_for(&self, namespace: &str, labels: &Labels) -> impl Iterator<Item = &Service> {
        let places = self
            .candidates()
            .services
            .get(namespace)
            .map(|services| services.places(labels))
            .unwrap_or_default();
        at(self.seen_in::<Service>(namespace), places)
    }

    /// The budgets of a namespace that may select these labels, in order: all that do, or of which nobody can tell.
    pub fn budgets_for(
        &self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &PodDisruptionBudget> {
        let places = self
            .candidates()
            .budgets
            .get(namespace)
            .map(|budgets| budgets.places(labels))
            .unwrap_or_default();
        at(self.seen_in::<PodDisruptionBudget>(namespace), places)
    }

    /// The autoscalers of a namespace that name one of these as their target, in order.
    pub(super) fn autoscalers_for(
        &self,
        namespace: &str,
        names: [&Text; 2],
    ) -> impl Iterator<Item = &HorizontalPodAutoscaler> {
        let by_target = self.candidates().autoscalers.get(namespace);
        at(self.seen_in(namespace), named(by_target, names))
    }

    /// The same of KEDA's.
    pub(super) fn scaled_objects_for(
        &self,
        namespace: &str,
        names: [&Text; 2],
    ) -> impl Iterator<Item = &ScaledObject> {
        let by_target = self.candidates().scaled.get(namespace);
        at(self.seen_in(namespace), named(by_target, names))
    }
}

fn named(by_target: Option<&HashMap<Text, Vec<u32>>>, names: [&Text; 2]) -> Vec<u32> {
    let mut places: Vec<u32> = by_target
        .into_iter()
        .flat_map(|by_target| names.into_iter().filter_map(|name| by_target.get(name)))
        .flatten()
        .copied()
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::BySelector;
    use crate::inventory::{selectors::selects_all, text::Labels};

    fn labels() -> impl Strategy<Value = Labels> {
        prop::collection::vec(("[abc]", "[xy]"), 0..4).prop_map(|pairs| {
            pairs
                .iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn whatever_selects_is_a_candidate_in_its_place(
            selectors in prop::collection::vec(prop::option::of(labels()), 0..12),
            own in labels(),
        ) {
            let candidates = BySelector::of(selectors.iter().map(Option::as_ref));
            let places = candidates.places(&own);
            prop_assert!(places.is_sorted_by(|a, b| a < b));
            for (place, selector) in (0..).zip(&selectors) {
                if selector.as_ref().is_none_or(|selector| selects_all(selector, &own)) {
                    prop_assert!(places.contains(&place));
                }
            }
        }
    }
}

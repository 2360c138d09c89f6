//! Which selectors may select given labels, without asking each of them: Services and budgets of a namespace.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

use crate::{
    inventory::{
        Context, Derived, Evidence, Kind, Listed, Picture, Slot,
        kinds::{HorizontalPodAutoscaler, Pod, PodDisruptionBudget, ScaledObject, Service},
    },
    model::Text,
    wire::Labels,
};

/// What may select, by one pair of labels that each selector asks for; the others are candidates for everything.
#[derive(Debug, Default)]
struct BySelector {
    by_pair: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
    others: Vec<u32>,
}

impl BySelector {
    /// Indexes selectors in their order: none stands for one that only a closer look can tell; an empty one selects nothing.
    fn of<'a>(selectors: impl Iterator<Item = Option<&'a Labels>> + Clone) -> Self {
        // A selector asks for several pairs; the one that the fewest ask for tells most.
        let mut asked: HashMap<(&Text, &Text), u32> = HashMap::new();
        for pair in selectors.clone().flatten().flat_map(Labels::iter) {
            *asked.entry(pair).or_default() += 1;
        }
        let mut index = Self::default();
        for (place, selector) in (0..).zip(selectors) {
            let Some(selector) = selector else {
                index.others.push(place);
                continue;
            };
            let rarest = selector
                .iter()
                .min_by_key(|pair| asked.get(pair).copied().unwrap_or_default());
            if let Some((key, value)) = rarest {
                let values = index.by_pair.entry(key.clone()).or_default();
                values.entry(value.clone()).or_default().push(place);
            }
        }
        index
    }

    /// The places of all selectors that may select these labels, in order.
    fn places<'i>(&'i self, labels: &Labels) -> Places<'i> {
        let mut lists = vec![&self.others[..]];
        let mut add = |values: &'i HashMap<Text, Vec<u32>>, value: &Text| {
            lists.extend(values.get(value).map(Vec::as_slice));
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
        Places(lists)
    }
}

/// Places from several lists, each in order and none in two of them, as one list in order: nothing is done for those that
/// nobody asks for.
#[derive(Clone, Debug, Default)]
struct Places<'i>(Vec<&'i [u32]>);

impl Iterator for Places<'_> {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let lists = self.0.iter_mut().filter(|list| !list.is_empty());
        let next = lists.min_by_key(|list| list[0])?;
        let (first, rest) = next.split_first()?;
        *next = rest;
        Some(*first)
    }
}

/// What relates to workloads, by namespace.
#[derive(Debug)]
struct SelectorIndex {
    services: BTreeMap<Text, BySelector>,
    /// The first of those with one selector.
    first_services: BTreeMap<Text, BySelector>,
    budgets: BTreeMap<Text, BySelector>,
    /// By the name of what they scale, their places in the namespace.
    autoscalers: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
    scaled: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
}

/// Computes the index, unless they were before.
pub(crate) fn prepare(picture: &Picture<'_>) {
    picture.derived::<SelectorIndex>();
}

/// By namespace and name the places of pods.
type PodsByName = HashMap<(Text, Text), Vec<u32>>;

/// By namespace and selector the pods that Services may select; asked for only when one leads nowhere.
struct PodsOfServices(HashMap<(Text, Labels), Vec<u32>>);

/// The pods with a volume of each claim; asked for only when one is pending.
struct PodsOfClaims(PodsByName);

impl Derived for SelectorIndex {
    const SLOT: Slot = Slot::Candidates;

    fn of(inventory: &Picture<'_>) -> Self {
        let nothing = Labels::default();
        Self {
            services: by_namespace(inventory.seen::<Service>(), |services| {
                BySelector::of(services.iter().map(|service| Some(&service.spec.selector)))
            }),
            first_services: by_namespace(inventory.seen::<Service>(), |services| {
                let selectors = services.iter().map(|service| &service.spec.selector);
                let first = firsts(selectors.clone());
                let of = |(selector, first)| Some(if first { selector } else { &nothing });
                BySelector::of(selectors.zip(first).map(of))
            }),
            budgets: by_namespace(inventory.seen::<PodDisruptionBudget>(), |budgets| {
                let first = firsts(budgets.iter().map(|budget| budget.spec.selector.as_ref()));
                BySelector::of(budgets.iter().zip(first).map(|(budget, first)| {
                    let selector = budget.spec.selector.as_ref()?;
                    if !first {
                        return Some(&nothing);
                    }
                    // An expression may be one that cannot be evaluated, which is to be said.
                    (selector.match_expressions.is_empty() && !selector.match_labels.is_empty())
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

impl Derived for PodsOfServices {
    const SLOT: Slot = Slot::PodsOfServices;

    fn of(inventory: &Picture<'_>) -> Self {
        let mut pods: HashMap<(Text, Labels), Vec<u32>> = HashMap::new();
        // Pods of one workload stand side by side and bear the same labels.
        let alike = |a: &Pod, b: &Pod| {
            a.metadata.namespace == b.metadata.namespace && a.metadata.labels == b.metadata.labels
        };
        let mut place = 0;
        for chunk in inventory.seen::<Pod>().chunk_by(alike) {
            let metadata = &chunk[0].metadata;
            let end = place + u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            for service in inventory.first_services_for(&metadata.namespace, &metadata.labels) {
                let key = (metadata.namespace.clone(), service.spec.selector.clone());
                pods.entry(key).or_default().extend(place..end);
            }
            place = end;
        }
        Self(pods)
    }
}

impl Derived for PodsOfClaims {
    const SLOT: Slot = Slot::PodsOfClaims;

    fn of(inventory: &Picture<'_>) -> Self {
        let mut pods = PodsByName::new();
        for (place, pod) in (0..).zip(inventory.seen::<Pod>()) {
            let Pod { metadata, spec, .. } = pod;
            for volume in &spec.volumes {
                let mut add = |claim: Text| {
                    let key = (metadata.namespace.clone(), claim);
                    pods.entry(key).or_default().push(place);
                };
                if let Some(source) = &volume.persistent_volume_claim {
                    add(source.claim_name.clone());
                }
                if volume.ephemeral.is_some() {
                    // The claim of an ephemeral volume bears the names of its pod and of the volume.
                    add(format!("{}-{}", metadata.name, volume.name).into());
                }
            }
        }
        Self(pods)
    }
}

/// Which of these are the first of those that equal them.
fn firsts<T: Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<bool> {
    let mut known = HashSet::new();
    all.map(|one| known.insert(one)).collect()
}

/// Groups objects that are sorted by namespace.
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
fn at<K, P: IntoIterator<Item = u32>>(
    objects: &[K],
    places: P,
) -> impl Iterator<Item = &K> + use<'_, K, P> {
    places.into_iter().map(|place| &objects[place as usize])
}

impl Picture<'_> {
    /// The Services of a namespace that may select these labels, in order: all that do, and none without a selector.
    pub fn services_for<'p>(
        &'p self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'p Service> + use<'p> {
        let places = self
            .derived::<SelectorIndex>()
            .services
            .get(namespace)
            .map(|services| services.places(labels))
            .unwrap_or_default();
        at(self.seen_in::<Service>(namespace), places)
    }

    /// The first ones of the Services of a namespace that have one selector and may select these labels, in order.
    pub(crate) fn first_services_for<'p>(
        &'p self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'p Service> + use<'p> {
        let places = self
            .derived::<SelectorIndex>()
            .first_services
            .get(namespace)
            .map(|services| services.places(labels))
            .unwrap_or_default();
        at(self.seen_in::<Service>(namespace), places)
    }

    /// The budgets of a namespace that may select these labels, in order: all that do, and those whose selector has no
    /// answer; of those with one selector the first.
    pub fn budgets_for<'p>(
        &'p self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'p PodDisruptionBudget> + use<'p> {
        let places = self
            .derived::<SelectorIndex>()
            .budgets
            .get(namespace)
            .map(|budgets| budgets.places(labels))
            .unwrap_or_default();
        at(self.seen_in::<PodDisruptionBudget>(namespace), places)
    }

    /// The pods of its namespace that a Service may select, in order: all that it does.
    pub fn pods_for<'p>(&'p self, service: &Service) -> impl Iterator<Item = &'p Pod> + use<'p> {
        let PodsOfServices(pods) = self.derived();
        let key = (
            service.metadata.namespace.clone(),
            service.spec.selector.clone(),
        );
        self.pods_at(pods.get(&key))
    }

    /// The pods of a namespace with a volume of a claim, its own or one that it brings with it, in order.
    pub fn consumers_of<'p>(
        &'p self,
        namespace: &Text,
        claim: &Text,
    ) -> impl Iterator<Item = &'p Pod> + use<'p> {
        let PodsOfClaims(pods) = self.derived();
        self.pods_at(pods.get(&(namespace.clone(), claim.clone())))
    }

    fn pods_at<'p>(
        &'p self,
        places: Option<&'p Vec<u32>>,
    ) -> impl Iterator<Item = &'p Pod> + use<'p> {
        let places = places.map_or(&[][..], Vec::as_slice);
        // A pod may have a claim twice.
        let once = places.chunk_by(|a, b| a == b).map(|same| same[0]);
        let pods = self.seen::<Pod>();
        once.map(move |place| &pods[place as usize])
    }

    /// The autoscalers of a namespace that name one of these as their target, in order.
    pub(crate) fn autoscalers_for<'p>(
        &'p self,
        namespace: &str,
        names: [&Text; 2],
    ) -> impl Iterator<Item = &'p HorizontalPodAutoscaler> + use<'p> {
        let by_target = self.derived::<SelectorIndex>().autoscalers.get(namespace);
        at(self.seen_in(namespace), named(by_target, names))
    }

    /// The same of KEDA's.
    pub(crate) fn scaled_objects_for<'p>(
        &'p self,
        namespace: &str,
        names: [&Text; 2],
    ) -> impl Iterator<Item = &'p ScaledObject> + use<'p> {
        let by_target = self.derived::<SelectorIndex>().scaled.get(namespace);
        at(self.seen_in(namespace), named(by_target, names))
    }
}

impl<'a> Context<'a> {
    /// The Services of a namespace that may select these labels, in order: all that do, and none without a selector.
    /// Demands Service.
    #[track_caller]
    pub fn services_for(
        &self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'a Service> + use<'a> {
        let picture = self.reading(&[Evidence::Objects(Kind::Service)]);
        let services = picture.services_for(namespace, labels);
        services.inspect(|_| picture.look())
    }

    /// The first ones of the Services of a namespace that have one selector and may select these labels, in order.
    /// Demands Service.
    #[track_caller]
    pub(crate) fn first_services_for(
        &self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'a Service> + use<'a> {
        let picture = self.reading(&[Evidence::Objects(Kind::Service)]);
        let services = picture.first_services_for(namespace, labels);
        services.inspect(|_| picture.look())
    }

    /// The budgets of a namespace that may select these labels, in order: all that do, and those whose selector has no
    /// answer; of those with one selector the first. Demands PodDisruptionBudget.
    #[track_caller]
    pub fn budgets_for(
        &self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'a PodDisruptionBudget> + use<'a> {
        let picture = self.reading(&[Evidence::Objects(Kind::PodDisruptionBudget)]);
        let budgets = picture.budgets_for(namespace, labels);
        budgets.inspect(|_| picture.look())
    }

    /// The pods of its namespace that a Service may select, in order: all that it does. Demands Service and Pod.
    #[track_caller]
    pub fn pods_for(&self, service: &Service) -> impl Iterator<Item = &'a Pod> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::Service)]);
        let picture = self.reading(&[Evidence::Objects(Kind::Pod)]);
        picture.pods_for(service).inspect(|_| picture.look())
    }

    /// The pods of a namespace with a volume of a claim, its own or one that it brings with it, in order. Demands Pod.
    #[track_caller]
    pub fn consumers_of(
        &self,
        namespace: &Text,
        claim: &Text,
    ) -> impl Iterator<Item = &'a Pod> + use<'a> {
        self.reading(&[Evidence::Objects(Kind::Pod)])
            .consumers_of(namespace, claim)
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

    use super::{BySelector, Picture, Pod, Service};
    use crate::{
        inventory::{Loader, yaml_documents},
        kubernetes::selectors::selects_all,
        wire::{Labels, Time},
    };

    fn labels() -> impl Strategy<Value = Labels> {
        prop::collection::vec(("[abc]", "[xy]"), 0..4).prop_map(|pairs| {
            pairs
                .iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect()
        })
    }

    #[test]
    fn pods_are_found_by_service_and_by_claim() {
        let mut loader = Loader::new("shop");
        let documents = yaml_documents(
            "\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, tier: front}}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: other}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: bare}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web, tier: front}}
spec: {volumes: [{name: data, persistentVolumeClaim: {claimName: disk}}, {name: again, persistentVolumeClaim: {claimName: disk}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, labels: {app: api}}
spec: {volumes: [{name: data, ephemeral: {volumeClaimTemplate: {}}}, {name: other, persistentVolumeClaim: {claimName: disk}}]}
",
        )
        .unwrap();
        for document in documents {
            loader.add(document, None).unwrap();
        }
        let inventory = loader.finish(Time(0));
        let inventory = Picture::of(&inventory);
        let names = |pods: Vec<&Pod>| -> Vec<String> {
            pods.iter()
                .map(|pod| pod.metadata.name.to_string())
                .collect()
        };
        for service in inventory.seen::<Service>() {
            let expected = if service.metadata.name == "web" {
                &["a"][..]
            } else {
                &[]
            };
            assert_eq!(names(inventory.pods_for(service).collect()), expected);
        }
        let consumers = |namespace: &str, claim: &str| {
            names(
                inventory
                    .consumers_of(&namespace.into(), &claim.into())
                    .collect(),
            )
        };
        assert_eq!(consumers("shop", "disk"), ["a", "b"]);
        assert_eq!(consumers("shop", "b-data"), ["b"]);
        assert!(consumers("other", "disk").is_empty());
    }

    proptest! {
        #[test]
        fn whatever_selects_is_a_candidate_in_its_place(
            selectors in prop::collection::vec(prop::option::of(labels()), 0..12),
            own in labels(),
        ) {
            let candidates = BySelector::of(selectors.iter().map(Option::as_ref));
            let places = candidates.places(&own).collect::<Vec<_>>();
            prop_assert!(places.is_sorted_by(|a, b| a < b));
            for (place, selector) in (0..).zip(&selectors) {
                let selects = selector
                    .as_ref()
                    .is_none_or(|selector| !selector.is_empty() && selects_all(selector, &own));
                prop_assert!(!selects || places.contains(&place));
            }
        }
    }
}

//! Which selectors may select given labels, without asking each of them: Services and budgets of a namespace.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

use super::selectors::firsts;
use crate::{
    inventory::{
        Context, Derived, Evidence, Kind, Listed, Picture, Slot,
        kinds::{
            HorizontalPodAutoscaler, Pod, PodDisruptionBudget, ScaledObject, Service, object_ref,
        },
        needs::SERVED,
        types::{LabelSelector, LabelSelectorRequirement, ServicePort},
    },
    kubernetes::is_headless,
    model::{Text, Unknown, Why},
    wire::Labels,
};

/// How many budgets are looked at for one pair of labels, one key, or whatever the labels are; their selectors all differ.
const MOST_ALIKE: usize = 128;

/// What may select, by one pair of labels or one key that each selector asks for; the others are candidates for everything.
#[derive(Debug, Default)]
struct BySelector {
    by_pair: BTreeMap<Text, HashMap<Text, Vec<u32>>>,
    by_key: HashMap<Text, Vec<u32>>,
    others: Vec<u32>,
    /// What is a candidate for nothing, because there are too many: in order.
    left_out: Vec<u32>,
}

/// What tells that something may select given labels.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// All these pairs.
    Pairs(&'a Labels),
    /// One of these values of a key.
    AnyOf(&'a Text, &'a [Text]),
    /// A key.
    Key(&'a Text),
    /// Only a closer look does.
    More,
}

impl<'a> Asked<'a> {
    fn of(selector: &'a LabelSelector) -> Self {
        let expressions = &selector.match_expressions;
        let is_known = |it: &LabelSelectorRequirement| {
            matches!(
                it.operator.as_str(),
                "In" | "NotIn" | "Exists" | "DoesNotExist"
            )
        };
        // One that cannot be evaluated is to be said.
        if !expressions.iter().all(is_known) {
            return Self::More;
        }
        if !selector.match_labels.is_empty() {
            return Self::Pairs(&selector.match_labels);
        }
        let with = |operator| expressions.iter().find(|it| it.operator == operator);
        match (with("In"), with("Exists")) {
            (Some(one), _) => Self::AnyOf(&one.key, &one.values),
            (None, Some(one)) => Self::Key(&one.key),
            (None, None) => Self::More,
        }
    }
}

impl BySelector {
    /// Indexes plain selectors in their order; none, and an empty one, select nothing.
    fn of<'a>(selectors: impl Iterator<Item = Option<&'a Labels>> + Clone) -> Self {
        Self::of_asked(selectors.map(|it| it.map(Asked::Pairs)))
    }

    /// Indexes what is asked for in its order; no pairs are those of nothing.
    fn of_asked<'a>(all: impl Iterator<Item = Option<Asked<'a>>> + Clone) -> Self {
        // A selector asks for several pairs; the one that the fewest ask for tells most.
        let mut asked: HashMap<(&Text, &Text), u32> = HashMap::new();
        for one in all.clone().flatten() {
            if let Asked::Pairs(pairs) = one {
                for pair in pairs.iter() {
                    *asked.entry(pair).or_default() += 1;
                }
            }
        }
        let mut index = Self::default();
        let mut add = |key: &Text, value: &Text, place| {
            let values = index.by_pair.entry(key.clone()).or_default();
            let places = values.entry(value.clone()).or_default();
            // A value may be listed twice.
            if places.last() != Some(&place) {
                places.push(place);
            }
        };
        for (place, one) in (0..).zip(all) {
            match one {
                None => {}
                Some(Asked::Pairs(pairs)) => {
                    let asked = |pair: &_| asked.get(pair).copied().unwrap_or_default();
                    if let Some((key, value)) = pairs.iter().min_by_key(asked) {
                        add(key, value, place);
                    }
                }
                Some(Asked::AnyOf(key, values)) => {
                    for value in values {
                        add(key, value, place);
                    }
                }
                Some(Asked::Key(key)) => index.by_key.entry(key.clone()).or_default().push(place),
                Some(Asked::More) => index.others.push(place),
            }
        }
        index
    }

    /// Leaves out what is more than can be looked at for each object.
    fn bounded(mut self) -> Self {
        let by_pair = self.by_pair.values_mut().flat_map(HashMap::values_mut);
        for places in by_pair
            .chain(self.by_key.values_mut())
            .chain([&mut self.others])
        {
            if places.len() > MOST_ALIKE {
                self.left_out.extend(places.drain(MOST_ALIKE..));
            }
        }
        self.left_out.sort_unstable();
        self.left_out.dedup();
        self
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
        if !self.by_key.is_empty() {
            let keys = labels.iter().filter_map(|(key, _)| self.by_key.get(key));
            lists.extend(keys.map(Vec::as_slice));
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

/// Of the Services of each namespace that lead to workloads alike the first.
struct Leading(BTreeMap<Text, BySelector>);

impl Derived for Leading {
    const SLOT: Slot = Slot::Leading;

    fn of(picture: &Picture<'_>) -> Self {
        Self(by_namespace(picture.seen::<Service>(), |services| {
            first_of(services, |service| leads(picture, service))
        }))
    }
}

/// All of a Service that tells where it leads whom: not its name, where nothing leads to it by that.
fn leads<'a>(picture: &Picture<'_>, service: &'a Service) -> impl Hash + Eq + use<'a> {
    let spec = &service.spec;
    let port = |port: &'a ServicePort| {
        let target = port.target_port.as_ref();
        (&port.name, &port.protocol, port.port, target)
    };
    (
        (&spec.selector, &spec.kind, &service.metadata.labels),
        spec.ports.iter().map(port).collect::<Vec<_>>(),
        (is_headless(service), spec.external_ips.is_empty()),
        spec.publish_not_ready_addresses,
        picture.is_referred_to(service),
    )
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
        Self {
            first_services: by_namespace(inventory.seen::<Service>(), |services| {
                first_of(services, |service| &service.spec.selector)
            }),
            budgets: by_namespace(inventory.seen::<PodDisruptionBudget>(), |budgets| {
                let selectors = budgets.iter().map(|budget| budget.spec.selector.as_ref());
                let first = firsts(selectors.clone());
                let asked = selectors
                    .zip(first)
                    .map(|(selector, first)| selector.filter(|_| first).map(Asked::of));
                BySelector::of_asked(asked.collect::<Vec<_>>().into_iter()).bounded()
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
            inventory.look();
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
            inventory.look();
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

/// Indexes the selectors of Services, of those that are the same to somebody that of the first.
fn first_of<'s, T: Eq + Hash>(
    services: &'s [Service],
    same: impl Fn(&'s Service) -> T,
) -> BySelector {
    let first = firsts(services.iter().map(same));
    let selectors = services.iter().map(|service| &service.spec.selector);
    BySelector::of(
        selectors
            .zip(first)
            .map(|(selector, first)| first.then_some(selector)),
    )
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
    /// The first ones of the Services of a namespace that lead to workloads alike and may select these labels, in order.
    fn leading_services_for<'p>(
        &'p self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'p Service> + use<'p> {
        let Leading(services) = self.derived();
        let services = services.get(namespace);
        let places = services.map(|services| services.places(labels));
        at(
            self.seen_in::<Service>(namespace),
            places.unwrap_or_default(),
        )
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

    /// The budgets of a namespace that nothing is held against, of those with one selector the first.
    fn budgets_left_out<'p>(
        &'p self,
        namespace: &str,
    ) -> impl Iterator<Item = &'p PodDisruptionBudget> + use<'p> {
        let budgets = &self.derived::<SelectorIndex>().budgets;
        let left_out = budgets.get(namespace).map(|budgets| &budgets.left_out);
        let budgets = self.seen_in::<PodDisruptionBudget>(namespace);
        at(budgets, left_out.into_iter().flatten().copied())
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
    /// The first ones of the Services of a namespace that lead to workloads alike and may select these labels, in order.
    /// Demands SERVED.
    #[track_caller]
    pub(crate) fn leading_services_for(
        &self,
        namespace: &str,
        labels: &Labels,
    ) -> impl Iterator<Item = &'a Service> + use<'a> {
        let picture = self.reading(SERVED);
        let services = picture.leading_services_for(namespace, labels);
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

    /// The budgets of a namespace against which nothing is held, and why; of those with one selector the first. Demands
    /// PodDisruptionBudget.
    #[track_caller]
    pub(crate) fn budgets_left_out(
        &self,
        namespace: &str,
    ) -> impl Iterator<Item = (&'a PodDisruptionBudget, Why)> + use<'a> {
        let picture = self.reading(&[Evidence::Objects(Kind::PodDisruptionBudget)]);
        picture.budgets_left_out(namespace).map(|budget| {
            let message = format!(
                "kready did not determine what {} selects: more than {MOST_ALIKE} budgets of the namespace have selectors that only \
                 a closer look at each pod tells apart",
                object_ref(budget)
            );
            (budget, Why::new(Unknown::Unreadable, message))
        })
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

    use super::{Asked, BySelector, MOST_ALIKE, Picture, Pod, Service};
    use crate::{
        inventory::{
            Loader,
            types::{LabelSelector, LabelSelectorRequirement},
            yaml_documents,
        },
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

    fn selectors() -> impl Strategy<Value = LabelSelector> {
        let operator = prop::sample::select(&["In", "NotIn", "Exists", "DoesNotExist", "Gt"][..]);
        let values = prop::collection::vec("[xy]", 0..3);
        let expressions = prop::collection::vec(("[abc]", operator, values), 0..3);
        (labels(), expressions).prop_map(|(match_labels, expressions)| LabelSelector {
            match_labels,
            match_expressions: expressions
                .into_iter()
                .map(|(key, operator, values)| LabelSelectorRequirement {
                    key: key.into(),
                    operator: operator.into(),
                    values: values.into_iter().map(Into::into).collect(),
                })
                .collect(),
        })
    }

    proptest! {
        #[test]
        fn whatever_selects_is_a_candidate_in_its_place(
            selectors in prop::collection::vec(prop::option::of(selectors()), 0..12),
            own in labels(),
        ) {
            let asked: Vec<_> = selectors.iter().map(|it| it.as_ref().map(Asked::of)).collect();
            let candidates = BySelector::of_asked(asked.into_iter());
            let places = candidates.places(&own).collect::<Vec<_>>();
            prop_assert!(places.is_sorted_by(|a, b| a < b));
            for (place, selector) in (0..).zip(&selectors) {
                let selects = selector.as_ref().is_some_and(|it| it.selects(&own) != Ok(false));
                prop_assert!(!selects || places.contains(&place));
            }
        }

        #[test]
        fn what_is_no_candidate_is_left_out_and_of_each_kind_only_so_many_are_candidates(
            extra in 0_usize..9,
            operator in prop::sample::select(&["NotIn", "Exists", "In"][..]),
        ) {
            let count = MOST_ALIKE + extra;
            let selectors: Vec<LabelSelector> = (0..count)
                .map(|number| {
                    let of = |key: &str, operator: &str, value: &str| LabelSelectorRequirement {
                        key: key.into(),
                        operator: operator.into(),
                        values: vec![value.into()],
                    };
                    let differs = of("b", "NotIn", &number.to_string());
                    LabelSelector {
                        match_expressions: vec![of("a", operator, "x"), differs],
                        ..LabelSelector::default()
                    }
                })
                .collect();
            let asked: Vec<_> = selectors.iter().map(|it| Some(Asked::of(it))).collect();
            let index = BySelector::of_asked(asked.into_iter()).bounded();
            let own = [("a".into(), "x".into())].into_iter().collect();
            prop_assert_eq!(index.places(&own).count(), MOST_ALIKE);
            prop_assert_eq!(index.left_out.len(), extra);
        }
    }
}

//! Which components a cluster has: all their signals, gathered once (rule 16 of RULES.md).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::{
    components::{COMPONENTS, Component, Id, of_image, position},
    possible_platforms::PossiblePlatforms,
    sight::{Sight, Signal},
    signals::{OfImage, SignalReader},
};
use crate::{
    inventory::{
        Context, Derived, Evidence, Inventory, Kind, Picture, Slot, needs, types::PodSpec,
    },
    kubernetes::ImageRef,
    model::{Text, Unknown, Why},
};

/// All components that showed a signal.
#[derive(Debug, Default)]
pub struct Recognised {
    sights: BTreeMap<Id, Sight>,
    /// The components of every image that was looked at.
    images: HashMap<Text, Box<[Id]>>,
    /// The platforms that the cluster may be.
    pub(super) platforms: Option<PossiblePlatforms>,
    /// Why some of what tells components was not seen.
    gaps: BTreeMap<Evidence, Why>,
    discovery: Option<Why>,
}

impl Derived for Recognised {
    const SLOT: Slot = Slot::Recognised;

    fn of(picture: &Picture<'_>) -> Self {
        let inventory: &Inventory = picture;
        let mut recognised = Self {
            platforms: Some(PossiblePlatforms::of(inventory)),
            ..Self::default()
        };
        for evidence in needs::COMPONENTS {
            if let Some(why) = inventory.gap(*evidence) {
                recognised.gaps.insert(*evidence, why);
            }
        }
        if !inventory.scope.excluded.is_empty() || inventory.scope.namespaces.is_some() {
            recognised
                .gaps
                .entry(Evidence::Objects(Kind::Pod))
                .or_insert_with(|| {
                    Why::new(
                        Unknown::Unreadable,
                        "pods outside the audited namespaces were not read",
                    )
                });
        }
        recognised.discovery = inventory.facts.discovery.get("the served API groups").err();
        let (sights, images) = SignalReader::read(inventory);
        recognised.sights = sights;
        let ids = |found: OfImage| found.into_iter().map(|(id, _)| id).collect();
        recognised.images = images
            .into_iter()
            .map(|(image, found)| (image, ids(found)))
            .collect();
        if let Some(platforms) = &recognised.platforms
            && let [rule] = platforms.rules[..]
            && let Some(id) = position(rule.id)
        {
            recognised
                .sights
                .entry(id)
                .or_default()
                .signals
                .insert((Signal::GitVersion, rule.id));
        }
        recognised
    }
}

/// Recognises the components, unless they were before.
pub(crate) fn prepare(picture: &Picture<'_>) {
    picture.recognised();
}

impl Picture<'_> {
    /// Which components the cluster has, gathered once from all that was read.
    pub fn recognised(&self) -> &Recognised {
        self.derived()
    }
}

impl Recognised {
    /// What was seen of a component.
    pub fn sight(&self, id: &str) -> Option<&Sight> {
        self.sights.get(&position(id)?)
    }

    /// The components of an image, whether or not it was looked at before.
    pub(crate) fn components_of_image(&self, image: &Text) -> Cow<'_, [Id]> {
        if let Some(known) = self.images.get(image) {
            return Cow::Borrowed(known);
        }
        let of = |image: &ImageRef| of_image(image).into_iter().map(|(id, _)| id).collect();
        Cow::Owned(ImageRef::parse(image).as_ref().map(of).unwrap_or_default())
    }

    /// The components of one pod specification, by its images alone.
    pub(super) fn components_of(&self, spec: &PodSpec) -> BTreeSet<Id> {
        let mut components = BTreeSet::new();
        for container in spec.init_containers.iter().chain(&spec.containers) {
            components.extend(&*self.components_of_image(&container.image));
        }
        components
    }

    /// The same with their places in the knowledge.
    pub(super) fn sights(&self) -> impl Iterator<Item = (Id, &Sight)> {
        self.sights.iter().map(|(id, sight)| (*id, sight))
    }

    /// Every component that showed a signal, in the order of the knowledge.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Component, &Sight)> {
        self.sights
            .iter()
            .map(|(id, sight)| (&COMPONENTS[usize::from(*id)], sight))
    }

    /// Why some of the places where components show themselves were not seen; of several reasons the first.
    pub(crate) fn first_gap(&self) -> Option<&Why> {
        self.gaps.values().chain(&self.discovery).min()
    }

    /// Why not all of a kind was seen.
    pub(super) fn gap(&self, kind: Kind) -> Option<&Why> {
        self.gaps.get(&Evidence::Objects(kind))
    }
}

impl<'a> Context<'a> {
    /// Every component that showed a signal, with its signals. Demands COMPONENTS.
    #[track_caller]
    pub fn recognised(&self) -> &'a Recognised {
        self.reading(needs::COMPONENTS).recognised()
    }
}

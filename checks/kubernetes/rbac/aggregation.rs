//! What ClusterRoles gather from others, as the controller does it: the union of what they select, to the fixed point.
//!
//! Whoever writes manifests decides how roles select one another. So each selector is asked once however many roles have
//! it, what it may select is looked up by labels, and chains and circles are followed by a list of work.

#![expect(
    clippy::mutable_key_type,
    reason = "what selectors share is mutable in nothing but the digest that it remembers of itself"
)]

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::known_roles::known;
use crate::{
    inventory::{Derived, Origin, Picture, Slot, kinds::ClusterRole, types::LabelSelector},
    kubernetes::BadSelector,
    model::{Doubt, Text, Unknown, Why},
};

/// How many parts of roles are remembered in all; what goes beyond is gathered anew whenever it is asked for.
const REMEMBERED: usize = 1 << 22;

/// Which ClusterRoles gather which, of manifests: of those that were seen, in order, and of the built-in ones that were not.
#[derive(Debug, Default)]
pub(super) struct Aggregation {
    by_name: HashMap<Text, u32>,
    /// How many roles were seen; those beyond are built in, by their place among those that are known.
    seen: usize,
    builtin: Vec<usize>,
    /// For each role the places of its selectors.
    selectors: Vec<Vec<u32>>,
    /// For each selector the roles that it selects, or why nobody can tell.
    selected: Vec<Result<Vec<u32>, Unclear>>,
    gathered: Vec<OnceLock<Arc<Parts>>>,
    remembered: AtomicUsize,
}

/// How many times a role is held against a selector in all: selectors may all differ, and all select everything. It is also
/// how far the way from one role may be at most.
const HELD: usize = 1 << 18;

/// Why nobody can tell what a selector selects.
#[derive(Debug)]
enum Unclear {
    Bad(BadSelector),
    TooMany,
}

impl std::fmt::Display for Unclear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bad(bad) => write!(f, "cannot be determined: {bad}"),
            Self::TooMany => {
                f.write_str("were not determined: too many roles aggregate too many others")
            }
        }
    }
}

/// The roles whose own rules make up one.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) roles: Vec<u32>,
    /// Roles whose selectors no API server would accept.
    pub(super) doubt: Doubt,
}

/// The roles that are part of a role that some binding names.
#[derive(Debug)]
pub(super) struct PartsOfBound(Vec<bool>);

/// By a label's key and value, and by its key alone, who bears it.
#[derive(Default)]
struct Bearers<'a> {
    by_pair: HashMap<(&'a Text, &'a Text), Vec<u32>>,
    by_key: HashMap<&'a Text, Vec<u32>>,
}

impl<'a> Bearers<'a> {
    fn of(roles: &[&'a ClusterRole]) -> Self {
        let mut bearers = Self::default();
        for (place, role) in (0..).zip(roles) {
            for (key, value) in role.metadata.labels.iter() {
                bearers.by_pair.entry((key, value)).or_default().push(place);
                bearers.by_key.entry(key).or_default().push(place);
            }
        }
        bearers
    }

    /// The fewest roles among which are all that a selector selects; none stands for every role.
    fn candidates(&self, selector: &LabelSelector) -> Option<Vec<u32>> {
        let by_label = selector.match_labels.iter().map(|pair| {
            let bearers = self.by_pair.get(&pair);
            bearers.map_or(&[][..], Vec::as_slice)
        });
        let expressions = selector.match_expressions.iter();
        let by_key = expressions
            .filter(|it| matches!(it.operator.as_str(), "In" | "Exists"))
            .map(|it| self.by_key.get(&it.key).map_or(&[][..], Vec::as_slice));
        let fewest = by_label.chain(by_key).min_by_key(|bearers| bearers.len());
        fewest.map(<[u32]>::to_vec)
    }
}

impl Derived for Aggregation {
    const SLOT: Slot = Slot::Aggregation;

    fn of(picture: &Picture<'_>) -> Self {
        let mut all = Self::default();
        if picture.origin == Origin::Live {
            // The controller has written down what it gathered, and the authorizer reads that.
            return all;
        }
        let own = picture.seen::<ClusterRole>();
        all.seen = own.len();
        for (place, role) in (0..).zip(own) {
            all.by_name
                .entry(role.metadata.name.clone())
                .or_insert(place);
        }
        for (place, role) in known().cluster.iter().enumerate() {
            let next = u32::try_from(own.len() + all.builtin.len()).unwrap_or(u32::MAX);
            if let std::collections::hash_map::Entry::Vacant(entry) =
                all.by_name.entry(role.metadata.name.clone())
            {
                entry.insert(next);
                all.builtin.push(place);
            }
        }
        let builtin = all
            .builtin
            .iter()
            .filter_map(|place| known().cluster.get(*place));
        let roles: Vec<&ClusterRole> = own.iter().chain(builtin).collect();
        let bearers = Bearers::of(&roles);
        // A built-in role that gathers has the API server's own contribution written down already.
        let mut places: HashMap<(&LabelSelector, bool), u32> = HashMap::new();
        let mut left = HELD;
        for (place, role) in roles.iter().enumerate() {
            let is_seen = place < own.len();
            let rule = role.aggregation_rule.iter();
            let selectors = rule.flat_map(|rule| &rule.cluster_role_selectors);
            let mut of_role: Vec<u32> = selectors
                .map(|selector| {
                    *places.entry((selector, is_seen)).or_insert_with(|| {
                        let among = if is_seen {
                            &roles[..]
                        } else {
                            &roles[..own.len()]
                        };
                        picture.look();
                        all.selected
                            .push(selected(selector, among, &bearers, &mut left));
                        u32::try_from(all.selected.len() - 1).unwrap_or(u32::MAX)
                    })
                })
                .collect();
            of_role.sort_unstable();
            of_role.dedup();
            all.selectors.push(of_role);
        }
        all.gathered = roles.iter().map(|_| OnceLock::new()).collect();
        all
    }
}

/// The places of the roles that a selector selects.
fn selected(
    selector: &LabelSelector,
    roles: &[&ClusterRole],
    bearers: &Bearers<'_>,
    left: &mut usize,
) -> Result<Vec<u32>, Unclear> {
    // Whether it is one at all doesn't depend on what it selects.
    let is_one = selector.selects(&crate::wire::Labels::default());
    is_one.map_err(Unclear::Bad)?;
    let end = u32::try_from(roles.len()).unwrap_or(u32::MAX);
    let candidates = bearers.candidates(selector);
    let candidates = candidates.unwrap_or_else(|| (0..end).collect());
    *left = left.checked_sub(candidates.len()).ok_or(Unclear::TooMany)?;
    let is_selected = |place: &u32| {
        let role = roles.get(*place as usize);
        role.is_some_and(|role| selector.selects(&role.metadata.labels) == Ok(true))
    };
    Ok(candidates.into_iter().filter(is_selected).collect())
}

impl Aggregation {
    /// A role by its place.
    pub(super) fn role<'p>(&self, picture: &'p Picture<'_>, place: u32) -> Option<&'p ClusterRole> {
        let place = place as usize;
        match place.checked_sub(self.seen) {
            None => picture.seen::<ClusterRole>().get(place),
            Some(beyond) => known().cluster.get(*self.builtin.get(beyond)?),
        }
    }

    /// What makes up a role; none when it was not seen and is not built in.
    pub(super) fn parts(&self, picture: &Picture<'_>, name: &str) -> Option<Arc<Parts>> {
        let mut place = *self.by_name.get(name)?;
        // Down a chain of roles of which each gathers one other and nothing else: all are made up of the same.
        let mut chain = Vec::new();
        let parts = loop {
            if let Some(parts) = self.gathered.get(place as usize)?.get() {
                break Arc::clone(parts);
            }
            chain.push(place);
            match self.only_part(picture, place) {
                Some(next) if chain.len() <= self.gathered.len() => place = next,
                _ => break Arc::new(self.gather(picture, place)),
            }
        };
        let cost = parts.roles.len() + chain.len();
        if self.remembered.fetch_add(cost, Ordering::Relaxed) < REMEMBERED {
            for known in chain
                .iter()
                .filter_map(|at| self.gathered.get(*at as usize))
            {
                let _ = known.set(Arc::clone(&parts));
            }
        }
        Some(parts)
    }

    /// The one role of which another consists, if it does.
    fn only_part(&self, picture: &Picture<'_>, place: u32) -> Option<u32> {
        let is_own = place as usize >= self.seen;
        let gathers = self.role(picture, place)?.aggregation_rule.is_some();
        let [selector] = self.selectors.get(place as usize)?[..] else {
            return None;
        };
        let Ok(selected) = self.selected.get(selector as usize)? else {
            return None;
        };
        let [part] = selected[..] else { return None };
        (gathers && !is_own).then_some(part)
    }

    /// Gathers each role once, whatever circles aggregation makes.
    fn gather(&self, picture: &Picture<'_>, place: u32) -> Parts {
        let mut parts = Parts::default();
        self.reach(vec![place], |place| {
            picture.look();
            let selectors = self.selectors.get(place as usize);
            let gathers = self
                .role(picture, place)
                .is_some_and(|role| role.aggregation_rule.is_some());
            // What is written into a role that gathers is overwritten; a built-in one's own contribution is not.
            if !gathers || place as usize >= self.seen {
                parts.roles.push(place);
            }
            for selector in selectors.into_iter().flatten() {
                if let Some(Err(bad)) = self.selected.get(*selector as usize) {
                    let name = self.role(picture, place).map(|role| &role.metadata.name);
                    parts.doubt.add(Why::new(
                        Unknown::Unreadable,
                        format!(
                            "the rules that ClusterRole {} aggregates {bad}",
                            name.map_or("", Text::as_str)
                        ),
                    ));
                }
            }
        });
        parts.roles.sort_unstable();
        parts
    }

    /// Meets each role that these gather, and themselves, once.
    fn reach(&self, mut work: Vec<u32>, mut meet: impl FnMut(u32)) {
        let mut seen = vec![false; self.selectors.len()];
        let mut asked = vec![false; self.selected.len()];
        for place in &work {
            seen[*place as usize] = true;
        }
        while let Some(place) = work.pop() {
            meet(place);
            for selector in &self.selectors[place as usize] {
                if std::mem::replace(&mut asked[*selector as usize], true) {
                    continue;
                }
                for part in self.selected[*selector as usize].iter().flatten() {
                    if !std::mem::replace(&mut seen[*part as usize], true) {
                        work.push(*part);
                    }
                }
            }
        }
    }
}

impl Derived for PartsOfBound {
    const SLOT: Slot = Slot::PartsOfBound;

    fn of(picture: &Picture<'_>) -> Self {
        let all = picture.derived::<Aggregation>();
        let mut parts = vec![false; all.selectors.len()];
        let count = u32::try_from(all.selectors.len()).unwrap_or(u32::MAX);
        let is_bound = |place: &u32| {
            let role = all.role(picture, *place);
            role.is_some_and(|role| !picture.is_unbound(role))
        };
        all.reach((0..count).filter(is_bound).collect(), |place| {
            picture.look();
            parts[place as usize] = true;
        });
        Self(parts)
    }
}

impl PartsOfBound {
    /// Whether a role that no binding names is part of one that some binding does.
    pub(super) fn holds(&self, all: &Aggregation, name: &str) -> bool {
        let place = all.by_name.get(name);
        place.is_some_and(|place| self.0.get(*place as usize) == Some(&true))
    }
}

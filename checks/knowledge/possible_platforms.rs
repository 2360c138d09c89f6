//! Which platforms a cluster may be, as far as was seen.

use super::{
    components::glob,
    platforms::{PLAIN, RULES, Rule, When},
};
use crate::{
    inventory::{Inventory, Listed, Origin, kinds::Node},
    kubernetes::topology::{is_control_plane, is_virtual},
    model::{Doubt, Why},
};

/// The platforms that this may be, as far as was seen, and what would tell.
#[derive(Debug)]
pub(super) struct PossiblePlatforms {
    pub(super) rules: Vec<&'static Rule>,
    why: Option<Why>,
}

impl PossiblePlatforms {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut rules = Vec::new();
        let mut doubt = Doubt::default();
        if inventory.origin == Origin::Live {
            for rule in RULES {
                match rule.when.holds(inventory) {
                    Holds::Yes => {
                        rules.push(rule);
                        return Self {
                            rules,
                            why: doubt.into_option(),
                        };
                    }
                    Holds::Perhaps(why) => {
                        rules.push(rule);
                        doubt.add(why);
                    }
                    Holds::No => {}
                }
            }
        }
        rules.push(&PLAIN);
        Self {
            rules,
            why: doubt.into_option(),
        }
    }

    /// What all of them agree on.
    pub(super) fn agree<T: PartialEq>(&self, of: impl Fn(&Rule) -> T) -> Result<T, Why> {
        let mut answers = self.rules.iter().map(|rule| of(rule));
        let first = answers.next().unwrap_or_else(|| of(&PLAIN));
        match &self.why {
            Some(why) if answers.any(|other| other != first) => Err(why.clone()),
            _ => Ok(first),
        }
    }
}

/// Whether something holds, as far as was seen.
enum Holds {
    Yes,
    No,
    Perhaps(Why),
}

impl When {
    fn holds(&self, inventory: &Inventory) -> Holds {
        match self {
            Self::Version(part) => match inventory.facts.version.get("the server's version") {
                Ok(Some(version)) => {
                    let version = version.git_version.to_lowercase();
                    yes(version.contains(&part.to_lowercase()))
                }
                Ok(None) => Holds::No,
                Err(why) => Holds::Perhaps(why),
            },
            Self::Group(group) => match inventory.facts.discovery.get("the served API groups") {
                Ok(Some(discovery)) => yes(discovery.has_group(group)),
                Ok(None) => Holds::No,
                Err(why) => Holds::Perhaps(why),
            },
            Self::NodeLabel(key, value) => some_node(inventory, |node| match value {
                Some(value) => node.metadata.labels.is(key, value),
                None => node.metadata.labels.has(key),
            }),
            Self::NodeAnnotation(key) => {
                some_node(inventory, |node| node.metadata.annotations.has(key))
            }
            Self::OsImage(pattern) => some_node(inventory, |node| {
                glob(pattern, &node.status.node_info.os_image)
            }),
            Self::ProviderId(start) => {
                some_node(inventory, |node| node.spec.provider_id.starts_with(start))
            }
            Self::Node(is_its_own) => some_node(inventory, is_its_own),
            Self::NodeName(name) => some_node(inventory, |node| node.metadata.name == *name),
            Self::EveryNodeName(pattern) => {
                every_machine(inventory, |node| glob(pattern, &node.metadata.name))
            }
            Self::EveryNodeLabel(key, value) => {
                every_machine(inventory, |node| node.metadata.labels.is(key, value))
            }
            Self::NoControlPlaneNode => every_machine(inventory, |node| !is_control_plane(node)),
            Self::Any(alternatives) => {
                let mut doubt = Doubt::default();
                for when in *alternatives {
                    match when.holds(inventory) {
                        Holds::Yes => return Holds::Yes,
                        Holds::Perhaps(why) => doubt.add(why),
                        Holds::No => {}
                    }
                }
                doubt.into_option().map_or(Holds::No, Holds::Perhaps)
            }
            Self::All(conditions) => {
                let mut doubt = Doubt::default();
                for when in *conditions {
                    match when.holds(inventory) {
                        Holds::No => return Holds::No,
                        Holds::Perhaps(why) => doubt.add(why),
                        Holds::Yes => {}
                    }
                }
                doubt.into_option().map_or(Holds::Yes, Holds::Perhaps)
            }
        }
    }
}

fn yes(holds: bool) -> Holds {
    if holds { Holds::Yes } else { Holds::No }
}

fn nodes_unseen(inventory: &Inventory) -> Option<Why> {
    inventory
        .listing::<Node>()
        .seen(&Node::KIND.resource())
        .err()
}

fn some_node(inventory: &Inventory, holds: impl Fn(&Node) -> bool) -> Holds {
    if inventory.seen::<Node>().iter().any(holds) {
        return Holds::Yes;
    }
    nodes_unseen(inventory).map_or(Holds::No, Holds::Perhaps)
}

fn every_machine(inventory: &Inventory, holds: impl Fn(&Node) -> bool) -> Holds {
    let mut machines = inventory
        .seen::<Node>()
        .iter()
        .filter(|node| !is_virtual(node))
        .peekable();
    let there_are = machines.peek().is_some();
    if !machines.all(holds) {
        return Holds::No;
    }
    match nodes_unseen(inventory) {
        Some(why) => Holds::Perhaps(why),
        None => yes(there_are),
    }
}

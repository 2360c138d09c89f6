//! What `kready components` tells: which components a cluster has, and what could not be seen.

use kready_checks::inventory::Picture;

use super::{
    audited::Audited,
    components::{ComponentResult, components, platform},
    gaps,
    model::{GapResult, Tool},
    warnings,
};
use crate::{
    collect::{Collected, Warning},
    rights::RightsCommand,
};

/// What `kready components` tells.
#[derive(Clone, Debug)]
pub(crate) struct Census {
    /// What made it.
    pub(crate) tool: Tool,
    /// What was looked at.
    pub(crate) audited: Audited,
    /// What a reader should know.
    pub(crate) warnings: Vec<Warning>,
    /// What the cluster has.
    pub(crate) components: Vec<ComponentResult>,
    /// What could not be seen.
    pub(crate) gaps: Vec<GapResult>,
}

impl Census {
    /// Lists what was collected of a cluster.
    pub(crate) fn of(collected: &Collected, tool: Tool, rights: &RightsCommand) -> Self {
        let picture = Picture::of(&collected.inventory);
        Self {
            tool,
            audited: Audited::of(collected, &picture, platform(&picture)),
            warnings: warnings::of_collector(collected),
            components: components(&picture),
            gaps: gaps::all(collected, &[], rights),
        }
    }
}

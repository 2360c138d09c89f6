//! What `kready components` tells: which components a cluster has, and what could not be seen.

use super::{
    audited::Audited,
    components::{ComponentResult, components},
    gaps,
    model::{GapResult, Tool},
    warnings,
};
use crate::collect::{Collected, Warning};

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
    /// Lists what was collected of a cluster; `platform` is the name of the platform that was recognised.
    pub(crate) fn of(collected: &Collected, tool: Tool, platform: Option<String>) -> Self {
        Self {
            tool,
            audited: Audited::of(collected, platform),
            warnings: warnings::of_collector(collected),
            components: components(&collected.inventory),
            gaps: gaps::all(collected, &[]),
        }
    }
}

//! What the platform is, and what of a cluster is its provider's (rules 5, 13 and 21 of RULES.md).

use super::{
    candidate::Candidate,
    platforms::{PLAIN, Platform, Rule, is_system},
    possible_platforms::PossiblePlatforms,
    releases::{Release, calendar, release},
};
use crate::{
    inventory::{Context, Picture, needs::PLATFORM, types::ObjectMeta},
    kubernetes::Workload,
    model::Why,
};

/// The platform that runs a cluster.
///
/// # Errors
/// What would tell it was not seen.
pub fn platform(picture: &Picture<'_>) -> Result<Platform, Why> {
    possible(picture).map_or_else(
        || Ok(PLAIN.platform()),
        |platforms| platforms.agree(Rule::platform),
    )
}

fn possible<'p>(picture: &'p Picture<'_>) -> Option<&'p PossiblePlatforms> {
    picture.recognised().platforms.as_ref()
}

impl Context<'_> {
    /// What the platforms that this may be agree on. Demands PLATFORM.
    pub(super) fn agree<T: PartialEq>(&self, of: impl Fn(&Rule) -> T) -> Result<T, Why> {
        possible(self.reading(PLATFORM)).map_or_else(|| Ok(of(&PLAIN)), |all| all.agree(&of))
    }

    /// The platform that runs the cluster. Demands PLATFORM.
    ///
    /// # Errors
    /// What would tell it was not seen.
    #[track_caller]
    pub fn platform(&self) -> Result<Platform, Why> {
        self.agree(Rule::platform)
    }

    /// Whether the provider runs the control plane. Demands PLATFORM.
    ///
    /// # Errors
    /// It may be a platform where it does, and what would tell was not seen.
    #[track_caller]
    pub fn is_control_plane_managed(&self) -> Result<bool, Why> {
        self.agree(|rule| rule.control_plane_managed)
    }

    /// What the calendar of the platform says of minor `36` of `1.36`. Demands PLATFORM.
    ///
    /// # Errors
    /// Calendars differ, and which one counts was not seen.
    #[track_caller]
    pub fn release(&self, minor: u32) -> Result<Release, Why> {
        self.agree(|rule| release(calendar(rule.id), minor))
    }

    /// Whether the provider runs the nodes as well. Demands PLATFORM.
    ///
    /// # Errors
    /// It may be a platform where it does, and what would tell was not seen.
    #[track_caller]
    pub fn are_nodes_managed(&self) -> Result<bool, Why> {
        self.agree(|rule| rule.nodes_managed)
    }

    /// Whether a namespace belongs to Kubernetes itself or to the provider, which excuses nothing by itself. Demands PLATFORM.
    ///
    /// # Errors
    /// It does on some provider, and which one this is was not seen.
    #[track_caller]
    pub fn is_system_namespace(&self, namespace: &str) -> Result<bool, Why> {
        self.reading(PLATFORM);
        if is_system(namespace) {
            return Ok(true);
        }
        self.agree(|rule| rule.owns_namespace(namespace))
    }

    /// Whether the provider reconciles an object, so that nobody here could fix it. Demands PLATFORM.
    ///
    /// # Errors
    /// It bears the marks of a provider that was not recognised for want of sight.
    #[track_caller]
    pub fn is_provider_managed(&self, metadata: &ObjectMeta) -> Result<bool, Why> {
        self.agree(|rule| rule.reconciles(metadata))
    }
    /// Whether the platform itself installed a workload: nobody here chose how it is made (rule 5 of RULES.md).
    /// Demands PLATFORM.
    ///
    /// # Errors
    /// It bears the marks of a platform that was not recognised for want of sight.
    #[track_caller]
    pub fn is_of_platform(&self, workload: &Workload<'_>) -> Result<bool, Why> {
        self.is_candidate_of_platform(&Candidate::of(workload))
    }

    #[track_caller]
    pub(super) fn is_candidate_of_platform(&self, candidate: &Candidate<'_>) -> Result<bool, Why> {
        self.agree(|rule| rule.installed(candidate))
    }
}

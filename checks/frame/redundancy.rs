//! Whom one replica alone would fail (rule 3 of RULES.md).

use crate::{inventory::Context, knowledge::Availability, kubernetes::Workload, model::Why};

/// What a gap in a workload means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Clients are led to it, and would notice.
    Noticed,
    /// Nobody is led to it, or it is bearable for a short time.
    Bearable,
}

/// What a gap in a workload means, and whether anything can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redundancy {
    /// What a gap means.
    pub gap: Gap,
    /// Why there is one by design, as a clause.
    pub alone: Option<&'static str>,
}

impl<'a> Context<'a> {
    /// What a gap in a workload means. Demands SERVED and COMPONENTS.
    ///
    /// # Errors
    /// What would tell was not seen.
    #[track_caller]
    pub fn redundancy_of(&self, workload: &Workload<'a>) -> Result<Redundancy, Why> {
        let availability = self.availability_of(workload)?;
        let supports = match availability {
            Availability::Supporting => true,
            Availability::Unrecognised => self.is_leader_elected(workload)?,
            Availability::Serving | Availability::Singleton(_) => false,
        };
        let gap = if !supports && self.is_served(workload)? {
            Gap::Noticed
        } else {
            Gap::Bearable
        };
        let alone = match availability {
            Availability::Singleton(reason) => Some(reason),
            _ => None,
        };
        Ok(Redundancy { gap, alone })
    }
}

//! Holds findings against waivers, and tells what became of each waiver.

use kready_checks::{
    frame::Check,
    inventory::{Evidence, Inventory, Kind},
    model::{Finding, NotApplicable},
    wire::Time,
};

use super::{
    annotations::Annotations,
    model::{CheckResult, Ending, WaiverResult},
    objects::Objects,
    policy::Policy,
    waivers::Waiver,
};
use crate::collect::Collected;

/// The waivers of an audit, and how many findings each has covered so far.
pub(super) struct Waiving<'a> {
    /// Those of the configuration.
    configured: &'a [Waiver],
    /// Those of annotations come after them.
    annotations: &'a Annotations,
    objects: Objects<'a>,
    now: Time,
    matched: Vec<usize>,
}

impl<'a> Waiving<'a> {
    pub(super) fn of(
        collected: &'a Collected,
        policy: &'a Policy,
        annotations: &'a Annotations,
    ) -> Self {
        Self {
            configured: &policy.waivers,
            annotations,
            objects: Objects::of(collected),
            now: collected.inventory.now,
            matched: vec![0; policy.waivers.len() + annotations.waivers.len()],
        }
    }

    /// The first waiver in force that covers a finding; every waiver that matches it counts it.
    pub(super) fn waive(&mut self, check: &Check, finding: &Finding) -> Option<u32> {
        let mut places = Vec::new();
        for (place, waiver) in self.configured.iter().enumerate() {
            if waiver.covers(check.id, finding, &self.objects) {
                places.push((place, waiver));
            }
        }
        if let Some(object) = &finding.object {
            for place in self.annotations.on(object, &self.objects) {
                let waiver = &self.annotations.waivers[place];
                if waiver.check == check.id {
                    places.push((self.configured.len() + place, waiver));
                }
            }
        }
        let mut first = None;
        for (place, waiver) in places {
            self.matched[place] += 1;
            if first.is_none() && !waiver.grant.has_expired(self.now) {
                first = u32::try_from(place).ok();
            }
        }
        first
    }

    /// What became of each waiver.
    pub(super) fn results(
        &self,
        checks: &[CheckResult],
        inventory: &Inventory,
    ) -> Vec<WaiverResult> {
        self.configured
            .iter()
            .chain(&self.annotations.waivers)
            .zip(&self.matched)
            .map(|(waiver, matched)| {
                let seen = fully_seen(waiver, checks, inventory);
                waiver.listed(*matched, waiver.state(self.now, *matched, seen))
            })
            .collect()
    }
}

/// Whether a waiver that matched nothing can be called unused: its check ran over everything and was decided.
fn fully_seen(waiver: &Waiver, checks: &[CheckResult], inventory: &Inventory) -> bool {
    let everything = inventory.scope.namespaces.is_none() && inventory.scope.excluded.is_empty();
    let labels = waiver.namespace_selector.is_none()
        || inventory.gap(Evidence::Objects(Kind::Namespace)).is_none();
    everything
        && labels
        && checks
            .iter()
            .find(|result| result.check.id == waiver.check)
            .is_some_and(|result| match result.ending {
                Ending::Pass { .. } => true,
                Ending::Fail => result.partial.is_none(),
                Ending::NotApplicable(reason) => {
                    !matches!(reason, NotApplicable::Mode | NotApplicable::Scope)
                }
                Ending::Unknown(_) => false,
            })
}

//! Which capabilities the components of a cluster provide (rule 16 of RULES.md).

use std::collections::BTreeSet;

use super::{
    components::{COMPONENTS as KNOWN, Component, can_be_certain, position, shows_pods},
    sight::{Sight, Verdict},
};
use crate::{
    inventory::{Context, Kind, Picture, needs::COMPONENTS},
    kubernetes::settled::FIVE_MINUTES,
    model::{Doubt, Why},
    wire::Time,
};

/// Whether something in the cluster provides a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// These components do: confirmed, and with a Ready pod.
    Present(Vec<&'static str>),
    /// None does; these are installed, or confirmed without a Ready pod.
    Absent(Vec<&'static str>),
}

impl Context<'_> {
    /// Whether something in the cluster provides a capability. Demands COMPONENTS.
    ///
    /// # Errors
    /// None that was seen does, and not all was seen.
    #[track_caller]
    pub fn capability(&self, capability: &str) -> Result<Capability, Why> {
        self.providers(|component| component.provides.contains(&capability))
    }

    /// Whether one of the components that `counts` is confirmed and has a Ready pod. Demands COMPONENTS.
    ///
    /// # Errors
    /// None that was seen is, and not all was seen.
    #[track_caller]
    pub fn providers(&self, counts: impl Fn(&Component) -> bool) -> Result<Capability, Why> {
        let picture = self.reading(COMPONENTS);
        let recognised = self.recognised();
        let mut present = BTreeSet::new();
        let mut idle = BTreeSet::new();
        let mut doubt = Doubt::default();
        for component in KNOWN.iter().filter(|component| counts(component)) {
            let sight = recognised.sight(component.id);
            let verdict = sight.map(Sight::verdict);
            let confirmed = verdict == Some(Verdict::Confirmed);
            let has_pods = shows_pods(&component.signals);
            let is_ready = sight.is_some_and(|sight| sight.is_ready)
                || confirmed && has_pods && is_between_pods(picture, component);
            // What runs outside the cluster has no pods to show.
            let outside = !has_pods && sight.is_some_and(Sight::is_certain);
            if confirmed && (is_ready || outside) {
                present.insert(component.name);
                continue;
            }
            if confirmed || verdict == Some(Verdict::Installed) {
                idle.insert(component.name);
            }
            let unseen = if has_pods && !is_ready {
                recognised.gap(Kind::Pod).or_else(|| {
                    // Pods are told by their owners' names as well.
                    let by_name = !component.signals.workloads.is_empty();
                    [
                        Kind::Deployment,
                        Kind::StatefulSet,
                        Kind::DaemonSet,
                        Kind::ReplicaSet,
                    ]
                    .into_iter()
                    .filter(|_| by_name)
                    .find_map(|kind| recognised.gap(kind))
                })
            } else if has_pods || can_be_certain(component) {
                recognised.first_gap()
            } else {
                None
            };
            if let Some(unseen) = unseen {
                doubt.add(unseen.clone());
            }
        }
        if !present.is_empty() {
            return Ok(Capability::Present(present.into_iter().collect()));
        }
        doubt.or(Capability::Absent(idle.into_iter().collect()))
    }
}

/// Whether the only pod of a component went, and the next has yet to come, within the last five minutes.
fn is_between_pods(picture: &Picture<'_>, component: &Component) -> bool {
    let recognised = picture.recognised();
    let unseen = [Kind::Pod, Kind::ReplicaSet]
        .iter()
        .any(|kind| recognised.gap(*kind).is_some());
    let id = position(component.id);
    let lately = |since: Time| picture.now.since(since) < FIVE_MINUTES;
    !unseen
        && picture.workloads().flatten().any(|workload| {
            workload.availability().is_some_and(|it| it.desired > 0)
                && workload.pods().next().is_none()
                && (workload.is_unseen_in_motion()
                    || workload.unavailable_since().is_some_and(lately))
                && id.is_some_and(|id| recognised.components_of(workload.spec).contains(&id))
        })
}

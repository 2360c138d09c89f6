//! Platform, tiers and capabilities as checks ask for them (rules 5, 13, 16 and 21 of RULES.md).

use std::collections::BTreeSet;

use super::{
    components::{COMPONENTS as KNOWN, Component, Id, of_labels},
    platforms::{Candidates, PLAIN, is_system},
    recognise::{Recognised, Sight, Verdict, can_be_certain, shows_pods},
    releases::{Release, calendar, release},
};
use crate::{
    inventory::{
        Context, Kind, Origin, Picture,
        kinds::{DaemonSet, Deployment, Pod, StatefulSet},
        needs::{COMPONENTS, PLATFORM},
        types::{ObjectMeta, PodSpec, RbacSubject},
    },
    kubernetes::Workload,
    model::{Expectation, Text, Why},
    wire::Labels,
};

/// The platform that runs the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The component's id in the knowledge base: `gke`, `eks`, `k3s`; `kubernetes` when none was recognised.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether the provider runs the control plane.
    pub control_plane_managed: bool,
    /// Whether the provider runs the nodes as well.
    pub nodes_managed: bool,
}

/// Whether something in the cluster provides a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// These components do: confirmed, and with a Ready pod.
    Present(Vec<&'static str>),
    /// None does; these are installed, or confirmed without a Ready pod.
    Absent(Vec<&'static str>),
}

/// The platform that runs a cluster.
///
/// # Errors
/// What would tell it was not seen.
pub fn platform(picture: &Picture<'_>) -> Result<Platform, Why> {
    candidates(picture).map_or_else(
        || Ok(PLAIN.platform()),
        |candidates| candidates.agree(super::platforms::Rule::platform),
    )
}

fn candidates<'p>(picture: &'p Picture<'_>) -> Option<&'p Candidates> {
    picture.recognised().candidates.as_ref()
}

/// What tells whether a workload, or a pod, is a platform component.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    namespace: &'a Text,
    labels: [&'a Labels; 2],
    spec: &'a PodSpec,
}

impl<'a> Context<'a> {
    fn agree<T: PartialEq>(&self, of: impl Fn(&super::platforms::Rule) -> T) -> Result<T, Why> {
        candidates(self.reading(PLATFORM)).map_or_else(|| Ok(of(&PLAIN)), |all| all.agree(&of))
    }

    /// Every component of which something was seen, with its signals.
    #[track_caller]
    pub fn recognised(&self) -> &'a Recognised {
        self.reading(COMPONENTS).recognised()
    }

    /// The platform that runs the cluster.
    ///
    /// # Errors
    /// What would tell it was not seen.
    #[track_caller]
    pub fn platform(&self) -> Result<Platform, Why> {
        self.agree(super::platforms::Rule::platform)
    }

    /// Whether the provider runs the control plane.
    ///
    /// # Errors
    /// It may be a platform where it does, and what would tell was not seen.
    #[track_caller]
    pub fn is_control_plane_managed(&self) -> Result<bool, Why> {
        self.agree(|rule| rule.control_plane_managed)
    }

    /// What the calendar of the platform says of minor `36` of `1.36`.
    ///
    /// # Errors
    /// Calendars differ, and which one counts was not seen.
    #[track_caller]
    pub fn release(&self, minor: u32) -> Result<Release, Why> {
        self.agree(|rule| release(calendar(rule.id), minor))
    }

    /// Whether the provider runs the nodes as well.
    ///
    /// # Errors
    /// It may be a platform where it does, and what would tell was not seen.
    #[track_caller]
    pub fn are_nodes_managed(&self) -> Result<bool, Why> {
        self.agree(|rule| rule.nodes_managed)
    }

    /// Whether a namespace belongs to Kubernetes itself or to the provider (system tier).
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

    /// Whether the provider reconciles an object, so that nobody could mend it.
    ///
    /// # Errors
    /// It bears the marks of a provider that was not recognised for want of sight.
    #[track_caller]
    pub fn is_provider_managed(&self, metadata: &ObjectMeta) -> Result<bool, Why> {
        self.agree(|rule| rule.reconciles(metadata))
    }

    /// Whether a workload is excused something: the system tier, or a platform component that needs it.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses(&self, workload: &Workload<'a>, expectation: Expectation) -> Result<bool, Why> {
        self.excuses_any(workload, &[expectation])
    }

    /// Whether a workload is excused something: the system tier, or a platform component that needs one of these.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses_any(
        &self,
        workload: &Workload<'a>,
        expectations: &[Expectation],
    ) -> Result<bool, Why> {
        self.reading(COMPONENTS);
        self.excuses_candidate(
            Candidate {
                namespace: workload.namespace(),
                labels: [workload.labels, &workload.metadata.labels],
                spec: workload.spec,
            },
            expectations,
        )
    }

    /// Whether whom a binding grants its role to is excused it: a ServiceAccount of the system tier or of a platform
    /// component that needs it, or one of the provider's own users and groups (rules 5 and 12 of RULES.md).
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses_subject(
        &self,
        subject: &RbacSubject,
        expectations: &[Expectation],
    ) -> Result<bool, Why> {
        self.reading(COMPONENTS);
        if subject.kind != "ServiceAccount" {
            return self.agree(|rule| rule.owns_subject(&subject.name));
        }
        if self.includes_system() {
            return Ok(false);
        }
        let mut why = None;
        match self.is_system_namespace(&subject.namespace) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(unseen) => why = Some(unseen),
        }
        for candidate in self.run_as(&subject.namespace, &subject.name) {
            match self.excuses_candidate(candidate, expectations) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(unseen) => why = Some(unseen),
            }
        }
        if let Some(why) = why {
            return Err(why);
        }
        // What runs as it may not have been seen.
        self.correlated_in::<Pod>(&subject.namespace)?;
        self.correlated_in::<Deployment>(&subject.namespace)?;
        self.correlated_in::<StatefulSet>(&subject.namespace)?;
        self.correlated_in::<DaemonSet>(&subject.namespace)?;
        Ok(false)
    }

    fn run_as(&self, namespace: &str, account: &str) -> Vec<Candidate<'a>> {
        let inventory = self.reading(COMPONENTS);
        let mut candidates = Vec::new();
        let mut offer = |metadata: &'a ObjectMeta, template: &'a ObjectMeta, spec: &'a PodSpec| {
            let runs_as = match spec.service_account_name.as_str() {
                "" => "default",
                name => name,
            };
            if runs_as == account {
                candidates.push(Candidate {
                    namespace: &metadata.namespace,
                    labels: [&template.labels, &metadata.labels],
                    spec,
                });
            }
        };
        for (metadata, template) in inventory.templates_of_components(Some(namespace)) {
            offer(metadata, template.metadata, template.spec);
        }
        for pod in inventory.seen_in::<Pod>(namespace) {
            offer(&pod.metadata, &pod.metadata, &pod.spec);
        }
        candidates
    }

    fn excuses_candidate(
        &self,
        candidate: Candidate<'a>,
        expectations: &[Expectation],
    ) -> Result<bool, Why> {
        if self.includes_system() {
            return Ok(false);
        }
        let system = self.is_system_namespace(candidate.namespace);
        if matches!(system, Ok(true)) {
            return Ok(true);
        }
        let mut why = system.err();
        if expectations.is_empty() {
            return why.map_or(Ok(false), Err);
        }
        for id in self.recognised().components_of(candidate.spec) {
            let component = &KNOWN[usize::from(id)];
            if component
                .expects
                .iter()
                .any(|expected| expectations.contains(expected))
            {
                match self.is_confirmed_at(id, component, candidate) {
                    Ok(true) => return Ok(true),
                    Ok(false) => {}
                    Err(unseen) => why = Some(unseen),
                }
            }
        }
        why.map_or(Ok(false), Err)
    }

    /// Whether a workload that has a component's image is that component: its image alone says nothing.
    fn is_confirmed_at(
        &self,
        id: Id,
        component: &Component,
        candidate: Candidate<'a>,
    ) -> Result<bool, Why> {
        let namespace = candidate.namespace.as_str();
        let at_home = component.signals.namespaces.contains(&namespace);
        let labelled = candidate
            .labels
            .iter()
            .any(|labels| of_labels(labels).any(|(labelled, _)| labelled == id));
        if at_home || labelled {
            return Ok(true);
        }
        if self.origin() == Origin::Files || self.is_scoped() {
            return Ok(false);
        }
        // It runs where nobody expects it: then the cluster must bear its marks, and it must run nowhere else.
        let recognised = self.recognised();
        let sight = recognised.sight(component.id);
        if !sight.is_some_and(Sight::is_of_the_cluster) {
            return match recognised.first_gap() {
                Some(why) if has_marks_of_the_cluster(component) => Err(why.clone()),
                _ => Ok(false),
            };
        }
        for kind in [
            Kind::Pod,
            Kind::Deployment,
            Kind::StatefulSet,
            Kind::DaemonSet,
        ] {
            if let Some(why) = recognised.gap(kind) {
                return Err(why.clone());
            }
        }
        Ok(sight.is_some_and(|sight| sight.namespaces.len() == 1))
    }

    /// Whether something in the cluster provides a capability.
    ///
    /// # Errors
    /// None that was seen does, and not all was seen.
    #[track_caller]
    pub fn capability(&self, capability: &str) -> Result<Capability, Why> {
        self.providers(|component| component.provides.contains(&capability))
    }

    /// Whether one of the components that `counts` is confirmed and has a Ready pod.
    ///
    /// # Errors
    /// None that was seen is, and not all was seen.
    #[track_caller]
    pub fn providers(&self, counts: impl Fn(&Component) -> bool) -> Result<Capability, Why> {
        self.reading(COMPONENTS);
        let recognised = self.recognised();
        let mut present = BTreeSet::new();
        let mut idle = BTreeSet::new();
        let mut why: Option<Why> = None;
        for component in KNOWN.iter().filter(|component| counts(component)) {
            let sight = recognised.sight(component.id);
            let verdict = sight.map(Sight::verdict);
            let confirmed = verdict == Some(Verdict::Confirmed);
            let is_ready = sight.is_some_and(|sight| sight.is_ready);
            let has_pods = shows_pods(&component.signals);
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
            if let Some(unseen) = unseen
                && why.as_ref().is_none_or(|known| unseen < known)
            {
                why = Some(unseen.clone());
            }
        }
        match why {
            _ if !present.is_empty() => Ok(Capability::Present(present.into_iter().collect())),
            Some(why) => Err(why),
            None => Ok(Capability::Absent(idle.into_iter().collect())),
        }
    }
}

/// Whether a component shows itself in anything that only someone who runs the cluster can make.
fn has_marks_of_the_cluster(component: &Component) -> bool {
    let signals = &component.signals;
    [
        signals.crd_groups,
        signals.crds,
        signals.provisioners,
        signals.api_services,
        signals.webhooks,
        signals.node_labels,
        signals.ingress_controllers,
        signals.gateway_controllers,
        signals.runtime_handlers,
    ]
    .iter()
    .any(|list| !list.is_empty())
}

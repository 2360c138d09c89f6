//! What a workload or a ServiceAccount is excused (rules 5 and 12 of RULES.md).

use super::{
    components::{COMPONENTS as KNOWN, Component, Id, of_labels},
    sight::Sight,
};
use crate::{
    inventory::{
        Context, Kind, Origin,
        kinds::{DaemonSet, Deployment, Pod, StatefulSet},
        needs::COMPONENTS,
        types::{ObjectMeta, PodSpec, RbacSubject},
    },
    kubernetes::Workload,
    model::{Expectation, Text, Why, any_or_why},
    wire::Labels,
};

/// What tells whether a workload, or a pod, is a platform component.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    namespace: &'a Text,
    labels: [&'a Labels; 2],
    spec: &'a PodSpec,
}

impl<'a> Context<'a> {
    /// Whether a workload is excused something: the system tier, or a platform component that needs it.
    /// Demands COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses(&self, workload: &Workload<'a>, expectation: Expectation) -> Result<bool, Why> {
        self.excuses_any(workload, &[expectation])
    }

    /// Whether a workload is excused something: the system tier, or a platform component that needs one of these.
    /// Demands COMPONENTS and PLATFORM.
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
    /// Demands COMPONENTS and PLATFORM.
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
        let system = self.is_system_namespace(&subject.namespace);
        let run_as = self.run_as(&subject.namespace, &subject.name);
        let excused = run_as
            .into_iter()
            .map(|candidate| self.excuses_candidate(candidate, expectations));
        if any_or_why(std::iter::once(system).chain(excused))? {
            return Ok(true);
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
        if expectations.is_empty() || matches!(system, Ok(true)) {
            return system;
        }
        let confirmed = self
            .recognised()
            .components_of(candidate.spec)
            .into_iter()
            .map(|id| (id, &KNOWN[usize::from(id)]))
            .filter(|(_, component)| {
                let mut expected = component.expects.iter();
                expected.any(|expected| expectations.contains(expected))
            })
            .map(|(id, component)| self.is_confirmed_at(id, component, candidate));
        any_or_why(std::iter::once(system).chain(confirmed))
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

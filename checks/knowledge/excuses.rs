//! What a workload or a ServiceAccount is excused (rules 5 and 12 of RULES.md).

use std::collections::HashSet;

use super::{
    candidate::Candidate,
    components::{COMPONENTS as KNOWN, Component, Id, glob},
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
    model::{Expectation, Why, any_or_why},
};

impl<'a> Context<'a> {
    /// Whether a workload is excused something: the platform itself installed it, or it is a component that needs it.
    /// Demands COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses(&self, workload: &Workload<'a>, expectation: Expectation) -> Result<bool, Why> {
        self.excuses_any(workload, &[expectation])
    }

    /// Whether a workload is excused something: the platform itself installed it, or it is a component
    /// that needs one of these.
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
        let candidate = Candidate::of(workload);
        let installed = self.is_candidate_of_platform(&candidate);
        self.excuses_candidate(candidate, expectations, installed)
    }

    /// Whether one of those to whom a binding grants its role is excused it: the binding is the provider's add-on's, or
    /// see [`Self::excuses_subject`]. Demands COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    #[track_caller]
    pub fn excuses_holder(
        &self,
        binding: &ObjectMeta,
        subject: &RbacSubject,
        expectations: &[Expectation],
    ) -> Result<bool, Why> {
        let is_add_ons = !self.includes_system()
            && subject.kind == "ServiceAccount"
            && self.agree(|rule| rule.reconciles_in(&subject.namespace, binding))?;
        Ok(is_add_ons || self.excuses_subject(subject, expectations)?)
    }

    /// Whether whom a binding grants its role to is excused it: a ServiceAccount of what the platform itself installed
    /// or of a component that needs it, or one of the provider's own users and groups (rules 5 and 12 of RULES.md).
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
        let (run_as, beside) = self.around(&subject.namespace, &subject.name);
        let excused = run_as.into_iter().map(|candidate| {
            // Whoever binds the account of cluster DNS to more than its installer did is somebody else.
            let installed = self.agree(|rule| rule.installed_add_on(&candidate));
            self.excuses_candidate(candidate, expectations, installed)
        });
        let named = beside
            .into_iter()
            .map(|candidate| self.excuses_account(candidate, &subject.name, expectations));
        if any_or_why(excused.chain(named))? {
            return Ok(true);
        }
        // What runs as it may not have been seen.
        self.correlated_in::<Pod>(&subject.namespace)?;
        self.correlated_in::<Deployment>(&subject.namespace)?;
        self.correlated_in::<StatefulSet>(&subject.namespace)?;
        self.correlated_in::<DaemonSet>(&subject.namespace)?;
        Ok(false)
    }

    /// What runs as a ServiceAccount, and what else runs in its namespace.
    fn around(&self, namespace: &str, account: &str) -> (Vec<Candidate<'a>>, Vec<Candidate<'a>>) {
        let inventory = self.reading(COMPONENTS);
        let templates =
            inventory
                .templates_of_components(Some(namespace))
                .map(|(kind, metadata, template)| {
                    Candidate::of_template(kind.kind().resource().kind, metadata, &template)
                });
        // Pods of one owner mostly share their specification.
        let mut known = HashSet::new();
        let pods = inventory.seen_in::<Pod>(namespace).iter();
        let pods = pods.filter(move |pod| known.insert(std::ptr::from_ref::<PodSpec>(&pod.spec)));
        let pods = pods.map(Candidate::of_pod);
        templates.chain(pods).partition(|candidate| {
            let runs_as = candidate.spec.service_account_name.as_str();
            account
                == if runs_as.is_empty() {
                    "default"
                } else {
                    runs_as
                }
        })
    }

    /// Whether a component to which a workload belongs has a ServiceAccount of this name that needs one of these.
    fn excuses_account(
        &self,
        candidate: Candidate<'a>,
        account: &str,
        expectations: &[Expectation],
    ) -> Result<bool, Why> {
        any_or_why(self.confirmed(candidate, |component| {
            let mut parts = component.parts.iter();
            parts.any(|part| {
                let mut accounts = part.service_accounts.iter();
                part.expects_any(expectations) && accounts.any(|name| glob(name, account))
            })
        }))
    }

    /// Of each component that a workload's images tell and that is asked for: whether the workload is that component.
    fn confirmed(
        &self,
        candidate: Candidate<'a>,
        which: impl Fn(&Component) -> bool,
    ) -> impl Iterator<Item = Result<bool, Why>> {
        self.recognised()
            .components_of(candidate.spec)
            .into_iter()
            .map(|id| (id, &KNOWN[usize::from(id)]))
            .filter(move |(_, component)| which(component))
            .map(move |(id, component)| self.is_confirmed_at(id, component, candidate))
    }

    fn excuses_candidate(
        &self,
        candidate: Candidate<'a>,
        expectations: &[Expectation],
        installed: Result<bool, Why>,
    ) -> Result<bool, Why> {
        if self.includes_system() {
            return Ok(false);
        }
        if expectations.is_empty() || matches!(installed, Ok(true)) {
            return installed;
        }
        let confirmed = self.confirmed(candidate, |component| {
            let part = candidate.part_of(component);
            part.is_some_and(|part| part.expects_any(expectations))
        });
        any_or_why(std::iter::once(installed).chain(confirmed))
    }

    /// Whether a workload that has a component's image is that component: its image alone says nothing.
    fn is_confirmed_at(
        &self,
        id: Id,
        component: &Component,
        candidate: Candidate<'a>,
    ) -> Result<bool, Why> {
        if candidate.says_that_it_is(id) {
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

//! A pod as the controls see it.

use super::violation::Location;
use crate::{
    inventory::types::{Container, ObjectMeta, PodSecurityContext, PodSpec, SecurityContext},
    kubernetes::workloads::Workload,
};

/// A pod, or a template, as a control sees it.
#[derive(Clone, Copy, Debug)]
pub struct PodView<'a> {
    /// Its metadata: older controls live in annotations.
    pub metadata: &'a ObjectMeta,
    /// Its specification.
    pub spec: &'a PodSpec,
}

impl<'a> PodView<'a> {
    /// A workload's template.
    pub const fn of(workload: &Workload<'a>) -> Self {
        Self {
            metadata: workload.template,
            spec: workload.spec,
        }
    }

    /// Every container with the name of its list, in the plugin's order.
    pub(super) fn containers(&self) -> impl Iterator<Item = (&'static str, &'a Container)> {
        let spec = self.spec;
        [
            ("initContainers", &spec.init_containers),
            ("containers", &spec.containers),
            ("ephemeralContainers", &spec.ephemeral_containers),
        ]
        .into_iter()
        .flat_map(|(list, containers)| containers.iter().map(move |container| (list, container)))
    }

    /// What every container may do, where anything is said of that.
    pub(super) fn contexts(
        &self,
    ) -> impl Iterator<Item = (Location<'a>, Option<&'a SecurityContext>)> {
        self.containers().map(|(list, container)| {
            (
                Location::Container(list, container),
                container.security_context.as_deref(),
            )
        })
    }

    /// What it and its containers each set, where they set it: its own first.
    pub(super) fn settings<T>(
        &self,
        of_pod: impl FnOnce(&'a PodSecurityContext) -> Option<T>,
        of_container: impl Fn(&'a SecurityContext) -> Option<T>,
    ) -> impl Iterator<Item = (Location<'a>, T)> {
        let own = self.context().and_then(of_pod);
        let own = own.map(|own| (Location::Pod, own));
        own.into_iter().chain(
            self.contexts()
                .filter_map(move |(place, context)| Some((place, of_container(context?)?))),
        )
    }

    /// What its containers may do, where anything is said of that.
    pub fn context(&self) -> Option<&'a PodSecurityContext> {
        self.spec.security_context.as_deref()
    }

    /// Whether it says that it runs on Windows.
    pub fn is_windows(&self) -> bool {
        self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
    }

    /// Whether its users are none of the node's.
    pub fn has_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false)
    }
}

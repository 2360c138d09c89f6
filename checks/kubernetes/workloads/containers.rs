//! The containers of a workload's template.

use super::view::Workload;
use crate::inventory::types::Container;

impl<'a> Workload<'a> {
    /// Every container, in the order in which they start.
    pub fn every_container(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        let workload = *self;
        let spec = self.spec;
        spec.init_containers
            .iter()
            .map(|container| {
                let role = if container.restart_policy == "Always" {
                    ContainerRole::Sidecar
                } else {
                    ContainerRole::Init
                };
                (role, container)
            })
            .chain(
                spec.containers
                    .iter()
                    .map(|container| (ContainerRole::App, container)),
            )
            .chain(
                spec.ephemeral_containers
                    .iter()
                    .map(|container| (ContainerRole::Ephemeral, container)),
            )
            .map(move |(role, container)| ContainerView {
                role,
                container,
                workload,
            })
    }

    /// The containers that run as long as the pod: app containers and native sidecars.
    pub fn long_running_containers(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        self.every_container()
            .filter(|view| matches!(view.role, ContainerRole::App | ContainerRole::Sidecar))
    }
}

/// What a container is to its pod (rule 2 of RULES.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRole {
    /// One of `containers`.
    App,
    /// One of `initContainers` that keeps running.
    Sidecar,
    /// Another one of `initContainers`.
    Init,
    /// One of `ephemeralContainers`.
    Ephemeral,
}

/// One container of a workload's template.
#[derive(Clone, Copy, Debug)]
pub struct ContainerView<'a> {
    /// What it is to its pod.
    pub role: ContainerRole,
    /// The container.
    pub container: &'a Container,
    workload: Workload<'a>,
}

impl ContainerView<'_> {
    /// A field of the container, from the object that a person edits.
    pub fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path())
    }

    /// The container itself, from the object that a person edits.
    pub fn path(&self) -> String {
        let list = match self.role {
            ContainerRole::App => "containers",
            ContainerRole::Sidecar | ContainerRole::Init => "initContainers",
            ContainerRole::Ephemeral => "ephemeralContainers",
        };
        self.workload
            .at(&format!("{list}[name={}]", self.container.name))
    }
}

/// The path of a container in a workload's template; none for one that is not in it, such as an injected sidecar.
pub fn path_of_container(workload: &Workload<'_>, name: &str) -> Option<String> {
    workload
        .every_container()
        .find(|view| view.container.name == name)
        .map(|view| view.path())
}

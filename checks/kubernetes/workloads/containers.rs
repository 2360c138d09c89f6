//! The containers of a workload's template.

use super::view::Workload;
use crate::{
    inventory::types::Container,
    model::{Finding, Text, Unknown, Why},
};

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

    /// Everything of the template that names an image: containers in the order in which they start, then volumes.
    pub fn every_image(&self) -> impl Iterator<Item = ImageView<'a>> + use<'a> {
        let workload = *self;
        let of_volumes = self.spec.volumes.iter().filter_map(move |volume| {
            Some(ImageView {
                image: &volume.image.as_ref()?.reference,
                place: ImagePlace::Volume(workload, &volume.name),
            })
        });
        self.every_container()
            .map(|view| ImageView {
                image: &view.container.image,
                place: ImagePlace::Container(view),
            })
            .chain(of_volumes)
    }

    /// The containers that run as long as the pod: app containers and native sidecars.
    pub fn long_running_containers(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        self.every_container()
            .filter(|view| matches!(view.role, ContainerRole::App | ContainerRole::Sidecar))
    }
}

/// The annotation that names what an injector fills pods in from.
const TEMPLATES_OF_INJECTOR: &str = "inject.istio.io/templates";

/// The image of a container that an injector fills in.
const FILLED_IN: &str = "auto";

impl Workload<'_> {
    /// Why nothing can be said of a container: an injector fills it in when a pod is made (rule 2 of RULES.md).
    pub fn filled_in(&self, name: &str) -> Option<Why> {
        let is_injected = self.template.annotations.has(TEMPLATES_OF_INJECTOR);
        let mut containers = self.every_container().map(|view| view.container);
        let is_placeholder = is_injected
            && containers.any(|container| {
                container.name == name && matches!(container.image.as_str(), "" | FILLED_IN)
            });
        is_placeholder.then(|| {
            let message = format!("an injector fills in container {name}");
            Why::new(Unknown::Hidden, message)
        })
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

/// An image that a template names.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    /// The image as it is written.
    pub image: &'a Text,
    place: ImagePlace<'a>,
}

/// What names an image.
#[derive(Clone, Copy, Debug)]
enum ImagePlace<'a> {
    Container(ContainerView<'a>),
    Volume(Workload<'a>, &'a Text),
}

impl ImageView<'_> {
    /// A finding about the image, at the field that names it.
    pub fn finding(&self, workload: &Workload<'_>) -> Finding {
        let finding = Finding::on(workload).at(self.path());
        match self.place {
            ImagePlace::Container(view) => finding.container(&view.container.name),
            ImagePlace::Volume(..) => finding,
        }
    }

    /// The field that names the image, from the object that a person edits.
    fn path(&self) -> String {
        match self.place {
            ImagePlace::Container(view) => view.at("image"),
            ImagePlace::Volume(workload, volume) => {
                workload.at(&format!("volumes[name={volume}].image.reference"))
            }
        }
    }
}

/// The path of a container in a workload's template; none for one that is not in it, such as an injected sidecar.
pub fn path_of_container(workload: &Workload<'_>, name: &str) -> Option<String> {
    workload
        .every_container()
        .find(|view| view.container.name == name)
        .map(|view| view.path())
}

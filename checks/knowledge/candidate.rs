//! Which part of a component a workload is, and what a gap of it means (rule 3 of RULES.md).

use super::{
    components::{COMPONENTS as KNOWN, Component, ends_with, glob, of_labels},
    images::is_auth_proxy,
    parts::{Availability, Part},
    sidecars::is_sidecar,
    sight::{Sight, Verdict},
};
use crate::{
    inventory::{
        Context, Origin,
        needs::COMPONENTS,
        types::{Container, ObjectMeta, PodSpec, PodTemplate},
    },
    kubernetes::{ImageRef, Workload},
    model::{Text, Why},
    wire::Labels,
};

/// The annotation that says which container of a pod does its work.
const MAIN_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

impl Part {
    fn names(&self, candidate: &Candidate<'_>) -> bool {
        let any = |list: &[&str], holds: &dyn Fn(&str) -> bool| {
            list.is_empty() || list.iter().any(|entry| holds(entry))
        };
        any(self.kinds, &|kind| kind == candidate.kind)
            && any(self.workloads, &|name| glob(name, candidate.name))
            && (self.labels.is_empty()
                || self.labels.iter().any(|(key, value)| {
                    let labels = candidate.labels.iter();
                    labels.into_iter().any(|labels| labels.is(key, value))
                }))
            && any(self.images, &|pattern| candidate.has_image(pattern))
    }
}

/// What tells whether a workload, or a pod, is a component, and which part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) namespace: &'a Text,
    /// The kind and the name of the controller.
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) labels: [&'a Labels; 2],
    pub(super) spec: &'a PodSpec,
}

impl<'a> Candidate<'a> {
    pub(super) fn of(workload: &Workload<'a>) -> Self {
        let template = PodTemplate {
            metadata: workload.template,
            spec: workload.spec,
        };
        let kind = workload.kind.kind().resource().kind;
        let mut candidate = Self::of_template(kind, workload.metadata, &template);
        candidate.namespace = workload.namespace();
        candidate
    }

    /// The same of an object that holds a template, or of a pod, which is its own.
    pub(super) fn of_template(
        kind: &'a str,
        metadata: &'a ObjectMeta,
        template: &PodTemplate<'a>,
    ) -> Self {
        let (kind, name) = match metadata.controller() {
            // The name of a ReplicaSet ends with a hash of its Deployment's template.
            Some(owner) if kind == "Pod" && owner.kind == "ReplicaSet" => {
                let name = owner.name.rsplit_once('-').map_or("", |(name, _)| name);
                ("Deployment", name)
            }
            Some(owner) if kind == "Pod" => (owner.kind.as_str(), owner.name.as_str()),
            _ => (kind, metadata.name.as_str()),
        };
        Self {
            namespace: &metadata.namespace,
            kind,
            name,
            labels: [&template.metadata.labels, &metadata.labels],
            spec: template.spec,
        }
    }

    fn has_image(&self, pattern: &str) -> bool {
        let containers = self.spec.init_containers.iter();
        containers
            .chain(&self.spec.containers)
            .filter_map(|container| ImageRef::parse(&container.image))
            .any(|image| ends_with(&image.host.to_lowercase(), &image.repository, pattern))
    }

    /// The part of a component that it is.
    pub(super) fn part_of(&self, component: &Component) -> Option<&'static Part> {
        component.parts.iter().find(|part| part.names(self))
    }

    /// The container that does the work of the pod: not one that stands before another or was put there.
    fn main_container(&self, template: &ObjectMeta) -> Option<&'a Container> {
        let containers = &self.spec.containers;
        let named = template.annotations.get(MAIN_CONTAINER);
        let named = named.and_then(|name| containers.iter().find(|one| one.name == *name));
        let does_its_work = |container: &&Container| {
            ImageRef::parse(&container.image)
                .is_none_or(|image| !is_auth_proxy(&image) && !is_sidecar(&container.name, &image))
        };
        named
            .or_else(|| containers.iter().find(does_its_work))
            .or_else(|| containers.first())
    }
}

impl<'a> Context<'a> {
    /// What a gap of a workload means, as far as the knowledge tells (rule 3 of RULES.md): it is a component's by the
    /// image of its main container, or live by the labels of one that more than these confirms. Demands COMPONENTS.
    ///
    /// # Errors
    /// It bears the labels of one that may be confirmed, and what would tell was not seen.
    #[track_caller]
    pub fn availability_of(&self, workload: &Workload<'a>) -> Result<Availability, Why> {
        let (recognised, part) = self.known_of(workload)?;
        Ok(match part {
            Some(part) => part.availability,
            None if recognised => Availability::Serving,
            None => Availability::Unrecognised,
        })
    }

    /// Whether a workload is known to serve nothing but metrics. Demands COMPONENTS.
    ///
    /// # Errors
    /// Those of [`Self::availability_of`].
    #[track_caller]
    pub fn is_exporter(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        let (_, part) = self.known_of(workload)?;
        Ok(part.is_some_and(|part| part.is_exporter))
    }

    /// Whether a workload is a component's, and the part that it is.
    #[track_caller]
    fn known_of(&self, workload: &Workload<'a>) -> Result<(bool, Option<&'static Part>), Why> {
        self.reading(COMPONENTS);
        let recognised = self.recognised();
        let candidate = Candidate::of(workload);
        let Some(main) = candidate.main_container(workload.template) else {
            return Ok((false, None));
        };
        let by_image = recognised.components_of_image(&main.image);
        if !by_image.is_empty() {
            let mut components = by_image.iter().map(|id| &KNOWN[usize::from(*id)]);
            return Ok((
                true,
                components.find_map(|component| candidate.part_of(component)),
            ));
        }
        if self.origin() == Origin::Files {
            return Ok((false, None));
        }
        let mut found = false;
        for (id, _) in candidate.labels.into_iter().flat_map(of_labels) {
            let component = &KNOWN[usize::from(id)];
            let verdict = recognised.sight(component.id).map(Sight::verdict);
            if verdict == Some(Verdict::Confirmed) {
                found = true;
                if let Some(part) = candidate.part_of(component) {
                    return Ok((true, Some(part)));
                }
            } else if let Some(why) = recognised.first_gap() {
                return Err(why.clone());
            }
        }
        Ok((found, None))
    }
}

#[cfg(test)]
mod tests {
    use super::Availability;
    use crate::{
        frame::Check,
        inventory::{Need, Picture, Settings, needs, testing::load},
    };

    const NEEDS: &[Need] = &[
        needs::correlated_all(needs::COMPONENTS),
        needs::correlated_all(needs::OWNERS),
    ];

    static CHECK: Check = Check {
        id: "test",
        needs: NEEDS,
        ..Check::BASE
    };

    fn availability(kind: &str, metadata: &str, containers: &str) -> Availability {
        let inventory = load(&format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: a, namespace: shop }}\nspec: {{ template: {{ metadata: {{ {metadata} }}, spec: {{ containers: [{containers}] }} }} }}\n"
        ));
        let (settings, picture) = (Settings::default(), Picture::of(&inventory));
        let cx = CHECK.context(&picture, &settings);
        let workload = cx.workloads().next().unwrap().unwrap();
        cx.availability_of(&workload).unwrap()
    }

    #[test]
    fn the_first_part_that_names_a_workload_decides() {
        let node = "{ name: a, image: 'quay.io/calico/node:v3.32.1' }";
        let controllers = "{ name: a, image: 'quay.io/calico/kube-controllers:v3.32.1' }";
        assert_eq!(availability("DaemonSet", "", node), Availability::Serving);
        assert_eq!(
            availability("Deployment", "", controllers),
            Availability::Supporting
        );
    }

    #[test]
    fn the_image_of_the_main_container_tells_a_component() {
        let controllers = "{ name: c, image: 'quay.io/calico/kube-controllers:v3.32.1' }";
        let app = "{ name: app, image: 'registry.example/app:1' }";
        let proxy = "{ name: p, image: 'quay.io/brancz/kube-rbac-proxy:v0.18.0' }";
        for (annotations, containers, expected) in [
            (
                "",
                format!("{app}, {controllers}"),
                Availability::Unrecognised,
            ),
            (
                "",
                format!("{controllers}, {app}"),
                Availability::Supporting,
            ),
            (
                "",
                format!("{proxy}, {controllers}"),
                Availability::Supporting,
            ),
            (
                "annotations: { kubectl.kubernetes.io/default-container: c }",
                format!("{app}, {controllers}"),
                Availability::Supporting,
            ),
        ] {
            assert_eq!(
                availability("Deployment", annotations, &containers),
                expected,
                "{annotations} {containers}"
            );
        }
    }
}

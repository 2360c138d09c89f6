//! Which part of a component a workload is, and what a gap of it means (rule 3 of RULES.md).

use super::{
    components::{COMPONENTS as KNOWN, Component, Id, ends_with, glob, of_labels},
    images::is_auth_proxy,
    parts::{Availability, Part},
    sidecars::is_sidecar,
    sight::{Sight, Verdict},
};
use crate::{
    inventory::{
        Context, Origin,
        control_plane::ControlPlaneComponent,
        kinds::Pod,
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

/// The annotation of the API's picture of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What every installer of Kubernetes brings along: kind, name, label `k8s-app` and the end of the image.
const OF_KUBERNETES: &[(&str, &str, &str, &str)] = &[
    ("Deployment", "*coredns*", "kube-dns", "*coredns*"),
    ("DaemonSet", "*coredns*", "kube-dns", "*coredns*"),
    ("Deployment", "kube-dns", "kube-dns", "k8s-dns-kube-dns*"),
    ("DaemonSet", "kube-proxy*", "kube-proxy*", "*kube-proxy*"),
];

/// What tells whether a workload, or a pod, is a component, and which part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) namespace: &'a Text,
    /// The kind and the name of the controller.
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) metadata: &'a ObjectMeta,
    pub(super) template: &'a ObjectMeta,
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

    /// The same of an object that holds a template.
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
            metadata,
            template: template.metadata,
            labels: [&template.metadata.labels, &metadata.labels],
            spec: template.spec,
        }
    }

    /// The same of a pod, which is its own template.
    pub(super) fn of_pod(pod: &'a Pod) -> Self {
        let template = PodTemplate {
            metadata: &pod.metadata,
            spec: &pod.spec,
        };
        Self::of_template("Pod", &pod.metadata, &template)
    }

    fn has_image(&self, pattern: &str) -> bool {
        let containers = self.spec.init_containers.iter();
        containers
            .chain(&self.spec.containers)
            .filter_map(|container| ImageRef::parse(&container.image))
            .any(|image| ends_with(&image.host.to_lowercase(), &image.repository, pattern))
    }

    /// Whether all its containers have images that end with one of these.
    pub(super) fn has_only_images(&self, patterns: &[&str]) -> bool {
        let containers = &self.spec.containers;
        !containers.is_empty()
            && containers.iter().all(|container| {
                ImageRef::parse(&container.image).is_some_and(|image| {
                    let host = image.host.to_lowercase();
                    let mut patterns = patterns.iter();
                    patterns.any(|pattern| ends_with(&host, &image.repository, pattern))
                })
            })
    }

    /// Whether it is a static pod, as the API shows it or as the file that the kubelet reads.
    pub(super) fn is_of_control_plane(&self) -> bool {
        let labels = &self.metadata.labels;
        self.template.annotations.has(MIRROR)
            || self.kind == "Pod"
                && self.namespace == "kube-system"
                && labels.is("tier", "control-plane")
                && labels
                    .get("component")
                    .is_some_and(|component| ControlPlaneComponent::is_program(component))
    }

    /// Whether it is cluster DNS or kube-proxy, as every installer makes them.
    pub(super) fn is_of_kubernetes(&self) -> bool {
        self.namespace == "kube-system"
            && OF_KUBERNETES.iter().any(|(kind, name, app, program)| {
                let labels = || self.labels.iter().filter_map(|its| its.get("k8s-app"));
                let images = self.spec.containers.first().into_iter();
                let mut images = images.filter_map(|container| ImageRef::parse(&container.image));
                self.kind == *kind
                    && glob(name, self.name)
                    && labels().any(|its| glob(app, its))
                    && images.any(|image| glob(program, image.base_name()))
            })
    }

    /// Whether its labels or its namespace are those of a component.
    pub(super) fn says_that_it_is(&self, id: Id) -> bool {
        let namespace = self.namespace.as_str();
        let mut labels = self.labels.iter().flat_map(|labels| of_labels(labels));
        KNOWN[usize::from(id)]
            .signals
            .namespaces
            .contains(&namespace)
            || labels.any(|(labelled, _)| labelled == id)
    }

    /// The part of a component that it is.
    pub(super) fn part_of(&self, component: &Component) -> Option<&'static Part> {
        component.parts.iter().find(|part| part.names(self))
    }

    /// The container that does the work of the pod: not one that stands before another or was put there.
    fn main_container(&self) -> Option<&'a Container> {
        let containers = &self.spec.containers;
        let named = self.template.annotations.get(MAIN_CONTAINER);
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
    /// What a gap of a workload means, as far as the knowledge tells (rule 3 of RULES.md). It is a component's by the image
    /// of its main container; by that of any other together with the component's own label or namespace; live also by
    /// the labels of one that more than these confirms. Demands COMPONENTS.
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
        let Some(main) = candidate.main_container() else {
            return Ok((false, None));
        };
        let by_image = recognised.components_of_image(&main.image);
        let mut components: Vec<&Component> =
            by_image.iter().map(|id| &KNOWN[usize::from(*id)]).collect();
        if components.is_empty() {
            let by_any = recognised.components_of(candidate.spec).into_iter();
            let says_so = by_any.filter(|id| candidate.says_that_it_is(*id));
            components.extend(says_so.map(|id| &KNOWN[usize::from(id)]));
        }
        if !components.is_empty() {
            let part = components.iter().find_map(|its| candidate.part_of(its));
            return Ok((true, part));
        }
        if self.origin() == Origin::Files {
            // What others make and a product brings along, a cache say, bears the product's label, and the name of the part.
            let labelled = candidate.labels.into_iter().flat_map(of_labels);
            let named = labelled
                .filter_map(|(id, _)| candidate.part_of(&KNOWN[usize::from(id)]))
                .find(|part| !part.workloads.is_empty());
            return Ok((named.is_some(), named));
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

//! The signals by which components show themselves, read of every kind of object.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use super::{
    components::{
        COMPONENTS, Id, Signals, glob, in_tree_source, is_platform, of_image, of_labels,
        registry_of,
    },
    sight::{Sight, Signal},
};
use crate::{
    inventory::{
        Inventory, Listed, Origin,
        kinds::{
            ApiService, CsiDriver, DaemonSet, Deployment, GatewayClass, IngressClass,
            MutatingWebhookConfiguration, Node, Pod, ReplicaSet, RuntimeClass, StatefulSet,
            StorageClass, ValidatingWebhookConfiguration,
        },
        types::{Condition, ObjectMeta, PodSpec, PodTemplate, condition},
    },
    kubernetes::{ImageRef, is_live},
    model::Text,
    wire::Labels,
};

/// What an image says.
pub(super) type OfImage = Vec<(Id, &'static str)>;

/// The components of one pod specification.
#[derive(Clone, Debug, Default)]
struct OfSpec {
    /// All of any container.
    all: BTreeSet<(Id, &'static str)>,
    /// Those to which the pod itself belongs, rather than only a container that accompanies another.
    own: BTreeSet<Id>,
}

/// Reads the signals of every kind of object.
pub(super) struct SignalReader<'a> {
    inventory: &'a Inventory,
    sights: BTreeMap<Id, Sight>,
    images: HashMap<Text, OfImage>,
    specs: HashMap<*const PodSpec, Rc<OfSpec>>,
}

impl<'a> SignalReader<'a> {
    /// Every component that shows a signal, and the components of every image.
    pub(super) fn read(inventory: &'a Inventory) -> (BTreeMap<Id, Sight>, HashMap<Text, OfImage>) {
        let mut reader = Self {
            inventory,
            sights: BTreeMap::new(),
            images: HashMap::new(),
            specs: HashMap::new(),
        };
        reader.templates();
        reader.pods();
        if reader.live() {
            reader.workload_names();
            reader.cluster();
        }
        (reader.sights, reader.images)
    }

    fn see(&mut self, id: Id, signal: Signal, pattern: &'static str) {
        let component = &COMPONENTS[usize::from(id)];
        if !is_platform(component) {
            self.sights
                .entry(id)
                .or_default()
                .signals
                .insert((signal, pattern));
        }
    }

    fn image(&mut self, image: &Text) -> OfImage {
        if let Some(known) = self.images.get(image) {
            return known.clone();
        }
        let parsed = ImageRef::parse(image);
        let found = parsed.as_ref().map(of_image).unwrap_or_default();
        if let Some((id, pattern)) = parsed.as_ref().and_then(registry_of) {
            self.see(id, Signal::Registry, pattern);
        }
        self.images.insert(image.clone(), found.clone());
        found
    }

    fn spec(&mut self, spec: &'a PodSpec) -> Rc<OfSpec> {
        let key = std::ptr::from_ref(spec);
        if let Some(known) = self.specs.get(&key) {
            return Rc::clone(known);
        }
        let mut of_spec = OfSpec::default();
        for container in spec
            .init_containers
            .iter()
            .chain(&spec.ephemeral_containers)
        {
            of_spec.all.extend(self.image(&container.image));
        }
        let apps: Vec<OfImage> = spec
            .containers
            .iter()
            .map(|container| self.image(&container.image))
            .collect();
        let all_known = apps.iter().all(|found| !found.is_empty());
        for (place, found) in apps.iter().enumerate() {
            of_spec.all.extend(found);
            if place == 0 || all_known {
                of_spec.own.extend(found.iter().map(|(id, _)| *id));
            }
        }
        self.volumes(spec);
        let of_spec = Rc::new(of_spec);
        self.specs.insert(key, Rc::clone(&of_spec));
        of_spec
    }

    fn volumes(&mut self, spec: &PodSpec) {
        for volume in &spec.volumes {
            if let Some(kind) = in_tree_source(volume) {
                self.see_where(
                    Signal::VolumeType,
                    |signals| signals.volume_types,
                    |known| known == kind,
                );
            }
        }
    }

    /// Notes a signal of every component that has one in a list.
    fn see_where(
        &mut self,
        signal: Signal,
        list: impl Fn(&Signals) -> &'static [&'static str],
        holds: impl Fn(&str) -> bool,
    ) {
        for (id, component) in (0..).zip(COMPONENTS) {
            for pattern in list(&component.signals) {
                if holds(pattern) {
                    self.see(id, signal, pattern);
                }
            }
        }
    }

    fn live(&self) -> bool {
        self.inventory.origin == Origin::Live
    }

    fn template(&mut self, metadata: &'a ObjectMeta, template: PodTemplate<'a>) {
        for (id, pattern) in &self.spec(template.spec).all {
            self.see(*id, Signal::Image, pattern);
            if let Some(sight) = self.sights.get_mut(id) {
                sight.namespaces.insert(metadata.namespace.clone());
            }
        }
        if self.live() {
            for (id, key) in of_labels(&metadata.labels).chain(of_labels(&template.metadata.labels))
            {
                self.see(id, Signal::Label, key);
            }
        }
    }

    fn templates(&mut self) {
        let inventory = self.inventory;
        for (_, metadata, template) in inventory.templates_of_components(None) {
            self.template(metadata, template);
        }
    }

    fn pods(&mut self) {
        let inventory = self.inventory;
        // Pods of one owner stand side by side, and mostly bear the same labels.
        let mut last: Option<(&Labels, Vec<(Id, &'static str)>)> = None;
        for pod in inventory.seen::<Pod>() {
            let of_spec = self.spec(&pod.spec);
            let of_daemon_set = pod
                .metadata
                .controller()
                .is_some_and(|owner| owner.kind == "DaemonSet");
            for (id, pattern) in &of_spec.all {
                self.see(*id, Signal::Image, pattern);
                if let Some(sight) = self.sights.get_mut(id) {
                    sight.namespaces.insert(pod.metadata.namespace.clone());
                }
                if of_daemon_set || of_spec.own.contains(id) {
                    self.see_pod(*id, pod);
                }
            }
            if self.live() {
                let labels = &pod.metadata.labels;
                if last.as_ref().is_none_or(|(last, _)| *last != labels) {
                    last = Some((labels, of_labels(labels).collect()));
                }
                for (id, key) in last.iter().flat_map(|(_, found)| found) {
                    self.see(*id, Signal::Label, key);
                    self.see_pod(*id, pod);
                }
            }
        }
    }

    fn see_pod(&mut self, id: Id, pod: &Pod) {
        if let Some(sight) = self.sights.get_mut(&id) {
            let live = is_live(pod);
            sight.has_pods |= live;
            sight.is_ready |= live && pod.is_ready();
        }
    }

    /// Workloads and ConfigMaps by kind, namespace and name.
    fn workload_names(&mut self) {
        for (id, component) in (0..).zip(COMPONENTS) {
            for pattern in component.signals.workloads {
                let mut parts = pattern.split('/');
                let (Some(kind), Some(namespace), Some(name)) =
                    (parts.next(), parts.next(), parts.next())
                else {
                    continue;
                };
                let matches = |metadata: &ObjectMeta| {
                    glob(namespace, &metadata.namespace) && glob(name, &metadata.name)
                };
                let found = match kind {
                    "Deployment" => self.any::<Deployment>(matches),
                    "StatefulSet" => self.any::<StatefulSet>(matches),
                    "DaemonSet" => self.any::<DaemonSet>(matches),
                    _ => false,
                };
                if found {
                    self.see(id, Signal::Workload, pattern);
                    let inventory = self.inventory;
                    let pods = if namespace.contains(['*', '?']) {
                        inventory.seen::<Pod>()
                    } else {
                        inventory.seen_in::<Pod>(namespace)
                    };
                    for pod in pods {
                        if glob(namespace, &pod.metadata.namespace)
                            && self
                                .owner(pod)
                                .is_some_and(|(k, n)| k == kind && glob(name, n))
                        {
                            self.see_pod(id, pod);
                        }
                    }
                }
            }
        }
    }

    fn any<K: Listed>(&self, matches: impl Fn(&ObjectMeta) -> bool) -> bool {
        self.inventory
            .seen::<K>()
            .iter()
            .any(|object| matches(object.metadata()))
    }

    /// Kind and name of a pod's top controller, past its ReplicaSet.
    fn owner(&self, pod: &'a Pod) -> Option<(&'a str, &'a str)> {
        let owner = pod.metadata.controller()?;
        if owner.kind != "ReplicaSet" {
            return Some((&owner.kind, &owner.name));
        }
        let set = self
            .inventory
            .find::<ReplicaSet>(&pod.metadata.namespace, &owner.name)?;
        let above = set.metadata.controller()?;
        Some((&above.kind, &above.name))
    }

    /// What is no workload.
    fn cluster(&mut self) {
        let inventory = self.inventory;
        if let Some(discovery) = inventory.facts.discovery.seen() {
            self.see_where(
                Signal::CrdGroup,
                |signals| signals.crd_groups,
                |group| discovery.has_group(group),
            );
            self.see_where(
                Signal::Crd,
                |signals| signals.crds,
                |crd| {
                    crd.split_once('.')
                        .is_some_and(|(plural, group)| discovery.resource(group, plural).is_some())
                },
            );
        }
        if let Some(version) = inventory.facts.version.seen() {
            let version = version.git_version.to_lowercase();
            self.see_where(
                Signal::GitVersion,
                |signals| signals.git_version,
                |part| version.contains(part),
            );
        }
        let available: BTreeSet<&str> = inventory
            .seen::<ApiService>()
            .iter()
            .filter(|service| {
                condition(&service.status.conditions, "Available").is_some_and(Condition::is_true)
            })
            .map(|service| service.metadata.name.as_str())
            .collect();
        self.see_where(
            Signal::ApiService,
            |signals| signals.api_services,
            |name| available.contains(name),
        );
        let provisioners: BTreeSet<String> = names::<CsiDriver>(inventory)
            .map(str::to_lowercase)
            .chain(
                inventory
                    .seen::<StorageClass>()
                    .iter()
                    .map(|class| class.provisioner.to_lowercase()),
            )
            .collect();
        self.see_any(
            Signal::Provisioner,
            |signals| signals.provisioners,
            &provisioners,
        );
        let webhooks: BTreeSet<String> = names::<ValidatingWebhookConfiguration>(inventory)
            .chain(names::<MutatingWebhookConfiguration>(inventory))
            .map(str::to_lowercase)
            .collect();
        self.see_any(Signal::Webhook, |signals| signals.webhooks, &webhooks);
        let controllers = inventory
            .seen::<IngressClass>()
            .iter()
            .map(|class| class.spec.controller.to_lowercase())
            .collect();
        self.see_any(
            Signal::IngressController,
            |signals| signals.ingress_controllers,
            &controllers,
        );
        let controllers = inventory
            .seen::<GatewayClass>()
            .iter()
            .map(|class| class.spec.controller_name.to_lowercase())
            .collect();
        self.see_any(
            Signal::GatewayController,
            |signals| signals.gateway_controllers,
            &controllers,
        );
        let handlers = inventory
            .seen::<RuntimeClass>()
            .iter()
            .map(|class| class.handler.to_lowercase())
            .collect();
        self.see_any(
            Signal::RuntimeHandler,
            |signals| signals.runtime_handlers,
            &handlers,
        );
        let namespaces = inventory
            .seen::<Pod>()
            .chunk_by(|a, b| a.metadata.namespace == b.metadata.namespace)
            .filter_map(|pods| Some(pods.first()?.metadata.namespace.to_lowercase()))
            .collect();
        self.see_any(Signal::Namespace, |signals| signals.namespaces, &namespaces);
        self.nodes();
    }

    fn see_any(
        &mut self,
        signal: Signal,
        list: impl Fn(&Signals) -> &'static [&'static str],
        there: &BTreeSet<String>,
    ) {
        self.see_where(signal, list, |pattern| {
            there.contains(pattern)
                || pattern.contains('*') && there.iter().any(|text| glob(pattern, text))
        });
    }

    fn nodes(&mut self) {
        let mut names = BTreeSet::new();
        let mut images = BTreeSet::new();
        let mut runtimes = BTreeSet::new();
        let mut providers = BTreeSet::new();
        let mut versions = BTreeSet::new();
        let mut labels = BTreeSet::new();
        for node in self.inventory.seen::<Node>() {
            let info = &node.status.node_info;
            names.insert(node.metadata.name.to_lowercase());
            images.insert(info.os_image.to_lowercase());
            runtimes.insert(info.container_runtime_version.to_lowercase());
            versions.insert(info.kubelet_version.to_lowercase());
            let provider = node.spec.provider_id.to_lowercase();
            // What comes after the scheme is one machine's.
            let scheme = provider.find("://").map_or(provider.len(), |at| at + 3);
            providers.insert(provider[..scheme].to_owned());
            for (key, value) in node.metadata.labels.iter() {
                labels.insert((key, value));
            }
        }
        let starts = |there: &BTreeSet<String>, start: &str| {
            there.iter().any(|text| text.starts_with(start))
        };
        self.see_any(Signal::NodeName, |signals| signals.node_names, &names);
        self.see_any(Signal::NodeOs, |signals| signals.node_os_image, &images);
        self.see_where(
            Signal::Runtime,
            |signals| signals.runtimes,
            |start| starts(&runtimes, start),
        );
        self.see_where(
            Signal::ProviderId,
            |signals| signals.provider_ids,
            |start| starts(&providers, start),
        );
        self.see_where(
            Signal::GitVersion,
            |signals| signals.git_version,
            |part| versions.iter().any(|version| version.contains(part)),
        );
        self.see_where(
            Signal::NodeLabel,
            |signals| signals.node_labels,
            |label| match label.split_once('=') {
                Some((key, value)) => labels
                    .iter()
                    .any(|(known, is)| *known == key && is.eq_ignore_ascii_case(value)),
                None => labels.iter().any(|(known, _)| *known == label),
            },
        );
    }
}

fn names<K: Listed>(inventory: &Inventory) -> impl Iterator<Item = &str> {
    inventory
        .seen::<K>()
        .iter()
        .map(|object| object.metadata().name.as_str())
}

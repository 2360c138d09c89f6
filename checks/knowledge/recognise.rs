//! Which components a cluster has: all their signals, gathered once (rule 16 of RULES.md).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    rc::Rc,
};

use super::{
    components::{COMPONENTS, Component, Id, Signals, glob, of_image, of_labels, registry_of},
    platforms::Candidates,
};
use crate::{
    inventory::{
        Derived, Evidence, Inventory, Kind, Listed, Origin, Picture, Slot,
        kinds::{
            ApiService, CsiDriver, DaemonSet, Deployment, GatewayClass, IngressClass,
            MutatingWebhookConfiguration, Node, Pod, ReplicaSet, RuntimeClass, StatefulSet,
            StorageClass, ValidatingWebhookConfiguration,
        },
        needs::COMPONENTS as EVIDENCE,
        types::{Condition, ObjectMeta, PodSpec, PodTemplate, Volume, condition},
    },
    kubernetes::{ImageRef, is_live},
    model::{Text, Unknown, Why},
    wire::Labels,
};

/// How sure it is that a component is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Only names speak for it.
    Hint,
    /// One thing speaks for it that may be left over.
    Installed,
    /// It is there.
    Confirmed,
}

impl Verdict {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Installed => "installed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// One way in which a component shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Signal {
    Image,
    ApiService,
    Provisioner,
    NodeLabel,
    NodeOs,
    Runtime,
    ProviderId,
    GitVersion,
    Registry,
    CrdGroup,
    Crd,
    Webhook,
    Label,
    IngressController,
    GatewayController,
    RuntimeHandler,
    VolumeType,
    Workload,
    Namespace,
    NodeName,
    Annotation,
}

impl Signal {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::ApiService => "api-service",
            Self::Provisioner => "provisioner",
            Self::NodeLabel => "node-label",
            Self::NodeOs => "node-os",
            Self::Runtime => "runtime",
            Self::ProviderId => "provider-id",
            Self::GitVersion => "version",
            Self::Registry => "registry",
            Self::CrdGroup => "api-group",
            Self::Crd => "crd",
            Self::Webhook => "webhook",
            Self::Label => "label",
            Self::IngressController => "ingress-controller",
            Self::GatewayController => "gateway-controller",
            Self::RuntimeHandler => "runtime-handler",
            Self::VolumeType => "volume-type",
            Self::Workload => "workload",
            Self::Namespace => "namespace",
            Self::NodeName => "node-name",
            Self::Annotation => "annotation",
        }
    }

    const fn strength(self) -> Verdict {
        match self {
            Self::Image
            | Self::ApiService
            | Self::Provisioner
            | Self::NodeLabel
            | Self::NodeOs
            | Self::Runtime
            | Self::ProviderId
            | Self::GitVersion
            | Self::Registry => Verdict::Confirmed,
            Self::Namespace | Self::NodeName | Self::Annotation => Verdict::Hint,
            _ => Verdict::Installed,
        }
    }

    /// What it is a sign by, before its name.
    const fn noun(self) -> &'static str {
        match self {
            Self::Image => "the image",
            Self::ApiService => "the API service",
            Self::Provisioner => "the driver or provisioner",
            Self::NodeLabel => "the node label",
            Self::NodeOs => "the nodes' system",
            Self::Runtime => "the nodes' runtime",
            Self::ProviderId => "the nodes' provider",
            Self::GitVersion => "the version",
            Self::Registry => "images from",
            Self::CrdGroup | Self::Crd => "the API",
            Self::Webhook => "the webhook configuration",
            Self::Label => "the label",
            Self::IngressController => "an ingress class of",
            Self::GatewayController => "a gateway class of",
            Self::RuntimeHandler => "the runtime handler",
            Self::VolumeType => "volumes of the type",
            Self::Workload => "the workload",
            Self::Namespace => "the namespace",
            Self::NodeName => "the node name",
            Self::Annotation => "the annotation",
        }
    }

    /// Whether only someone who runs the cluster can make it.
    const fn is_of_the_cluster(self) -> bool {
        !matches!(
            self,
            Self::Image
                | Self::Registry
                | Self::Label
                | Self::VolumeType
                | Self::Workload
                | Self::Namespace
                | Self::Annotation
        )
    }
}

/// What was seen of one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Its signals, with the pattern of the knowledge that each of them matches.
    pub signals: BTreeSet<(Signal, &'static str)>,
    /// Whether there is a pod whose own it is: not one that only carries it as a sidecar.
    pub has_pods: bool,
    /// Whether one of these pods is Ready.
    pub is_ready: bool,
    /// The namespaces in which its images run.
    pub namespaces: BTreeSet<Text>,
}

impl Sight {
    /// How sure it is that the component is there.
    pub fn verdict(&self) -> Verdict {
        let of = |strength| {
            self.signals
                .iter()
                .filter(move |(signal, _)| signal.strength() == strength)
        };
        match (
            of(Verdict::Confirmed).count(),
            of(Verdict::Installed).count(),
        ) {
            (1.., _) | (0, 2..) => Verdict::Confirmed,
            (0, 1) => Verdict::Installed,
            (0, 0) => Verdict::Hint,
        }
    }

    /// Whether one thing that speaks for it is enough.
    pub(super) fn is_certain(&self) -> bool {
        self.signals
            .iter()
            .any(|(signal, _)| signal.strength() == Verdict::Confirmed)
    }

    /// The same, as if some of what speaks for it did not.
    #[must_use]
    pub fn without(&self, signals: &[Signal]) -> Self {
        let mut sight = self.clone();
        sight
            .signals
            .retain(|(signal, _)| !signals.contains(signal));
        sight
    }

    /// What speaks for it, as a text: `the API core.kubefed.io, the driver or provisioner pxd.portworx.com`.
    pub fn traces(&self) -> String {
        let mut traces = String::new();
        for (signal, pattern) in &self.signals {
            let comma = if traces.is_empty() { "" } else { ", " };
            let _ = write!(traces, "{comma}{} {pattern}", signal.noun());
        }
        traces
    }

    /// Whether something speaks for it that only someone who runs the cluster can make.
    pub(super) fn is_of_the_cluster(&self) -> bool {
        self.signals
            .iter()
            .any(|(signal, _)| signal.is_of_the_cluster())
    }
}

/// All components of which something was seen.
#[derive(Debug, Default)]
pub struct Recognised {
    sights: BTreeMap<Id, Sight>,
    /// The components of every image that was looked at.
    images: HashMap<Text, Box<[Id]>>,
    pub(super) candidates: Option<Candidates>,
    /// Why some of what tells components was not seen.
    gaps: BTreeMap<Evidence, Why>,
    discovery: Option<Why>,
}

impl Derived for Recognised {
    const SLOT: Slot = Slot::Recognised;

    fn of(picture: &Picture<'_>) -> Self {
        let inventory: &Inventory = picture;
        let mut recognised = Self {
            candidates: Some(Candidates::of(inventory)),
            ..Self::default()
        };
        for evidence in EVIDENCE {
            if let Some(why) = inventory.gap(*evidence) {
                recognised.gaps.insert(*evidence, why);
            }
        }
        if !inventory.scope.excluded.is_empty() || inventory.scope.namespaces.is_some() {
            recognised
                .gaps
                .entry(Evidence::Objects(Kind::Pod))
                .or_insert_with(|| {
                    Why::new(
                        Unknown::Unreadable,
                        "pods outside the audited namespaces were not read",
                    )
                });
        }
        recognised.discovery = inventory.facts.discovery.get("the served API groups").err();
        let mut reader = Reader {
            inventory,
            sights: &mut recognised.sights,
            images: HashMap::new(),
            specs: HashMap::new(),
        };
        reader.templates();
        reader.pods();
        if inventory.origin == Origin::Live {
            reader.workload_names();
            reader.cluster();
        }
        let ids = |found: OfImage| found.into_iter().map(|(id, _)| id).collect();
        let images = reader.images.into_iter();
        recognised.images = images.map(|(image, found)| (image, ids(found))).collect();
        if let Some(candidates) = &recognised.candidates
            && let [rule] = candidates.rules[..]
            && let Some(id) = position(rule.id)
        {
            recognised
                .sights
                .entry(id)
                .or_default()
                .signals
                .insert((Signal::GitVersion, rule.id));
        }
        recognised
    }
}

/// Recognises the components, unless they were before.
pub(crate) fn prepare(picture: &Picture<'_>) {
    picture.recognised();
}

impl Picture<'_> {
    /// Which components the cluster has, gathered once from all that was read.
    pub fn recognised(&self) -> &Recognised {
        self.derived()
    }
}

impl Recognised {
    /// What was seen of a component.
    pub fn sight(&self, id: &str) -> Option<&Sight> {
        self.sights.get(&position(id)?)
    }

    /// The components of an image, whether or not it was looked at before.
    pub(crate) fn components_of_image(&self, image: &Text) -> Cow<'_, [Id]> {
        if let Some(known) = self.images.get(image) {
            return Cow::Borrowed(known);
        }
        let of = |image: &ImageRef| of_image(image).into_iter().map(|(id, _)| id).collect();
        Cow::Owned(ImageRef::parse(image).as_ref().map(of).unwrap_or_default())
    }

    /// The components of one pod specification, by its images alone.
    pub(super) fn components_of(&self, spec: &PodSpec) -> BTreeSet<Id> {
        let mut components = BTreeSet::new();
        for container in spec.init_containers.iter().chain(&spec.containers) {
            components.extend(&*self.components_of_image(&container.image));
        }
        components
    }

    /// The same with their places in the knowledge.
    pub(super) fn sights(&self) -> impl Iterator<Item = (Id, &Sight)> {
        self.sights.iter().map(|(id, sight)| (*id, sight))
    }

    /// Every component of which something was seen, in the order of the knowledge.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Component, &Sight)> {
        self.sights
            .iter()
            .map(|(id, sight)| (&COMPONENTS[usize::from(*id)], sight))
    }

    /// Why not all was seen in which components show themselves; of several reasons the first.
    pub(crate) fn first_gap(&self) -> Option<&Why> {
        self.gaps.values().chain(&self.discovery).min()
    }

    /// Why not all of a kind was seen.
    pub(super) fn gap(&self, kind: Kind) -> Option<&Why> {
        self.gaps.get(&Evidence::Objects(kind))
    }
}

fn position(id: &str) -> Option<Id> {
    let position = COMPONENTS.iter().position(|component| component.id == id)?;
    Id::try_from(position).ok()
}

/// Whether a component's pods can be told from others.
pub(super) fn shows_pods(signals: &Signals) -> bool {
    !signals.images.is_empty() || !signals.workloads.is_empty() || signals.has_labels
}

/// Whether one signal of a component can be enough, besides its images.
pub(super) fn can_be_certain(component: &Component) -> bool {
    let signals = &component.signals;
    is_platform(component)
        || [
            signals.api_services,
            signals.provisioners,
            signals.node_labels,
            signals.node_os_image,
            signals.runtimes,
            signals.provider_ids,
            signals.git_version,
        ]
        .iter()
        .any(|list| !list.is_empty())
}

/// Platforms have rules of their own; OpenShift is recognised both ways.
pub(super) fn is_platform(component: &Component) -> bool {
    component.category == "platform" && component.id != "openshift"
}

/// What an image says.
type OfImage = Vec<(Id, &'static str)>;

/// The components of one pod specification.
#[derive(Clone, Debug, Default)]
struct OfSpec {
    /// All of any container.
    all: BTreeSet<(Id, &'static str)>,
    /// Those to which the pod itself belongs, rather than only a container that accompanies another.
    own: BTreeSet<Id>,
}

struct Reader<'a> {
    inventory: &'a Inventory,
    sights: &'a mut BTreeMap<Id, Sight>,
    images: HashMap<Text, OfImage>,
    specs: HashMap<*const PodSpec, Rc<OfSpec>>,
}

impl<'a> Reader<'a> {
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
        for (metadata, template) in inventory.templates_of_components(None) {
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

/// The source of a volume that a plugin within Kubernetes once served.
fn in_tree_source(volume: &Volume) -> Option<&'static str> {
    [
        (volume.flocker.0, "flocker"),
        (volume.portworx_volume.0, "portworxVolume"),
        (volume.storageos.0, "storageos"),
        (volume.quobyte.0, "quobyte"),
        (volume.glusterfs.0, "glusterfs"),
        (volume.aws_elastic_block_store.0, "awsElasticBlockStore"),
        (volume.gce_persistent_disk.0, "gcePersistentDisk"),
        (volume.azure_disk.0, "azureDisk"),
        (volume.azure_file.0, "azureFile"),
        (volume.cinder.0, "cinder"),
        (volume.vsphere_volume.0, "vsphereVolume"),
        (volume.rbd.0, "rbd"),
        (volume.cephfs.0, "cephfs"),
        (volume.scale_io.0, "scaleIO"),
    ]
    .into_iter()
    .find_map(|(present, kind)| present.then_some(kind))
}

/// The components whose volumes a volume is one of, with the name of its source.
pub(crate) fn of_volume(
    volume: &Volume,
) -> impl Iterator<Item = (&'static Component, &'static str)> {
    in_tree_source(volume).into_iter().flat_map(|source| {
        let its = move |component: &&Component| component.signals.volume_types.contains(&source);
        let components = COMPONENTS.iter().filter(its);
        components.map(move |component| (component, source))
    })
}

/// The components that are the operating system of a machine.
pub(crate) fn of_os_image(image: &str) -> Vec<&'static Component> {
    let image = image.to_lowercase();
    let its = |component: &&Component| {
        let mut images = component.signals.node_os_image.iter();
        images.any(|its| glob(its, &image))
    };
    COMPONENTS.iter().filter(its).collect()
}

/// The components that are the container runtime of a machine.
pub(crate) fn of_runtime(version: &str) -> Vec<&'static Component> {
    let version = version.to_lowercase();
    let its = |component: &&Component| {
        let mut runtimes = component.signals.runtimes.iter();
        runtimes.any(|its| version.starts_with(its))
    };
    COMPONENTS.iter().filter(its).collect()
}

fn names<K: Listed>(inventory: &Inventory) -> impl Iterator<Item = &str> {
    inventory
        .seen::<K>()
        .iter()
        .map(|object| object.metadata().name.as_str())
}

//! The components of the ecosystem, and which of them an image or a label belongs to.

use super::parts::{Availability, Part};
use crate::{
    inventory::types::Volume,
    kubernetes::ImageRef,
    model::Expectation,
    wire::{Labels, Time},
};

/// What became of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is developed.
    Active,
    /// It replaced a component that people still know by name.
    Successor,
    /// Nobody has given it up, but there was no release of it for 18 months.
    Dormant,
    /// It is not developed any more.
    Retired,
}

impl Status {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Successor => "successor",
            Self::Dormant => "dormant",
            Self::Retired => "retired",
        }
    }
}

/// One component of the ecosystem.
#[derive(Debug)]
pub struct Component {
    /// Its id in the knowledge files.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for: `monitoring`, `cni`.
    pub category: &'static str,
    /// What became of it.
    pub status: Status,
    /// What replaces it.
    pub successor: Option<&'static str>,
    /// When it ended, as precisely as is known: `2020-05-26`, `2024-06`, `2018`.
    pub eol: Option<&'static str>,
    /// Since when a dormant one is: when work on it was last seen.
    pub since: Option<&'static str>,
    /// Where either day is from: an address, or the name of a document.
    pub source: Option<&'static str>,
    /// How a retired one ended, as a clause.
    pub ended: Option<&'static str>,
    /// Who takes its place, by name, the nearest first.
    pub successors: &'static [&'static str],
    /// What it is good for: `metrics-collection`, `backup`.
    pub provides: &'static [&'static str],
    /// What is known of its workloads: the first part that names one decides.
    pub(super) parts: &'static [Part],
    /// How it is recognised.
    pub signals: Signals,
    /// Who makes it.
    pub vendor: &'static str,
    /// The ids of the components whose successor it is.
    pub replaces: &'static [&'static str],
}

impl Component {
    /// Whether it has ended by `now`: an end in the future is none yet.
    pub fn has_ended(&self, now: Time) -> bool {
        self.status == Status::Retired
            && self.eol.is_none_or(|eol| {
                let today = now.to_string();
                today.get(..eol.len()).is_none_or(|today| today > eol)
            })
    }

    /// What became of a retired one, as a clause: `ended on 2020-05-26: no updates since`.
    pub fn fate(&self) -> String {
        let when = match self.eol {
            Some(day) if day.len() == 10 => format!("was retired on {day}"),
            Some(time) => format!("was retired in {time}"),
            None => "is no longer maintained".to_owned(),
        };
        match self.ended {
            Some(how) => format!("{when}: {how}"),
            None => when,
        }
    }

    /// The same with its name: `CoreOS Container Linux, which ended on 2020-05-26: no updates since`.
    pub fn obituary(&self) -> String {
        format!("{}, which {}", self.name, self.fate())
    }

    /// What is said of one that is dormant: `dormant: nobody has given it up, but it was last worked on in 2024-05`.
    pub fn slumber(&self) -> Option<String> {
        let since = self.since?;
        let on = if since.len() == 10 { "on" } else { "in" };
        Some(format!(
            "dormant: its end was not declared, but the last activity was {on} {since}"
        ))
    }

    /// What to have instead, as a text: `one of its successors: Flatcar Container Linux, Fedora CoreOS`.
    pub fn instead(&self) -> String {
        match self.successors {
            [] => "no such component, because it has no successor".to_owned(),
            [successor] => format!("its successor: {successor}"),
            successors => format!("one of its successors: {}", successors.join(", ")),
        }
    }
}

/// How a component is recognised; the head of the knowledge file says what each list holds. All but names of labels,
/// volumes and kinds is in lower case.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names are those of the knowledge file")]
pub struct Signals {
    pub crd_groups: &'static [&'static str],
    pub images: &'static [&'static str],
    pub provisioners: &'static [&'static str],
    pub namespaces: &'static [&'static str],
    pub node_labels: &'static [&'static str],
    pub node_os_image: &'static [&'static str],
    pub api_services: &'static [&'static str],
    pub provider_ids: &'static [&'static str],
    pub git_version: &'static [&'static str],
    pub registries: &'static [&'static str],
    /// Repositories that are no part of a registry, though they stand under its name.
    pub registries_except: &'static [&'static str],
    pub webhooks: &'static [&'static str],
    pub workloads: &'static [&'static str],
    pub ingress_controllers: &'static [&'static str],
    pub gateway_controllers: &'static [&'static str],
    pub runtimes: &'static [&'static str],
    pub runtime_handlers: &'static [&'static str],
    pub volume_types: &'static [&'static str],
    pub node_names: &'static [&'static str],
    pub annotations: &'static [&'static str],
    pub crds: &'static [&'static str],
    /// When not empty, a tag must begin with one of these.
    pub image_tags: &'static [&'static str],
    pub has_labels: bool,
}

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// A component by its place in the knowledge.
pub(crate) type Id = u16;

/// All components.
pub fn components() -> &'static [Component] {
    COMPONENTS
}

/// A component by its id.
pub fn component(id: &str) -> Option<&'static Component> {
    COMPONENTS.iter().find(|component| component.id == id)
}

/// The components that an image belongs to, with the pattern that says so.
pub(crate) fn of_image(image: &ImageRef) -> Vec<(Id, &'static str)> {
    let host = image.host.to_lowercase();
    let last = image.base_name();
    let from = IMAGES.partition_point(|(known, _, _)| *known < last);
    let mut found: Vec<(Id, &'static str)> = IMAGES[from..]
        .iter()
        .take_while(|(known, _, _)| *known == last)
        .map(|(_, pattern, id)| (*id, *pattern))
        .chain(IMAGE_GLOBS.iter().map(|(pattern, id)| (*id, *pattern)))
        .filter(|(_, pattern)| ends_with(&host, &image.repository, pattern))
        .filter(|(id, _)| {
            let tags = COMPONENTS[usize::from(*id)].signals.image_tags;
            tags.is_empty()
                || image.tag.as_ref().is_some_and(|tag| {
                    let tag = tag.to_lowercase();
                    tags.iter().any(|start| tag.starts_with(start))
                })
        })
        .collect();
    // Of those that bear the same image, the one that its tag tells is meant.
    let told: Vec<&str> = found
        .iter()
        .filter(|(id, _)| !COMPONENTS[usize::from(*id)].signals.image_tags.is_empty())
        .map(|(_, pattern)| *pattern)
        .collect();
    found.retain(|(id, pattern)| {
        let by_tag = !COMPONENTS[usize::from(*id)].signals.image_tags.is_empty();
        by_tag || !told.contains(pattern)
    });
    found.sort_unstable();
    found.dedup_by_key(|(id, _)| *id);
    found
}

/// The registry that an image comes from, with the pattern that says so: of several the most exact one.
pub(crate) fn registry_of(image: &ImageRef) -> Option<(Id, &'static str)> {
    let host = image.host.to_lowercase();
    let from = REGISTRIES.partition_point(|(known, ..)| *known < host.as_str());
    let excepted = |except: &str| {
        except
            .split_once('/')
            .is_some_and(|(its, path)| its == host && is_below(&image.repository, path))
    };
    REGISTRIES[from..]
        .iter()
        .take_while(|(known, ..)| *known == host)
        .chain(
            REGISTRY_GLOBS
                .iter()
                .filter(|(known, ..)| glob(known, &host)),
        )
        .filter(|(_, path, ..)| is_below(&image.repository, path))
        .filter(|(.., id)| {
            let except = COMPONENTS[usize::from(*id)].signals.registries_except;
            !except.iter().any(|except| excepted(except))
        })
        .max_by_key(|(host, path, ..)| (path.len(), host.len()))
        .map(|(.., pattern, id)| (*id, *pattern))
}

/// Whether a repository is `path`, or stands below it.
fn is_below(repository: &str, path: &str) -> bool {
    path.is_empty()
        || repository
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether host and repository end with a pattern's path components.
pub(super) fn ends_with(host: &str, repository: &str, pattern: &str) -> bool {
    let mut path = repository.rsplit('/').chain([host]);
    pattern
        .rsplit('/')
        .all(|wanted| path.next().is_some_and(|component| glob(wanted, component)))
}

/// The components that labels of a workload or of its pods belong to, with the key that says so.
pub(crate) fn of_labels(labels: &Labels) -> impl Iterator<Item = (Id, &'static str)> {
    labels.iter().flat_map(|(key, value)| {
        let from = LABELS.partition_point(|(known, _, _)| *known < key.as_str());
        LABELS[from..]
            .iter()
            .take_while(move |(known, _, _)| *known == key.as_str())
            .filter(move |(_, known, _)| known.eq_ignore_ascii_case(value))
            .map(|(key, _, id)| (*id, *key))
    })
}

/// Whether a text matches a pattern: `*` stands for any text and `?` for one character.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) && pattern[p] != b'*'
        {
            (p, t) = (p + 1, t + 1);
        } else if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            (p, t) = (after + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

pub(super) fn position(id: &str) -> Option<Id> {
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

/// The source of a volume that a plugin within Kubernetes once served.
pub(super) fn in_tree_source(volume: &Volume) -> Option<&'static str> {
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
        (volume.flex_volume.0, "flexVolume"),
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

#[cfg(test)]
mod tests {
    use super::{COMPONENTS, glob, of_image};
    use crate::kubernetes::ImageRef;

    fn ids(image: &str) -> Vec<&'static str> {
        of_image(&ImageRef::parse(image).unwrap())
            .into_iter()
            .map(|(id, _)| COMPONENTS[usize::from(id)].id)
            .collect()
    }

    #[test]
    fn images_are_compared_by_whole_path_components_from_the_right() {
        assert_eq!(ids("quay.io/prometheus/prometheus:v3.1.0"), ["prometheus"]);
        assert_eq!(
            ids(
                "mirror.example/quay/prom/prometheus@sha256:0000000000000000000000000000000000000000000000000000000000000000"
            ),
            ["prometheus"]
        );
        assert!(ids("registry.example/notprom/prometheus").is_empty());
        assert!(ids("prometheus").is_empty(), "docker.io/library/prometheus");
        assert_eq!(ids("traefik:v3"), ["traefik"], "docker.io/library/traefik");
        assert_eq!(
            ids("registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.0"),
            ["cluster-autoscaler"]
        );
        assert_eq!(
            ids("registry.k8s.io/autoscaling/cluster-autoscaler-arm64:v1.33.0"),
            ["cluster-autoscaler"]
        );
    }

    #[test]
    fn a_component_may_be_told_by_its_tag() {
        assert!(ids("registry.example/twistlock/defender:defender_19_03").contains(&"twistlock"));
        assert!(!ids("registry.example/twistlock/defender:defender_33_00").contains(&"twistlock"));
        assert!(
            ids("registry.example/twistlock/defender:defender_33_00")
                .contains(&"prisma-cloud-compute")
        );
    }

    #[test]
    fn the_tag_tells_one_component_from_another_with_the_same_image() {
        assert_eq!(ids("jaegertracing/all-in-one:1.62.0"), ["jaeger-v1"]);
        assert_eq!(ids("jaegertracing/all-in-one"), ["jaeger"]);
        assert_eq!(ids("jaegertracing/jaeger:2.11.0"), ["jaeger"]);
    }

    #[test]
    fn patterns_are_globs() {
        for (pattern, text, matches) in [
            ("gk3-*", "gk3-pool-1", true),
            ("gk3-*", "gke-pool-1", false),
            ("*-nri-metadata-injection", "a-nri-metadata-injection", true),
            ("k8s-master-????????-?", "k8s-master-12345678-0", true),
            ("a*b*c", "axxbyybzzc", true),
            ("a*b*c", "axxbyyb", false),
            ("*", "", true),
            ("plain", "plain", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn what_a_component_expects_is_known_by_part() {
        use crate::model::Expectation;
        let expects = |id: &str, expectation: Expectation| {
            let mut parts = super::component(id).unwrap().parts.iter();
            parts.any(|part| part.expects.contains(&expectation))
        };
        assert!(expects("cilium", Expectation::Privileged));
        assert!(expects("node-exporter", Expectation::HostPid));
        assert!(!expects("node-exporter", Expectation::Privileged));
        assert!(!expects("prometheus", Expectation::HostPath));
    }
}

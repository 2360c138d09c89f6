//! What a cluster has: the components that showed a signal, and their versions as far as they are visible.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    components::{COMPONENTS, Component, Id, glob, is_platform, of_image, of_labels, shows_pods},
    platforms::RULES,
    sight::Sight,
};
use crate::{
    inventory::{
        Inventory, Origin, Picture,
        kinds::{Node, Pod},
        types::{ObjectMeta, PodSpec, PodTemplate},
    },
    kubernetes::ImageRef,
    model::{Text, natural},
};

/// Where a version was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionSource {
    /// `/version` of the API server.
    Server,
    /// What nodes say of themselves.
    Node,
    /// The tag of an image.
    Image,
    /// The label `app.kubernetes.io/version`.
    AppLabel,
    /// The label `helm.sh/chart`: the version of the chart.
    ChartLabel,
}

impl VersionSource {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Node => "node",
            Self::Image => "image",
            Self::AppLabel => "app-label",
            Self::ChartLabel => "chart-label",
        }
    }
}

/// A component of a cluster.
#[derive(Clone, Debug)]
pub struct Installed<'a> {
    /// The component.
    pub component: &'static Component,
    /// How it was recognised.
    pub sight: &'a Sight,
    /// Its versions, as they are written, in their order: those of the best source. There are several while it is being
    /// updated, or when it is installed several times.
    pub versions: Vec<String>,
    /// Where the versions were read; none without a version.
    pub source: Option<VersionSource>,
    /// Its images, as they are written.
    pub images: BTreeSet<Text>,
}

impl Installed<'_> {
    /// Whether one of its pods is ready; none when it shows itself by other things than pods.
    pub fn is_ready(&self) -> Option<bool> {
        let shows = shows_pods(&self.component.signals) && !is_platform(self.component);
        shows.then_some(self.sight.is_ready)
    }
}

/// The components that showed a signal, in the order of the knowledge.
pub fn installed<'p>(inventory: &'p Picture<'_>) -> Vec<Installed<'p>> {
    let mut reader = InstalledReader {
        inventory,
        found: BTreeMap::new(),
        of_image: HashMap::new(),
    };
    reader.templates();
    // Pods of one owner mostly share their specification.
    let mut known = HashSet::new();
    for pod in inventory.seen::<Pod>() {
        if known.insert(std::ptr::from_ref::<PodSpec>(&pod.spec)) {
            reader.images(&pod.spec);
        }
    }
    reader.cluster();
    let mut found = reader.found;
    inventory
        .recognised()
        .sights()
        .map(|(id, sight)| {
            let found = found.remove(&id).unwrap_or_default();
            let (source, versions) = found.best();
            Installed {
                component: &COMPONENTS[usize::from(id)],
                sight,
                versions,
                source,
                images: found.images,
            }
        })
        .collect()
}

/// Whether a cluster runs on one person's machine: kind, k3d, minikube or Docker Desktop.
pub fn is_local(inventory: &Picture<'_>) -> bool {
    let recognised = inventory.recognised();
    let platform = recognised
        .platforms
        .as_ref()
        .and_then(|platforms| match platforms.rules[..] {
            [rule] => Some(rule.id),
            _ => None,
        });
    match platform {
        Some("kind" | "minikube" | "docker-desktop") => true,
        Some("k3s") => {
            let nodes = inventory.seen::<Node>();
            let is_k3d = |node: &Node| node.metadata.name.starts_with("k3d-");
            !nodes.is_empty() && nodes.iter().all(is_k3d)
        }
        _ => false,
    }
}

/// What was found of a component.
#[derive(Clone, Debug, Default)]
struct Found {
    images: BTreeSet<Text>,
    /// By source and rank within it: the tags of a component's main image come before those of its others.
    versions: BTreeMap<(VersionSource, usize), BTreeSet<String>>,
}

impl Found {
    fn add(&mut self, source: VersionSource, rank: usize, version: &str) {
        // `latest` and the like tell nothing.
        if version.contains(|c: char| c.is_ascii_digit()) {
            self.versions
                .entry((source, rank))
                .or_default()
                .insert(version.to_owned());
        }
    }

    fn best(&self) -> (Option<VersionSource>, Vec<String>) {
        let Some(((source, _), versions)) = self.versions.first_key_value() else {
            return (None, Vec::new());
        };
        let mut versions: Vec<String> = versions.iter().cloned().collect();
        versions.sort_by(|one, other| natural(one, other));
        (Some(*source), versions)
    }
}

struct InstalledReader<'a> {
    inventory: &'a Inventory,
    found: BTreeMap<Id, Found>,
    /// The components of each image.
    of_image: HashMap<&'a str, Vec<Id>>,
}

impl<'a> InstalledReader<'a> {
    fn image(&mut self, image: &'a Text) -> &[Id] {
        self.of_image.entry(image.as_str()).or_insert_with(|| {
            let Some(parsed) = ImageRef::parse(image) else {
                return Vec::new();
            };
            let mut ids = Vec::new();
            for (id, pattern) in of_image(&parsed) {
                let known = COMPONENTS[usize::from(id)].signals.images;
                let rank = known.iter().position(|known| *known == pattern);
                let found = self.found.entry(id).or_default();
                found.images.insert(image.clone());
                if let Some(tag) = &parsed.tag {
                    found.add(VersionSource::Image, rank.unwrap_or(known.len()), tag);
                }
                ids.push(id);
            }
            ids
        })
    }

    fn images(&mut self, spec: &'a PodSpec) {
        for container in spec
            .init_containers
            .iter()
            .chain(&spec.containers)
            .chain(&spec.ephemeral_containers)
        {
            self.image(&container.image);
        }
    }

    fn templates(&mut self) {
        let inventory = self.inventory;
        for (_, metadata, template) in inventory.templates_of_components(None) {
            self.template(metadata, template);
        }
    }

    /// Labels are about what a workload is for, which its first container does.
    fn template(&mut self, metadata: &'a ObjectMeta, template: PodTemplate<'a>) {
        self.images(template.spec);
        let Some(first) = template.spec.containers.first() else {
            return;
        };
        let by_image: BTreeSet<Id> = self.image(&first.image).iter().copied().collect();
        let labels = [&metadata.labels, &template.metadata.labels];
        let mut by_label = BTreeSet::new();
        if self.inventory.origin == Origin::Live {
            by_label.extend(
                labels
                    .iter()
                    .flat_map(|labels| of_labels(labels))
                    .map(|(id, _)| id),
            );
        }
        for id in &by_label {
            // An image that a label alone tells, from a mirror under another name.
            let found = self.found.entry(*id).or_default();
            if by_image.is_empty() {
                found.images.insert(first.image.clone());
                if let Some(tag) = ImageRef::parse(&first.image).and_then(|image| image.tag) {
                    found.add(VersionSource::Image, usize::MAX, &tag);
                }
            }
        }
        for id in by_image.union(&by_label) {
            let found = self.found.entry(*id).or_default();
            for labels in labels {
                if let Some(version) = labels.get("app.kubernetes.io/version") {
                    found.add(VersionSource::AppLabel, 0, version);
                }
                if let Some(version) = labels
                    .get("helm.sh/chart")
                    .and_then(|chart| of_chart(chart))
                {
                    found.add(VersionSource::ChartLabel, 0, version);
                }
            }
        }
    }

    /// What the server and the nodes say of themselves.
    fn cluster(&mut self) {
        let inventory = self.inventory;
        let version = inventory.facts.version.seen();
        let mut kubelets = BTreeSet::new();
        let mut systems = BTreeSet::new();
        let mut runtimes = BTreeSet::new();
        for node in inventory.seen::<Node>() {
            let info = &node.status.node_info;
            kubelets.insert(info.kubelet_version.as_str());
            systems.insert(info.os_image.as_str());
            runtimes.insert(info.container_runtime_version.as_str());
        }
        for (id, component) in (0..).zip(COMPONENTS) {
            let signals = &component.signals;
            if RULES.iter().any(|rule| rule.id == component.id) {
                let found = self.found.entry(id).or_default();
                if let Some(version) = version {
                    found.add(VersionSource::Server, 0, &version.git_version);
                }
                for version in &kubelets {
                    found.add(VersionSource::Node, 0, version);
                }
            }
            if signals.node_os_image.is_empty() && signals.runtimes.is_empty() {
                continue;
            }
            for system in &systems {
                let lower = system.to_lowercase();
                if signals
                    .node_os_image
                    .iter()
                    .any(|pattern| glob(pattern, &lower))
                    && let Some(version) = of_system(system)
                {
                    let found = self.found.entry(id).or_default();
                    found.add(VersionSource::Node, 0, version);
                }
            }
            for runtime in &runtimes {
                let lower = runtime.to_lowercase();
                if signals
                    .runtimes
                    .iter()
                    .any(|start| lower.starts_with(start))
                    && let Some((_, version)) = runtime.split_once("://")
                {
                    let found = self.found.entry(id).or_default();
                    found.add(VersionSource::Node, 0, version);
                }
            }
        }
    }
}

/// The version in a chart's label: `1.2.3` of `cert-manager-1.2.3`, whose name may hold dashes and digits too.
fn of_chart(chart: &str) -> Option<&str> {
    chart.match_indices('-').find_map(|(at, _)| {
        let rest = &chart[at + 1..];
        let digits = rest.strip_prefix('v').unwrap_or(rest);
        let major = digits.find(|c: char| !c.is_ascii_digit())?;
        (major > 0 && digits[major..].starts_with('.')).then_some(rest)
    })
}

/// The version in the name of a system: `22.04.3` of `Ubuntu 22.04.3 LTS`, `v1.7.0` of `Talos (v1.7.0)`.
fn of_system(system: &str) -> Option<&str> {
    system
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .find(|word| {
            word.strip_prefix('v')
                .unwrap_or(word)
                .starts_with(|c: char| c.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inventory::{Loader, yaml_documents},
        wire::Time,
    };

    fn live(version: &str, objects: &str) -> Inventory {
        let header = format!(
            "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\nfacts:\n  version: {{ seen: {{ gitVersion: {version} }} }}\n---\n"
        );
        let mut loader = Loader::new("default");
        for document in yaml_documents(&format!("{header}{objects}")).unwrap() {
            loader.add(document, None).unwrap();
        }
        loader.finish("2026-11-25T03:00:00Z".parse::<Time>().unwrap())
    }

    fn workload(kind: &str, labels: &str, images: &[&str]) -> String {
        let containers: Vec<String> = images
            .iter()
            .map(|image| format!("{{ name: a, image: '{image}' }}"))
            .collect();
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: a, namespace: shop, labels: {{ {labels} }} }}\nspec: {{ template: {{ spec: {{ containers: [{}] }} }} }}\n---\n",
            containers.join(", ")
        )
    }

    fn versions(inventory: &Inventory, id: &str) -> (Vec<String>, Option<VersionSource>) {
        let picture = Picture::of(inventory);
        let all = installed(&picture);
        let found = all.iter().find(|installed| installed.component.id == id);
        let found = found.unwrap_or_else(|| panic!("{id} is not recognised"));
        (found.versions.clone(), found.source)
    }

    #[test]
    fn versions_are_those_of_the_best_source() {
        use VersionSource::{AppLabel, ChartLabel, Image, Node, Server};
        let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
        let labels = "app.kubernetes.io/version: 3.1.0, helm.sh/chart: prometheus-25.1.0";
        let prometheus = |labels: &str, images: &[&str]| {
            versions(
                &live("v1.36.0", &workload("Deployment", labels, images)),
                "prometheus",
            )
        };
        let of = |versions: &[&str], source| {
            let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
            (versions, source)
        };
        let image = "quay.io/prometheus/prometheus";
        let tagged = format!("{image}:v3.10.0");
        assert_eq!(
            prometheus(labels, &[&tagged]),
            of(&["v3.10.0"], Some(Image))
        );
        let pinned = format!("{image}@{digest}");
        assert_eq!(
            prometheus(labels, &[&pinned]),
            of(&["3.1.0"], Some(AppLabel))
        );
        let chart = "helm.sh/chart: prometheus-25.1.0";
        let latest = format!("{image}:latest");
        assert_eq!(
            prometheus(chart, &[&latest]),
            of(&["25.1.0"], Some(ChartLabel))
        );
        assert_eq!(prometheus("", &[&latest]), of(&[], None));
        // What accompanies an application does not bear its labels.
        let beside = ["shop.example/web:7", &latest];
        assert_eq!(prometheus(labels, &beside), of(&[], None));
        // Two are there, as during an update.
        let two = workload("Deployment", "", &[&format!("{image}:v3.9.0")])
            + &workload("StatefulSet", "", &[&tagged]);
        let both = live("v1.36.0", &two);
        assert_eq!(
            versions(&both, "prometheus"),
            of(&["v3.9.0", "v3.10.0"], Some(Image))
        );
        let nodes = live(
            "v1.36.3-gke.1001",
            "apiVersion: v1\nkind: Node\nmetadata: { name: a, labels: { cloud.google.com/gke-nodepool: a } }\nstatus: { nodeInfo: { osImage: 'Talos (v1.11.0)', containerRuntimeVersion: 'containerd://2.1.4' } }\n",
        );
        assert_eq!(
            versions(&nodes, "gke"),
            of(&["v1.36.3-gke.1001"], Some(Server))
        );
        assert_eq!(versions(&nodes, "talos-os"), of(&["v1.11.0"], Some(Node)));
        assert_eq!(versions(&nodes, "containerd"), of(&["2.1.4"], Some(Node)));
    }

    #[test]
    fn clusters_on_one_machine_are_told_from_others() {
        let node = |name: &str, provider: &str, label: &str| {
            format!(
                "apiVersion: v1\nkind: Node\nmetadata: {{ name: {name}, labels: {{ {label} }} }}\nspec: {{ providerID: '{provider}' }}\n---\n"
            )
        };
        for (version, objects, local) in [
            ("v1.36.0", node("a", "kind://docker/kind/a", ""), true),
            ("v1.36.0", node("a", "", "minikube.k8s.io/name: a"), true),
            ("v1.36.0", node("docker-desktop", "", ""), true),
            (
                "v1.36.0+k3s1",
                node("k3d-a-server-0", "k3s://k3d-a-server-0", ""),
                true,
            ),
            ("v1.36.0+k3s1", node("edge-1", "k3s://edge-1", ""), false),
            (
                "v1.36.0+k3s1",
                node("k3d-a", "", "") + &node("edge-1", "", ""),
                false,
            ),
            ("v1.36.0", node("k3d-a-server-0", "", ""), false),
            ("v1.36.0", node("a", "aws:///eu-1/i-1", ""), false),
            ("v1.36.0", String::new(), false),
        ] {
            assert_eq!(
                is_local(&Picture::of(&live(version, &objects))),
                local,
                "{version} {objects}"
            );
        }
    }

    #[test]
    fn versions_are_found_in_texts() {
        for (chart, version) in [
            ("cilium-1.16.3", Some("1.16.3")),
            ("cert-manager-v1.15.0", Some("v1.15.0")),
            ("kube-prometheus-stack-62.3.1", Some("62.3.1")),
            ("k8s-2-app-0.1.0-rc.1", Some("0.1.0-rc.1")),
            ("nothing", None),
            ("a-1", None),
            ("-", None),
        ] {
            assert_eq!(of_chart(chart), version, "{chart}");
        }
        for (system, version) in [
            ("Ubuntu 22.04.3 LTS", Some("22.04.3")),
            ("Talos (v1.7.0)", Some("v1.7.0")),
            (
                "Flatcar Container Linux by Kinvolk 3815.2.0 (Oklo)",
                Some("3815.2.0"),
            ),
            ("Container-Optimized OS from Google", None),
            ("", None),
        ] {
            assert_eq!(of_system(system), version, "{system}");
        }
    }
}

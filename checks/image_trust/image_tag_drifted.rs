//! One tag, two images: what runs depends on when a node pulled it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    inventory::types::{ContainerStatus, Pod},
    kubernetes::{ImageRef, is_live, path_of_container},
    model::listed,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "image-tag-drifted",
    pillar: Pillar::ImageTrust,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "one image tag runs as two different images",
    fix: "pin the image by digest, then restart: kubectl rollout restart {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated::<Node>(),
        correlated_all(OWNERS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Kubescape("C-0306")],
    excuse: Excuse::Provider,
    docs: include_str!("image_tag_drifted.md"),
    run,
    ..Check::BASE
};

/// What can be compared: pods of nodes for which the same build is meant, their digests of the same sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Group<'a> {
    architecture: &'a str,
    system: &'a str,
    /// The repository for which a digest stands; none of a configuration.
    repository: &'a str,
}

/// What names an image in a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'a> {
    Container(&'a Text),
    Volume(&'a Text),
}

impl Place<'_> {
    /// A finding about the image, at the field that names it.
    fn finding(self, workload: &Workload<'_>) -> Finding {
        match self {
            Place::Container(name) => Finding::on(workload)
                .container(name)
                .at_known(path_of_container(workload, name).map(|it| it + ".image")),
            Place::Volume(name) => Finding::on(workload)
                .at(workload.at(&format!("volumes[name={name}].image.reference"))),
        }
    }
}

/// A container, or a volume, whose image is a suspect.
struct Running<'a, 's> {
    place: Place<'a>,
    reference: &'s str,
    group: Group<'a>,
    digest: &'a str,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let suspects = suspects(cx.seen::<Pod>());
    let nodes: Result<HashMap<&Text, &Node>, Why> = cx.correlated::<Node>().map(|nodes| {
        nodes
            .iter()
            .map(|node| (&node.metadata.name, node))
            .collect()
    });
    // With the creation of the first pod that runs it.
    let mut digests: HashMap<(&str, Group<'_>), BTreeMap<&str, Option<Time>>> = HashMap::new();
    if let (Ok(nodes), false) = (&nodes, suspects.is_empty()) {
        for pod in cx.seen::<Pod>().iter().filter(|pod| is_live(pod)) {
            for it in of_pod(pod, &suspects, nodes) {
                let alike = digests.entry((it.reference, it.group)).or_default();
                let created = pod.metadata.creation_timestamp;
                let first = alike.entry(it.digest).or_insert(created);
                *first = created.min(*first);
            }
        }
    }
    // While pods are replaced by those of a newer build, both run side by side.
    digests.retain(|_, digests| {
        digests.retain(|_, first| cx.is_settled(*first));
        digests.len() > 1
    });
    Ok(cx.judge_live_pods(|workload, pods| {
        if suspects.is_empty() {
            return Ok(Judgement::Sound);
        }
        let nodes = match &nodes {
            Ok(nodes) => nodes,
            Err(why) if pods.iter().any(|pod| is_suspect(pod, &suspects)) => {
                return Err(why.clone());
            }
            Err(_) => return Ok(Judgement::Sound),
        };
        // With the first place of each.
        let mut drifted: BTreeMap<(&str, Group<'_>), (Place<'_>, BTreeSet<&str>)> = BTreeMap::new();
        for it in pods.iter().flat_map(|pod| of_pod(pod, &suspects, nodes)) {
            let key = (it.reference, it.group);
            if digests.contains_key(&key) {
                let known = drifted.entry(key);
                let (_, own) = known.or_insert_with(|| (it.place, BTreeSet::new()));
                own.insert(it.digest);
            }
        }
        // One of several architectures says enough.
        let mut named = BTreeSet::new();
        drifted.retain(|(reference, _), _| named.insert(*reference));
        let mut faults = Faults::new();
        for (key, (place, own)) in drifted {
            let all = digests.get(&key).into_iter().flatten().map(|it| *it.0);
            let others: Vec<&str> = all.filter(|digest| !own.contains(digest)).collect();
            let own: Vec<&str> = own.into_iter().collect();
            faults.add(place.finding(workload).saw(
                format_args!("{} is {}", key.0, what_it_is(&own, &others)),
                "the same image for the same reference, pinned by digest",
            ));
        }
        faults.judgement()
    }))
}

/// How many digests a finding names: a tag that moves with every build has had many.
const NAMED: usize = 3;

/// `sha256:0123456789ab and sha256:ba9876543210 here`.
fn what_it_is(own: &[&str], others: &[&str]) -> String {
    let short = |digests: &[&str]| {
        let shortened: Vec<&str> = digests.iter().map(|digest| shortened(digest)).collect();
        if shortened.len() > NAMED {
            listed(shortened, NAMED, " and ")
        } else {
            shortened.join(" and ")
        }
    };
    match others {
        [] => format!("{} in its pods", short(own)),
        _ => format!(
            "{} here, and {} in other workloads' pods",
            short(own),
            short(others)
        ),
    }
}

/// As much of a digest as tells it from others.
fn shortened(digest: &str) -> &str {
    let hex = digest.find(':').map_or(0, |colon| colon + 1);
    digest.get(..hex + 12).unwrap_or(digest)
}

/// By the image as it is written, the reference that it stands for, of all of which more than one digest was seen.
type Suspects<'a> = HashMap<&'a Text, String>;

fn suspects(pods: &[Pod]) -> Suspects<'_> {
    let mut seen: HashMap<&Text, Vec<&Text>> = HashMap::new();
    let mut before: Option<&Pod> = None;
    for pod in pods.iter().filter(|pod| is_live(pod)) {
        // Pods of one owner stand side by side, and mostly run the same.
        if before.is_some_and(|before| run_alike(before, pod)) {
            continue;
        }
        before = Some(pod);
        for (_, image, id) in images_of(pod) {
            let ids = seen.entry(image).or_default();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let references: Vec<(&Text, String, Vec<&Text>)> = seen
        .into_iter()
        .filter_map(|(image, ids)| {
            let reference = ImageRef::parse(image)?;
            reference
                .digest
                .is_none()
                .then(|| (image, with_tag(&reference), ids))
        })
        .collect();
    // One reference may be written in several ways.
    let mut digests: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (_, reference, ids) in &references {
        let of_reference = digests.entry(reference).or_default();
        of_reference.extend(ids.iter().map(|id| parts(id).1));
    }
    let suspicious: BTreeSet<String> = digests
        .into_iter()
        .filter(|(_, digests)| digests.len() > 1)
        .map(|(reference, _)| reference.to_owned())
        .collect();
    references
        .into_iter()
        .filter(|(_, reference, _)| suspicious.contains(reference))
        .map(|(image, reference, _)| (image, reference))
        .collect()
}

fn run_alike(a: &Pod, b: &Pod) -> bool {
    let all = |pod| images_of(pod).map(|(place, _, id)| (place, id));
    a.spec.same(&b.spec) && all(a).eq(all(b))
}

fn with_tag(reference: &ImageRef) -> String {
    let tag = reference.tag.as_deref().unwrap_or("latest");
    format!("{}:{tag}", reference.name())
}

/// The image as it is asked for, which the status may show in another way.
fn image_of<'a>(pod: &'a Pod, status: &ContainerStatus) -> Option<&'a Text> {
    let spec = &pod.spec;
    spec.containers
        .iter()
        .chain(&spec.init_containers)
        .chain(&spec.ephemeral_containers)
        .find(|container| container.name == status.name)
        .map(|container| &container.image)
}

/// The images of a pod, as they are asked for, with the ids of those that run or fill a volume.
fn images_of(pod: &Pod) -> impl Iterator<Item = (Place<'_>, &Text, &Text)> {
    pod.status.every_container().flat_map(|status| {
        let own = image_of(pod, status)
            .map(|image| (Place::Container(&status.name), image, &status.image_id));
        let of_volumes = status.volume_mounts.iter().filter_map(|mount| {
            let filled = mount.volume_status.as_ref()?.image.as_ref()?;
            let mut volumes = pod.spec.volumes.iter();
            let volume = volumes.find(|volume| volume.name == mount.name)?;
            let image = &volume.image.as_ref()?.reference;
            Some((Place::Volume(&volume.name), image, &filled.image_ref))
        });
        own.into_iter()
            .chain(of_volumes)
            .filter(|(.., id)| !id.is_empty())
    })
}

fn is_suspect(pod: &Pod, suspects: &Suspects<'_>) -> bool {
    images_of(pod).any(|(_, image, _)| suspects.contains_key(image))
}

/// The containers and volumes of a pod whose images are suspects.
fn of_pod<'a, 's>(
    pod: &'a Pod,
    suspects: &'s Suspects<'_>,
    nodes: &HashMap<&'a Text, &'a Node>,
) -> Vec<Running<'a, 's>> {
    // Nobody can say for which machine the images of a pod on a gone node are.
    let Some(node) = nodes.get(&pod.node_name) else {
        return Vec::new();
    };
    let info = &node.status.node_info;
    images_of(pod)
        .filter_map(|(place, image, id)| {
            let reference = suspects.get(image)?;
            let (repository, digest) = parts(id);
            let group = Group {
                architecture: &info.architecture,
                // Each build of Windows has images of its own.
                system: if info.operating_system == "windows" {
                    &info.os_image
                } else {
                    &info.operating_system
                },
                repository,
            };
            Some(Running {
                place,
                reference,
                group,
                digest,
            })
        })
        .collect()
}

/// Repository and digest of an image's id: `docker-pullable://nginx@sha256:…`, `nginx@sha256:…`, `sha256:…`.
fn parts(id: &str) -> (&str, &str) {
    let id = id.split_once("://").map_or(id, |(_, id)| id);
    id.split_once('@').unwrap_or(("", id))
}

//! An image that the node can't get: the pod never starts.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{ContainerState, ContainerStatus, Pod, condition},
    kubernetes::{path_of_container, settled::newest},
    model::share,
    prelude::*,
    wire::Time,
};

pub(super) static CHECK: Check = Check {
    id: "image-pull-failing",
    pillar: Pillar::ImageTrust,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "an image cannot be pulled",
    fix: "correct the image's name, push it, or fix the pull secret: describe the pod",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<Pod>(),
        correlated_all(OWNERS),
        correlated_all(PLATFORM),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("image_pull_failing.md"),
    run,
    ..Check::BASE
};

const FAILURES: &[&str] = &[
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "SignatureValidationFailed",
    "ImageInspectError",
];

/// One container that waits for its image, or for that of a volume.
struct Waiting<'a> {
    container: &'a Text,
    volume: Option<&'a Text>,
    reason: &'a Text,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_live_pods(|workload, pods| {
        let mut by_image: BTreeMap<&Text, Vec<Waiting<'_>>> = BTreeMap::new();
        for pod in pods {
            let mut images: BTreeMap<&Text, Waiting<'_>> = BTreeMap::new();
            for status in pod.status.every_container() {
                if let Some(reason) = failure(status)
                    && (is_final(reason) || cx.is_settled(pulled_since(pod, status)))
                {
                    let volume = volume_of(pod, status);
                    let image = volume.map_or_else(|| image_of(pod, status), |(_, image)| image);
                    images.entry(image).or_insert(Waiting {
                        container: &status.name,
                        volume: volume.map(|(volume, _)| volume),
                        reason,
                    });
                }
            }
            for (image, waiting) in images {
                by_image.entry(image).or_default().push(waiting);
            }
        }
        let mut faults = Faults::new();
        faults.extend(by_image.into_iter().filter_map(|(image, found)| {
            let first = found.first()?;
            let finding = Finding::on(workload).container(first.container).saw(
                format_args!(
                    "{} for {image} in {}",
                    first.reason,
                    share(found.len(), pods.len())
                ),
                "an image that the node can pull",
            );
            let path = match first.volume {
                Some(volume) => {
                    Some(workload.at(&format!("volumes[name={volume}].image.reference")))
                }
                None => path_of_container(workload, first.container),
            };
            Some(finding.at_known(path))
        }));
        faults.judgement()
    }))
}

fn failure(status: &ContainerStatus) -> Option<&Text> {
    let waiting = status.state.waiting.as_ref()?;
    FAILURES
        .contains(&waiting.reason.as_str())
        .then_some(&waiting.reason)
}

/// The volume whose image a container waits for, with that image: the kubelet names it where it says why.
fn volume_of<'a>(pod: &'a Pod, status: &ContainerStatus) -> Option<(&'a Text, &'a Text)> {
    let message = &status.state.waiting.as_ref()?.message;
    pod.spec.volumes.iter().find_map(|volume| {
        let image = &volume.image.as_ref()?.reference;
        let names = |image: &str| message.contains(&format!("\"{image}\""));
        // Where there is no tag the kubelet adds one.
        let is_named = !image.is_empty() && (names(image) || names(&format!("{image}:latest")));
        is_named.then_some((&volume.name, image))
    })
}

/// Whether trying again can't help.
fn is_final(reason: &str) -> bool {
    matches!(reason, "InvalidImageName" | "ErrImageNeverPull")
}

/// Since when a container's image has been pulled: the pod's coming to its node, the end of the init container before, or
/// the container's own last run. The kubelet tries again after ten seconds, and then after twice as long each time.
fn pulled_since(pod: &Pod, waiting: &ContainerStatus) -> Option<Time> {
    let ended = |state: &ContainerState| state.terminated.as_ref().and_then(|it| it.finished_at);
    let scheduled = condition(&pod.status.conditions, "PodScheduled")
        .filter(|scheduled| scheduled.is_true())
        .and_then(|scheduled| scheduled.last_transition_time);
    let before = pod
        .status
        .init_container_statuses
        .iter()
        .take_while(|status| status.name != waiting.name)
        .map(|status| ended(&status.state));
    let times = before.chain([
        scheduled,
        pod.metadata.creation_timestamp,
        ended(&waiting.last_state),
    ]);
    newest(times)
}

/// The image as it is asked for; the status may show it in another way.
fn image_of<'a>(pod: &'a Pod, status: &'a ContainerStatus) -> &'a Text {
    let spec = &pod.spec;
    spec.init_containers
        .iter()
        .chain(&spec.containers)
        .chain(&spec.ephemeral_containers)
        .find(|container| container.name == status.name)
        .map_or(&status.image, |container| &container.image)
}

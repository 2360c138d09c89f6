//! An image that the node can't get: the pod never starts.

use std::collections::BTreeMap;

use crate::{
    inventory::types::{ContainerStatus, Pod},
    kubernetes::path_of_container,
    model::share,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "image-pull-failing",
    pillar: Pillar::ImageTrust,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "an image cannot be pulled",
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

/// One container that waits for its image.
struct Waiting<'a> {
    container: &'a Text,
    reason: &'a Text,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_live_pods(|workload, pods| {
        let mut by_image: BTreeMap<&Text, Vec<Waiting<'_>>> = BTreeMap::new();
        for pod in pods {
            let mut images: BTreeMap<&Text, Waiting<'_>> = BTreeMap::new();
            for status in pod.status.every_container() {
                if let Some(reason) = failure(status) {
                    images.entry(image_of(pod, status)).or_insert(Waiting {
                        container: &status.name,
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
            Some(finding.at_known(path_of_container(workload, first.container)))
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

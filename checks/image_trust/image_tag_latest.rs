//! An image that names no build: every restart may run another one.

use super::reference::no_reference;
use crate::{kubernetes::ImageRef, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "image-tag-latest",
    pillar: Pillar::ImageTrust,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "an image bears the tag latest, or none",
    needs: &[
        examined_all(WORKLOADS),
        correlated_all(OWNERS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Trivy("KSV-0013"),
        Standard::Kubescape("C-0075"),
        Standard::Owasp("K07"),
    ],
    docs: include_str!("image_tag_latest.md"),
    run,
    ..Check::BASE
};

/// What Istio replaces by its own image when a gateway's pod is made.
const PLACEHOLDER: &str = "auto";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.old_judge_workloads(
        |_| true,
        |workload| {
            let mut findings = Vec::new();
            let mut unreadable = None;
            for view in workload.every_container() {
                let image = &view.container.image;
                // A template may leave its image to whoever makes pods of it.
                if image.is_empty() || image == PLACEHOLDER {
                    continue;
                }
                match ImageRef::parse(image) {
                    Some(read) if read.is_latest() => findings.push(
                        Finding::on(workload)
                            .container(&view.container.name)
                            .at(view.at("image"))
                            .saw(image, "a tag that names a version, or a digest"),
                    ),
                    Some(_) => {}
                    None => unreadable = Some(image),
                }
            }
            if findings.is_empty()
                && let Some(image) = unreadable
            {
                return Err(no_reference(image, workload));
            }
            if findings.is_empty() || cx.is_provider_managed(workload.metadata)? {
                return Ok(Vec::new());
            }
            Ok(findings)
        },
    ))
}

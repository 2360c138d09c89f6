//! An image that names no build: every restart may run another one.

use super::images::{NoReference, Wrong, judge_images};
use crate::{kubernetes::ImageRef, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "image-tag-latest",
    pillar: Pillar::ImageTrust,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "an image uses the tag latest, or no tag",
    fix: "use a version tag that is never pushed twice, or a digest",
    tier: 1,
    since: "0.1.0",
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
    excuse: Excuse::Provider,
    docs: include_str!("image_tag_latest.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(judge_images(cx, |_, image| {
        let read = ImageRef::parse(image).ok_or(NoReference)?;
        Ok(read.is_latest().then(|| Wrong {
            seen: image.to_string(),
            expected: "a version tag, or a digest".to_owned(),
        }))
    }))
}

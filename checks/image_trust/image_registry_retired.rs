//! An image from a place that gets no new images, and may be gone tomorrow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::images::{NoReference, Wrong, judge_images};
use crate::{
    knowledge::{Component, DATE, components, registry_of, releases},
    kubernetes::ImageRef,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "image-registry-retired",
    pillar: Pillar::ImageTrust,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "an image comes from a registry that is retired",
    fix: "pull the image from the registry that replaced it",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated_all(OWNERS),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Kubescape("C-0253")],
    excuse: Excuse::Provider,
    docs: include_str!("image_registry_retired.md"),
    run,
    ..Check::BASE
};

/// Retired, but another registry serves its names: they can be pulled, and are only noted.
const SERVED_BY_ANOTHER: &str = "google-container-registry";

/// Told by its host name alone.
const BY_NAME: &str = "docker-trusted-registry";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut images: HashMap<&str, Result<Option<&'static Component>, NoReference>> = HashMap::new();
    let mut served: BTreeMap<&'static str, (&'static Component, BTreeSet<u32>)> = BTreeMap::new();
    let mut sheet = judge_images(cx, |workload, image| {
        let retired = *images.entry(image).or_insert_with(|| {
            let registry = registry_of(&ImageRef::parse(image).ok_or(NoReference)?);
            Ok(registry
                .map(|(id, _)| &components()[usize::from(id)])
                .filter(|registry| registry.has_ended(cx.now())))
        });
        let Some(registry) = retired? else {
            return Ok(None);
        };
        if registry.id == SERVED_BY_ANOTHER {
            let (_, workloads) = served
                .entry(registry.id)
                .or_insert_with(|| (registry, BTreeSet::new()));
            workloads.insert(workload.subject());
            return Ok(None);
        }
        let by_name = if registry.id == BY_NAME {
            "by its host name "
        } else {
            ""
        };
        Ok(Some(Wrong {
            seen: format!("{image}: {by_name}{}", registry.obituary()),
            expected: registry.instead(),
        }))
    });
    if releases::is_stale(cx.now()) && cx.workloads().next().is_some() {
        sheet.undecided(Why::new(
            Unknown::Stale,
            format!("what kready knows about registries dates from {DATE}: more may have been retired since"),
        ));
    }
    for (registry, workloads) in served.values() {
        let count = workloads.len();
        let name = if count == 1 {
            "1 workload uses"
        } else {
            &format!("{count} workloads use")
        };
        sheet = sheet.note(format!(
            "{name} {}, which {}; its successor: {}",
            registry.name,
            registry.fate(),
            registry.successors.join(", ")
        ));
    }
    Ok(sheet)
}

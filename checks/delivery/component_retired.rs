//! Software that nobody fixes any more, and that goes on running.

use std::collections::{BTreeSet, HashMap};

use crate::{
    inventory::Origin,
    knowledge::{
        Component, DATE, Signal, Verdict, components, of_os_image, of_runtime, of_volume, releases,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "component-retired",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a component is retired",
    fix: "migrate to the successor that the finding names, then remove it",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated_all(OWNERS),
        correlated_all(COMPONENTS),
    ],
    standards: &[
        Standard::Kubescape("C-0292"),
        Standard::Trivy("KSV-0102"),
        Standard::Owasp("K07"),
    ],
    // Nodes are judged beside workloads, and whatever else shows a component.
    subject: Some("object"),
    excuse: Excuse::Provider,
    docs: include_str!("component_retired.md"),
    run,
    ..Check::BASE
};

/// Registries are another check's matter.
const REGISTRY: &str = "registry";

/// A volume plugin that is gone, and the driver to which Kubernetes hands its volumes.
const HANDED_OVER: (&str, &str) = ("portworxVolume", "pxd.portworx.com");

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let counts =
        |component: &Component| component.category != REGISTRY && component.has_ended(cx.now());
    let (plugin, driver) = HANDED_OVER;
    let takes_over = cx.correlated::<CsiDriver>().map(|drivers| {
        let mut drivers = drivers.iter();
        drivers.any(|known| known.metadata.name == driver)
    });
    let mut reported: BTreeSet<&'static str> = BTreeSet::new();
    let mut images: HashMap<&str, Vec<&'static Component>> = HashMap::new();
    let recognised = cx.recognised();
    let mut sheet = cx.judge_workloads(|workload| {
        let mut faults = Faults::new();
        for view in workload.every_image() {
            let image = view.image;
            let retired = images.entry(image).or_insert_with(|| {
                let known = recognised.components_of_image(image);
                let known = known.iter().map(|id| &components()[usize::from(*id)]);
                known.filter(|component| counts(component)).collect()
            });
            faults.extend(retired.iter().map(|component| {
                reported.insert(component.id);
                view.finding(workload).saw(
                    format_args!("{image}: {}", component.obituary()),
                    component.instead(),
                )
            }));
        }
        for volume in &workload.spec.volumes {
            for (component, source) in of_volume(volume).filter(|(known, _)| counts(known)) {
                if source == plugin {
                    match &takes_over {
                        Ok(true) => continue,
                        Ok(false) => {}
                        Err(why) => {
                            faults.miss(why.clone());
                            continue;
                        }
                    }
                }
                reported.insert(component.id);
                faults.add(
                    Finding::on(workload)
                        .at(workload.at(&format!("volumes[name={}]", volume.name)))
                        .saw(
                            format_args!("a {source} volume: {}", component.obituary()),
                            component.instead(),
                        ),
                );
            }
        }
        faults.judgement()
    });
    if cx.origin() == Origin::Live && !cx.is_scoped() {
        let mut machines: HashMap<(&str, &str), Vec<&'static Component>> = HashMap::new();
        for node in cx.seen::<Node>() {
            let info = &node.status.node_info;
            let mut faults = Faults::new();
            for (field, value, of) in [
                ("osImage", &info.os_image, of_os_image as fn(&str) -> _),
                (
                    "containerRuntimeVersion",
                    &info.container_runtime_version,
                    of_runtime,
                ),
            ] {
                let its = machines.entry((field, value)).or_insert_with(|| of(value));
                for component in its.iter().filter(|component| counts(component)) {
                    reported.insert(component.id);
                    faults.add(
                        Finding::on(node)
                            .at(format!("status.nodeInfo.{field}"))
                            .saw(
                                format_args!("{value}: {}", component.obituary()),
                                component.instead(),
                            ),
                    );
                }
            }
            sheet.judge(faults.judgement());
        }
        // What was not seen may be what tells that something else is there, or where it is.
        let others = match recognised.first_gap() {
            Some(why) => Err(why.clone()),
            None => Ok(elsewhere(cx, |component| {
                counts(component) && !reported.contains(component.id)
            })),
        };
        sheet.judge(others.map(Into::into));
    }
    let asked = cx.origin() == Origin::Live || cx.workloads().next().is_some();
    if asked && releases::is_stale(cx.now()) {
        sheet.undecided(Why::new(
            Unknown::Stale,
            format!("what kready knows about components dates from {DATE}: more may have been retired since"),
        ));
    }
    match dormant(cx) {
        Some(note) => Ok(sheet.note(note)),
        None => Ok(sheet),
    }
}

/// What is there and has no releases any more, though nobody has given it up.
fn dormant(cx: &Context<'_>) -> Option<String> {
    let dormant: BTreeSet<String> = cx
        .recognised()
        .iter()
        .filter(|(_, sight)| sight.verdict() == Verdict::Confirmed)
        .filter_map(|(component, _)| Some(format!("{} ({})", component.name, component.since?)))
        .collect();
    let dormant = Vec::from_iter(dormant);
    (!dormant.is_empty()).then(|| {
        format!(
            "dormant, although no one has declared its end (with the last activity): {}",
            dormant.join(", ")
        )
    })
}

/// What no workload and no Node shows, but the cluster as a whole does.
fn elsewhere(cx: &Context<'_>, counts: impl Fn(&Component) -> bool) -> Vec<Finding> {
    cx.recognised()
        .iter()
        .filter(|(component, _)| counts(component))
        // Workloads were asked themselves: what else speaks of an image has finished.
        .map(|(component, sight)| {
            (
                component,
                sight.without(&[Signal::Image, Signal::VolumeType]),
            )
        })
        .filter(|(_, sight)| sight.verdict() == Verdict::Confirmed)
        .map(|(component, sight)| {
            let traces = if component.category == "platform" {
                "the cluster's platform".to_owned()
            } else {
                sight.traces()
            };
            Finding::cluster().saw(
                format_args!("{traces}: {}", component.obituary()),
                component.instead(),
            )
        })
        .collect()
}

//! A database that forgets everything with its pod.

use crate::{
    inventory::types::{PodSpec, Volume},
    knowledge::data_server_of,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "stateful-data-ephemeral",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a database or broker keeps its data in the pod",
    needs: &[examined_all(WORKLOADS), correlated_all(COMPONENTS)],
    standards: &[Standard::Aks("07.07.04")],
    docs: include_str!("stateful_data_ephemeral.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_relevant_workloads(|workload| {
        if !workload.is_long_running() {
            return Ok(None);
        }
        let servers: Vec<_> = workload
            .long_running_containers()
            .filter_map(|view| data_server_of(view.container).map(|product| (view, product)))
            .collect();
        if servers.is_empty() {
            return Ok(None);
        }
        let kept = !workload.volume_claim_templates().is_empty() || keeps_data(workload.spec);
        if kept || cx.is_provider_managed(workload.metadata)? {
            return Ok(Some(Vec::new()));
        }
        let findings = servers.into_iter().map(|(view, product)| {
            Finding::on(workload)
                .container(&view.container.name)
                .at(workload.at("volumes"))
                .saw(
                    format_args!("{product}, and {}", what_there_is(workload.spec)),
                    "a claim, so that the data outlives the pod",
                )
        });
        Ok(Some(findings.collect()))
    }))
}

/// Whether any volume of the pod outlives it.
fn keeps_data(spec: &PodSpec) -> bool {
    spec.volumes.iter().any(|volume| !is_ephemeral(volume))
}

/// Whether a volume is made of configuration, or goes with the pod.
fn is_ephemeral(volume: &Volume) -> bool {
    let derived = volume.secret.is_some()
        || volume.config_map.is_some()
        || volume.projected.is_some()
        || volume.downward_api.0
        || volume.image.0
        || volume.git_repo.0;
    derived || volume.empty_dir.is_some() || has_no_source(volume)
}

/// A volume without any source is an empty directory.
fn has_no_source(volume: &Volume) -> bool {
    *volume
        == Volume {
            name: volume.name.clone(),
            ..Volume::default()
        }
}

fn what_there_is(spec: &PodSpec) -> String {
    let names: Vec<&str> = spec
        .volumes
        .iter()
        .filter(|volume| volume.empty_dir.is_some() || has_no_source(volume))
        .map(|volume| volume.name.as_str())
        .collect();
    match names.as_slice() {
        [] => "no volume but the container's own file system".to_owned(),
        [only] => format!("only emptyDir {only}, which goes with the pod"),
        [..] => format!("only emptyDirs {}, which go with the pod", names.join(", ")),
    }
}

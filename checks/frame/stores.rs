//! Whether what programs keep outlives the pods in which they run.

use crate::{
    inventory::{Context, MadeWorkload, types::Container},
    kubernetes::{
        Workload,
        volumes::{outlives_the_pod, what_goes_with_the_pod},
    },
    model::{Finding, Judgement, Sheet},
};

/// What a check asks of whatever keeps something.
#[derive(Clone, Copy, Debug)]
pub struct Stores {
    /// Whether it asks about metrics, logs and traces, rather than about the data of applications.
    pub telemetry: bool,
    /// The product that keeps something in a container; none when nothing is kept.
    pub product_of: fn(&Workload<'_>, &Container) -> Option<&'static str>,
    /// On what it should be kept.
    pub expected: &'static str,
}

impl Context<'_> {
    /// Judges the workloads that keep something, and of manifests the custom resources of which operators make such.
    /// Demands ReplicaSet, and PLATFORM where the check excuses anyone.
    #[track_caller]
    pub fn judge_stores(&self, stores: &Stores) -> Sheet {
        let mut sheet = self.judge_workloads(|workload| Ok(stores.of_workload(workload)));
        for made in self.made_workloads() {
            if made.is_telemetry() == stores.telemetry {
                let judgement = Ok(stores.of_made(made));
                sheet.judge_in(&made.object.namespace, judgement);
            }
        }
        sheet
    }
}

impl Stores {
    fn of_workload(&self, workload: &Workload<'_>) -> Judgement {
        if !workload.is_long_running() {
            return Judgement::NotASubject;
        }
        let kept: Vec<_> = workload
            .long_running_containers()
            .filter_map(|view| Some((view, (self.product_of)(workload, view.container)?)))
            .collect();
        if kept.is_empty() {
            return Judgement::NotASubject;
        }
        if !workload.volume_claim_templates().is_empty() || outlives_the_pod(workload.spec) {
            return Judgement::Sound;
        }
        let findings = kept.into_iter().map(|(view, product)| {
            Finding::on(workload)
                .container(&view.container.name)
                .at(workload.at("volumes"))
                .saw(
                    format_args!("{product} {}", what_goes_with_the_pod(workload.spec)),
                    self.expected,
                )
        });
        findings.collect::<Vec<_>>().into()
    }

    /// A custom resource of manifests, of which an operator makes a workload.
    fn of_made(&self, made: &MadeWorkload) -> Judgement {
        if made.asked.replicas.is_none_or(|replicas| replicas <= 0) {
            return Judgement::NotASubject;
        }
        let finding = (!made.asked.keeps_data).then(|| {
            let what = &made.object.kind;
            Finding::on(made).at(made.storage_at()).saw(
                format_args!("the data of {what} is deleted with its pods"),
                self.expected,
            )
        });
        finding.into()
    }
}

//! How checks hold the templates of workloads against controls.

use super::{Control, NEWEST, Place, PodView, Violation};
use crate::{
    check::Context,
    inventory::{Workload, versions::minor_of},
    knowledge::Expectation,
    model::{Finding, NotApplicable, Sheet, Undecided, Why},
};

/// What excuses a violation: that a component is known to need one of these. Nothing but the system tier does, when empty.
pub type Excuses = &'static [Expectation];

impl<'a> Context<'a> {
    /// The minor whose policies count: the server's, or the one that manifests are meant for; else the newest.
    pub fn policy_minor(&self) -> u32 {
        let server = self.facts().version.seen();
        let server = server.and_then(|version| minor_of(&version.git_version));
        server
            .map(|(_, minor)| minor)
            .or(self.settings.target_minor)
            .unwrap_or(NEWEST)
            .min(NEWEST)
    }

    /// Holds every template against a control: `keep` says what excuses a violation, and of one that is not the check's
    /// own nothing.
    ///
    /// # Errors
    /// The policies of the cluster's version do not have the control.
    #[track_caller]
    pub fn judge_control(
        &self,
        control: &Control,
        mut keep: impl FnMut(&PodView<'a>, &mut Violation<'a>) -> Option<Excuses>,
    ) -> Result<Sheet, Undecided> {
        let minor = self.policy_minor();
        if !control.exists_in(minor) {
            return Err(NotApplicable::Absent.into());
        }
        Ok(self.judge_templates(|pod, report| {
            control.visit(minor, pod, &mut |mut violation| {
                if let Some(excuses) = keep(pod, &mut violation) {
                    report(violation, excuses);
                }
            });
        }))
    }

    /// Judges every template: `judge` reports violations, and what excuses them.
    #[track_caller]
    pub fn judge_templates(
        &self,
        mut judge: impl FnMut(&PodView<'a>, &mut dyn FnMut(Violation<'a>, Excuses)),
    ) -> Sheet {
        let mut found: Vec<(Violation<'a>, Excuses)> = Vec::new();
        self.judge_workloads(
            |_| true,
            |workload| {
                judge(&PodView::of(workload), &mut |violation, excuses| {
                    found.push((violation, excuses));
                });
                let mut findings = Vec::with_capacity(found.len());
                let mut known: Option<(Excuses, bool)> = None;
                let mut unseen: Option<Why> = None;
                for (violation, excuses) in found.drain(..) {
                    let excused = match known {
                        Some((same, excused)) if same == excuses => Ok(excused),
                        _ => self.excuses_any(workload, excuses),
                    };
                    match excused {
                        Ok(excused) => {
                            known = Some((excuses, excused));
                            findings.push(finding(workload, &violation).excused(excused));
                        }
                        Err(why) => unseen = Some(why),
                    }
                }
                unseen.map_or(Ok(findings), Err)
            },
        )
    }
}

fn finding(workload: &Workload<'_>, violation: &Violation<'_>) -> Finding {
    let path = violation.path();
    let at = match violation.place {
        Place::Annotation(_) => workload.at_template(&path),
        _ => workload.at(&path),
    };
    let finding = Finding::on(workload)
        .at(at)
        .saw(&violation.seen, violation.expected);
    match violation.container() {
        Some(container) => finding.container(&container.name),
        None => finding,
    }
}

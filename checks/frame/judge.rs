//! How a check judges its subjects, and what the frame does for all of them.

use crate::{
    inventory::Context,
    kubernetes::Workload,
    model::{Finding, Sheet, Why},
};

impl<'a> Context<'a> {
    /// Judges the template of every workload that `counts`: one subject each.
    ///
    /// The children of an unseen owner are undecided when the check examines a kind that may be at their top.
    #[track_caller]
    pub fn judge_workloads<F: IntoIterator<Item = Finding>>(
        &self,
        counts: impl Fn(&Workload<'a>) -> bool,
        mut judge: impl FnMut(&Workload<'a>) -> Result<F, Why>,
    ) -> Sheet {
        self.judge_relevant_workloads(|workload| {
            if counts(workload) {
                judge(workload).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    /// The same where only a closer look tells which workloads count: `judge` yields none for one that does not.
    #[track_caller]
    pub fn judge_relevant_workloads<F: IntoIterator<Item = Finding>>(
        &self,
        mut judge: impl FnMut(&Workload<'a>) -> Result<Option<F>, Why>,
    ) -> Sheet {
        let mut sheet = Sheet::new();
        for workload in self.workloads() {
            match workload {
                Ok(workload) => match judge(&workload) {
                    Ok(Some(findings)) => sheet.examine_as(workload.subject(), findings),
                    Ok(None) => {}
                    Err(why) => sheet.undecided(why),
                },
                Err(owner) => {
                    if self.examines_any(owner.possible_tops()) {
                        sheet.undecided(owner.why.clone());
                    }
                }
            }
        }
        sheet
    }
}

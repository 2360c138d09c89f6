//! Pods by the workload that a person edits (rule 19 of RULES.md).

use super::workloads::Workload;
use crate::inventory::{Evidence, Kind, Listed, Visit, kinds::Pod, needs::WORKLOADS};
use crate::{
    inventory::Context,
    model::{Finding, Sheet, Why},
};

pub use super::workloads::is_live;

impl<'a> Context<'a> {
    /// Judges the live pods of every workload together, mirror pods and bare pods by themselves: one subject each.
    ///
    /// Workloads without a live pod are no subjects.
    #[track_caller]
    pub fn judge_live_pods<F: IntoIterator<Item = Finding>>(
        &self,
        mut judge: impl FnMut(&Workload<'a>, &[&'a Pod]) -> Result<F, Why>,
    ) -> Sheet {
        let mut sheet = Sheet::new();
        let (groups, unknown) = self
            .reading(&[
                Evidence::Objects(Kind::ReplicaSet),
                Evidence::Objects(Kind::Pod),
            ])
            .live_pods_by_workload();
        for why in unknown {
            sheet.undecided(why.clone());
        }
        for (workload, pods) in groups {
            match judge(&workload, &pods) {
                Ok(findings) => sheet.examine_as(workload.subject(), findings),
                Err(why) => sheet.undecided(why),
            }
        }
        sheet
    }

    /// Whether a workload belongs to Kubernetes or the provider, and so is excused what nobody here can mend.
    ///
    /// # Errors
    /// It does on some provider, and which one this is was not seen.
    pub fn is_excused_as_system(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        Ok(!self.includes_system() && self.is_system_namespace(workload.namespace())?)
    }

    /// Whether every workload of a namespace was seen.
    ///
    /// # Errors
    /// Not all kinds of them were.
    #[track_caller]
    pub fn sees_workloads_in(&self, namespace: &str) -> Result<(), Why> {
        struct Seen<'c, 'a>(&'c Context<'a>, &'c str);
        impl Visit for Seen<'_, '_> {
            type Output = Result<(), Why>;
            fn visit<K: Listed>(self) -> Result<(), Why> {
                self.0.correlated_in::<K>(self.1).map(|_| ())
            }
        }
        WORKLOADS
            .iter()
            .filter_map(|evidence| match evidence {
                Evidence::Objects(kind) => Some(*kind),
                _ => None,
            })
            .try_for_each(|kind| kind.visit(Seen(self, namespace)))
    }
}

/// The path of a container in a workload's template; none for one that is not in it, such as an injected sidecar.
pub fn path_of_container(workload: &Workload<'_>, name: &str) -> Option<String> {
    workload
        .every_container()
        .find(|view| view.container.name == name)
        .map(|view| view.path())
}

/// `2 of 3 pods`, or `its only pod`.
pub fn share(some: usize, all: usize) -> String {
    if all == 1 {
        "its only pod".to_owned()
    } else {
        format!("{some} of {all} pods")
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_single_pod_is_not_counted() {
        assert_eq!(share(1, 1), "its only pod");
        assert_eq!(share(2, 3), "2 of 3 pods");
    }
}

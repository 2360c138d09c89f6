//! Pods by the workload that a person edits (rule 19 of RULES.md).

use super::workloads::Workload;
use crate::inventory::{Evidence, Listed, Visit, needs::WORKLOADS};
use crate::{inventory::Context, model::Why};

pub use super::workloads::is_live;

impl Context<'_> {
    /// Whether every workload of a namespace was seen. Demands WORKLOADS.
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

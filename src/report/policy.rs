//! What the user decided about severities, waivers and the gate.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{frame::Check, model::Severity};

use super::{
    baseline::Baseline,
    model::Gate,
    profile::Profile,
    waivers::{Declared, Waiver},
};
use crate::rights::RightsCommand;

/// A check that the user named as it was called before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Renamed {
    /// What it was called.
    pub(crate) before: String,
    /// Its id.
    pub(crate) id: &'static str,
}

impl Renamed {
    /// None when `name` is the id of the check.
    pub(crate) fn of(check: Option<&'static Check>, name: &str) -> Option<Self> {
        let id = check?.id;
        (id != name).then(|| Self {
            before: name.to_owned(),
            id,
        })
    }

    /// What to tell the user.
    pub(crate) fn notice(&self) -> String {
        format!("the check {} is called {} now", self.before, self.id)
    }
}

/// What the user decided about the weighing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// The configuration file that was used.
    pub(crate) config: Option<String>,
    /// What the cluster is for, as the user says.
    pub(crate) profile: Option<Profile>,
    /// Severities that the user set, by check; they beat the profile.
    pub(crate) severities: BTreeMap<String, Severity>,
    /// What the verdict has to reach.
    pub(crate) gate: Gate,
    /// What is accepted for a time.
    pub(crate) waivers: Vec<Waiver>,
    /// Whether waivers that objects carry as annotations count.
    pub(crate) annotations: bool,
    /// What is solved outside the cluster.
    pub(crate) declarations: Vec<Declared>,
    /// The older report.
    pub(crate) baseline: Option<Baseline>,
    /// The checks that the user named as they were called before.
    pub(crate) renamed: BTreeSet<Renamed>,
    /// How many findings of a check the report lists; all unless set.
    pub(crate) max_findings: Option<usize>,
    /// Which checks the user chose, in words: `critical hardening checks`.
    pub(crate) selection: Option<String>,
    /// How to print the rights that the audit needs.
    pub(crate) rights: RightsCommand,
    /// The Kubernetes minor that manifests are meant for, as the user says: `36` of `1.36`.
    pub(crate) target_minor: Option<u32>,
    /// The labels of which the first that an object has names its team; the usual ones when there is none.
    pub(crate) team_labels: Vec<String>,
}

impl Policy {
    /// The severity of a check: the user's if there is one, else the profile's.
    pub(crate) fn severity(&self, check: &Check) -> Severity {
        self.severities
            .get(check.id)
            .copied()
            .unwrap_or_else(|| self.profile.unwrap_or_default().severity(check))
    }
}

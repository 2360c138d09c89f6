//! What the user decided about severities, waivers and the gate.

use std::collections::BTreeMap;

use kready_checks::{check::Check, model::Severity};

use super::{
    baseline::Baseline,
    model::Gate,
    profile::Profile,
    waivers::{Declared, Waiver},
};

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
    /// What is solved outside the cluster.
    pub(crate) declarations: Vec<Declared>,
    /// The older report.
    pub(crate) baseline: Option<Baseline>,
    /// How many findings of a check the report lists; all unless set.
    pub(crate) max_findings: Option<usize>,
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

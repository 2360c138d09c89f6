//! What is known of the parts of components: some workloads of each (rules 3 and 5 of RULES.md).

use crate::model::Expectation;

/// What a gap of a workload means (rule 3 of RULES.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// A component's: who uses it notices a gap.
    Serving,
    /// A component's: a short gap is bearable.
    Supporting,
    /// A component's: one by design, for this reason, a clause.
    Singleton(&'static str),
    /// No component's.
    Unrecognised,
}

/// Some workloads of a component; the head of the folder of the knowledge says what each list holds.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) images: &'static [&'static str],
    pub(super) workloads: &'static [&'static str],
    pub(super) labels: &'static [(&'static str, &'static str)],
    pub(super) kinds: &'static [&'static str],
    pub(super) availability: Availability,
    /// Whether all it serves are metrics.
    pub(super) is_exporter: bool,
    /// What it cannot do its work without.
    pub(super) expects: &'static [Expectation],
    /// The ServiceAccounts that cannot either.
    pub(super) service_accounts: &'static [&'static str],
}

impl Part {
    pub(super) fn expects_any(&self, expectations: &[Expectation]) -> bool {
        self.expects.iter().any(|its| expectations.contains(its))
    }
}

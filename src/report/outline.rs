//! What sums a report up: causes, actions, and how checks, namespaces and teams fare.

use std::{collections::BTreeMap, sync::Arc};

use kready_checks::model::{Impact, ObjectRef, Severity, Text, counted};

use super::fingerprint::Fingerprint;

/// Numbers of findings by severity.
pub(crate) type BySeverity = BTreeMap<Severity, usize>;

/// The finding at the root of another one: when it is fixed, the other one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The check that has it; it has no cause itself.
    pub(crate) check: &'static str,
    /// Which of the check's findings it is.
    pub(crate) fingerprint: Fingerprint,
    /// Whether nothing else has to be fixed as well: several pods may be held up by different things.
    pub(crate) alone: bool,
    /// Where it stands.
    pub(super) place: FindingPlace,
}

/// Where a finding stands in a report: which of the checks, and which of its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FindingPlace {
    pub(super) check: u32,
    pub(super) finding: u32,
}

/// One thing to do, and what it closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// What it is about.
    pub(crate) about: About,
    /// What is wrong, in words.
    pub(crate) wrong: String,
    /// What to do, in one line.
    pub(crate) fix: String,
    /// The checks of which it closes findings; it is about the first one.
    pub(crate) checks: Vec<&'static str>,
    /// How many findings it closes.
    pub(crate) findings: usize,
    /// Those of the checks that find nothing else, and so pass when it is done.
    pub(crate) passing: Vec<&'static str>,
    /// Other checks that find something on the object, that the verdict depends on as well, and that stays.
    pub(crate) also: Vec<&'static str>,
    /// The gravest severity of what it closes.
    pub(crate) severity: Severity,
    /// When the fault is felt.
    pub(crate) impact: Impact,
    /// Whether the verdict depends on it.
    pub(crate) gates: bool,
}

impl Action {
    /// What it brings, in the fewest words that are true: `closes 2 checks`, or of checks that find more `fixes 3 findings`.
    /// What only finds a cause fixes nothing: `accounts for 3 findings`.
    pub(crate) fn brings(&self) -> String {
        if self.fix.starts_with("find ") {
            format!("accounts for {}", counted(self.findings, "finding"))
        } else if self.passing.len() == self.checks.len() {
            format!("closes {}", counted(self.checks.len(), "check"))
        } else {
            format!("fixes {}", counted(self.findings, "finding"))
        }
    }

    /// The same, with how many checks then pass.
    pub(crate) fn brings_in_full(&self) -> String {
        if self.brings().starts_with("closes ") {
            return self.brings();
        }
        let pass = match (self.checks.len(), self.passing.len()) {
            (1, 1) => ", which then passes".to_owned(),
            (1, _) => ", which finds more".to_owned(),
            (_, 0) => ", which find more".to_owned(),
            (_, 1) => ", one of which then passes".to_owned(),
            (_, passing) => format!(", {passing} of which then pass"),
        };
        format!(
            "{} of {}{pass}",
            self.brings(),
            counted(self.checks.len(), "check")
        )
    }
}

/// What an action is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The cluster as a whole.
    Cluster,
    /// One object.
    Object(Arc<ObjectRef>),
    /// Several objects with the same fault.
    Objects {
        /// How many there are.
        count: usize,
        /// What they are called: `Deployments`, `objects` when they are of several kinds.
        kinds: String,
        /// The first of them.
        example: Arc<ObjectRef>,
    },
}

/// How many checks fail, and on how much; only open findings count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The checks by their severity.
    pub(crate) checks: BySeverity,
    /// How many findings they have.
    pub(crate) findings: usize,
    /// How many objects these are about; the cluster as a whole is not among them.
    pub(crate) objects: usize,
    /// Whether some of them are about the cluster as a whole.
    pub(crate) cluster: bool,
}

impl Tally {
    /// How many checks fail.
    pub(crate) fn failing(&self) -> usize {
        self.checks.values().sum()
    }
}

/// How a namespace, or what a team owns, fares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Its name.
    pub(crate) name: Text,
    /// The team that owns it; none for a team.
    pub(crate) team: Option<Text>,
    /// Its open findings.
    pub(crate) open: BySeverity,
    /// Its known findings.
    pub(crate) known: BySeverity,
    /// How many checks have open findings in it.
    pub(crate) checks: usize,
    /// How many objects have open findings.
    pub(crate) objects: usize,
    /// From 0 to 100; none when too little was decided of it.
    pub(crate) score: Option<f64>,
}

impl Place {
    /// The gravest severity of its open findings.
    pub(crate) fn worst_open(&self) -> Option<Severity> {
        let open = self.open.iter().filter(|(_, count)| **count > 0);
        open.map(|(severity, _)| *severity).max()
    }

    /// Its open findings by severity, the gravest first: who has more is worse.
    pub(super) fn badness(&self) -> [usize; 5] {
        Severity::ALL.map(|severity| self.open.get(&severity).copied().unwrap_or_default())
    }
}

/// How many subjects of a check a namespace has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) namespace: Text,
    /// How many count; excused ones do not.
    pub(super) examined: u32,
    /// How many of them have an open or known finding.
    pub(super) failing: u32,
}

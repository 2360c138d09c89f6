//! The report as values: everything that a renderer may show.

use std::{collections::BTreeSet, time::Duration};

use kready_checks::{
    frame::{Check, Mode},
    inventory::{GapReason, NotJudged},
    model::{Finding, Impact, NotApplicable, Pillar, Severity, Text, Unknown},
    wire::Time,
};

use super::{
    audited::Audited,
    components::ComponentResult,
    fingerprint::Fingerprint,
    outline::{Action, BySeverity, Cause, Place, Placed, Tally},
    profile::Profile,
};
use crate::{
    collect::{Unread, Warning},
    every::every,
};

/// Everything that a renderer sees.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// What made the report.
    pub(crate) tool: Tool,
    /// What was audited.
    pub(crate) audited: Audited,
    /// The configuration file that was used.
    pub(crate) config: Option<String>,
    /// What the cluster is for, as the user says.
    pub(crate) profile: Profile,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// Why it is not a better one, the most important reason first.
    pub(crate) reasons: Vec<Reason>,
    /// What the verdict had to reach.
    pub(crate) gate: Gate,
    /// From 0 to 100; none when too little was decided.
    pub(crate) score: Option<f64>,
    /// The score, what stands open and what was not seen, in one letter; none without a score.
    pub(crate) grade: Option<Grade>,
    /// The score if everything that was not seen were bad.
    pub(crate) score_at_least: Option<f64>,
    /// The decided share of the weight, from 0 to 100; none without any weight.
    pub(crate) coverage: Option<f64>,
    /// Findings by state and severity.
    pub(crate) counts: Counts,
    /// The checks that the verdict depends on and that have open findings.
    pub(crate) gating: Tally,
    /// All checks that have open findings.
    pub(crate) open: Tally,
    /// What to do first: the most urgent action first, at most ten.
    pub(crate) do_first: Vec<Action>,
    /// The namespaces that were audited, the worst first.
    pub(crate) namespaces: Vec<Place>,
    /// The teams that own what was audited, the worst first.
    pub(crate) teams: Vec<Place>,
    /// What a reader should know.
    pub(crate) warnings: Vec<Warning>,
    /// What a reader may want to do.
    pub(crate) notices: Vec<Warning>,
    /// All nine pillars, in their order.
    pub(crate) pillars: Vec<PillarResult>,
    /// Every selected check, grouped by pillar, sorted by id within one.
    pub(crate) checks: Vec<CheckResult>,
    /// Every check that was not selected, sorted by id.
    pub(crate) skipped: Vec<Skipped>,
    /// The components of the cluster; none unless everything in which components show themselves was collected.
    pub(crate) components: Option<Vec<ComponentResult>>,
    /// What could not be seen.
    pub(crate) gaps: Vec<GapResult>,
    /// Files that could not be read.
    pub(crate) unread: Vec<Unread>,
    /// How many objects no check is asked of, by kind.
    pub(crate) unjudged: Vec<UnjudgedResult>,
    /// The waivers of the configuration, and those of annotations where they count.
    pub(crate) waivers: Vec<WaiverResult>,
    /// The configuration's declarations.
    pub(crate) declarations: Vec<Declaration>,
    /// What changed since the baseline; none without one.
    pub(crate) baseline: Option<BaselineResult>,
    /// How many findings of a check are listed at most; all unless set. Counts and scores are of all findings.
    pub(crate) max_findings: Option<usize>,
    /// How long a live cluster was read and judged: the one thing of a report that differs when it is repeated. Input that can be
    /// audited again has none.
    pub(crate) took: Option<Duration>,
}

/// Objects of manifests that no check is asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnjudgedResult {
    /// As it is written.
    pub(crate) api_version: String,
    /// As it is written.
    pub(crate) kind: String,
    /// Why they are not judged.
    pub(crate) why: NotJudged,
    /// How many there are.
    pub(crate) count: usize,
}

impl Report {
    /// How many of the selected checks only a cluster can answer: the coverage is a share of the others.
    pub(crate) fn need_cluster(&self) -> usize {
        self.elsewhere(|mode| mode != Mode::Files)
    }

    /// How many only manifests can answer.
    pub(crate) fn need_manifests(&self) -> usize {
        self.elsewhere(|mode| mode == Mode::Files)
    }

    /// How many of the selected checks were decided.
    pub(crate) fn decided(&self) -> usize {
        let decided =
            |check: &&CheckResult| matches!(check.ending, Ending::Pass { .. } | Ending::Fail);
        self.checks.iter().filter(decided).count()
    }

    /// How many of them apply: those that were decided, and those that could not be.
    pub(crate) fn applicable(&self) -> usize {
        let applies = |check: &&CheckResult| !matches!(check.ending, Ending::NotApplicable(_));
        self.checks.iter().filter(applies).count()
    }

    /// The waiver that covers a finding.
    pub(crate) fn waiver_of(&self, finding: &FindingResult) -> Option<&WaiverResult> {
        let place = usize::try_from(finding.waiver?).ok()?;
        self.waivers.get(place)
    }

    fn elsewhere(&self, which: impl Fn(Mode) -> bool) -> usize {
        let elsewhere = Ending::NotApplicable(NotApplicable::Mode);
        self.checks
            .iter()
            .filter(|check| check.ending == elsewhere && which(check.check.mode))
            .count()
    }
}

/// What made a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The program's version.
    pub(crate) version: String,
    /// A digest of the registry: two reports with the same one asked the same questions.
    pub(crate) checks: String,
    /// The date of the knowledge.
    pub(crate) knowledge: String,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ready,
    NotReady,
    Inconclusive,
}

impl Verdict {
    /// All verdicts, the best first.
    pub(crate) const ALL: [Self; 3] = every!(Verdict: Ready, NotReady, Inconclusive);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "NotReady",
            Self::Inconclusive => "Inconclusive",
        }
    }
}

/// How good a cluster is, in one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    /// All grades, the best first.
    pub(crate) const ALL: [Self; 5] = every!(Grade: A, B, C, D, F);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

/// One reason for the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// Kebab-case, stable: `open-findings`, `score-too-low`, `gate-unknown`, `coverage-too-low`, `nothing-decided`,
    /// `nothing-judged`, `score-missing`, `unread-files`.
    pub(crate) code: &'static str,
    /// The checks that it is about.
    pub(crate) checks: Vec<&'static str>,
    /// One sentence for a person.
    pub(crate) message: String,
}

/// What a verdict has to reach.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the name of the flag")]
pub(crate) struct Gate {
    /// The least severity that gates; none for `never`.
    pub(crate) fail_on: Option<Severity>,
    /// The least score.
    pub(crate) min_score: f64,
    /// The least coverage.
    pub(crate) min_coverage: f64,
    /// The file of the older report.
    pub(crate) baseline: Option<String>,
    /// Whether checks that the older report did not know gate as well.
    pub(crate) gate_new_checks: bool,
    /// Whether an audit in which nothing was judged may be ready.
    pub(crate) allow_empty: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            fail_on: Some(Severity::High),
            min_score: 0.0,
            min_coverage: 80.0,
            baseline: None,
            gate_new_checks: false,
            allow_empty: false,
        }
    }
}

/// Numbers of findings by state and severity; `new` and `mended` exist with a baseline only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Neither waived, nor known, nor excused.
    pub(crate) open: BySeverity,
    /// Open, and not in the older report.
    pub(crate) new: Option<BySeverity>,
    /// Waived.
    pub(crate) waived: BySeverity,
    /// In the older report too.
    pub(crate) known: BySeverity,
    /// Excused system and platform components.
    pub(crate) system: BySeverity,
    /// In the older report, and gone now.
    pub(crate) mended: Option<BySeverity>,
}

/// What became of a pillar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PillarResult {
    /// The pillar.
    pub(crate) pillar: Pillar,
    /// From 0 to 100; none without decided weight.
    pub(crate) score: Option<f64>,
    /// From 0 to 100; none without weight.
    pub(crate) coverage: Option<f64>,
    /// How many of its checks passed.
    pub(crate) pass: usize,
    /// How many failed.
    pub(crate) fail: usize,
    /// How many do not apply.
    pub(crate) not_applicable: usize,
    /// How many could not be decided.
    pub(crate) unknown: usize,
    /// The gravest severity of its open findings.
    pub(crate) worst_open: Option<Severity>,
}

/// How a check ended, after waivers and excuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything was seen and sound, or all findings are waived.
    Pass {
        /// Whether waivers made it pass.
        waived: bool,
    },
    /// Something is wrong.
    Fail,
    /// The question does not arise.
    NotApplicable(NotApplicable),
    /// The evidence is missing.
    Unknown(Unknown),
}

/// How a check ended, without the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndingKind {
    Pass,
    Fail,
    NotApplicable,
    Unknown,
}

impl EndingKind {
    /// All kinds, the decided ones first.
    pub(crate) const ALL: [Self; 4] = every!(EndingKind: Pass, Fail, NotApplicable, Unknown);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Fail => "Fail",
            Self::NotApplicable => "NotApplicable",
            Self::Unknown => "Unknown",
        }
    }
}

impl Ending {
    /// The ending without its reason.
    pub(crate) const fn kind(&self) -> EndingKind {
        match self {
            Self::Pass { .. } => EndingKind::Pass,
            Self::Fail => EndingKind::Fail,
            Self::NotApplicable(_) => EndingKind::NotApplicable,
            Self::Unknown(_) => EndingKind::Unknown,
        }
    }
}

/// What became of a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckResult {
    /// The check.
    pub(crate) check: &'static Check,
    /// Its severity: the user's if there is one, else the profile's.
    pub(crate) severity: Severity,
    /// How it ended.
    pub(crate) ending: Ending,
    /// What a person should know about the ending: what was not seen, a note on a pass.
    pub(crate) message: Option<String>,
    /// Why it could not be decided in full, when it failed partially.
    pub(crate) partial: Option<Unknown>,
    /// How many subjects count; excused ones do not.
    pub(crate) examined: usize,
    /// How many of them have an open or known finding.
    pub(crate) failing: usize,
    /// How many could not be decided.
    pub(crate) undecided: usize,
    /// How many containers have an open or known finding; none unless findings name containers.
    pub(crate) containers: Option<usize>,
    /// Whether the verdict depends on it.
    pub(crate) gates: bool,
    /// What it weighs in its pillar's score.
    pub(crate) weight: u32,
    /// What it brings to that score: 1 for a pass, of a failure less, from 0 to 1; none unless it was decided.
    pub(crate) compliance: Option<f64>,
    /// How much fixing it adds to the cluster's score; none unless it failed.
    pub(crate) gain: Option<f64>,
    /// How it ended in each namespace in which it looked at something.
    pub(super) placed: Vec<Placed>,
    /// All findings, whatever their state.
    pub(crate) findings: Vec<FindingResult>,
    /// Their fingerprints under the earlier names of the check.
    pub(super) former: BTreeSet<Fingerprint>,
}

impl CheckResult {
    /// When a failure is felt.
    pub(crate) fn impact(&self) -> Impact {
        self.check.impact
    }

    /// What one of its subjects is called: `workload`, `Ingress`; `cluster` for a question about the whole cluster that is
    /// answered as a whole. Where it is answered by parts, they are called by their kind.
    pub(crate) fn unit(&self) -> &str {
        let unit = self.check.unit();
        if unit != "cluster" {
            return unit;
        }
        let objects = self.findings.iter().map(|it| it.finding.object.as_deref());
        let mut kinds = objects.flatten().map(|object| object.kind.as_str());
        match kinds.next() {
            None => unit,
            Some(first) if kinds.all(|kind| kind == first) => first,
            Some(_) => "object",
        }
    }

    /// The findings that stand: neither waived, nor known, nor excused.
    pub(crate) fn open(&self) -> impl Iterator<Item = &FindingResult> {
        self.findings
            .iter()
            .filter(|finding| finding.state == State::Open)
    }

    /// The findings that a report lists if it lists at most `most`, in their order.
    ///
    /// New findings come first, then other open ones, known ones, waived ones and excused ones.
    pub(crate) fn listed(&self, most: Option<usize>) -> impl Iterator<Item = &FindingResult> {
        let rank = |finding: &FindingResult| match finding.state {
            State::Open if finding.new => 0,
            State::Open => 1,
            State::Known => 2,
            State::Waived => 3,
            State::System => 4,
        };
        let mut left = [usize::MAX; 5];
        if let Some(mut most) = most {
            let mut counts = [0; 5];
            for finding in &self.findings {
                counts[rank(finding)] += 1;
            }
            for (left, count) in left.iter_mut().zip(counts) {
                *left = most.min(count);
                most -= *left;
            }
        }
        self.findings.iter().filter(move |finding| {
            let left = &mut left[rank(finding)];
            let listed = *left > 0;
            *left = left.saturating_sub(1);
            listed
        })
    }
}

/// The state of a finding. When several apply, the first one in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// A system or platform component is excused.
    System,
    /// A waiver covers it.
    Waived,
    /// The older report has it too.
    Known,
    /// It stands.
    Open,
}

impl State {
    /// All states, in the order in which reports list findings.
    pub(crate) const ALL: [Self; 4] = every!(State: Open, Known, Waived, System);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Waived => "waived",
            Self::Known => "known",
            Self::Open => "open",
        }
    }
}

/// A finding with its state.
#[derive(Clone, Debug)]
pub(crate) struct FindingResult {
    /// What the check found.
    pub(crate) finding: Finding,
    /// The same in another report, after a restart, a rollout, and in another order.
    pub(crate) fingerprint: Fingerprint,
    /// Its state.
    pub(crate) state: State,
    /// With a baseline: whether it is open and the older report lacks it.
    pub(crate) new: bool,
    /// Which of the report's waivers covers it, if it is waived.
    pub(crate) waiver: Option<u32>,
    /// The finding that explains it and goes with it when it is fixed; none for one that stands for itself.
    pub(crate) caused_by: Option<Box<Cause>>,
    /// The team that owns its object.
    pub(crate) team: Option<Text>,
}

/// A check that was not selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its id.
    pub(crate) id: &'static str,
    /// Why it did not run.
    pub(crate) why: SkipReason,
}

/// Why a check did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SkipReason {
    /// The selection leaves it out.
    Deselected,
    /// It only runs by name.
    Tier,
}

impl SkipReason {
    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Deselected => "deselected",
            Self::Tier => "tier",
        }
    }
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GapResult {
    /// `poddisruptionbudgets.policy`, or `/flagz`.
    pub(crate) resource: String,
    /// In which namespaces; everywhere when empty.
    pub(crate) namespaces: Vec<String>,
    /// How it ended.
    pub(crate) reason: GapReason,
    /// What happened.
    pub(crate) message: String,
    /// What fixes it: a command, a permission.
    pub(crate) remedy: String,
    /// The checks that wait for it.
    pub(crate) checks: Vec<&'static str>,
}

/// What became of a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaiverResult {
    /// The check that it is about.
    pub(crate) check: String,
    /// The objects, as `namespace/kind/name` globs.
    pub(crate) objects: Vec<String>,
    /// The labels of the objects, as kubectl writes a selector.
    pub(crate) selector: Option<String>,
    /// The labels of their namespaces.
    pub(crate) namespace_selector: Option<String>,
    /// Why it was granted.
    pub(crate) reason: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// Until when it holds: `2026-12-31`.
    pub(crate) expires: String,
    /// How many findings it covers.
    pub(crate) matched: usize,
    /// Whether it holds.
    pub(crate) state: WaiverState,
    /// Where it is written.
    pub(crate) origin: WaiverOrigin,
}

impl WaiverResult {
    /// Which findings of its check it is about: globs of objects and selectors; none for the cluster as a whole.
    pub(crate) fn targets(&self) -> Vec<String> {
        let selector = |name: &str, selector: &Option<String>| {
            let selector = selector.as_ref()?;
            Some(format!("{name} {selector}"))
        };
        self.objects
            .iter()
            .cloned()
            .chain(selector("selector", &self.selector))
            .chain(selector("namespaceSelector", &self.namespace_selector))
            .collect()
    }
}

/// Where a waiver is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WaiverOrigin {
    /// In the configuration, or in a file of `waivers.d` beside it.
    File {
        /// Its path.
        file: String,
        /// The line on which the waiver begins.
        line: u64,
    },
    /// In an annotation of the object that it is about.
    Annotation {
        /// The annotation's key.
        key: String,
    },
}

impl WaiverOrigin {
    /// `kready.yaml:12`, or the annotation's key.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File { file, line } => format!("{file}:{line}"),
            Self::Annotation { key } => key.clone(),
        }
    }
}

#[cfg(test)]
impl Default for WaiverOrigin {
    fn default() -> Self {
        Self::File {
            file: "kready.yaml".to_owned(),
            line: 1,
        }
    }
}

/// Whether a waiver holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaiverState {
    /// It holds.
    Active,
    /// It holds for 14 days at most.
    Expiring,
    /// It no longer waives.
    Expired,
    /// It matched nothing.
    Unused,
}

impl WaiverState {
    /// All states, from a sound waiver to one without use.
    pub(crate) const ALL: [Self; 4] = every!(WaiverState: Active, Expiring, Expired, Unused);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Unused => "unused",
        }
    }
}

/// A capability that is solved outside the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// `backup`, `log-collection` …
    pub(crate) capability: String,
    /// How it is solved.
    pub(crate) reason: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// Until when it holds: `2026-12-31`.
    pub(crate) expires: String,
}

/// What changed since the older report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BaselineResult {
    /// The file of the older report.
    pub(crate) file: String,
    /// When it was made, if it tells.
    pub(crate) time: Option<Time>,
    /// Open findings that it lacks.
    pub(crate) new: usize,
    /// Findings that are gone; only checks that are now fully decided count.
    pub(crate) mended: usize,
    /// Checks that it did not know, and which therefore do not gate.
    pub(crate) unknown_checks: Vec<&'static str>,
    /// The checks with something new, known or fixed, in the order of the report.
    pub(crate) checks: Vec<Changed>,
}

/// What became of the findings of a check since the older report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The check's id.
    pub(crate) id: &'static str,
    /// How many are open that the older report lacks.
    pub(crate) new: usize,
    /// How many are in it, too.
    pub(crate) known: usize,
    /// How many of it are gone.
    pub(crate) fixed: usize,
}

//! Two reports compared: what is new, what is fixed, what is still open, and what can't be compared.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{
    frame::Check,
    model::{Finding, ObjectRef, Severity},
    wire::Time,
};

use super::{
    baseline::{OldCheck, OldFinding, OldObject, OldReport},
    fingerprint::{Fingerprint, Numbering},
    model::{EndingKind, Grade, State, Verdict},
    score::SCORING,
    since::InScope,
};
use crate::{
    every::every,
    words::{counted, first, one_or_many, shortened},
};

/// How many names a sentence has room for.
const SHOWN: usize = 3;

/// The difference of two reports.
#[derive(Clone, Debug)]
pub(crate) struct Diff {
    /// The older report.
    pub(crate) old: Side,
    /// The newer report.
    pub(crate) new: Side,
    /// The least severity that gates; none for `never`.
    pub(crate) fail_on: Option<Severity>,
    /// Every check with a finding that is new, fixed, still open or no longer counted: the gravest first.
    pub(crate) checks: Vec<CheckDiff>,
    /// What can't be compared, or only with care.
    pub(crate) incomparable: Vec<Incomparable>,
}

/// What is told of one of two reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Side {
    /// The file, as it was given.
    pub(crate) file: String,
    /// When it was made.
    pub(crate) time: Option<Time>,
    /// Its verdict, if it is one that kready gives.
    pub(crate) verdict: Option<Verdict>,
    /// Its grade.
    pub(crate) grade: Option<char>,
    /// Its score, if it was made as this program makes it.
    pub(crate) score: Option<f64>,
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// It stands now, and did not before.
    New,
    /// It stood before, and is gone.
    Fixed,
    /// It stands in both.
    Open,
    /// It stood before, and is waived or excused now.
    Waived,
}

impl Change {
    /// All of them, in the order in which they are told.
    pub(crate) const ALL: [Self; 4] = every!(Change: New, Fixed, Open, Waived);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Fixed => "fixed",
            Self::Open => "open",
            Self::Waived => "waived",
        }
    }
}

/// What became of the findings of a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckDiff {
    /// The check's id: the one of today, where it was renamed.
    pub(crate) id: String,
    /// What it finds.
    pub(crate) title: String,
    /// The severity in the newer report, or in the older one where the newer one lacks the check.
    pub(crate) severity: Severity,
    /// Whether what is new of it makes the exit code 1.
    pub(crate) gates: bool,
    /// Its findings, by what became of them, and then by object.
    pub(crate) findings: Vec<DiffFinding>,
}

impl CheckDiff {
    /// The findings with which this happened.
    pub(crate) fn with(&self, change: Change) -> impl Iterator<Item = &DiffFinding> {
        self.findings
            .iter()
            .filter(move |finding| finding.change == change)
    }
}

/// A finding of either report.
#[derive(Clone, Debug)]
pub(crate) struct DiffFinding {
    /// What became of it.
    pub(crate) change: Change,
    /// The object that a person edits; none for a finding about the cluster.
    pub(crate) object: Option<OldObject>,
    /// The container at fault.
    pub(crate) container: Option<String>,
    /// The field at fault.
    pub(crate) path: Option<String>,
    /// What is there, or was there last.
    pub(crate) seen: Option<String>,
    /// Its fingerprint.
    pub(crate) fingerprint: Fingerprint,
    /// Its state in the older report; none when it is not there.
    pub(crate) before: Option<State>,
    /// Its state in the newer report.
    pub(crate) now: Option<State>,
}

/// Why something can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// The reports are of two clusters.
    Cluster,
    /// One is of a cluster, the other of manifests.
    Source,
    /// They are of different namespaces.
    Scope,
    /// Their scores were made in different ways.
    Scoring,
    /// The older report does not know the check.
    NewCheck,
    /// The check was not run for the older report.
    NotRunBefore,
    /// The check was not run for the newer report.
    NotRunNow,
    /// The older report could not see all that the check looks at.
    UnseenBefore,
    /// The newer report could not, or the check no longer applies.
    UnseenNow,
}

impl Difference {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = every!(Difference: Cluster, Source, Scope, Scoring, NewCheck, NotRunBefore, NotRunNow, UnseenBefore, UnseenNow);

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Cluster => "cluster-differs",
            Self::Source => "source-differs",
            Self::Scope => "scope-differs",
            Self::Scoring => "scoring-differs",
            Self::NewCheck => "new-check",
            Self::NotRunBefore => "not-run-before",
            Self::NotRunNow => "not-run-now",
            Self::UnseenBefore => "not-seen-before",
            Self::UnseenNow => "not-seen-now",
        }
    }
}

/// What can't be compared, or only with care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Incomparable {
    /// Why.
    pub(crate) why: Difference,
    /// The checks that it is about; none when it is about the reports as a whole.
    pub(crate) checks: Vec<String>,
    /// How many findings it is about.
    pub(crate) findings: usize,
    /// One sentence for a person.
    pub(crate) message: String,
}

impl Diff {
    /// Compares two reports.
    ///
    /// # Errors
    /// One says what no report of kready says: what, as a sentence.
    pub(crate) fn of(
        (old_file, old): (String, &OldReport),
        (new_file, new): (String, &OldReport),
        fail_on: Option<Severity>,
        gate_new_checks: bool,
        registry: &[&'static Check],
    ) -> Result<Self, String> {
        let before = Checks::of(old, &old_file, registry)?;
        let now = Checks::of(new, &new_file, registry)?;
        let mut skipped = Told::default();
        let mut diff = Self {
            old: Side::of(old_file, old),
            new: Side::of(new_file, new),
            fail_on,
            checks: Vec::new(),
            incomparable: wholes(old, new),
        };
        let ids: BTreeSet<&String> = before.asked.keys().chain(now.asked.keys()).collect();
        for id in ids {
            let found = Compared {
                id,
                before: before.asked.get(id),
                now: now.asked.get(id),
                in_old: &before,
                in_new: &now,
            };
            if let Some(mut check) = found.compared(&mut skipped) {
                let knew = before.asked.contains_key(id) || before.skipped.contains(id);
                check.gates = fail_on.is_some_and(|least| check.severity >= least)
                    && (knew || gate_new_checks);
                diff.checks.push(check);
            }
        }
        diff.checks.sort_by(|a, b| {
            let grave = b.severity.cmp(&a.severity);
            grave.then_with(|| a.id.cmp(&b.id))
        });
        diff.incomparable.extend(skipped.told());
        Ok(diff)
    }

    /// How many findings there are with which this happened.
    pub(crate) fn count(&self, change: Change) -> usize {
        let each = self.checks.iter();
        each.map(|check| check.with(change).count()).sum()
    }

    /// How many new findings make the exit code 1.
    pub(crate) fn gating(&self) -> usize {
        let gating = self.checks.iter().filter(|check| check.gates);
        gating.map(|check| check.with(Change::New).count()).sum()
    }
}

impl Side {
    fn of(file: String, report: &OldReport) -> Self {
        let verdict = report.verdict.as_deref();
        let grade = report.grade.as_deref().unwrap_or_default();
        Self {
            file,
            time: report.made(),
            verdict: Verdict::ALL.into_iter().find(|it| verdict == Some(it.id())),
            grade: Grade::ALL
                .into_iter()
                .find(|it| it.id() == grade)
                .and_then(|it| it.id().chars().next()),
            score: report
                .score
                .filter(|score| report.scoring == Some(SCORING) && (0.0..=100.0).contains(score)),
        }
    }
}

/// The checks of a report under the names of today.
struct Checks<'r> {
    asked: BTreeMap<String, Asked<'r>>,
    skipped: BTreeSet<String>,
    scope: InScope,
}

/// A check that a report asked.
struct Asked<'r> {
    title: &'r str,
    severity: Severity,
    /// Whether all that it looks at was seen, so that a finding that is not there is none.
    whole: bool,
    outcome: EndingKind,
    findings: BTreeMap<Fingerprint, (&'r OldFinding, State)>,
}

impl<'r> Checks<'r> {
    fn of(report: &'r OldReport, file: &str, registry: &[&'static Check]) -> Result<Self, String> {
        let known = |name: &str| registry.iter().copied().find(|check| check.is_called(name));
        let mut asked: BTreeMap<String, Asked<'r>> = BTreeMap::new();
        for check in &report.checks {
            let is = known(&check.id);
            let id = is.map_or_else(|| check.id.clone(), |is| is.id.to_owned());
            let one = Asked::of(check, is, file)?;
            if asked.insert(id, one).is_some() {
                return Err(format!(
                    "{file} has the check {} twice",
                    shortened(&check.id)
                ));
            }
        }
        Ok(Self {
            asked,
            skipped: report
                .skipped
                .iter()
                .map(|skipped| {
                    known(&skipped.id).map_or_else(|| skipped.id.clone(), |it| it.id.to_owned())
                })
                .collect(),
            scope: InScope::of(
                report.scope.namespaces.clone(),
                report.scope.excluded.iter().map(String::as_str),
            ),
        })
    }
}

impl<'r> Asked<'r> {
    fn of(check: &'r OldCheck, is: Option<&'static Check>, file: &str) -> Result<Self, String> {
        let strange = |what: &str, value: &str| {
            format!(
                "{file}: {} has the {what} `{}`, which kready does not know",
                shortened(&check.id),
                shortened(value)
            )
        };
        let severity = Severity::from_id(&check.severity)
            .ok_or_else(|| strange("severity", &check.severity))?;
        let outcome = EndingKind::ALL
            .into_iter()
            .find(|kind| kind.id() == check.outcome)
            .ok_or_else(|| strange("outcome", &check.outcome))?;
        // Under another name the same findings have other fingerprints.
        let renamed = is.filter(|is| is.id != check.id);
        let mut numbering = renamed.map(|is| Numbering::of(is.id));
        let mut findings = BTreeMap::new();
        for finding in &check.findings {
            let state = State::ALL
                .into_iter()
                .find(|state| state.id() == finding.state)
                .ok_or_else(|| strange("state of a finding", &finding.state))?;
            let fingerprint = numbering.as_mut().map_or(finding.fingerprint, |numbering| {
                numbering.fingerprint(&told(finding))
            });
            findings.insert(fingerprint, (finding, state));
        }
        Ok(Self {
            title: is.map_or(check.title.as_str(), |is| is.title),
            severity,
            whole: outcome == EndingKind::Pass || outcome == EndingKind::Fail && !check.partial,
            outcome,
            findings,
        })
    }

    fn standing(&self) -> usize {
        let states = self.findings.values();
        states.filter(|(_, state)| stands(*state)).count()
    }
}

/// What identifies a finding, as a check would have told it.
fn told(finding: &OldFinding) -> Finding {
    let mut told = finding
        .object
        .as_ref()
        .map_or_else(Finding::cluster, |object| {
            Finding::on(&ObjectRef {
                api_version: object.api_version.as_str().into(),
                kind: object.kind.as_str().into(),
                namespace: object.namespace.as_deref().unwrap_or_default().into(),
                name: object.name.as_str().into(),
                copy: 0,
            })
        });
    if let Some(container) = &finding.container {
        told = told.container(&container.as_str().into());
    }
    told.at_known(finding.path.as_deref())
}

const fn stands(state: State) -> bool {
    matches!(state, State::Open | State::Known)
}

/// A check in both reports, or in one of them.
struct Compared<'c, 'r> {
    id: &'c str,
    before: Option<&'c Asked<'r>>,
    now: Option<&'c Asked<'r>>,
    in_old: &'c Checks<'r>,
    in_new: &'c Checks<'r>,
}

impl Compared<'_, '_> {
    /// What became of its findings; none when there is nothing to tell.
    fn compared(&self, told: &mut Told) -> Option<CheckDiff> {
        let (before, now) = (self.before, self.now);
        let either = now.or(before)?;
        let mut findings = Vec::new();
        let mut unseen = 0;
        let known = before.map(|asked| &asked.findings);
        for (fingerprint, (finding, state)) in now.iter().flat_map(|asked| &asked.findings) {
            let earlier = known
                .and_then(|known| known.get(fingerprint))
                .map(|(_, state)| *state);
            let stood = earlier.is_some_and(stands);
            let change = match (stood, stands(*state)) {
                (true, true) => Change::Open,
                (false, true) => Change::New,
                (true, false) => Change::Waived,
                (false, false) => continue,
            };
            findings.push(one(change, *fingerprint, finding, earlier, Some(*state)));
        }
        for (fingerprint, (finding, state)) in known.into_iter().flatten() {
            let is_gone = now.is_none_or(|now| !now.findings.contains_key(fingerprint));
            if !is_gone || !stands(*state) {
                continue;
            }
            let object = finding.object.as_ref();
            let namespace = object.and_then(|object| object.namespace.as_deref());
            if !self.in_new.scope.holds(namespace) {
                told.outside += 1;
            } else if now.is_some_and(|now| now.whole) {
                findings.push(one(
                    Change::Fixed,
                    *fingerprint,
                    finding,
                    Some(*state),
                    None,
                ));
            } else {
                unseen += 1;
            }
        }
        self.tell(told, unseen);
        if findings.is_empty() {
            return None;
        }
        findings.sort_by(|a, b| {
            a.change
                .cmp(&b.change)
                .then_with(|| a.object.cmp(&b.object))
                .then_with(|| a.container.cmp(&b.container))
                .then_with(|| a.path.cmp(&b.path))
                .then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        Some(CheckDiff {
            id: self.id.to_owned(),
            title: either.title.to_owned(),
            severity: either.severity,
            gates: false,
            findings,
        })
    }

    /// Why it can't be compared, or only with care.
    fn tell(&self, told: &mut Told, unseen: usize) {
        match (self.before, self.now) {
            (None, Some(now)) => {
                let why = if self.in_old.skipped.contains(self.id) {
                    Difference::NotRunBefore
                } else {
                    Difference::NewCheck
                };
                if now.standing() > 0 {
                    told.add(why, self.id, now.standing());
                }
            }
            (Some(before), None) => {
                if before.standing() > 0 {
                    told.add(Difference::NotRunNow, self.id, unseen);
                }
            }
            (Some(before), Some(now)) => {
                if unseen > 0 {
                    told.add(Difference::UnseenNow, self.id, unseen);
                }
                let new = now
                    .findings
                    .iter()
                    .filter(|(print, (_, state))| {
                        stands(*state) && !before.findings.contains_key(print)
                    })
                    .count();
                let saw_all = before.whole || before.outcome == EndingKind::NotApplicable;
                if new > 0 && !saw_all {
                    told.add(Difference::UnseenBefore, self.id, new);
                }
            }
            (None, None) => {}
        }
    }
}

fn one(
    change: Change,
    fingerprint: Fingerprint,
    finding: &OldFinding,
    before: Option<State>,
    now: Option<State>,
) -> DiffFinding {
    DiffFinding {
        change,
        object: finding.object.clone(),
        container: finding.container.clone(),
        path: finding.path.clone(),
        seen: finding.seen.clone(),
        fingerprint,
        before,
        now,
    }
}

/// The checks that can't be compared, by the reason, with how many findings each.
#[derive(Default)]
struct Told {
    checks: BTreeMap<Difference, Vec<(String, usize)>>,
    /// How many findings lie outside of the newer report's scope.
    outside: usize,
}

impl Told {
    fn add(&mut self, why: Difference, id: &str, findings: usize) {
        let checks = self.checks.entry(why).or_default();
        checks.push((id.to_owned(), findings));
    }

    fn told(self) -> Vec<Incomparable> {
        let mut all = Vec::new();
        if self.outside > 0 {
            all.push(Incomparable {
                why: Difference::Scope,
                checks: Vec::new(),
                findings: self.outside,
                message: format!(
                    "{} of the old report {} in namespaces that the new one did not read",
                    counted(self.outside, "finding"),
                    one_or_many(self.outside, "is", "are")
                ),
            });
        }
        for (why, checks) in self.checks {
            let findings: usize = checks.iter().map(|(_, count)| count).sum();
            let ids: Vec<String> = checks.into_iter().map(|(id, _)| id).collect();
            let names = first(ids.iter().map(String::as_str), SHOWN);
            let many = |one, many| one_or_many(ids.len(), one, many);
            let count = counted(ids.len(), "check");
            let found = counted(findings, "finding");
            let message = match why {
                Difference::NewCheck => format!(
                    "{count} the old report does not know ({names}): the {found} of {} may be older, and {} not gate unless --gate-new-checks says so",
                    many("it", "them"),
                    many("does", "do")
                ),
                Difference::NotRunBefore => format!(
                    "{count} {} not run for the old report ({names}): the {found} of {} may be older",
                    many("was", "were"),
                    many("it", "them")
                ),
                Difference::NotRunNow => format!(
                    "{count} {} not run for the new report ({names}): {found} may still be open",
                    many("was", "were")
                ),
                Difference::UnseenBefore => format!(
                    "{count} could not see everything for the old report ({names}): {found} may be older"
                ),
                _ => format!(
                    "{count} could not see everything for the new report, or no longer {} ({names}): {found} may still be open",
                    many("applies", "apply")
                ),
            };
            all.push(Incomparable {
                why,
                checks: ids,
                findings,
                message,
            });
        }
        all
    }
}

/// What differs between the reports as a whole.
fn wholes(old: &OldReport, new: &OldReport) -> Vec<Incomparable> {
    let mut all = Vec::new();
    let mut tell = |why, message: &str| {
        all.push(Incomparable {
            why,
            checks: Vec::new(),
            findings: 0,
            message: message.to_owned(),
        });
    };
    if let (Some(then), Some(now)) = (&old.cluster.uid, &new.cluster.uid)
        && then != now
    {
        tell(
            Difference::Cluster,
            "the reports are of two different clusters",
        );
    }
    if old.source != new.source {
        tell(
            Difference::Source,
            "one report is of a cluster, the other of something else: some checks answer only one of them",
        );
    }
    if old.scope.namespaces != new.scope.namespaces || old.scope.excluded != new.scope.excluded {
        tell(
            Difference::Scope,
            "the reports are about different namespaces",
        );
    }
    if old.scoring != new.scoring {
        tell(
            Difference::Scoring,
            "the scores were made in different ways, and can't be compared",
        );
    }
    all
}

//! What a check hands back: how many subjects it looked at, what it found, what it could not decide.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    Doubt, Evaluation, Fault, Faults, Finding, Judgement, NotApplicable, ObjectRef, Outcome, Text,
    Unknown, Why,
};

/// Why a check as a whole could not be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// The question does not arise.
    NotApplicable(NotApplicable),
    /// The evidence is missing.
    Unknown(Why),
}

impl From<Why> for Undecided {
    fn from(why: Why) -> Self {
        Self::Unknown(why)
    }
}

impl From<NotApplicable> for Undecided {
    fn from(reason: NotApplicable) -> Self {
        Self::NotApplicable(reason)
    }
}

/// The tally of one run.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    examined: usize,
    undecided: usize,
    doubt: Doubt,
    findings: Vec<Finding>,
    note: Option<String>,
    when_empty: Option<NotApplicable>,
    subjects: HashMap<u32, usize>,
    /// How many subjects were examined in a namespace, in any order; what was taken back counts less than nothing.
    placed: Vec<(Text, i64)>,
    /// What findings have in common, each stored once.
    faults: HashSet<Arc<Fault>>,
}

impl Sheet {
    /// An empty tally.
    pub fn new() -> Self {
        Self::default()
    }

    /// Examines every item: `judge` yields no finding, one or several, or why the item could not be decided.
    pub fn over<T, F: IntoIterator<Item = Finding>>(
        items: impl IntoIterator<Item = T>,
        mut judge: impl FnMut(T) -> Result<F, Why>,
    ) -> Self {
        let mut sheet = Self::new();
        for item in items {
            sheet.examine(judge(item));
        }
        sheet
    }

    /// The answer to a question about the cluster: one subject.
    pub fn cluster(finding: Option<Finding>) -> Self {
        let mut sheet = Self::new();
        sheet.examine(Ok(finding));
        sheet
    }

    /// Counts one more subject.
    pub fn examine<F: IntoIterator<Item = Finding>>(&mut self, judgement: Result<F, Why>) {
        match judgement {
            Ok(findings) => {
                let subject = self.examined;
                self.examined += 1;
                self.file(subject, findings);
            }
            Err(why) => self.undecided(why),
        }
    }

    /// Counts what a rule says of one more subject.
    pub fn judge(&mut self, judgement: Result<Judgement, Why>) {
        self.judge_in(&Text::default(), judgement);
    }

    /// The same of a subject in a namespace, or of a namespace itself.
    pub fn judge_in(&mut self, namespace: &Text, judgement: Result<Judgement, Why>) {
        let next = self.examined;
        self.settle(namespace, judgement, |_| next);
    }

    /// The same of a subject that may come up again under the same key (a top controller, seen through its pods): it is
    /// examined once.
    pub fn judge_as(&mut self, key: u32, namespace: &Text, judgement: Result<Judgement, Why>) {
        let next = self.examined;
        self.settle(namespace, judgement, |sheet| {
            *sheet.subjects.entry(key).or_insert(next)
        });
    }

    fn settle(
        &mut self,
        namespace: &Text,
        judgement: Result<Judgement, Why>,
        subject: impl FnOnce(&mut Self) -> usize,
    ) {
        let faults = match judgement {
            Ok(Judgement::NotASubject) => return,
            Ok(Judgement::Sound) => Faults::default(),
            Ok(Judgement::Faults(faults)) => faults,
            Err(why) => return self.undecided(why),
        };
        let subject = subject(self);
        if subject == self.examined {
            self.examined += 1;
            self.place(namespace, 1);
        }
        self.file(subject, faults.findings);
        if let Some(why) = faults.doubt.into_option() {
            self.undecided(why);
        }
    }

    /// Counts subjects in a namespace: those of one mostly follow one another.
    fn place(&mut self, namespace: &Text, count: i64) {
        match self.placed.last_mut() {
            Some((last, known)) if last == namespace => *known += count,
            _ if namespace.is_empty() => {}
            _ => self.placed.push((namespace.clone(), count)),
        }
    }

    /// Counts one subject that could not be decided.
    pub fn undecided(&mut self, why: Why) {
        self.undecided += 1;
        self.doubt.add(why);
    }

    /// What a reader should know of a pass.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Why the check is not applicable when it examined nothing; `absent` unless said.
    #[must_use]
    pub fn when_empty(mut self, reason: NotApplicable) -> Self {
        self.when_empty = Some(reason);
        self
    }

    /// Takes back what was found on the objects that `left_out` names; subjects about which nothing else was found
    /// were not examined.
    #[must_use]
    pub fn without(mut self, left_out: impl Fn(&ObjectRef) -> bool) -> Self {
        let left_out = |finding: &Finding| finding.object.as_deref().is_some_and(&left_out);
        if !self.findings.iter().any(left_out) {
            return self;
        }
        let all = std::mem::take(&mut self.findings);
        let (gone, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(left_out);
        let subjects = |findings: &[Finding]| -> BTreeSet<u32> {
            findings.iter().map(|finding| finding.subject).collect()
        };
        let kept_subjects = subjects(&kept);
        let mut forgotten = subjects(&gone);
        forgotten.retain(|subject| !kept_subjects.contains(subject));
        self.examined = self.examined.saturating_sub(forgotten.len());
        for finding in &gone {
            if forgotten.remove(&finding.subject)
                && let Some(namespace) = finding.namespace()
            {
                self.place(namespace, -1);
            }
        }
        self.findings = kept;
        self
    }

    fn file<F: IntoIterator<Item = Finding>>(&mut self, subject: usize, findings: F) {
        let subject = u32::try_from(subject).unwrap_or(u32::MAX);
        for mut finding in findings {
            finding.subject = subject;
            if let Some(known) = self.faults.get(&finding.fault) {
                finding.fault = Arc::clone(known);
            } else {
                self.faults.insert(Arc::clone(&finding.fault));
            }
            if let Some(last) = self.findings.last()
                && last.object == finding.object
            {
                finding.object.clone_from(&last.object);
            }
            self.findings.push(finding);
        }
    }

    /// Derives the outcome; `gap` is what was not seen of an examined kind.
    pub fn evaluate(self, gap: Option<Why>) -> Evaluation {
        let Self {
            examined,
            undecided,
            mut doubt,
            mut findings,
            note,
            when_empty,
            subjects: _,
            placed,
            faults: _,
        } = self;
        if let Some(gap) = gap {
            doubt.add(gap);
        }
        let outcome = match doubt.into_option() {
            missing if !findings.is_empty() => Outcome::Fail { partial: missing },
            Some(why) => Outcome::Unknown(why),
            None if examined == 0 => {
                Outcome::NotApplicable(when_empty.unwrap_or(NotApplicable::Absent))
            }
            None => Outcome::Pass,
        };
        findings.sort_by(|a, b| {
            (&a.object, &a.fault.container, &a.fault.path, &a.seen).cmp(&(
                &b.object,
                &b.fault.container,
                &b.fault.path,
                &b.seen,
            ))
        });
        findings.shrink_to_fit();
        Evaluation {
            outcome,
            examined,
            undecided,
            findings,
            note,
            placed: by_namespace(placed),
        }
    }
}

/// How many subjects each namespace has, sorted.
fn by_namespace(mut placed: Vec<(Text, i64)>) -> Vec<(Text, usize)> {
    placed.sort_by(|(a, _), (b, _)| a.cmp(b));
    placed.dedup_by(|(later, count), (first, all)| {
        let same = later == first;
        if same {
            *all += *count;
        }
        same
    });
    placed
        .into_iter()
        .map(|(namespace, count)| (namespace, usize::try_from(count).unwrap_or(0)))
        .collect()
}

/// Ends a check for which the platform or the knowledge has no answer.
pub fn unknown(unknown: Unknown, message: impl Into<String>) -> Undecided {
    Undecided::Unknown(Why::new(unknown, message))
}

/// Ends a check whose question does not arise.
pub const fn not_applicable(reason: NotApplicable) -> Undecided {
    Undecided::NotApplicable(reason)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::{
        frame::Check,
        inventory::{Inventory, Origin, Reading, Settings, kinds::Pod},
        wire::Time,
    };

    const COUNT: usize = 100_000;

    /// Finds the same fault on every pod, and with `seen` something else in each.
    fn evaluate(inventory: &Inventory, check: &Check) -> Evaluation {
        let evaluation = check.evaluate(inventory, &Settings::default());
        assert_eq!(evaluation.findings.len(), COUNT);
        assert_eq!(evaluation.examined, COUNT);
        evaluation
    }

    fn pods() -> Inventory {
        let mut inventory = Inventory::new(Origin::Live, Time(0));
        let pods = (0..COUNT).map(|number| {
            let mut pod = Pod::default();
            pod.metadata.namespace = "shop".into();
            pod.metadata.name = format!("web-{number:06}").into();
            pod
        });
        inventory.fill(pods.collect(), Reading::Read, Vec::new());
        inventory
    }

    /// Every allocation that findings hold, by its address; what the inventory holds anyway is left out.
    fn bytes(inventory: &Inventory, findings: &Vec<Finding>) -> usize {
        // A reference count, twice, stands before what is shared.
        const COUNTS: usize = 2 * size_of::<usize>();
        let mut held: HashMap<*const u8, usize> = HashMap::new();
        let mut text = |text: &Text| {
            if !text.is_empty() {
                held.insert(text.as_ptr(), COUNTS + text.len());
            }
        };
        for finding in findings {
            text(&finding.seen);
            text(&finding.fault.expected);
            finding.fault.container.iter().for_each(&mut text);
            finding.fault.path.iter().for_each(&mut text);
            if let Some(object) = &finding.object {
                [
                    &object.api_version,
                    &object.kind,
                    &object.namespace,
                    &object.name,
                ]
                .into_iter()
                .for_each(&mut text);
            }
        }
        for pod in inventory.seen::<Pod>() {
            held.remove(&pod.metadata.name.as_ptr());
            held.remove(&pod.metadata.namespace.as_ptr());
        }
        for finding in findings {
            held.insert(
                Arc::as_ptr(&finding.fault).cast(),
                COUNTS + size_of::<Fault>(),
            );
            if let Some(object) = &finding.object {
                held.insert(Arc::as_ptr(object).cast(), COUNTS + size_of::<ObjectRef>());
            }
        }
        findings.capacity() * size_of::<Finding>() + held.values().sum::<usize>()
    }

    #[test]
    fn a_hundred_thousand_findings_cost_what_tells_them_apart() {
        static ALIKE: Check = Check {
            needs: &[crate::inventory::needs::examined::<Pod>()],
            run: |cx| {
                Ok(Sheet::over(cx.seen::<Pod>(), |pod| {
                    Ok(Some(
                        Finding::on(pod)
                            .container(&"app".into())
                            .at("spec.containers[name=app].resources.requests.memory")
                            .saw("none", "a memory request"),
                    ))
                }))
            },
            ..Check::BASE
        };
        static UNLIKE: Check = Check {
            needs: &[crate::inventory::needs::examined::<Pod>()],
            run: |cx| {
                Ok(Sheet::over(cx.seen::<Pod>(), |pod| {
                    Ok(Some(
                        Finding::on(pod)
                            .at("spec.containers[name=app].image")
                            .saw(format_args!("image:{}", pod.metadata.name), "a digest"),
                    ))
                }))
            },
            ..Check::BASE
        };
        let inventory = pods();
        // A finding, and the reference to its object.
        let alike = bytes(&inventory, &evaluate(&inventory, &ALIKE).findings);
        assert!(alike < COUNT * 130, "{alike}");
        let unlike = bytes(&inventory, &evaluate(&inventory, &UNLIKE).findings);
        assert!(unlike < COUNT * 170, "{unlike}");
        assert!(size_of::<Finding>() <= 48);
    }
}

//! How checks hold the templates of workloads against controls. `B5`, `R3` and the like are those of RULES.md.

use crate::{
    inventory::Context,
    kubernetes::{
        Workload,
        pod_security::{Control, HOST_PATHS, HostPath, Location, NEWEST, PodView, Violation},
        versions::minor_of,
    },
    model::{
        Doubt, Expectation, Faults, Finding, Judgement, NotApplicable, Sheet, Text, Undecided,
    },
};

/// What a component may be known to need.
pub type Expected = &'static [Expectation];

/// Reports the violations of a template, each with what its component may be known to need.
type JudgeTemplate<'j, 'a> = dyn FnMut(&PodView<'a>, &mut dyn FnMut(Violation<'a>, Expected)) + 'j;

impl<'a> Context<'a> {
    /// The minor whose policies count: the server's, or the one that manifests are meant for; else the newest.
    /// Demands nothing.
    pub fn policy_minor(&self) -> u32 {
        let server = self.version().seen();
        let server = server.and_then(|version| minor_of(&version.git_version));
        server
            .map(|(_, minor)| minor)
            .or(self.target_minor())
            .unwrap_or(NEWEST)
            .min(NEWEST)
    }

    /// Holds every template against a control: `keep` says which violations are the check's own. Demands
    /// ReplicaSet, COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// The policies of the cluster's version do not have the control.
    #[track_caller]
    pub fn judge_control(
        &self,
        control: &Control,
        mut keep: impl FnMut(&PodView<'a>, &mut Violation<'a>) -> bool,
    ) -> Result<Sheet, Undecided> {
        let expected = self.expected();
        self.judge_control_by(control, |pod, violation| {
            keep(pod, violation).then_some(expected)
        })
    }

    /// The same where a violation tells itself what its component may be known to need, of which one excuses it: nothing
    /// but what the platform itself installs is excused when it is empty. Demands COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// Those of [`Self::judge_control`].
    #[track_caller]
    pub fn judge_control_by(
        &self,
        control: &Control,
        mut keep: impl FnMut(&PodView<'a>, &mut Violation<'a>) -> Option<Expected>,
    ) -> Result<Sheet, Undecided> {
        let minor = self.policy_minor();
        if !control.exists_in(minor) {
            return Err(NotApplicable::Absent.into());
        }
        Ok(self.judge_templates(|pod, report| {
            control.visit(minor, pod, &mut |mut violation| {
                if let Some(expected) = keep(pod, &mut violation) {
                    report(violation, expected);
                }
            });
        }))
    }

    /// Holds every template's paths of the node against B5: `keep` tells by what it gives away whether it is the check's
    /// own. Demands ReplicaSet, COMPONENTS and PLATFORM.
    ///
    /// # Errors
    /// Those of [`Self::judge_control`].
    #[track_caller]
    pub fn judge_host_paths(
        &self,
        mut keep: impl FnMut(&HostPath<'a>, &mut Violation<'a>) -> bool,
    ) -> Result<Sheet, Undecided> {
        self.judge_control(&HOST_PATHS, |pod, violation| {
            let Location::Volume(volume) = violation.place else {
                return false;
            };
            HostPath::of(volume, pod).is_some_and(|path| keep(&path, violation))
        })
    }

    /// Judges every template: `judge` reports violations, each with what its component may be known to need. Demands
    /// ReplicaSet, COMPONENTS and PLATFORM.
    #[track_caller]
    pub fn judge_templates(
        &self,
        mut judge: impl FnMut(&PodView<'a>, &mut dyn FnMut(Violation<'a>, Expected)),
    ) -> Sheet {
        self.judge_each_template(&mut judge)
    }

    /// The same by a pointer: compiled once, and not for every check.
    #[track_caller]
    fn judge_each_template(&self, judge: &mut JudgeTemplate<'_, 'a>) -> Sheet {
        let mut found: Vec<(Violation<'a>, Expected)> = Vec::new();
        self.judge_each_workload(&mut |workload| {
            judge(&PodView::of(workload), &mut |violation, expected| {
                found.push((violation, expected));
            });
            if found.is_empty() && workload.spec.containers.is_empty() {
                // A template may stand elsewhere.
                return Ok(Judgement::NotASubject);
            }
            let mut merged: Vec<Merged<'a>> = Vec::new();
            let mut known: Option<(Expected, bool)> = None;
            let mut doubt = Doubt::default();
            for (violation, expected) in found.drain(..) {
                let excused = match known {
                    Some((same, excused)) if same == expected => Ok(excused),
                    _ => self.excuses_any(workload, expected),
                };
                match excused {
                    Ok(excused) => {
                        known = Some((expected, excused));
                        Merged::add(&mut merged, workload, &violation, excused);
                    }
                    Err(why) => doubt.add(why),
                }
            }
            doubt.or(())?;
            let mut faults = Faults::new();
            faults.extend(merged.into_iter().map(|merged| merged.finding(workload)));
            faults.judgement()
        })
    }
}

impl Violation<'_> {
    /// What a component needs whose container is not confined: of a privileged one, that it is, for nothing confines it
    /// then.
    pub fn needs_privilege(&self) -> Expected {
        if self.is_of_privileged() {
            &[Expectation::Privileged]
        } else {
            &[]
        }
    }

    /// What a component needs whose container runs, or may run, as root.
    pub fn needs_root(&self) -> Expected {
        if self.is_of_privileged() {
            &[Expectation::Root, Expectation::Privileged]
        } else {
            &[Expectation::Root]
        }
    }

    fn is_of_privileged(&self) -> bool {
        let context = self
            .container()
            .and_then(|container| container.security_context.as_deref());
        context.is_some_and(|context| context.privileged == Some(true))
    }
}

/// What a check has against one container, or against the volumes of one pod: one finding, however many fields it lists (rule
/// 19 of RULES.md). Where there may be any number of them, its place names none, so that it stays the same finding while
/// some are fixed.
struct Merged<'a> {
    container: Option<&'a Text>,
    /// Where all of them stand.
    path: String,
    found: Vec<Found>,
    excused: bool,
}

struct Found {
    /// Its own place.
    path: String,
    /// Which of the fields beside it this is, where they are few.
    field: Option<String>,
    seen: String,
    expected: &'static str,
}

impl<'a> Merged<'a> {
    fn add(all: &mut Vec<Self>, workload: &Workload<'_>, violation: &Violation<'a>, excused: bool) {
        let own = violation.path();
        let own = match violation.place {
            Location::Annotation(_) => workload.at_template(&own),
            _ => workload.at(&own),
        };
        let seen = violation.seen.to_string();
        let expected = violation.expected;
        let (path, found) = if let Some((list, seen)) = violation.in_list() {
            let path = workload.at(&list);
            (
                path.clone(),
                Found {
                    path,
                    field: None,
                    seen,
                    expected,
                },
            )
        } else if let Some((group, field)) = violation.in_group() {
            let field = Some(field.to_owned());
            (
                workload.at(&group),
                Found {
                    path: own,
                    field,
                    seen,
                    expected,
                },
            )
        } else {
            (
                own.clone(),
                Found {
                    path: own,
                    field: None,
                    seen,
                    expected,
                },
            )
        };
        let container = violation.container().map(|container| &container.name);
        let same = all.iter_mut().find(|known| {
            known.path == path && known.container == container && known.excused == excused
        });
        match same {
            Some(known) => known.found.push(found),
            None => all.push(Self {
                container,
                path,
                found: vec![found],
                excused,
            }),
        }
    }

    fn finding(self, workload: &Workload<'_>) -> Finding {
        let finding = match self.found.as_slice() {
            [only] => Finding::on(workload)
                .at(only.path.as_str())
                .saw(&only.seen, only.expected),
            several => {
                let alike = several.iter().all(|it| it.expected == several[0].expected);
                let mut seen: Vec<String> = Vec::new();
                let mut expected: Vec<String> = Vec::new();
                for found in several {
                    let field = found.field.as_ref();
                    let of_field = |text: &str| match field {
                        Some(field) => format!("{field}: {text}"),
                        None => text.to_owned(),
                    };
                    let wanted = if alike {
                        found.expected.to_owned()
                    } else {
                        of_field(found.expected)
                    };
                    for (list, entry) in
                        [(&mut seen, of_field(&found.seen)), (&mut expected, wanted)]
                    {
                        if !list.contains(&entry) {
                            list.push(entry);
                        }
                    }
                }
                Finding::on(workload)
                    .at(self.path)
                    .saw(seen.join(", "), expected.join("; "))
            }
        };
        let finding = finding.excused(self.excused);
        match self.container {
            Some(container) => finding.container(container),
            None => finding,
        }
    }
}

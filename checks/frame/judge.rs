//! How a check judges its subjects; whom nobody here could ask to fix anything is excused for all checks alike.

use crate::{
    inventory::{
        Context, Evidence, Kind, Listed, Origin,
        kinds::{Namespace, Node, Pod},
        types::ObjectMeta,
    },
    kubernetes::{
        Workload,
        autoscalers::Autoscaler,
        topology::{is_fake, is_schedulable_worker, is_virtual, why_none},
    },
    model::{
        Excuse, Expectation, Faults, Impact, Judgement, NotApplicable, Sheet, Undecided, Why,
        patterns::matches,
    },
};

/// What a rule says of a workload.
pub(super) type JudgeWorkload<'j, 'a> = dyn FnMut(&Workload<'a>) -> Result<Judgement, Why> + 'j;

/// What is said of a workload without what its placeholders lack: an injector fills them in (rule 2 of RULES.md).
fn without_filled_in(
    workload: &Workload<'_>,
    judgement: Result<Judgement, Why>,
) -> Result<Judgement, Why> {
    let Ok(Judgement::Faults(faults)) = judgement else {
        return judgement;
    };
    let Faults { findings, doubt } = faults;
    let mut kept = Faults {
        findings: Vec::new(),
        doubt,
    };
    for finding in findings {
        let container = finding.fault.container.as_ref();
        match container.and_then(|name| workload.filled_in(name)) {
            Some(why) => kept.miss(why),
            None => kept.add(finding),
        }
    }
    kept.judgement()
}

/// What a rule says of a workload by its live pods.
type JudgePods<'j, 'a> = dyn FnMut(&Workload<'a>, &[&'a Pod]) -> Result<Judgement, Why> + 'j;

impl<'a> Context<'a> {
    /// Judges every `K` that was seen: one subject each. Demands `K`, and PLATFORM where the check excuses anyone.
    #[track_caller]
    pub fn judge<K: Listed>(&self, judge: impl FnMut(&'a K) -> Result<Judgement, Why>) -> Sheet {
        let mut sheet = Sheet::new();
        self.judge_into::<K>(&mut sheet, judge);
        sheet
    }

    /// The same for a check that judges several kinds. Demands `K`, and PLATFORM where the check excuses anyone.
    #[track_caller]
    pub fn judge_into<K: Listed>(
        &self,
        sheet: &mut Sheet,
        mut judge: impl FnMut(&'a K) -> Result<Judgement, Why>,
    ) {
        // What components need, and what the platform installs, is known of workloads alone.
        let excuse = self.excuse();
        assert!(!matches!(excuse, Excuse::Expected(_)) && !excuse.is_for_system());
        for object in self.seen::<K>() {
            self.look();
            let judgement = judge(object);
            let metadata = object.metadata();
            sheet.judge_in(&metadata.namespace, self.excusing(metadata, judgement));
        }
    }

    /// Judges the template of every workload: one subject each.
    ///
    /// The children of an unseen owner are undecided when the check examines a kind that may be at their top.
    /// Demands ReplicaSet, and PLATFORM where the check excuses anyone.
    #[track_caller]
    pub fn judge_workloads(
        &self,
        mut judge: impl FnMut(&Workload<'a>) -> Result<Judgement, Why>,
    ) -> Sheet {
        self.judge_each_workload(&mut |workload| {
            let judgement = judge(workload);
            self.excusing_workload(workload, judgement)
        })
    }

    /// The same by a pointer, compiled once and not for every check; the rule excuses. Demands ReplicaSet.
    #[track_caller]
    pub(super) fn judge_each_workload(&self, judge: &mut JudgeWorkload<'_, 'a>) -> Sheet {
        let mut sheet = Sheet::new();
        for workload in self.workloads() {
            self.look();
            match workload {
                Ok(workload) if self.is_at_rest(&workload) => {}
                Ok(workload) => {
                    let judgement = judge(&workload);
                    let judgement = without_filled_in(&workload, judgement);
                    sheet.judge_as(workload.subject(), workload.namespace(), judgement);
                }
                Err(owner) => {
                    if self.examines_any(owner.possible_tops()) {
                        sheet.undecided(owner.why.clone());
                    }
                }
            }
        }
        sheet
    }

    /// Judges the live pods of every workload together, mirror pods and bare pods by themselves: one subject each.
    ///
    /// Workloads without a live pod are no subjects. Demands ReplicaSet and Pod, and PLATFORM where the check excuses
    /// anyone.
    #[track_caller]
    pub fn judge_live_pods(
        &self,
        mut judge: impl FnMut(&Workload<'a>, &[&'a Pod]) -> Result<Judgement, Why>,
    ) -> Sheet {
        self.judge_pods_of_each(&mut judge)
    }

    /// The same by a pointer: compiled once, and not for every check.
    #[track_caller]
    fn judge_pods_of_each(&self, judge: &mut JudgePods<'_, 'a>) -> Sheet {
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
            self.look();
            let workload = workload.guarded(self.guard());
            if self.is_at_rest(&workload) {
                continue;
            }
            let judgement = judge(&workload, &pods);
            sheet.judge_as(
                workload.subject(),
                workload.namespace(),
                self.excusing_workload(&workload, judgement),
            );
        }
        sheet
    }

    /// Whether a workload asks for no pods, and the check about pods that it has (rule 8 of RULES.md): whether somebody may
    /// reach or do more than meant is a question to its template all the same.
    fn is_at_rest(&self, workload: &Workload<'a>) -> bool {
        if self.impact() == Impact::Exposed || !workload.is_scaled_to_zero() {
            return false;
        }
        // Of one that KEDA scales manifests don't tell whether it rests.
        let is_awake = self.origin() == Origin::Files
            && self.guard().allows(Evidence::Objects(Kind::ScaledObject))
            && self
                .guard()
                .allows(Evidence::Objects(Kind::HorizontalPodAutoscaler))
            && matches!(
                self.autoscaler_of(workload),
                Ok(Some(Autoscaler::Scaled(_)))
            );
        !is_awake
    }

    /// Judges every Node that stands for a machine and is not about to go. Demands Node and PLATFORM.
    ///
    /// # Errors
    /// N/A `managed` where the provider runs the nodes.
    #[track_caller]
    pub fn judge_nodes(
        &self,
        mut judge: impl FnMut(&'a Node) -> Result<Judgement, Why>,
    ) -> Result<Sheet, Undecided> {
        let managed = self.are_nodes_managed();
        if managed == Ok(true) {
            return Err(NotApplicable::Managed.into());
        }
        let nodes = self.seen::<Node>();
        let mut sheet = Sheet::new();
        for node in nodes {
            if node.metadata.deletion_timestamp.is_some() || is_fake(node) {
                continue;
            }
            let judgement = judge(node).and_then(|judgement| match judgement {
                Judgement::Faults(_) => managed.clone().map(|_| judgement),
                _ => Ok(judgement),
            });
            sheet.judge(judgement);
        }
        Ok(sheet.when_empty(why_none(nodes)))
    }

    /// All Nodes, and those of them that can run workloads. Demands Node and PLATFORM.
    ///
    /// # Errors
    /// N/A where there is none, none is a machine, or the provider runs them; Unknown where not all were seen, or which
    /// platform this is was not.
    #[track_caller]
    pub fn worker_nodes(&self) -> Result<(&'a [Node], Vec<&'a Node>), Undecided> {
        // A node that was not seen may be a worker.
        let nodes = self.correlated::<Node>()?;
        if nodes.is_empty() {
            return Err(NotApplicable::Absent.into());
        }
        if nodes.iter().all(is_virtual) {
            return Err(NotApplicable::Topology.into());
        }
        if self.are_nodes_managed()? {
            return Err(NotApplicable::Managed.into());
        }
        let workers = nodes
            .iter()
            .filter(|node| is_schedulable_worker(node, self.now()));
        Ok((nodes, workers.collect()))
    }

    /// The namespaces that the audit is about and that are neither the system's, unless it counts, nor about to go.
    /// Demands Namespace and PLATFORM.
    ///
    /// An error stands for one that may be the system's.
    #[track_caller]
    pub fn tenant_namespaces(&self) -> Vec<Result<&'a Namespace, Why>> {
        let scope = self.scope();
        self.seen::<Namespace>()
            .iter()
            .filter(|namespace| {
                let name = &namespace.metadata.name;
                scope
                    .namespaces
                    .as_ref()
                    .is_none_or(|asked| asked.contains(name))
                    && !scope.excluded.iter().any(|pattern| matches(pattern, name))
                    && namespace.metadata.deletion_timestamp.is_none()
                    && namespace.status.phase != "Terminating"
            })
            .filter_map(
                |namespace| match self.is_excused_in(&namespace.metadata.name) {
                    Ok(false) => Some(Ok(namespace)),
                    Ok(true) => None,
                    Err(why) => Some(Err(why)),
                },
            )
            .collect()
    }

    /// What the check's subjects may be known to need. Demands nothing.
    pub(super) const fn expected(&self) -> &'static [Expectation] {
        match self.excuse() {
            Excuse::Expected(expected) => expected,
            _ => &[],
        }
    }

    /// Whether what lies in a namespace is the system's, and so is excused what nobody here can fix. Demands PLATFORM.
    ///
    /// # Errors
    /// It is on some provider, and which one this is was not seen.
    #[track_caller]
    pub fn is_excused_in(&self, namespace: &str) -> Result<bool, Why> {
        Ok(!self.includes_system() && self.is_system_namespace(namespace)?)
    }

    /// Excuses a workload that a check found by itself, as the check asks for it. Demands PLATFORM where the check
    /// excuses anyone.
    ///
    /// # Errors
    /// Those of the judgement; it may be excused, and what would tell was not seen.
    #[track_caller]
    pub fn excusing_workload(
        &self,
        workload: &Workload<'a>,
        judgement: Result<Judgement, Why>,
    ) -> Result<Judgement, Why> {
        match (self.excuse(), judgement) {
            (Excuse::Expected(expected), Ok(Judgement::Faults(faults))) => {
                let excused = self.excuses_any(workload, expected)?;
                Ok(Judgement::Faults(faults.excused(excused)))
            }
            (excuse, Ok(Judgement::Faults(faults))) if excuse.is_for_system() => {
                if excuse.is_for_provider() && self.is_provider_managed(workload.metadata)? {
                    return Ok(Judgement::Sound);
                }
                let excused = !self.includes_system() && self.is_of_platform(workload)?;
                Ok(Judgement::Faults(faults.excused(excused)))
            }
            (_, judgement) => self.excusing(workload.metadata, judgement),
        }
    }

    /// Excuses an object as the check asks for it.
    #[track_caller]
    fn excusing(
        &self,
        metadata: &ObjectMeta,
        judgement: Result<Judgement, Why>,
    ) -> Result<Judgement, Why> {
        let excuse = self.excuse();
        let Ok(Judgement::Faults(_)) = judgement else {
            return judgement;
        };
        if excuse.is_for_provider() && self.is_provider_managed(metadata)? {
            return Ok(Judgement::Sound);
        }
        judgement
    }
}

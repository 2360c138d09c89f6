//! What a check is, what it sees, and how its outcome is derived.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{ClusterFacts, Evidence, Inventory, Kind, Listed, Need, Origin, Role},
    kubernetes::{UnseenOwner, Workload, WorkloadKind},
    model::{
        Evaluation, Finding, Impact, NotApplicable, Outcome, Pillar, Severity, Sheet, Standard,
        Undecided, Unknown, Why,
    },
    wire::{Interner, Time},
};

/// How early a check belongs to the catalogue's order: 1 is the core, 3 is switched on by name.
pub type Tier = u8;

/// What a check can be asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A live cluster, or a snapshot of one.
    Live,
    /// Manifests as well.
    Both,
}

/// Whether a check's subjects are objects of namespaces or the cluster as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Objects: an audit of some namespaces can ask it.
    Objects,
    /// The cluster: an audit of some namespaces cannot ask it (N/A `scope`).
    Cluster,
}

/// A value that a user may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A list of texts.
    Texts(Vec<String>),
}

/// The value of a parameter that nobody set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// A whole number.
    Int(i64),
    /// A list of texts.
    Texts(&'static [&'static str]),
}

/// What a user may configure of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its value when nobody set it.
    pub default: Default,
    /// What it does, as a clause.
    pub about: &'static str,
}

/// A check is a value.
#[derive(Debug)]
pub struct Check {
    /// Names the failure; kebab-case, unique, never reused.
    pub id: &'static str,
    /// The part of readiness it speaks for.
    pub pillar: Pillar,
    /// What a failure costs; a user may override it.
    pub severity: Severity,
    /// When a failure is felt.
    pub impact: Impact,
    /// The failure, as a clause.
    pub title: &'static str,
    /// The catalogue's tier.
    pub tier: Tier,
    /// What it can be asked of.
    pub mode: Mode,
    /// Whether it is a question about the whole cluster.
    pub reach: Reach,
    /// All that `run` may read. The collector fetches the union over the selected checks.
    pub needs: &'static [Need],
    /// The controls of published standards that it decides.
    pub standards: &'static [Standard],
    /// What a user may configure.
    pub params: &'static [Param],
    /// The capability that a user may declare as solved outside the cluster.
    pub capability: Option<&'static str>,
    /// Markdown: why, remediation, and the examples that are also the tests.
    pub docs: &'static str,
    /// The body: a pure function of what was collected.
    pub run: fn(&Context<'_>) -> Result<Sheet, Undecided>,
}

impl Check {
    /// What most checks have in common, to be updated.
    pub const BASE: Self = Self {
        id: "",
        pillar: Pillar::Health,
        severity: Severity::Info,
        impact: Impact::Fragile,
        title: "",
        tier: 1,
        mode: Mode::Both,
        reach: Reach::Objects,
        needs: &[],
        standards: &[],
        params: &[],
        capability: None,
        docs: "",
        run: |_| Ok(Sheet::new()),
    };

    /// All evidence that it may read.
    pub fn evidence(&self) -> impl Iterator<Item = (Role, Evidence)> {
        self.needs
            .iter()
            .flat_map(|need| need.sources.iter().map(|source| (need.role, *source)))
    }

    /// What it says of an inventory.
    pub fn evaluate(&self, inventory: &Inventory, settings: &Settings) -> Evaluation {
        let skipped = if self.mode == Mode::Live && inventory.origin == Origin::Files {
            Some(NotApplicable::Mode)
        } else if self.reach == Reach::Cluster && inventory.scope.namespaces.is_some() {
            Some(NotApplicable::Scope)
        } else if self
            .capability
            .is_some_and(|capability| settings.declared.contains(capability))
        {
            Some(NotApplicable::Declared)
        } else {
            None
        };
        if let Some(reason) = skipped {
            return Evaluation::without_subjects(Outcome::NotApplicable(reason));
        }
        let context = Context {
            inventory,
            check: self,
            settings,
        };
        let gap = self
            .evidence()
            .filter(|(role, _)| *role == Role::Examined)
            .filter_map(|(_, evidence)| inventory.gap(evidence))
            .min();
        // Findings say much the same, and their texts are shared.
        let judged = Interner::new().within(|| (self.run)(&context));
        let mut evaluation = match judged {
            Ok(sheet) => sheet
                .without(|object| inventory.is_young(object))
                .evaluate(gap),
            Err(Undecided::NotApplicable(reason)) => Evaluation::without_subjects(match gap {
                // What was not seen may be what the question is about.
                Some(why)
                    if matches!(
                        reason,
                        NotApplicable::Absent | NotApplicable::Topology | NotApplicable::System
                    ) =>
                {
                    Outcome::Unknown(why)
                }
                _ => Outcome::NotApplicable(reason),
            }),
            Err(Undecided::Unknown(why)) => Evaluation::without_subjects(Outcome::Unknown(
                gap.into_iter()
                    .chain([why])
                    .min()
                    .unwrap_or_else(|| Why::new(Unknown::Unreadable, "the check gave no reason")),
            )),
        };
        if !inventory.sources.is_empty() {
            for finding in &mut evaluation.findings {
                finding.source = finding
                    .object
                    .as_ref()
                    .and_then(|object| inventory.sources.get(&**object))
                    .cloned()
                    .map(Box::new);
            }
        }
        evaluation
    }
}

/// What a user set for the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Parameters by check and name.
    pub params: BTreeMap<(String, String), Value>,
    /// Capabilities declared as solved outside the cluster.
    pub declared: BTreeSet<String>,
    /// Whether system and platform components count like anyone else's.
    pub include_system: bool,
    /// The Kubernetes minor that manifests are meant for: `36` of `1.36`.
    pub target_minor: Option<u32>,
}

/// What a check sees while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub(crate) inventory: &'a Inventory,
    check: &'a Check,
    pub(crate) settings: &'a Settings,
}

impl<'a> Context<'a> {
    /// What `check` would see.
    #[cfg(test)]
    pub(crate) fn of(inventory: &'a Inventory, check: &'a Check, settings: &'a Settings) -> Self {
        Self {
            inventory,
            check,
            settings,
        }
    }

    /// Stops a debug build in which a check reads what it does not declare.
    #[track_caller]
    pub(crate) fn declared(&self, evidence: Evidence) {
        debug_assert!(
            self.check
                .evidence()
                .any(|(_, declared)| declared == evidence),
            "`{}` reads {evidence:?} undeclared",
            self.check.id
        );
    }

    /// The one time.
    pub fn now(&self) -> Time {
        self.inventory.now
    }

    /// Where the objects come from.
    pub fn origin(&self) -> Origin {
        self.inventory.origin
    }

    /// Whether the audit is about some namespaces only.
    pub fn is_scoped(&self) -> bool {
        self.inventory.scope.namespaces.is_some()
    }

    /// What is no object; only the parts that the check declares are filled, besides version and discovery.
    pub fn facts(&self) -> &'a ClusterFacts {
        &self.inventory.facts
    }

    /// All `K`s that were seen: findings may sit on them, and what was not seen makes the outcome partial.
    #[track_caller]
    pub fn examined<K: Listed>(&self) -> &'a [K] {
        self.declared(Evidence::Objects(K::ITS));
        self.inventory.seen::<K>()
    }

    /// All `K`s.
    ///
    /// # Errors
    /// Not all of them were seen.
    #[track_caller]
    pub fn correlated<K: Listed>(&self) -> Result<&'a [K], Why> {
        self.declared(Evidence::Objects(K::ITS));
        self.inventory
            .listing::<K>()
            .seen(&K::ITS.facts())
            .map(|()| self.inventory.seen::<K>())
    }

    /// All `K`s of one namespace.
    ///
    /// # Errors
    /// Not all of them were seen.
    #[track_caller]
    pub fn correlated_in<K: Listed>(&self, namespace: &str) -> Result<&'a [K], Why> {
        self.declared(Evidence::Objects(K::ITS));
        self.inventory
            .listing::<K>()
            .seen_in(namespace, &K::ITS.facts())
            .map(|()| self.inventory.seen_in::<K>(namespace))
    }

    /// The `K` with this namespace (empty for cluster-scoped kinds) and name; none when it is known to be absent.
    ///
    /// # Errors
    /// It was not seen, and may exist.
    #[track_caller]
    pub fn named<K: Listed>(&self, namespace: &str, name: &str) -> Result<Option<&'a K>, Why> {
        self.declared(Evidence::Objects(K::ITS));
        if let Some(found) = self.inventory.find::<K>(namespace, name) {
            return Ok(Some(found));
        }
        let listing = self.inventory.listing::<K>();
        if K::ITS.facts().namespaced {
            listing.seen_in(namespace, &K::ITS.facts())?;
        } else {
            listing.seen(&K::ITS.facts())?;
        }
        Ok(None)
    }

    /// The `K`s that were seen, to enrich the wording: nothing may depend on one that is missing.
    #[track_caller]
    pub fn quoted<K: Listed>(&self) -> &'a [K] {
        self.declared(Evidence::Objects(K::ITS));
        self.inventory.seen::<K>()
    }

    /// Every workload, and every owner that was not seen though it has children (rule 1 of RULES.md).
    #[track_caller]
    pub fn workloads(
        &self,
    ) -> impl Iterator<Item = Result<Workload<'a>, &'a UnseenOwner>> + use<'a> {
        self.declared(Evidence::Objects(Kind::ReplicaSet));
        self.inventory.workloads()
    }

    /// Every workload of a namespace that was seen.
    #[track_caller]
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = Workload<'a>> + use<'a> {
        self.declared(Evidence::Objects(Kind::ReplicaSet));
        let inventory = self.inventory;
        inventory.workloads_in(namespace)
    }

    /// Judges the template of every workload that `counts`: one subject each.
    ///
    /// The children of an unseen owner are undecided when the check examines a kind that may be at their top.
    #[track_caller]
    pub fn judge_workloads<F: IntoIterator<Item = Finding>>(
        &self,
        counts: impl Fn(&Workload<'a>) -> bool,
        mut judge: impl FnMut(&Workload<'a>) -> Result<F, Why>,
    ) -> Sheet {
        self.judge_relevant_workloads(|workload| {
            if counts(workload) {
                judge(workload).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    /// The same where only a closer look tells which workloads count: `judge` yields none for one that does not.
    #[track_caller]
    pub fn judge_relevant_workloads<F: IntoIterator<Item = Finding>>(
        &self,
        mut judge: impl FnMut(&Workload<'a>) -> Result<Option<F>, Why>,
    ) -> Sheet {
        let mut sheet = Sheet::new();
        for workload in self.workloads() {
            match workload {
                Ok(workload) => match judge(&workload) {
                    Ok(Some(findings)) => sheet.examine_as(workload.subject(), findings),
                    Ok(None) => {}
                    Err(why) => sheet.undecided(why),
                },
                Err(owner) => {
                    let concerned = self.check.evidence().any(|(role, evidence)| {
                        role == Role::Examined
                            && owner
                                .possible_tops()
                                .iter()
                                .any(|kind| evidence == Evidence::Objects(*kind))
                    });
                    if concerned {
                        sheet.undecided(owner.why.clone());
                    }
                }
            }
        }
        sheet
    }

    /// A whole-number parameter of the running check.
    pub fn int(&self, name: &str) -> i64 {
        let set = self.set(name);
        let default = self.param(name).map(|param| param.default);
        match (set, default) {
            (Some(Value::Int(value)), _) | (None, Some(Default::Int(value))) => value,
            _ => 0,
        }
    }

    /// A parameter of the running check that is a list of texts.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match (self.set(name), self.param(name).map(|param| param.default)) {
            (Some(Value::Texts(texts)), _) => texts,
            (_, Some(Default::Texts(texts))) => texts.iter().map(|text| (*text).into()).collect(),
            _ => Vec::new(),
        }
    }

    fn set(&self, name: &str) -> Option<Value> {
        let key = (self.check.id.to_owned(), name.to_owned());
        self.settings.params.get(&key).cloned()
    }

    fn param(&self, name: &str) -> Option<&'static Param> {
        let param = self.check.params.iter().find(|param| param.name == name);
        debug_assert!(
            param.is_some(),
            "`{}` has no parameter {name}",
            self.check.id
        );
        param
    }
}

/// The kinds of which a Deployment-like workload can be.
pub const REPLICATED: &[WorkloadKind] = &[
    WorkloadKind::Deployment,
    WorkloadKind::StatefulSet,
    WorkloadKind::ReplicaSet,
    WorkloadKind::ReplicationController,
    WorkloadKind::Rollout,
    WorkloadKind::CloneSet,
];

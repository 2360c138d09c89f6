//! What a check is, and how its outcome is derived.

use crate::{
    inventory::{Context, Evidence, Inventory, Need, Origin, Param, Picture, Role, Settings},
    model::{
        Evaluation, Excuse, Impact, NotApplicable, Outcome, Pillar, Severity, Sheet, Standard,
        Undecided,
    },
    wire::Interner,
};

/// How early a check is switched on: 1 is the core, 2 is on by default, 3 is switched on by name.
pub type Tier = u8;

/// What a check can be asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A live cluster, or a snapshot of one.
    Live,
    /// Manifests as well.
    Both,
    /// Manifests alone: an API server would not hold what fails.
    Files,
}

/// Whether a check's subjects are objects of namespaces or the cluster as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Objects: an audit of some namespaces can ask it.
    Objects,
    /// The cluster: an audit of some namespaces cannot ask it (N/A `scope`).
    Cluster,
}

/// A check is a value.
#[derive(Debug)]
pub struct Check {
    /// Names the failure; kebab-case, unique, never reused.
    pub id: &'static str,
    /// What it was called in earlier versions: they go on working wherever an id is named.
    pub aliases: &'static [&'static str],
    /// The version of kready that had it first.
    pub since: &'static str,
    /// The part of readiness it speaks for.
    pub pillar: Pillar,
    /// What a failure costs; a user may override it.
    pub severity: Severity,
    /// When a failure is felt.
    pub impact: Impact,
    /// The failure, as a clause.
    pub title: &'static str,
    /// What to do, in one line: `{object}` stands for the object as kubectl takes it.
    pub fix: &'static str,
    /// Its tier.
    pub tier: Tier,
    /// What it can be asked of.
    pub mode: Mode,
    /// Whether it is a question about the whole cluster.
    pub reach: Reach,
    /// All that `run` may read. The collector fetches the union over the selected checks.
    pub needs: &'static [Need],
    /// The controls of published standards that it decides.
    pub standards: &'static [Standard],
    /// What one of its subjects is called, where that isn't the kind that it examines.
    pub subject: Option<&'static str>,
    /// Whom the frame excuses.
    pub excuse: Excuse,
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
        aliases: &[],
        since: "",
        pillar: Pillar::Health,
        severity: Severity::Info,
        impact: Impact::Fragile,
        title: "",
        fix: "",
        tier: 1,
        mode: Mode::Both,
        reach: Reach::Objects,
        needs: &[],
        standards: &[],
        subject: None,
        excuse: Excuse::Nobody,
        params: &[],
        capability: None,
        docs: "",
        run: |_| Ok(Sheet::new()),
    };

    /// Whether this is its id, or was in an earlier version.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.contains(&name)
    }

    /// All evidence that it may read.
    pub fn evidence(&self) -> impl Iterator<Item = (Role, Evidence)> {
        self.needs
            .iter()
            .flat_map(|need| need.sources.iter().map(|source| (need.role, *source)))
    }

    /// What it sees of a picture.
    pub(crate) fn context<'a>(
        &self,
        picture: &'a Picture<'a>,
        settings: &'a Settings,
    ) -> Context<'a> {
        Context::new(
            picture,
            (self.id, self.needs, self.params),
            (self.excuse, self.impact),
            settings,
        )
    }

    /// What it says of an inventory of which no other check is asked.
    pub fn evaluate(&self, inventory: &Inventory, settings: &Settings) -> Evaluation {
        self.evaluate_in(&Picture::of(inventory), settings)
    }

    /// What it says of a picture, which it shares with other checks.
    pub fn evaluate_in(&self, picture: &Picture<'_>, settings: &Settings) -> Evaluation {
        let inventory: &Inventory = picture;
        let elsewhere = match self.mode {
            Mode::Live => inventory.origin == Origin::Files,
            Mode::Files => inventory.origin == Origin::Live,
            Mode::Both => false,
        };
        let skipped = if elsewhere {
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
        let context = self.context(picture, settings);
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
            Err(Undecided::Unknown(why)) => {
                Evaluation::without_subjects(Outcome::Unknown(match gap {
                    Some(gap) => gap.min(why),
                    None => why,
                }))
            }
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

//! The configuration and the command line, joined to what is run and how it is weighed.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::anyhow;
use kready_checks::{frame::Check, inventory::Settings, wire::Time};

use super::{
    contents::{Config, Expiry, FailOn},
    selection::Selection,
};
use crate::{
    collect::ScopeRequest,
    failure::Failure,
    report::{Baseline, LONGEST_DAYS, Policy, Profile, SkipReason, Skipped},
    rights::RightsCommand,
};

/// What the command line says about the same things; what it says wins.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Overrides {
    /// `--only`: takes the place of the configuration's selection.
    pub(crate) only: Vec<String>,
    /// `--skip`: is added to what the configuration skips.
    pub(crate) skip: Vec<String>,
    /// `--namespace`: takes the place of the configuration's namespaces.
    pub(crate) namespaces: Vec<String>,
    /// `--all-namespaces`: sets the configuration's scope aside.
    pub(crate) all_namespaces: bool,
    /// `--exclude-namespace`: takes the place of the configuration's.
    pub(crate) excluded: Vec<String>,
    /// `--profile`.
    pub(crate) profile: Option<Profile>,
    /// `--include-system`.
    pub(crate) include_system: bool,
    /// `--fail-on`.
    pub(crate) fail_on: Option<FailOn>,
    /// `--min-score`.
    pub(crate) min_score: Option<f64>,
    /// `--min-coverage`.
    pub(crate) min_coverage: Option<f64>,
    /// `--baseline`.
    pub(crate) baseline: Option<PathBuf>,
    /// `--gate-new-checks`.
    pub(crate) gate_new_checks: bool,
    /// `--allow-empty`.
    pub(crate) allow_empty: bool,
    /// `--max-findings`.
    pub(crate) max_findings: Option<usize>,
    /// `--team-label`: takes the place of the configuration's.
    pub(crate) team_labels: Vec<String>,
    /// The minor of `--kubernetes-version`.
    pub(crate) target_minor: Option<u32>,
    /// How to print the rights that it all needs.
    pub(crate) rights: RightsCommand,
}

/// What to run, on what, and how to weigh it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The checks to run.
    pub(crate) checks: Vec<&'static Check>,
    /// The others, and why they don't run.
    pub(crate) skipped: Vec<Skipped>,
    /// Whether the user selected checks; if not, a snapshot's own selection counts.
    pub(crate) selected: bool,
    /// Which namespaces were asked for.
    pub(crate) scope: ScopeRequest,
    /// How to weigh.
    pub(crate) policy: Policy,
    settings: Settings,
    expiries: Vec<Expiry>,
}

impl Config {
    /// The scope, joined with what the command line says of it.
    pub(crate) fn scope(&self, overrides: &Overrides) -> ScopeRequest {
        let mut scope = if overrides.all_namespaces {
            ScopeRequest::default()
        } else {
            self.scope.clone()
        };
        if !overrides.namespaces.is_empty() {
            scope.namespaces.clone_from(&overrides.namespaces);
        }
        if !overrides.excluded.is_empty() {
            scope.excluded.clone_from(&overrides.excluded);
        }
        scope
    }

    /// Joins it with what the command line says.
    ///
    /// # Errors
    /// The command line selects an unknown check, a bound is out of range, or the older report cannot be read.
    pub(crate) fn plan(
        self,
        overrides: &Overrides,
        registry: &[&'static Check],
    ) -> Result<Plan, Failure> {
        let mut selection = self.selection.clone();
        let asked = Selection::parse(&overrides.only, &overrides.skip, registry)?;
        let renamed = self.renamed.iter().chain(&asked.renamed).cloned().collect();
        if asked.only.is_empty() {
            selection.skip.extend(asked.skip);
        } else {
            selection = asked;
        }
        selection.renamed = BTreeSet::new();

        let scope = self.scope(overrides);
        let mut policy = Policy {
            config: self.file,
            profile: overrides.profile.or(self.profile),
            severities: self.severities,
            waivers: self.waivers,
            annotations: self.annotations.unwrap_or_default(),
            declarations: self.declarations,
            renamed,
            target_minor: overrides.target_minor,
            rights: overrides.rights.clone(),
            selection: selection.in_words(),
            ..Policy::default()
        };
        if let Some(fail_on) = overrides.fail_on.or(self.fail_on) {
            policy.gate.fail_on = fail_on.least();
        }
        for (flag, value, bound) in [
            (
                "--min-score",
                overrides.min_score.or(self.min_score),
                &mut policy.gate.min_score,
            ),
            (
                "--min-coverage",
                overrides.min_coverage.or(self.min_coverage),
                &mut policy.gate.min_coverage,
            ),
        ] {
            if let Some(value) = value {
                if !(0.0..=100.0).contains(&value) {
                    return Err(Failure::usage(anyhow!(
                        "{flag} is {value}, and goes from 0 to 100"
                    )));
                }
                *bound = value;
            }
        }
        policy.gate.gate_new_checks =
            overrides.gate_new_checks || self.gate_new_checks.unwrap_or_default();
        policy.gate.allow_empty = overrides.allow_empty || self.allow_empty.unwrap_or_default();
        policy.max_findings = overrides
            .max_findings
            .or(self.max_findings)
            .filter(|most| *most > 0);
        policy.team_labels = if overrides.team_labels.is_empty() {
            self.team_labels
        } else {
            overrides.team_labels.clone()
        };
        policy.baseline = overrides
            .baseline
            .as_deref()
            .map(Baseline::read)
            .transpose()?;

        let (checks, skipped) = selection.apply(registry, &policy);
        if checks.is_empty() {
            return Err(
                Failure::usage(anyhow!("the selection leaves no check to run"))
                    .hint("`kready checks` lists all checks; --only narrows, --skip leaves out"),
            );
        }
        Ok(Plan {
            checks,
            skipped,
            selected: selection != Selection::default(),
            scope,
            settings: Settings {
                params: self.params,
                declared: BTreeSet::new(),
                include_system: overrides.include_system || self.include_system.unwrap_or_default(),
                target_minor: overrides.target_minor,
            },
            expiries: self.expiries,
            policy,
        })
    }
}

impl Plan {
    /// What the checks are told, at the input's time: declarations that have expired no longer count.
    pub(crate) fn settings(&self, now: Time) -> Settings {
        let mut settings = self.settings.clone();
        settings.declared = self
            .policy
            .declarations
            .iter()
            .filter(|declared| !declared.grant.has_expired(now))
            .map(|declared| declared.capability.clone())
            .collect();
        settings
    }

    /// Compares every expiry with the input's time.
    ///
    /// # Errors
    /// One is further away than is allowed.
    pub(crate) fn check_expiries(&self, now: Time) -> Result<(), Failure> {
        let problems: Vec<String> = self
            .expiries
            .iter()
            .filter(|expiry| expiry.grant.is_too_long(now))
            .map(|expiry| {
                format!(
                    "{}:{}: {} expires on {}, more than {LONGEST_DAYS} days from now",
                    expiry.file, expiry.position, expiry.what, expiry.grant.expires
                )
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(anyhow!("{}", problems.join("\n")))
            .hint("choose a date within a year: exceptions are reviewed once a year at least"))
    }

    /// Takes up the selection that a snapshot was made with, unless the user selected checks.
    pub(crate) fn replay(&mut self, saved: &[String]) {
        if self.selected {
            return;
        }
        let (kept, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.checks)
            .into_iter()
            .partition(|check| saved.iter().any(|id| check.is_called(id)));
        self.checks = kept;
        self.skipped.extend(left.into_iter().map(|check| Skipped {
            id: check.id,
            why: SkipReason::Deselected,
        }));
    }
}

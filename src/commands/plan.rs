//! From the command line and the configuration to a plan.

use std::{collections::BTreeSet, path::PathBuf};

use kready_checks::{
    frame::Check,
    inventory::{Evidence, Kind, Role},
};

use super::invocation::registry;
use crate::{
    cli,
    collect::ScopeRequest,
    config::{self, Config, FileChoice, Overrides, Plan},
    failure::Failure,
    rights::{RightsCommand, typed},
};

/// The plan of an audit.
pub(super) fn of_audit(options: &cli::Audit) -> Result<Plan, Failure> {
    let overrides = Overrides {
        profile: options.profile,
        include_system: options.include_system,
        fail_on: options.fail_on,
        min_score: options.min_score,
        min_coverage: options.min_coverage,
        baseline: options.baseline.clone(),
        gate_new_checks: options.gate_new_checks,
        allow_empty: options.allow_empty,
        max_findings: options.max_findings,
        team_labels: options.team_labels.clone(),
        target_minor: options.kubernetes_version.map(|minor| minor.0),
        rights: rights(&options.selection, &options.config),
        ..overrides(&options.selection, Some(&options.scope))
    };
    plan(&options.config, &overrides)
}

/// The plan of a snapshot.
pub(super) fn of_snapshot(options: &cli::Snapshot) -> Result<Plan, Failure> {
    let overrides = Overrides {
        rights: rights(&options.selection, &options.config),
        ..overrides(&options.selection, Some(&options.scope))
    };
    plan(&options.config, &overrides)
}

/// How to print the rights that a selection needs.
fn rights(selection: &cli::SelectionOptions, config: &cli::ConfigOptions) -> RightsCommand {
    let mut flags = selection_flags(selection);
    flags.extend(config_flags(config));
    RightsCommand::new(flags)
}

/// The flags that chose the checks, as they are typed.
pub(super) fn selection_flags(selection: &cli::SelectionOptions) -> Vec<String> {
    let mut flags = Vec::new();
    for (flag, words) in [("--only", &selection.only), ("--skip", &selection.skip)] {
        if !words.is_empty() {
            flags.push(flag.to_owned());
            flags.push(typed(&words.join(",")));
        }
    }
    if selection.secret_names {
        flags.push("--secret-names".to_owned());
    }
    flags
}

/// The flags that chose the configuration.
pub(super) fn config_flags(config: &cli::ConfigOptions) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(file) = &config.config {
        flags.push("--config".to_owned());
        flags.push(typed(&file.display().to_string()));
    }
    if config.no_config {
        flags.push("--no-config".to_owned());
    }
    flags
}

/// The scope of a list of components.
pub(super) fn of_components(options: &cli::Components) -> Result<ScopeRequest, Failure> {
    let registry = registry();
    let overrides = Overrides {
        namespaces: options.scope.namespaces.clone(),
        all_namespaces: options.scope.all_namespaces,
        excluded: options.scope.excluded.clone(),
        ..Overrides::default()
    };
    Ok(config(&options.config, &registry)?.scope(&overrides))
}

/// The plan of a command that only needs to know the checks.
pub(super) fn of_selection(
    selection: &cli::SelectionOptions,
    config: &cli::ConfigOptions,
) -> Result<Plan, Failure> {
    plan(config, &overrides(selection, None))
}

fn overrides(selection: &cli::SelectionOptions, scope: Option<&cli::ScopeOptions>) -> Overrides {
    Overrides {
        only: selection.only.clone(),
        skip: selection.skip.clone(),
        namespaces: scope.map(|it| it.namespaces.clone()).unwrap_or_default(),
        all_namespaces: scope.is_some_and(|it| it.all_namespaces),
        excluded: scope.map(|it| it.excluded.clone()).unwrap_or_default(),
        ..Overrides::default()
    }
}

fn plan(options: &cli::ConfigOptions, overrides: &Overrides) -> Result<Plan, Failure> {
    let registry = registry();
    config(options, &registry)?.plan(overrides, &registry)
}

fn config(options: &cli::ConfigOptions, registry: &[&'static Check]) -> Result<Config, Failure> {
    config::load(&choice(options), registry)
}

/// Which configuration is meant.
pub(super) fn choice(options: &cli::ConfigOptions) -> FileChoice {
    match (&options.config, options.no_config) {
        (_, true) => FileChoice::Nothing,
        (Some(file), false) => FileChoice::File(PathBuf::clone(file)),
        (None, false) => FileChoice::Discover,
    }
}

/// Everything that the checks of a plan may read, and its waivers.
pub(super) fn evidence(plan: &Plan) -> BTreeSet<(Role, Evidence)> {
    let labels = plan
        .policy
        .waivers
        .iter()
        .any(|waiver| waiver.namespace_selector.is_some())
        .then_some((Role::Optional, Evidence::Objects(Kind::Namespace)));
    plan.checks
        .iter()
        .flat_map(|check| check.evidence())
        .chain(labels)
        .collect()
}

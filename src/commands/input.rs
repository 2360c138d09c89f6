//! Reads files or the demo in place of a cluster on behalf of a command.

use std::{collections::BTreeSet, path::Path, time::Duration};

use kready_checks::inventory::{Evidence, Role};

use crate::{
    cli,
    collect::{
        Collected, ScopeRequest, demo,
        files::{self, FileOptions},
        live,
    },
    config::DEFAULT_FILE,
    failure::Failure,
    output::Claims,
};

/// Reads files or the demo; none when the user means a cluster.
///
/// `selected` says whether the evidence was chosen; if not, that of a snapshot's own selection takes its place. `render` says for how
/// long at most each chart and each kustomization is rendered, if at all.
pub(super) fn read(
    input: &cli::InputOptions,
    scope: &ScopeRequest,
    selected: bool,
    evidence: &BTreeSet<(Role, Evidence)>,
    render: Option<Duration>,
) -> Option<Result<Collected, Failure>> {
    if input.demo {
        return Some(demo::collect(scope, evidence));
    }
    if input.is_live() {
        return None;
    }
    let options = FileOptions {
        paths: input.inputs().cloned().collect(),
        default_namespace: input.default_namespace.clone(),
        scope: scope.clone(),
        selection_given: selected,
        render,
    };
    Some(files::collect(&options, evidence))
}

/// The files that a command reads, which no output of it may replace.
pub(super) fn claims(
    config: &cli::ConfigOptions,
    input: Option<&cli::InputOptions>,
    connection: Option<&cli::ConnectionOptions>,
) -> Claims {
    let mut claims = Claims::default();
    if !config.no_config {
        let file = config.config.as_deref();
        claims.input("the configuration", file.unwrap_or(Path::new(DEFAULT_FILE)));
    }
    for file in input.into_iter().flat_map(cli::InputOptions::inputs) {
        claims.input(&format!("the input {}", file.display()), file);
    }
    let is_live = input.is_none_or(cli::InputOptions::is_live);
    if let Some(connection) = connection
        && is_live
    {
        for file in live::kubeconfigs(connection.kubeconfig.as_deref()) {
            claims.input("the kubeconfig", &file);
        }
    }
    claims
}

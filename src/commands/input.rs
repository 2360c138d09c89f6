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
    config::{self, DEFAULT_FILE},
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
    if input.files.is_empty() {
        return None;
    }
    let options = FileOptions {
        paths: input.files.clone(),
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
        let file = config.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        claims.input("the configuration", file);
        // What can't be read is told where it is read.
        for file in config::beside(file).into_iter().flatten() {
            claims.input(&format!("the waivers in {}", file.display()), &file);
        }
    }
    let files = input.map_or(&[][..], |input| &input.files);
    for file in files {
        claims.input(&format!("the input {}", file.display()), file);
    }
    let is_live = files.is_empty() && !input.is_some_and(|input| input.demo);
    if let Some(connection) = connection
        && is_live
    {
        for file in live::kubeconfigs(connection.kubeconfig.as_deref()) {
            claims.input("the kubeconfig", &file);
        }
    }
    claims
}

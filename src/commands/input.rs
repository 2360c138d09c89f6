//! Reads files or the demo in place of a cluster on behalf of a command.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::anyhow;

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
        let file = config.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        claims.input("the configuration", file);
        // What can't be read is told where it is read.
        for file in config::beside(file).into_iter().flatten() {
            claims.input(&format!("the waivers in {}", file.display()), &file);
        }
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

/// Where a snapshot goes: `-` is standard output, unless that is a terminal.
pub(super) fn snapshot_target(path: &Path) -> Result<PathBuf, Failure> {
    if path != Path::new("-") {
        return Ok(path.to_owned());
    }
    if io::stdout().is_terminal() {
        return Err(Failure::usage(anyhow!(
            "a snapshot is compressed, and standard output is a terminal"
        ))
        .hint("name a file, or pipe it: kready snapshot -o cluster.json.gz"));
    }
    Ok(PathBuf::from("/dev/stdout"))
}

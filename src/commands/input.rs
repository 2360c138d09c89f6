//! Reads files or the demo in place of a cluster on behalf of a command.

use std::{collections::BTreeSet, time::Duration};

use kready_checks::inventory::{Evidence, Role};

use crate::{
    cli,
    collect::{
        Collected, ScopeRequest, demo,
        files::{self, FileOptions},
    },
    failure::Failure,
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

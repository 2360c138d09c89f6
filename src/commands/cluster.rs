//! Reads a live cluster on behalf of a command.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use kready_checks::inventory::{Evidence, Role};

use crate::{
    cli,
    collect::{Collected, ScopeRequest, live},
    failure::Failure,
    progress::Line,
};

/// Long enough to be no limit.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Reads what `evidence` names.
pub(super) fn read(
    connection: &cli::ConnectionOptions,
    scope: &ScopeRequest,
    secret_names: bool,
    evidence: &BTreeSet<(Role, Evidence)>,
    line: &Line,
) -> Result<Collected, Failure> {
    let options = live::Options {
        kubeconfig: connection.kubeconfig.clone(),
        context: connection.context.clone(),
        as_user: connection.as_user.clone(),
        as_groups: connection.as_groups.clone(),
        request_timeout: Some(connection.request_timeout),
        timeout: if connection.timeout.is_zero() {
            FOREVER
        } else {
            connection.timeout
        },
        scope: scope.clone(),
        secret_names,
    };
    // One thread: an API server answers in small frames, and each would wake up another thread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start reading the cluster")
        .map_err(Failure::usage)?;
    line.start("connecting");
    let collected = runtime.block_on(live::collect(&options, evidence, line));
    line.clear();
    // Requests that are still open are no longer needed.
    runtime.shutdown_background();
    collected
}

//! Reads a live cluster on behalf of a command.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use kready_checks::inventory::{Evidence, Role};

use crate::{
    cli,
    collect::{Collected, ScopeRequest, live},
    failure::Failure,
    progress::Line,
    rights::{RightsCommand, typed},
};

/// Long enough to be no limit.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Reads what `evidence` names.
pub(super) fn read(
    connection: &cli::ConnectionOptions,
    scope: &ScopeRequest,
    secret_names: bool,
    rights: &RightsCommand,
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
        rights: rights.clone(),
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
    collected.map_err(|failure| Failure {
        hint: failure.hint.map(|hint| of_kubectl(&hint, connection)),
        ..failure
    })
}

/// A next step in which kubectl is told of the same kubeconfig and context.
fn of_kubectl(hint: &str, connection: &cli::ConnectionOptions) -> String {
    const KUBECTL: &str = "kubectl ";
    let mut file = String::new();
    if let Some(path) = &connection.kubeconfig {
        file = format!("--kubeconfig {} ", typed(&path.display().to_string()));
    }
    let mut context = String::new();
    if let Some(name) = &connection.context {
        context = format!("--context {} ", typed(name));
    }
    let mut parts = hint.split(KUBECTL);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(KUBECTL);
        // An administrator has a kubeconfig of their own.
        if !part.starts_with("apply") && !part.starts_with("kready") {
            text.push_str(&file);
            if !part.starts_with("config") || part.starts_with("config view") {
                text.push_str(&context);
            }
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn kubectl_is_told_of_the_same_cluster() {
        let connection = |file: Option<&str>, context: Option<&str>| cli::ConnectionOptions {
            kubeconfig: file.map(Into::into),
            context: context.map(Into::into),
            as_user: None,
            as_groups: Vec::new(),
            request_timeout: Duration::ZERO,
            timeout: Duration::ZERO,
        };
        let hint = "see kubectl config view --minify, kubectl get --raw /version; kready rbac | kubectl apply -f -; kubectl config get-contexts";
        assert_eq!(of_kubectl(hint, &connection(None, None)), hint);
        assert_eq!(
            of_kubectl(hint, &connection(Some("a b.yaml"), Some("prod"))),
            "see kubectl --kubeconfig 'a b.yaml' --context prod config view --minify, kubectl --kubeconfig 'a b.yaml' --context prod get --raw /version; kready rbac | kubectl apply -f -; kubectl --kubeconfig 'a b.yaml' config get-contexts"
        );
    }
}

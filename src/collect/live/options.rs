//! How to reach a cluster, what to read of it, and who is told about the progress.

use std::{path::PathBuf, time::Duration};

use kready_checks::inventory::Kind;

use crate::{collect::ScopeRequest, rights::RightsCommand};

/// How to reach a cluster, and what to read of it.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The kubeconfig; else kubectl's rules find one.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context; else the kubeconfig's current one.
    pub(crate) context: Option<String>,
    /// The user to act as.
    pub(crate) as_user: Option<String>,
    /// The groups to act in.
    pub(crate) as_groups: Vec<String>,
    /// How long a request may take, its body included: 30 s unless given, without a limit when zero.
    pub(crate) request_timeout: Option<Duration>,
    /// How long the whole may take; what was not read by then is a gap.
    pub(crate) timeout: Duration,
    /// The namespaces in question.
    pub(crate) scope: ScopeRequest,
    /// Whether the names of Secrets may be read.
    pub(crate) secret_names: bool,
    /// How to print the rights that all of it needs.
    pub(crate) rights: RightsCommand,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            as_user: None,
            as_groups: Vec::new(),
            request_timeout: None,
            timeout: Duration::from_secs(600),
            scope: ScopeRequest::default(),
            secret_names: false,
            rights: RightsCommand::default(),
        }
    }
}

/// Hears how far the reading has come.
pub(crate) trait Progress: Send + Sync {
    /// `objects` of a kind have been read; `remaining` more are in the list that is being read.
    fn reading(&self, kind: Kind, objects: usize, remaining: Option<u64>);
    /// A kind has been read, or given up.
    fn done(&self, kind: Kind);
}

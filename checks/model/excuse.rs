//! What nobody here can be asked to fix.

/// What a confirmed component cannot do its work without (rule 5 of RULES.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Expectation {
    HostNetwork,
    HostPid,
    HostIpc,
    HostPort,
    HostPath,
    RuntimeSocket,
    Privileged,
    Root,
    Capabilities,
    ClusterAdmin,
    SecretRead,
    /// To act as others, or to give them more than it has: impersonation, tokens, certificates, `bind` and `escalate`.
    Takeover,
}

/// Whom the frame excuses from a check (rule 5 of RULES.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excuse {
    /// Nobody.
    Nobody,
    /// What the provider reconciles: it is sound, for nobody here could fix it.
    Provider,
    /// What the platform itself installs: what is found on it is listed, and does not count.
    System,
    /// Both.
    ProviderAndSystem,
    /// What the platform itself installs, and the workloads of components that are known to need one of these.
    Expected(&'static [Expectation]),
}

impl Excuse {
    /// Whether what the provider reconciles is sound.
    pub const fn is_for_provider(self) -> bool {
        matches!(self, Self::Provider | Self::ProviderAndSystem)
    }

    /// Whether what is found on what the platform itself installs does not count.
    pub const fn is_for_system(self) -> bool {
        matches!(self, Self::System | Self::ProviderAndSystem)
    }
}

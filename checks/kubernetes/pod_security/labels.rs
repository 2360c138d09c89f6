//! What the labels of a namespace demand of its pods.

use super::{Level, NEWEST};
use crate::wire::Labels;

/// Which version of the policies a label asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PolicyVersion {
    /// The server's own.
    #[default]
    Latest,
    /// Those of a minor: `36` of `v1.36`.
    Minor(u32),
}

impl PolicyVersion {
    /// The version that `latest`, or `v1.36`, stands for; nothing else is one.
    pub fn parse(version: &str) -> Option<Self> {
        if version == "latest" {
            return Some(Self::Latest);
        }
        let minor = version.strip_prefix("v1.")?;
        let plain = minor.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || (minor.len() > 1 && minor.starts_with('0')) {
            return None;
        }
        let minor: i64 = minor.parse().ok()?;
        Some(Self::Minor(u32::try_from(minor).unwrap_or(u32::MAX)))
    }

    /// The minor whose policies a server applies then; of a server whose minor is not known, the newest ones.
    pub fn minor(self, server: Option<u32>) -> u32 {
        let newest = server.unwrap_or(NEWEST).min(NEWEST);
        match self {
            Self::Latest => newest,
            Self::Minor(minor) => minor.min(newest),
        }
    }
}

/// A level in a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Demand {
    /// The level.
    pub level: Level,
    /// The version of its controls.
    pub version: PolicyVersion,
}

/// What a namespace demands of its pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What refuses pods.
    pub enforce: Demand,
    /// What is recorded.
    pub audit: Demand,
    /// What whoever makes pods is told.
    pub warn: Demand,
    /// The labels whose value is none that they can have.
    pub invalid: Vec<&'static str>,
}

impl Policy {
    /// The label by which a namespace says which pods are refused.
    pub const ENFORCE: &'static str = "pod-security.kubernetes.io/enforce";
    const ENFORCE_VERSION: &'static str = "pod-security.kubernetes.io/enforce-version";
    const AUDIT: &'static str = "pod-security.kubernetes.io/audit";
    const AUDIT_VERSION: &'static str = "pod-security.kubernetes.io/audit-version";
    const WARN: &'static str = "pod-security.kubernetes.io/warn";
    const WARN_VERSION: &'static str = "pod-security.kubernetes.io/warn-version";

    /// What the labels of a namespace demand, where the cluster has no defaults but Kubernetes' own.
    pub fn of(labels: &Labels) -> Self {
        let mut policy = Self::default();
        // An unknown level refuses the most, and what only tells, tells the least.
        policy.enforce = policy.demand(
            labels,
            Self::ENFORCE,
            Self::ENFORCE_VERSION,
            Level::Restricted,
        );
        policy.audit = policy.demand(labels, Self::AUDIT, Self::AUDIT_VERSION, Level::Privileged);
        policy.warn = policy.demand(labels, Self::WARN, Self::WARN_VERSION, Level::Privileged);
        let enforced = labels
            .get(Self::ENFORCE)
            .and_then(|name| Level::parse(name));
        if !labels.has(Self::WARN)
            && let Some(level) = enforced
            && level > policy.warn.level
        {
            policy.warn.level = level;
            if !labels.has(Self::WARN_VERSION) {
                policy.warn.version = policy.enforce.version;
            }
        }
        policy
    }

    fn demand(
        &mut self,
        labels: &Labels,
        level: &'static str,
        version: &'static str,
        of_invalid: Level,
    ) -> Demand {
        let mut demand = Demand::default();
        if let Some(name) = labels.get(level) {
            demand.level = Level::parse(name).unwrap_or_else(|| {
                self.invalid.push(level);
                of_invalid
            });
        }
        if let Some(name) = labels.get(version) {
            demand.version = PolicyVersion::parse(name).unwrap_or_else(|| {
                self.invalid.push(version);
                PolicyVersion::Latest
            });
        }
        demand
    }
}

//! What is constant about a kind: where it is served, and what it is called there.

/// Who serves a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServedBy {
    /// Every API server: when discovery lacks it, that is a gap.
    Builtin,
    /// A custom resource or an extension: when discovery lacks it, there is none of it.
    Custom,
}

/// What is constant about a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version to ask for; of a custom kind the one to prefer.
    pub version: &'static str,
    /// The resource's name in URLs and in RBAC; `*` stands for every resource of the group.
    pub plural: &'static str,
    /// The kind's name.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Who serves it.
    pub served_by: ServedBy,
}

impl Resource {
    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, or `pods` in the core group: how kubectl and RBAC errors write it.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

//! Platform, tiers and capabilities as checks ask for them (catalogue rules 5, 13, 16 and 21).

use crate::{
    check::Context,
    inventory::{Flags, Workload, control_plane::Component, types::ObjectMeta},
    model::{ObjectRef, Undecided, Why},
};

/// The platform that runs the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The component's id in the knowledge base: `gke`, `eks`, `k3s`; `kubernetes` when none was recognised.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether the provider runs the control plane.
    pub control_plane_managed: bool,
    /// Whether the provider runs the nodes as well.
    pub nodes_managed: bool,
}

/// What a confirmed component cannot do its work without (catalogue rule 5).
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
}

/// Whether something in the cluster provides a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// These components do: confirmed, and with a Ready pod.
    Present(Vec<&'static str>),
    /// None does; these are installed, or confirmed without a Ready pod.
    Absent(Vec<&'static str>),
}

/// The flags of one instance of a control-plane component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagSet {
    /// The pod or node that shows them; none when the API server itself does.
    pub object: Option<ObjectRef>,
    /// The flags.
    pub flags: Flags,
}

impl<'a> Context<'a> {
    /// The platform that runs the cluster.
    ///
    /// # Errors
    /// What would tell it was not seen.
    pub fn platform(&self) -> Result<Platform, Why> {
        Ok(Platform {
            id: "kubernetes",
            name: "Kubernetes",
            control_plane_managed: false,
            nodes_managed: false,
        })
    }

    /// Whether a namespace belongs to Kubernetes itself or to the provider (system tier).
    ///
    /// # Errors
    /// It does on some provider, and which one this is was not seen.
    pub fn is_system_namespace(&self, namespace: &str) -> Result<bool, Why> {
        Ok(matches!(
            namespace,
            "kube-system" | "kube-public" | "kube-node-lease"
        ))
    }

    /// Whether the provider reconciles an object, so that nobody could mend it.
    ///
    /// # Errors
    /// It bears the marks of a provider that was not recognised for want of sight.
    pub fn is_provider_managed(&self, _metadata: &ObjectMeta) -> Result<bool, Why> {
        Ok(false)
    }

    /// Whether a workload is excused something: the system tier, or a platform component that needs it.
    ///
    /// # Errors
    /// It may be, and what would tell was not seen.
    pub fn excuses(&self, workload: &Workload<'a>, _expectation: Expectation) -> Result<bool, Why> {
        Ok(!self.settings.include_system && self.is_system_namespace(workload.namespace())?)
    }

    /// Whether something in the cluster provides a capability.
    ///
    /// # Errors
    /// None that was seen does, and not all was seen.
    pub fn capability(&self, _capability: &str) -> Result<Capability, Why> {
        Ok(Capability::Absent(Vec::new()))
    }

    /// The flags of a component of the control plane, of each instance that shows them (catalogue rule 13).
    ///
    /// # Errors
    /// N/A `managed` where the provider shows none; Unknown where they were refused or the platform hides them.
    pub fn flags(&self, _component: Component) -> Result<Vec<FlagSet>, Undecided> {
        Ok(Vec::new())
    }
}

//! Namespaces as subjects: those of tenants, and what is in them.

use super::{isolation::OWN_POLICIES, workloads::is_live};
use crate::inventory::{
    Evidence, Kind,
    kinds::{CalicoNetworkPolicy, CiliumNetworkPolicy, Namespace, NetworkPolicy, Pod},
    patterns::matches,
};
use crate::{frame::Context, model::Why};

impl<'a> Context<'a> {
    /// The namespaces that the audit is about and that are neither the system's, unless it counts, nor about to go.
    ///
    /// An error stands for one that may be the system's.
    #[track_caller]
    pub fn tenant_namespaces(&self) -> Vec<Result<&'a Namespace, Why>> {
        let scope = &self.inventory.scope;
        self.examined::<Namespace>()
            .iter()
            .filter(|namespace| {
                let name = &namespace.metadata.name;
                scope
                    .namespaces
                    .as_ref()
                    .is_none_or(|asked| asked.contains(name))
                    && !scope.excluded.iter().any(|pattern| matches(pattern, name))
                    && namespace.metadata.deletion_timestamp.is_none()
                    && namespace.status.phase != "Terminating"
            })
            .filter_map(|namespace| {
                if self.settings.include_system {
                    return Some(Ok(namespace));
                }
                match self.is_system_namespace(&namespace.metadata.name) {
                    Ok(false) => Some(Ok(namespace)),
                    Ok(true) => None,
                    Err(why) => Some(Err(why)),
                }
            })
            .collect()
    }

    /// The pods of a namespace that were seen and have neither ended nor are about to.
    #[track_caller]
    pub fn live_pods_in(&self, namespace: &str) -> impl Iterator<Item = &'a Pod> + use<'a> {
        self.declared(Evidence::Objects(Kind::Pod));
        self.inventory
            .seen_in::<Pod>(namespace)
            .iter()
            .filter(|pod| is_live(pod))
    }

    /// Whether a namespace has a network policy of its own.
    ///
    /// # Errors
    /// None was seen, and not all kinds were.
    #[track_caller]
    pub fn has_own_policy(&self, namespace: &str) -> Result<bool, Why> {
        for evidence in OWN_POLICIES {
            self.declared(*evidence);
        }
        let inventory = self.inventory;
        if !inventory.seen_in::<NetworkPolicy>(namespace).is_empty()
            || !inventory
                .seen_in::<CiliumNetworkPolicy>(namespace)
                .is_empty()
            || !inventory
                .seen_in::<CalicoNetworkPolicy>(namespace)
                .is_empty()
        {
            return Ok(true);
        }
        self.correlated_in::<NetworkPolicy>(namespace)?;
        self.correlated_in::<CiliumNetworkPolicy>(namespace)?;
        self.correlated_in::<CalicoNetworkPolicy>(namespace)?;
        Ok(false)
    }
}

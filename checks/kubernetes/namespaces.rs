//! What is in a namespace: its live pods, and whether it has a policy of its own.

use super::{isolation::OWN_POLICIES, workloads::is_live};
use crate::{
    inventory::{
        Context,
        kinds::{CalicoNetworkPolicy, CiliumNetworkPolicy, NetworkPolicy, Pod},
    },
    model::Why,
};

impl<'a> Context<'a> {
    /// The pods of a namespace that were seen and have neither ended nor are about to. Demands Pod.
    #[track_caller]
    pub fn live_pods_in(&self, namespace: &str) -> impl Iterator<Item = &'a Pod> + use<'a> {
        self.seen_in::<Pod>(namespace)
            .iter()
            .filter(|pod| is_live(pod))
    }

    /// Whether a namespace has a network policy of its own. Demands OWN_POLICIES.
    ///
    /// # Errors
    /// None was seen, and not all kinds were.
    #[track_caller]
    pub fn has_own_policy(&self, namespace: &str) -> Result<bool, Why> {
        let inventory = self.reading(OWN_POLICIES);
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

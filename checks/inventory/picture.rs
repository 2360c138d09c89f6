//! An inventory, and what is computed over it once for all checks.

use std::{any::Any, fmt, ops::Deref, sync::OnceLock};

use super::Inventory;

/// Where a picture keeps one thing that is computed over its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Which object belongs to which workload.
    Owners,
    /// What most checks ask of the owners.
    Gathered,
    /// Which Service, budget or autoscaler may concern which pods.
    Candidates,
    /// The pods that each Service selects.
    PodsOfServices,
    /// The pods that use each claim.
    PodsOfClaims,
    /// Which bindings name whom.
    Bindings,
    /// Which ClusterRoles gather which.
    Aggregation,
    /// Which of them are part of one that a binding names.
    PartsOfBound,
    /// Which components the cluster has.
    Recognised,
}

const SLOTS: usize = Slot::Recognised as usize + 1;

/// Something that is computed over an inventory once.
///
/// The type is named in its own room alone, so that nothing but the room's methods, which declare what they read, gets at it.
pub(crate) trait Derived: Send + Sync + 'static {
    /// Its place; no other type has it.
    const SLOT: Slot;

    /// Computes it.
    fn of(picture: &Picture<'_>) -> Self;
}

/// An inventory with what is computed over it: each thing once, when it is first asked for.
pub struct Picture<'a> {
    inventory: &'a Inventory,
    derived: [OnceLock<Box<dyn Any + Send + Sync>>; SLOTS],
}

impl<'a> Picture<'a> {
    /// A picture over which nothing was computed yet.
    pub const fn of(inventory: &'a Inventory) -> Self {
        Self {
            inventory,
            derived: [const { OnceLock::new() }; SLOTS],
        }
    }

    /// What is computed over the inventory, now unless it was before.
    pub(crate) fn derived<T: Derived>(&self) -> &T {
        let found = self.derived[T::SLOT as usize].get_or_init(|| Box::new(T::of(self)));
        match found.downcast_ref() {
            Some(derived) => derived,
            None => unreachable!("two types have the place {:?}", T::SLOT),
        }
    }
}

impl Deref for Picture<'_> {
    type Target = Inventory;
    fn deref(&self) -> &Inventory {
        self.inventory
    }
}

impl fmt::Debug for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture").finish_non_exhaustive()
    }
}

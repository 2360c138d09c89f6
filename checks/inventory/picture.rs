//! An inventory, and what is computed over it once for all checks.

use std::{
    any::Any,
    fmt,
    ops::Deref,
    panic::resume_unwind,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::Inventory;

/// Where a picture keeps one thing that is computed over its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Which object belongs to which workload.
    Owners,
    /// What most checks ask of the owners.
    Gathered,
    /// What LimitRanges give to containers.
    Defaults,
    /// Which Services something leads to by their names.
    Referred,
    /// Which Services lead to workloads alike.
    Leading,
    /// Which monitors scrape alike.
    Monitors,
    /// Which workloads bear a name.
    Names,
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

    /// Computes it; where that may take long, it looks whether its time is over.
    fn of(picture: &Picture<'_>) -> Self;
}

/// What a check unwinds with that is told to stop: no fault, and no panic that a hook would tell of.
#[derive(Clone, Copy, Debug)]
pub struct Stopped;

/// An inventory with what is computed over it: each thing once, when it is first asked for.
pub struct Picture<'a> {
    is_over: AtomicBool,
    inventory: &'a Inventory,
    derived: [OnceLock<Box<dyn Any + Send + Sync>>; SLOTS],
}

impl<'a> Picture<'a> {
    /// A picture over which nothing was computed yet.
    pub const fn of(inventory: &'a Inventory) -> Self {
        Self {
            is_over: AtomicBool::new(false),
            inventory,
            derived: [const { OnceLock::new() }; SLOTS],
        }
    }

    /// Stops all checks that look at it, and what is computed over its inventory: each unwinds with [`Stopped`] when it next
    /// asks for anything.
    pub fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether everybody was told to stop: nothing more is to be asked of it.
    pub fn is_stopped(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Ends the check that asks when its time is over.
    #[inline]
    pub(crate) fn look(&self) {
        if self.is_over.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Stopped));
        }
    }

    /// What is computed over the inventory, now unless it was before.
    pub(crate) fn derived<T: Derived>(&self) -> &T {
        self.look();
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

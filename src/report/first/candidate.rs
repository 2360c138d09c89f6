//! Candidates for what to do first: objects with what is wrong with them, by urgency.

use std::{cmp::Reverse, sync::Arc};

use kready_checks::model::{Impact, ObjectRef, Severity};

use crate::report::model::{CheckResult, FindingResult};

/// A finding and its check.
pub(super) type Told<'r> = (&'r CheckResult, &'r FindingResult);

/// How urgent something is: the least comes first.
pub(super) type Urgency = (Reverse<bool>, Reverse<Severity>, Impact);

/// What one check found on an object, and what that explains.
#[derive(Default)]
pub(super) struct Fault<'r> {
    pub(super) roots: Vec<Told<'r>>,
    pub(super) consequences: Vec<Told<'r>>,
}

impl<'r> Fault<'r> {
    pub(super) fn all(&self) -> impl Iterator<Item = Told<'r>> {
        self.roots.iter().chain(&self.consequences).copied()
    }

    /// What goes when it is fixed.
    pub(super) fn closed(&self) -> impl Iterator<Item = Told<'r>> {
        let alone =
            |(_, result): &Told<'r>| result.caused_by.as_ref().is_none_or(|cause| cause.alone);
        self.all().filter(alone)
    }

    pub(super) fn urgency(&self) -> Urgency {
        let gates = self.all().any(|(check, _)| check.gates);
        let severity = self.all().map(|(check, _)| check.severity).max();
        let impact = self.all().map(|(check, _)| check.impact()).min();
        (
            Reverse(gates),
            Reverse(severity.unwrap_or(Severity::Info)),
            impact.unwrap_or(Impact::Exposed),
        )
    }

    pub(super) fn check(&self) -> &'static str {
        self.roots.first().map_or("", |(check, _)| check.check.id)
    }
}

/// An object, or the cluster, with the most urgent of its faults.
pub(super) struct Candidate<'r> {
    pub(super) object: Option<&'r Arc<ObjectRef>>,
    pub(super) fault: Fault<'r>,
    /// A fault of what gives the object its rights, with an object of its own.
    pub(super) joined: Option<Fault<'r>>,
    pub(super) also: Vec<&'static str>,
}

impl<'r> Candidate<'r> {
    /// Of the faults of one object the most urgent one is to be dealt with first.
    pub(super) fn of(
        object: Option<&'r Arc<ObjectRef>>,
        mut faults: Vec<Fault<'r>>,
    ) -> Option<Self> {
        faults.sort_by_cached_key(|fault| {
            let closed = Reverse(fault.closed().count());
            (fault.urgency(), closed, fault.check())
        });
        let mut faults = faults.into_iter();
        let fault = faults.next()?;
        let graver = faults.filter(|fault| fault.urgency().0.0);
        Some(Self {
            object,
            fault,
            joined: None,
            also: graver.map(|fault| fault.check()).collect(),
        })
    }

    pub(super) fn urgency(&self) -> Urgency {
        let own = self.fault.urgency();
        self.joined
            .as_ref()
            .map_or(own, |joined| own.min(joined.urgency()))
    }

    pub(super) fn closed(&self) -> impl Iterator<Item = Told<'r>> {
        let joined = self.joined.iter().flat_map(Fault::closed);
        self.fault.closed().chain(joined)
    }
}

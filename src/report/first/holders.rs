//! Who holds too many rights and runs in a pod that is easy to leave: two faults that are one danger.

use std::collections::HashMap;

use kready_checks::{
    inventory::{Picture, kinds::ClusterRoleBinding},
    model::ObjectRef,
};

use super::candidate::Candidate;

/// The check of bindings that grant everything.
const ADMIN: &str = "cluster-admin-granted";

/// The checks of pods out of which it is a small step to the node.
const LEAVING: [&str; 4] = [
    "host-namespace-shared",
    "host-path-sensitive",
    "privileged-container",
    "runtime-socket-mounted",
];

/// Joins what is found on a binding to the workload whose ServiceAccount it is about, where a pod of that is easy to leave.
pub(super) fn join(candidates: &mut Vec<Candidate<'_>>, picture: &Picture<'_>) {
    let is = |candidate: &Candidate<'_>, checks: &[&str]| checks.contains(&candidate.fault.check());
    let bindings: HashMap<(&str, &str), usize> = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| is(candidate, &[ADMIN]))
        .filter_map(|(place, candidate)| Some((place, candidate.object?)))
        .filter_map(|(place, object)| {
            let binding = picture.find::<ClusterRoleBinding>("", &object.name)?;
            // Of a binding for several the others would be left out.
            let [holder] = &binding.subjects[..] else {
                return None;
            };
            (object.kind == "ClusterRoleBinding" && holder.kind == "ServiceAccount")
                .then_some(((holder.namespace.as_str(), holder.name.as_str()), place))
        })
        .collect();
    if bindings.is_empty() {
        return;
    }
    let workloads: HashMap<&ObjectRef, usize> = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| is(candidate, &LEAVING))
        .filter_map(|(place, candidate)| Some((&**candidate.object?, place)))
        .collect();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for workload in picture.workloads().filter_map(Result::ok) {
        let Some(place) = workloads.get(workload.reference()) else {
            continue;
        };
        let account = match workload.spec.service_account_name.as_str() {
            "" => "default",
            account => account,
        };
        if let Some(binding) = bindings.get(&(workload.namespace().as_str(), account)) {
            pairs.push((*place, *binding));
        }
    }
    pairs.sort_unstable();
    pairs.dedup_by_key(|(_, binding)| *binding);
    let mut left: Vec<Option<Candidate<'_>>> =
        std::mem::take(candidates).into_iter().map(Some).collect();
    for (workload, binding) in pairs {
        let is_free = left[workload]
            .as_ref()
            .is_some_and(|one| one.joined.is_none());
        let Some(binding) = left[binding].take_if(|_| is_free) else {
            continue;
        };
        if let Some(workload) = &mut left[workload] {
            workload.also.extend(binding.also);
            workload.joined = Some(binding.fault);
        }
    }
    candidates.extend(left.into_iter().flatten());
}

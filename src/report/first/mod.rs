//! What to do first: one action for each object or cause, the most urgent first.

mod candidate;
mod holders;
mod words;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use kready_checks::{
    inventory::Picture,
    model::{Impact, ObjectRef, Severity, many},
};

use candidate::{Candidate, Fault, Urgency};

use super::{
    causes,
    model::{CheckResult, State},
    outline::{About, Action},
};

/// How many actions a report has at most.
const MOST_ACTIONS: usize = 10;

/// The actions, the most urgent first: those that the verdict depends on, or, where nothing does, about what is open.
pub(super) fn actions(checks: &[CheckResult], picture: &Picture<'_>) -> Vec<Action> {
    let mut candidates = candidates(checks);
    holders::join(&mut candidates, picture);
    let mut groups = groups(candidates);
    groups.sort_by_cached_key(|group| {
        let first = &group[0];
        let closed: usize = group.iter().map(|one| one.closed().count()).sum();
        let object = first.object.map(|object| (**object).clone());
        (
            first.urgency(),
            Reverse(closed),
            first.fault.check(),
            object,
        )
    });
    let is_urgent = |group: &&Vec<Candidate<'_>>| group[0].urgency().0.0;
    let gating = groups.iter().filter(is_urgent).count();
    let most = if gating > 0 { gating } else { groups.len() };
    let first = groups.iter().take(most.min(MOST_ACTIONS));
    first.map(|group| action(group, picture)).collect()
}

/// Every object with open findings, and the cluster, if it has any.
fn candidates(checks: &[CheckResult]) -> Vec<Candidate<'_>> {
    type Key<'r> = (Option<&'r ObjectRef>, &'static str);
    let counts = |check: &&CheckResult| check.severity > Severity::Info;
    let open = || {
        checks
            .iter()
            .filter(counts)
            .flat_map(|check| check.open().map(move |it| (check, it)))
    };
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    let mut faults: Vec<Fault<'_>> = Vec::new();
    for told in open().filter(|(_, result)| result.caused_by.is_none()) {
        let (check, result) = told;
        let key: Key<'_> = (result.finding.object.as_deref(), check.check.id);
        let place = *places.entry(key).or_insert_with(|| {
            faults.push(Fault::default());
            faults.len() - 1
        });
        faults[place].roots.push(told);
    }
    for told in open() {
        let Some(cause) = &told.1.caused_by else {
            continue;
        };
        let (check, result) = causes::root(cause, checks);
        let key: Key<'_> = (result.finding.object.as_deref(), check.check.id);
        if let Some(place) = places.get(&key) {
            faults[*place].consequences.push(told);
        }
    }
    let mut of_objects: HashMap<Option<&ObjectRef>, usize> = HashMap::new();
    let mut objects: Vec<(Option<&Arc<ObjectRef>>, Vec<Fault<'_>>)> = Vec::new();
    for fault in faults {
        let Some((_, result)) = fault.roots.first() else {
            continue;
        };
        let object = result.finding.object.as_ref();
        let place = *of_objects
            .entry(object.map(|object| &**object))
            .or_insert_with(|| {
                objects.push((object, Vec::new()));
                objects.len() - 1
            });
        objects[place].1.push(fault);
    }
    let mut candidates = Vec::with_capacity(objects.len());
    for (object, faults) in objects {
        if object.is_some() {
            candidates.extend(Candidate::of(object, faults));
        } else {
            // What is wrong with the cluster as a whole has nothing in common.
            let each = faults.into_iter();
            candidates.extend(each.filter_map(|fault| Candidate::of(None, vec![fault])));
        }
    }
    candidates
}

/// How many outages with one cause are listed one by one: what is down deserves its own line for longer than what may go down.
const MOST_OUTAGES: usize = 3;

/// Objects with the same fault are one group, where there are many of them.
fn groups(candidates: Vec<Candidate<'_>>) -> Vec<Vec<Candidate<'_>>> {
    let mut by_fault: BTreeMap<(Urgency, &str, bool), Vec<Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates {
        let fault = &candidate.fault;
        let key = (
            candidate.urgency(),
            fault.check(),
            candidate.object.is_some(),
        );
        by_fault.entry(key).or_default().push(candidate);
    }
    let mut groups = Vec::new();
    for ((urgency, _, _), mut group) in by_fault {
        group.sort_by(|a, b| a.object.cmp(&b.object));
        let most = if urgency.2 == Impact::Broken {
            MOST_OUTAGES
        } else {
            1
        };
        if group.len() > most {
            groups.push(group);
        } else {
            groups.extend(group.into_iter().map(|one| vec![one]));
        }
    }
    groups
}

fn action(group: &[Candidate<'_>], picture: &Picture<'_>) -> Action {
    let first = &group[0];
    let mut checks: Vec<&'static str> = Vec::new();
    let mut findings = 0;
    let mut closed: HashMap<&'static str, usize> = HashMap::new();
    let mut passing: Vec<&'static str> = Vec::new();
    for (check, _) in group.iter().flat_map(Candidate::closed) {
        findings += 1;
        let id = check.check.id;
        if !checks.contains(&id) {
            checks.push(id);
        }
        let closed = closed.entry(id).or_default();
        *closed += 1;
        if *closed == left(check) {
            passing.push(id);
        }
    }
    let mut also: Vec<&'static str> = Vec::new();
    for check in group.iter().flat_map(|one| &one.also) {
        if !also.contains(check) {
            also.push(check);
        }
    }
    let (Reverse(gates), Reverse(severity), impact) = first.urgency();
    let words = if group.len() == 1 {
        words::of_one(first, picture)
    } else {
        words::of_many(group)
    };
    Action {
        about: about(group),
        wrong: words.wrong,
        fix: words.fix,
        checks,
        findings,
        passing,
        also,
        severity,
        impact,
        gates,
    }
}

/// How many findings have to go before a check passes; none are enough where it did not see everything.
fn left(check: &CheckResult) -> usize {
    if check.partial.is_some() {
        return usize::MAX;
    }
    let fails = |state| matches!(state, State::Open | State::Known);
    let findings = check.findings.iter();
    findings.filter(|result| fails(result.state)).count()
}

fn about(group: &[Candidate<'_>]) -> About {
    match (group, group[0].object) {
        (_, None) => About::Cluster,
        ([_], Some(object)) => About::Object(Arc::clone(object)),
        (_, Some(object)) => {
            let alike = group
                .iter()
                .all(|one| one.object.is_some_and(|other| other.kind == object.kind));
            About::Objects {
                count: group.len(),
                kinds: many(if alike { &object.kind } else { "object" }),
                example: Arc::clone(object),
            }
        }
    }
}

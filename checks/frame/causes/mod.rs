//! Which findings are explained by others: what goes once the cause is fixed need not be read as a fault of its own.

mod edges;
mod table;

use std::collections::{BTreeSet, HashMap};

use crate::{
    inventory::{Picture, Settings},
    model::{Finding, ObjectRef},
};

use edges::{Edges, Reached};
use table::{ROWS, Row};

/// A finding with its check.
#[derive(Clone, Copy, Debug)]
pub struct Found<'f> {
    /// The id of the check.
    pub check: &'static str,
    /// What it found.
    pub finding: &'f Finding,
}

/// What explains a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Which of the findings does.
    pub by: usize,
    /// Whether it alone does: where several pods are held up by different things, fixing one of them is not enough.
    pub alone: bool,
}

/// Whether findings of a check explain others, or are explained.
pub fn is_concerned(check: &str) -> bool {
    ROWS.iter()
        .any(|row| row.causes.contains(&check) || row.consequences.contains(&check))
}

/// The pairs of cause and consequence that the table knows.
pub fn pairs() -> BTreeSet<(&'static str, &'static str)> {
    let of_row = |row: &'static Row| {
        let consequences = move |cause: &'static str| {
            row.consequences
                .iter()
                .map(move |consequence| (cause, *consequence))
        };
        row.causes.iter().copied().flat_map(consequences)
    };
    ROWS.iter().flat_map(of_row).collect()
}

/// For each finding the one that explains it, if one does: fixing that one closes it. No finding explains itself, however
/// long the way. `may` says of two findings, by their places, whether the first may explain the second.
///
/// The work grows with the findings and with what they are about, and not with their product.
pub fn explain(
    picture: &Picture<'_>,
    found: &[Found<'_>],
    may: impl Fn(usize, usize) -> bool,
) -> Vec<Option<Explained>> {
    let index = Index::of(found);
    let settings = Settings::default();
    let edges = Edges::of(picture, &settings);
    let mut explained: Vec<Option<Explained>> = found
        .iter()
        .enumerate()
        .map(|(at, consequence)| {
            let mut rows = ROWS
                .iter()
                .filter(|row| row.consequences.contains(&consequence.check));
            let by = rows.find_map(|row| {
                index.cause(row, &edges, consequence.finding, |cause| {
                    cause != at
                        && may(cause, at)
                        && (row.agree)(found[cause].finding, consequence.finding)
                })
            })?;
            let alone = table::is_alone(&consequence.finding.seen);
            Some(Explained { by, alone })
        })
        .collect();
    cut_circles(found, &mut explained);
    explained
}

/// The findings that may explain others, by their check and object.
struct Index<'f> {
    by_object: HashMap<(&'static str, Option<&'f ObjectRef>), Vec<usize>>,
    by_check: HashMap<&'static str, Vec<usize>>,
}

impl<'f> Index<'f> {
    fn of(found: &[Found<'f>]) -> Self {
        let mut index = Self {
            by_object: HashMap::new(),
            by_check: HashMap::new(),
        };
        let is_cause = |check| ROWS.iter().any(|row| row.causes.contains(&check));
        let causes: HashMap<&str, bool> = found
            .iter()
            .map(|found| (found.check, is_cause(found.check)))
            .collect();
        for (at, Found { check, finding }) in found.iter().enumerate() {
            if causes.get(check) == Some(&true) {
                let object = finding.object.as_deref();
                index.by_object.entry((check, object)).or_default().push(at);
                index.by_check.entry(check).or_default().push(at);
            }
        }
        index
    }

    fn cause(
        &self,
        row: &Row,
        edges: &Edges<'_>,
        consequence: &Finding,
        suits: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mut checks = row.causes.iter();
        // Where there is none at all, nothing has to be looked up in the inventory.
        if !checks.any(|check| self.by_check.contains_key(check)) {
            return None;
        }
        let on = |object: Option<&ObjectRef>| {
            row.causes.iter().find_map(|check| {
                // The key borrows for as long as the findings.
                let places = self.by_object.get(&(*check, object))?;
                places.iter().copied().find(|place| suits(*place))
            })
        };
        match edges.reached(row.edge, consequence) {
            Reached::Same => on(consequence.object.as_deref()),
            Reached::Any(objects) => objects.iter().find_map(|object| on(Some(object))),
            Reached::All(objects) => {
                let mut found = objects.iter().map(|object| on(Some(object)));
                let first = found.next()??;
                found.all(|place| place.is_some()).then_some(first)
            }
            Reached::Cluster => row.causes.iter().find_map(|check| {
                let places = self.by_check.get(check)?;
                places.iter().copied().find(|place| suits(*place))
            }),
        }
    }
}

/// Where a webhook keeps its own pods from being created, each explains the other: the webhook is the one to begin with.
fn cut_circles(found: &[Found<'_>], explained: &mut [Option<Explained>]) {
    // The walk on which each finding was met first.
    let mut met = vec![usize::MAX; explained.len()];
    for start in 0..explained.len() {
        let mut at = start;
        while met[at] == usize::MAX {
            met[at] = start;
            let Some(next) = explained[at] else { break };
            at = next.by;
            if met[at] == start {
                let mut circle = vec![at];
                while let Some(next) = explained[circle[circle.len() - 1]]
                    && next.by != at
                {
                    circle.push(next.by);
                }
                let webhook = circle
                    .iter()
                    .find(|place| found[**place].check == table::WEBHOOK);
                explained[*webhook.unwrap_or(&at)] = None;
            }
        }
    }
}

//! The open findings of a check by their objects, and what is said of each.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use kready_checks::model::ObjectRef;

use super::super::{
    evidence::{object_name, words},
    flow::{Look, Span},
};
use crate::{
    report::{CheckResult, FindingResult},
    words::counted,
};

/// The open findings of one object, or of the cluster as a whole.
pub(super) struct ObjectFindings<'a> {
    pub(super) object: Option<&'a ObjectRef>,
    /// The findings that are open, the worst first.
    pub(super) findings: Vec<&'a FindingResult>,
}

impl<'a> ObjectFindings<'a> {
    pub(super) fn worst(&self) -> &'a FindingResult {
        // There is no entry without a finding.
        self.findings[0]
    }

    pub(super) fn is_new(&self) -> bool {
        self.findings.iter().any(|finding| finding.new)
    }

    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.findings.len() == 1
            && other.findings.len() == 1
            && self.object.is_some()
            && words(self.worst()) == words(other.worst())
    }

    /// `Deployment shop/cart, container app (manifests/cart.yaml:12)`.
    pub(super) fn title(&self) -> [Span; 2] {
        let mut more = String::new();
        let mut containers: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|finding| finding.finding.fault.container.as_deref())
            .collect();
        containers.dedup();
        // Writing to a string cannot fail.
        let _ = match containers[..] {
            [] if self.findings.len() == 1 => Ok(()),
            [] => write!(more, ", {}", counted(self.findings.len(), "finding")),
            [container] => write!(more, ", container {container}"),
            _ => write!(more, ", containers {}", containers.join(", ")),
        };
        if let Some(source) = &self.worst().finding.source {
            let line = source.best_line();
            let _ = match &source.template {
                Some(template) if source.rendered => write!(more, " ({template})"),
                Some(template) => write!(more, " ({}:{line}, of {template})", source.file),
                None => write!(more, " ({}:{line})", source.file),
            };
        }
        if self.is_new() {
            more.push_str(", new");
        }
        [
            Span::whole(Look::Plain, &object_name(self.object)),
            Span::plain(&more),
        ]
    }
}

/// The objects with open findings: new ones first, then those with the most.
pub(super) fn by_object(check: &CheckResult) -> Vec<ObjectFindings<'_>> {
    let mut objects: Vec<ObjectFindings<'_>> = Vec::new();
    let mut places: BTreeMap<Option<&ObjectRef>, usize> = BTreeMap::new();
    for finding in check.open() {
        let object = finding.finding.object.as_deref();
        let place = *places.entry(object).or_insert_with(|| {
            objects.push(ObjectFindings {
                object,
                findings: Vec::new(),
            });
            objects.len() - 1
        });
        objects[place].findings.push(finding);
    }
    for object in &mut objects {
        object.findings.sort_by_key(|finding| !finding.new);
    }
    objects.sort_by_key(|object| (!object.is_new(), Reverse(object.findings.len())));
    objects
}

/// How many objects can be shown with `most` findings in all; at least the first one is.
pub(super) fn within(objects: &[ObjectFindings<'_>], most: Option<usize>) -> usize {
    let Some(most) = most else {
        return objects.len();
    };
    let mut sum = 0;
    let fit = objects
        .iter()
        .take_while(|object| {
            sum += object.findings.len();
            sum <= most
        })
        .count();
    fit.max(1)
}

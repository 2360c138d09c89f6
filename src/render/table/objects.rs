//! The open findings of a check by their objects, and what is said of each.

use std::{cmp::Reverse, collections::HashMap};

use kready_checks::model::ObjectRef;

use super::super::{
    evidence::{object_name, sentence, words},
    flow::{Look, Span},
};
use crate::{report::FindingResult, words::counted};

/// How many containers of an object are named beside it.
const CONTAINERS_SHOWN: usize = 4;

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

    /// Whether all that is said of two objects in short is the same.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.object.is_some() && words(self.worst()).0 == words(other.worst()).0
    }

    fn containers(&self) -> Vec<&'a str> {
        let containers = self.findings.iter();
        let mut containers: Vec<&str> = containers
            .filter_map(|finding| finding.finding.fault.container.as_deref())
            .collect();
        containers.dedup();
        containers
    }

    /// `Deployment shop/cart (container app; manifests/cart.yaml:12)`.
    pub(super) fn title(&self) -> [Span; 2] {
        self.titled(true)
    }

    fn titled(&self, with_containers: bool) -> [Span; 2] {
        let containers = if with_containers {
            self.containers()
        } else {
            Vec::new()
        };
        let count = self.findings.len();
        let what = match containers[..] {
            [] => (count > 1 && with_containers).then(|| counted(count, "finding")),
            // `Deployment shop/cart` says of a container of this name all there is.
            [container] if self.object.is_some_and(|it| it.name == container) => None,
            [container] => Some(format!("container {container}")),
            _ if containers.len() > CONTAINERS_SHOWN => {
                Some(counted(containers.len(), "container"))
            }
            _ => Some(format!("containers {}", containers.join(", "))),
        };
        let source = self.worst().finding.source.as_deref();
        let place = source.map(|source| format!("{}:{}", source.file, source.line));
        let new = self.is_new().then(|| "new".to_owned());
        let more: Vec<String> = [what, place, new].into_iter().flatten().collect();
        let more = match &more[..] {
            [] => String::new(),
            more => format!(" ({})", more.join("; ")),
        };
        [
            Span::whole(Look::Plain, &object_name(self.object)),
            Span::plain(&more),
        ]
    }

    /// All that is said of the object: each sentence once, with the containers that it is about where they differ.
    fn sentences(&self) -> (Vec<String>, bool) {
        let mut sentences: Vec<(String, Vec<&str>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for finding in &self.findings {
            let sentence = sentence(finding);
            let place = *places.entry(sentence).or_insert_with_key(|sentence| {
                sentences.push((sentence.clone(), Vec::new()));
                sentences.len() - 1
            });
            let container = finding.finding.fault.container.as_deref();
            sentences[place].1.extend(container);
        }
        let [_, _, ..] = &sentences[..] else {
            let only = sentences.into_iter().map(|(sentence, _)| sentence);
            return (only.collect(), true);
        };
        let several = self.containers().len() > 1;
        let told = sentences.into_iter().map(|(sentence, containers)| {
            if several && !containers.is_empty() {
                format!("{}: {sentence}", containers.join(", "))
            } else {
                sentence
            }
        });
        (told.collect(), !several)
    }
}

/// Objects of which the same is said.
pub(super) struct Alike<'a> {
    pub(super) sentences: Vec<String>,
    /// Each object as it is called.
    pub(super) titles: Vec<[Span; 2]>,
    pub(super) first: Option<&'a ObjectRef>,
}

/// Objects by what is said of them, in the order of their first ones.
pub(super) fn alike<'a>(objects: &[ObjectFindings<'a>]) -> Vec<Alike<'a>> {
    let mut groups: Vec<Alike<'a>> = Vec::new();
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    for object in objects {
        let (sentences, with_containers) = object.sentences();
        let place = *places.entry(sentences).or_insert_with_key(|sentences| {
            groups.push(Alike {
                sentences: sentences.clone(),
                titles: Vec::new(),
                first: object.object,
            });
            groups.len() - 1
        });
        groups[place].titles.push(object.titled(with_containers));
    }
    groups
}

/// The objects with open findings: new ones first, then those with the most.
pub(super) fn by_object<'a>(
    findings: impl IntoIterator<Item = &'a FindingResult>,
) -> Vec<ObjectFindings<'a>> {
    let mut objects: Vec<ObjectFindings<'_>> = Vec::new();
    let mut places: HashMap<Option<&ObjectRef>, usize> = HashMap::new();
    for finding in findings {
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

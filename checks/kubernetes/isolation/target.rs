//! A pod as policies see it, and what they may answer.

use crate::{inventory::types::LabelSelector, model::Text, wire::Labels};

/// From where a connection comes, seen from the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }
}

/// A pod as policies see it; one on its node's network is subject to none.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its namespace.
    pub namespace: &'a Text,
    /// The labels of its namespace.
    pub namespace_labels: &'a Labels,
    /// Its own labels.
    pub labels: &'a Labels,
    /// The ServiceAccount as which it runs.
    pub service_account: &'a str,
}

/// Why a policy's selector has no answer here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotEvaluated;

pub(super) type Answer = Result<bool, NotEvaluated>;

pub(super) fn selects(selector: &LabelSelector, labels: &Labels) -> Answer {
    selector.selects(labels).map_err(|_| NotEvaluated)
}

/// A label of the namespace; the API server gives each the one with its name.
pub(super) fn namespace_label(key: &str, target: &Target<'_>) -> Option<Text> {
    match target.namespace_labels.get(key) {
        None if key == "kubernetes.io/metadata.name" => Some(target.namespace.clone()),
        value => value.cloned(),
    }
}

//! Documents of manifests whose words name no kind that is read: none of Kubernetes, or none that a check is asked of.

use serde::{Deserialize, Serialize};

use crate::model::{ObjectRef, Text};

/// A document whose `apiVersion` or `kind` no API server knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misnamed {
    /// The object by which it is judged; as it is written where its kind can't be told.
    pub object: ObjectRef,
    /// `apiVersion`, or `kind`.
    pub field: Text,
    /// What stands there.
    pub seen: Text,
    /// What should stand there.
    pub expected: Text,
}

/// Why an object of manifests is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotJudged {
    /// It is of a kind that no check reads.
    UnknownKind,
    /// It exists only while `helm test` runs.
    HelmTest,
}

impl NotJudged {
    /// All reasons.
    pub const ALL: [Self; 2] = [Self::UnknownKind, Self::HelmTest];

    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnknownKind => "unknown-kind",
            Self::HelmTest => "helm-test",
        }
    }
}

/// A kind of objects that no check is asked of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unjudged {
    /// As it is written.
    pub api_version: Text,
    /// As it is written.
    pub kind: Text,
    /// Why they are not judged.
    pub why: NotJudged,
}

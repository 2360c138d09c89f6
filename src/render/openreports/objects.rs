//! The shapes of openreports.io/v1alpha1, with the fields that kready fills.

use kready_checks::{model::ObjectRef, wire::Time};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::report::{CheckResult, Fingerprint};

/// How long a text may be, so that one result never fills an object.
pub(super) const MOST_CHARACTERS: usize = 1024;

/// The kind of an object; a Report lies in a namespace.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    ClusterReport,
    Report(&'a str),
}

/// A Report or a ClusterReport.
pub(super) struct Object<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) name: String,
    pub(super) time: Time,
    pub(super) annotations: Option<Annotations>,
    pub(super) summary: Summary,
    pub(super) results: Vec<Results<'a>>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, namespace) = match self.kind {
            Kind::ClusterReport => ("ClusterReport", None),
            Kind::Report(namespace) => ("Report", Some(namespace)),
        };
        let mut object = serializer.serialize_struct("Object", 7)?;
        object.serialize_field("apiVersion", "openreports.io/v1alpha1")?;
        object.serialize_field("kind", kind)?;
        let metadata = Metadata {
            name: &self.name,
            namespace,
            labels: Labels {
                managed_by: "kready",
                audited: self.time.to_string().replace(':', ""),
            },
            annotations: self.annotations.as_ref(),
        };
        object.serialize_field("metadata", &metadata)?;
        object.serialize_field("source", "kready")?;
        match namespace {
            Some(name) => object.serialize_field(
                "scope",
                &Scope {
                    api_version: "v1",
                    kind: "Namespace",
                    name,
                },
            )?,
            None => object.skip_field("scope")?,
        }
        object.serialize_field("summary", &self.summary)?;
        object.serialize_field("results", &self.results)?;
        object.end()
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    labels: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a Annotations>,
}

#[derive(Serialize)]
struct Labels {
    #[serde(rename = "app.kubernetes.io/managed-by")]
    managed_by: &'static str,
    /// The input's time, as far as a label may hold it: `2026-11-25T030000Z`. Objects of another time are of an older audit.
    #[serde(rename = "kready.dev/audited")]
    audited: String,
}

#[derive(Serialize)]
pub(super) struct Annotations {
    #[serde(rename = "kready.dev/verdict")]
    pub(super) verdict: &'static str,
    #[serde(rename = "kready.dev/grade", skip_serializing_if = "Option::is_none")]
    pub(super) grade: Option<&'static str>,
    #[serde(rename = "kready.dev/score", skip_serializing_if = "Option::is_none")]
    pub(super) score: Option<String>,
    #[serde(
        rename = "kready.dev/coverage",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) coverage: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scope<'a> {
    api_version: &'static str,
    kind: &'static str,
    name: &'a str,
}

/// How many results there are of each kind.
#[derive(Default, Serialize)]
pub(super) struct Summary {
    pass: usize,
    fail: usize,
    warn: usize,
    error: usize,
    skip: usize,
}

impl Summary {
    pub(super) fn of(results: &[Results<'_>]) -> Self {
        let mut summary = Self::default();
        for result in results {
            *match result.result {
                Outcome::Pass => &mut summary.pass,
                Outcome::Fail => &mut summary.fail,
                Outcome::Warn => &mut summary.warn,
                Outcome::Error => &mut summary.error,
                Outcome::Skip => &mut summary.skip,
            } += 1;
        }
        summary
    }
}

/// What openreports.io calls the end of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Pass,
    Fail,
    /// A failure that is not scored.
    Warn,
    /// It could not be decided.
    Error,
    Skip,
}

/// One entry of `results`.
#[derive(Serialize)]
pub(super) struct Results<'a> {
    /// When a failure is felt.
    category: &'static str,
    /// The pillar.
    policy: &'static str,
    /// The check.
    rule: &'static str,
    severity: &'static str,
    pub(super) result: Outcome,
    /// Whether it counts in the score.
    scored: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resources: Option<[Reference<'a>; 1]>,
    pub(super) properties: Properties,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timestamp: Option<Timestamp>,
}

impl Results<'_> {
    pub(super) fn of(check: &CheckResult, result: Outcome, message: String) -> Self {
        Self {
            category: check.impact().id(),
            policy: check.check.pillar.id(),
            rule: check.check.id,
            severity: check.severity.id(),
            result,
            scored: check.weight > 0 && matches!(result, Outcome::Pass | Outcome::Fail),
            message,
            resources: None,
            properties: Properties {
                docs: check.check.page_url(),
                ..Properties::default()
            },
            timestamp: None,
        }
    }
}

/// What openreports.io has no field for; all are texts.
#[derive(Default, Serialize)]
pub(super) struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    docs: String,
    /// The check whose finding explains this one.
    #[serde(rename = "causedBy", skip_serializing_if = "Option::is_none")]
    pub(super) caused_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<Fingerprint>,
}

/// A reference to the object that a person edits.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Reference<'a> {
    pub(super) fn to(object: &'a ObjectRef) -> Self {
        Self {
            api_version: beginning(&object.api_version),
            kind: beginning(&object.kind),
            namespace: beginning(&object.namespace),
            name: beginning(&object.name),
        }
    }
}

/// All of a name that a cluster takes: only manifests have longer ones.
fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(MOST_CHARACTERS);
    end.map_or(text, |(end, _)| &text[..end])
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Timestamp {
    seconds: i64,
    nanos: i32,
}

impl Timestamp {
    pub(super) fn of(time: Time) -> Self {
        Self {
            seconds: time.0,
            nanos: 0,
        }
    }
}

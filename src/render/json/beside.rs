//! What a report in JSON has beside its checks: what was not read or not judged, and what was waived or declared.

use kready_checks::inventory::NotJudged;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{self, WaiverOrigin, WaiverState};

#[derive(Serialize, JsonSchema)]
pub(super) struct Unread<'a> {
    /// Its path; of a chart or a kustomization its folder.
    file: &'a str,
    /// The line at fault; null when it is about the file as a whole.
    line: Option<u32>,
    /// Kebab-case, stable.
    #[schemars(extend("enum" = report::UnreadReason::ALL.map(report::UnreadReason::id)))]
    reason: &'a str,
    /// What is wrong.
    message: &'a str,
    /// The next step; of a chart or a kustomization the command that audits what it renders to.
    remedy: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unjudged<'a> {
    /// As it is written.
    api_version: &'a str,
    /// As it is written.
    kind: &'a str,
    /// `unknown-kind` for one that no check reads, `helm-test` for what exists only while `helm test` runs.
    #[schemars(extend("enum" = NotJudged::ALL.map(NotJudged::id)))]
    why: &'static str,
    /// How many there are.
    count: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Skipped {
    id: &'static str,
    /// `deselected`, or `tier` for a check that only runs by name.
    why: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waiver<'a> {
    check: &'a str,
    /// The objects, as namespace/kind/name globs; empty for a finding about the cluster, or where labels alone decide.
    objects: &'a [String],
    /// The labels of the objects, as kubectl writes a selector.
    selector: Option<&'a str>,
    /// The labels of their namespaces.
    namespace_selector: Option<&'a str>,
    reason: &'a str,
    owner: &'a str,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    expires: &'a str,
    /// How many findings it is about.
    matched: usize,
    #[schemars(extend("enum" = WaiverState::ALL.map(WaiverState::id)))]
    state: &'static str,
    /// The file that holds it; null when an annotation of the object does.
    file: Option<&'a str>,
    /// The line on which it begins.
    line: Option<u64>,
    /// The key of the annotation that holds it.
    annotation: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Declaration<'a> {
    capability: &'a str,
    reason: &'a str,
    owner: &'a str,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    expires: &'a str,
}

impl<'a> Unread<'a> {
    pub(super) fn of(unread: &'a report::Unread) -> Self {
        Self {
            file: &unread.file,
            line: unread.line,
            reason: &unread.reason,
            message: &unread.message,
            remedy: &unread.remedy,
        }
    }
}

impl<'a> Unjudged<'a> {
    pub(super) fn of(unjudged: &'a report::UnjudgedResult) -> Self {
        Self {
            api_version: &unjudged.api_version,
            kind: &unjudged.kind,
            why: unjudged.why.id(),
            count: unjudged.count,
        }
    }
}

impl<'a> Waiver<'a> {
    pub(super) fn of(waiver: &'a report::WaiverResult) -> Self {
        let (file, line, annotation) = match &waiver.origin {
            WaiverOrigin::File { file, line } => (Some(file.as_str()), Some(*line), None),
            WaiverOrigin::Annotation { key } => (None, None, Some(key.as_str())),
        };
        Self {
            file,
            line,
            annotation,
            check: &waiver.check,
            objects: &waiver.objects,
            selector: waiver.selector.as_deref(),
            namespace_selector: waiver.namespace_selector.as_deref(),
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: &waiver.expires,
            matched: waiver.matched,
            state: waiver.state.id(),
        }
    }
}

impl Skipped {
    pub(super) fn of(skipped: &report::Skipped) -> Self {
        Self {
            id: skipped.id,
            why: skipped.why.id(),
        }
    }
}

impl<'a> Declaration<'a> {
    pub(super) fn of(declaration: &'a report::Declaration) -> Self {
        Self {
            capability: &declaration.capability,
            reason: &declaration.reason,
            owner: &declaration.owner,
            expires: &declaration.expires,
        }
    }
}

//! Files of a folder, or parts of them, that could not be read: they are named, and the rest is audited.

use kready_checks::{inventory::snapshot::UnreadHeader, model::credentials::without_credentials};

use crate::{
    every::every,
    words::{counted, first, joined, one_or_many},
};

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UnreadReason {
    /// A chart holds no objects before it is rendered.
    Chart,
    /// A kustomization holds no objects before it is built.
    Kustomization,
    /// A template.
    Template,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// Neither YAML nor JSON.
    Syntax,
    /// No text.
    Binary,
    /// A saved snapshot among manifests.
    Snapshot,
    /// The system refuses it, or it is not a regular file.
    Unreadable,
    /// The tool that renders it failed.
    Render,
}

impl UnreadReason {
    /// All reasons.
    pub(crate) const ALL: [Self; 9] = every!(
        UnreadReason: Chart, Kustomization, Template, DuplicateKey, Syntax, Binary, Snapshot, Unreadable, Render
    );

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Kustomization => "kustomization",
            Self::Template => "template",
            Self::DuplicateKey => "duplicate-key",
            Self::Syntax => "syntax",
            Self::Binary => "binary",
            Self::Snapshot => "snapshot",
            Self::Unreadable => "unreadable",
            Self::Render => "render-failed",
        }
    }
}

/// A file, or the part of one from a line on, that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unread {
    /// Its path as it was given.
    pub(crate) file: String,
    /// The line at fault, counted from one.
    pub(crate) line: Option<u32>,
    /// The identifier of an [`UnreadReason`], or what a snapshot holds.
    pub(crate) reason: String,
    /// What is wrong, as a clause.
    pub(crate) message: String,
    /// The next step.
    pub(crate) remedy: String,
}

impl Unread {
    pub(crate) fn new(
        reason: UnreadReason,
        file: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: None,
            reason: reason.id().to_owned(),
            message: without_credentials(&message.into()).into_owned(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn at(mut self, line: usize) -> Self {
        self.line = u32::try_from(line).ok();
        self
    }

    /// `deploy/a.yaml:12`.
    pub(crate) fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    /// Whether a command makes manifests of it, which `--render` runs.
    pub(crate) fn is_to_be_rendered(&self) -> bool {
        [UnreadReason::Chart, UnreadReason::Kustomization]
            .iter()
            .any(|reason| self.reason == reason.id())
    }

    pub(super) fn header(&self) -> UnreadHeader {
        UnreadHeader {
            file: self.file.clone(),
            line: self.line,
            reason: self.reason.clone(),
            message: self.message.clone(),
            remedy: self.remedy.clone(),
        }
    }

    pub(super) fn saved(header: &UnreadHeader) -> Self {
        Self {
            file: header.file.clone(),
            line: header.line,
            reason: header.reason.clone(),
            message: without_credentials(&header.message).into_owned(),
            remedy: without_credentials(&header.remedy).into_owned(),
        }
    }
}

/// `2 files could not be read and 1 chart is to be rendered first: a.yaml:3, b.yaml and 1 more`.
pub(crate) fn unread_in_words(unread: &[Unread]) -> String {
    let count = |reason: UnreadReason| {
        let of_reason = |unread: &&Unread| unread.reason == reason.id();
        unread.iter().filter(of_reason).count()
    };
    let (charts, kustomizations) = (
        count(UnreadReason::Chart),
        count(UnreadReason::Kustomization),
    );
    let files = unread.len() - charts - kustomizations;
    let mut parts = Vec::new();
    if files > 0 {
        parts.push(format!("{} could not be read", counted(files, "file")));
    }
    for (count, word) in [(charts, "chart"), (kustomizations, "kustomization")] {
        if count > 0 {
            let verb = one_or_many(count, "is", "are");
            parts.push(format!(
                "{} {verb} to be rendered first",
                counted(count, word)
            ));
        }
    }
    let places: Vec<String> = unread.iter().map(Unread::place).collect();
    let places = first(places.iter().map(String::as_str), 3);
    format!("{}: {places}", joined(&parts).unwrap_or_default())
}

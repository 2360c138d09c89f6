//! Which namespaces the audit is about.

use std::collections::BTreeSet;

use anyhow::anyhow;
use kready_checks::model::Text;

use crate::{failure::Failure, pattern, words::shortened};

/// A namespace's name, or a pattern of names.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    glob: Option<pattern::Pattern>,
}

impl Pattern {
    /// Reads what stands behind a flag.
    ///
    /// # Errors
    /// It is neither a name nor a pattern.
    pub(super) fn parse(text: &str, flag: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let is_name = !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_name {
            return Ok(Self {
                text: text.to_owned(),
                glob: None,
            });
        }
        let wrong = |wrong: String| {
            Failure::usage(anyhow!("{wrong}"))
                .hint(format!("write {flag} shop, or {flag} 'team-*'"))
        };
        if !pattern::is_glob(text) {
            return Err(wrong(format!(
                "{flag} {:?} is neither a namespace's name nor a pattern of names",
                shortened(text)
            )));
        }
        let glob = pattern::Pattern::parse(text, false)
            .map_err(|problem| wrong(format!("{flag}: {problem}")))?;
        Ok(Self {
            text: text.to_owned(),
            glob: Some(glob),
        })
    }

    /// Whether names other than its text can match.
    pub(super) const fn is_glob(&self) -> bool {
        self.glob.is_some()
    }

    pub(super) fn matches(&self, namespace: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.matches(namespace),
            None => self.text == namespace,
        }
    }
}

/// The namespaces in question.
#[derive(Debug)]
pub(super) struct AuditScope {
    /// Those that were asked for; none means all.
    pub(super) named: Option<BTreeSet<Text>>,
    pub(super) excluded: Vec<Pattern>,
}

impl AuditScope {
    pub(super) fn is_excluded(&self, namespace: &str) -> bool {
        self.excluded
            .iter()
            .any(|pattern| pattern.matches(namespace))
    }

    /// Whether objects of a namespace belong to the audit.
    pub(super) fn admits(&self, namespace: &str) -> bool {
        let named = self
            .named
            .as_ref()
            .is_none_or(|named| named.contains(namespace));
        named && !self.is_excluded(namespace)
    }
}

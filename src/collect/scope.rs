//! Namespaces by names and globs.

use std::collections::BTreeSet;

use anyhow::anyhow;
use kready_checks::model::Text;

use crate::{
    failure::Failure,
    pattern::{self, Pattern},
};

/// Which namespaces the user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeRequest {
    /// Names or globs; none means all.
    pub(crate) namespaces: Vec<String>,
    /// Names or globs.
    pub(crate) excluded: Vec<String>,
}

/// Which namespaces a [`ScopeRequest`] names.
#[derive(Debug)]
pub(crate) struct NamespaceGlobs {
    included: Option<Pattern>,
    excluded: Pattern,
}

impl ScopeRequest {
    /// Whether nothing was asked for.
    pub(crate) fn is_everything(&self) -> bool {
        self.namespaces.is_empty() && self.excluded.is_empty()
    }

    /// Reads the patterns.
    ///
    /// # Errors
    /// One of them is malformed.
    pub(crate) fn compile(&self) -> Result<NamespaceGlobs, Failure> {
        Ok(NamespaceGlobs {
            included: match self.namespaces.as_slice() {
                [] => None,
                patterns => Some(globs("--namespace", patterns)?),
            },
            excluded: globs("--exclude-namespace", &self.excluded)?,
        })
    }

    /// The namespaces that are asked for by their plain names.
    pub(crate) fn literal(&self) -> BTreeSet<Text> {
        self.namespaces
            .iter()
            .filter(|name| !pattern::is_glob(name))
            .map(Text::from)
            .collect()
    }
}

impl NamespaceGlobs {
    /// Whether a namespace is asked for.
    pub(crate) fn contain(&self, namespace: &str) -> bool {
        self.included
            .as_ref()
            .is_none_or(|included| included.matches(namespace))
            && !self.excluded.matches(namespace)
    }
}

fn globs(flag: &str, patterns: &[String]) -> Result<Pattern, Failure> {
    Pattern::any(patterns.iter().map(String::as_str), false).map_err(|wrong| {
        Failure::usage(anyhow!("{flag}: {wrong}"))
            .hint("quote a pattern like 'team-*', or give a namespace's name")
    })
}

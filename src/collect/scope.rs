//! Namespaces by names and globs.

use std::collections::BTreeSet;

use anyhow::Context;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use kready_checks::model::Text;

use crate::failure::Failure;

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
    included: Option<GlobSet>,
    excluded: GlobSet,
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
            .filter(|name| !name.contains(['*', '?', '[', '{']))
            .map(Text::from)
            .collect()
    }
}

impl NamespaceGlobs {
    /// Whether a namespace is asked for.
    pub(crate) fn contain(&self, namespace: &str) -> bool {
        self.included
            .as_ref()
            .is_none_or(|included| included.is_match(namespace))
            && !self.excluded.is_match(namespace)
    }
}

fn globs(flag: &str, patterns: &[String]) -> Result<GlobSet, Failure> {
    let read = || {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(GlobBuilder::new(pattern).build()?);
        }
        set.build()
    };
    read().with_context(|| flag.to_owned()).map_err(|error| {
        Failure::usage(error).hint("quote a pattern like 'team-*', or give a namespace's name")
    })
}

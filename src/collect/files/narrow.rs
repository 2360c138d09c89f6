//! Keeps only the namespaces that were asked for.

use std::collections::BTreeSet;

use anyhow::anyhow;
use kready_checks::{
    inventory::{Inventory, Scope},
    model::Text,
};

use crate::{
    collect::{
        Warning, WarningCode,
        scope::{NamespaceGlobs, ScopeRequest},
    },
    failure::Failure,
    nearest::{nearest, quoted},
    pattern::Pattern,
    words::listed_or_all,
};

/// Names what was asked for and isn't there; a namespace that a snapshot was made for is, however empty.
///
/// # Errors
/// Nothing that was asked for is there.
pub(super) fn absent(
    request: &ScopeRequest,
    known: &BTreeSet<Text>,
    saved: &Scope,
) -> Result<Vec<Warning>, Failure> {
    let mut absent = Vec::new();
    for name in &request.namespaces {
        let pattern = Pattern::any([name.as_str()], false).ok();
        let is_there = |namespace: &Text| {
            pattern
                .as_ref()
                .is_none_or(|pattern| pattern.matches(namespace))
        };
        // What a snapshot was not made for is told by itself.
        if !known.iter().any(is_there) && saved.namespaces.is_none() {
            absent.push(name);
        }
    }
    let told = |name: &str| {
        let name = quoted(name);
        format!("nothing was found in the namespace {name}")
    };
    if !absent.is_empty() && absent.len() == request.namespaces.len() {
        let near = nearest(absent[0], known.iter().map(Text::as_str));
        let hint = match near {
            Some(near) => format!("did you mean {near}?"),
            None if known.is_empty() => "leave -n out".to_owned(),
            None => format!(
                "these namespaces were found: {}",
                listed_or_all(known.iter().map(Text::as_str), NAMED)
            ),
        };
        return Err(Failure::usage(anyhow!("{}", told(absent[0]))).hint(hint));
    }
    let warnings = absent
        .iter()
        .map(|name| Warning::new(WarningCode::NamespaceAbsent, told(name)));
    Ok(warnings.collect())
}

/// How many namespaces an error names.
const NAMED: usize = 12;

/// Keeps only the namespaces that were asked for, and says so in the scope.
pub(super) fn narrow(
    inventory: &mut Inventory,
    request: &ScopeRequest,
    namespaces: &NamespaceGlobs,
) -> Result<(), Failure> {
    if request.is_everything() {
        return Ok(());
    }
    if !request.namespaces.is_empty() {
        let mut known = inventory.namespaces();
        if let Some(saved) = &inventory.scope.namespaces {
            if let Some(unsaved) = request.literal().iter().find(|name| !saved.contains(*name)) {
                let saved: Vec<&str> = saved.iter().map(Text::as_str).collect();
                return Err(Failure::usage(anyhow!(
                    "the snapshot was made without the namespace {unsaved}; it holds {}",
                    saved.join(", ")
                ))
                .hint(format!(
                    "save another one: kready snapshot -n {unsaved} -o FILE.json.gz"
                )));
            }
            known.retain(|name| saved.contains(name));
        }
        known.extend(request.literal());
        known.retain(|name| namespaces.contain(name));
        inventory.scope.namespaces = Some(known);
    } else if let Some(saved) = &mut inventory.scope.namespaces {
        saved.retain(|name| namespaces.contain(name));
    }
    let excluded: BTreeSet<Text> = inventory
        .scope
        .excluded
        .drain(..)
        .chain(request.excluded.iter().map(Text::from))
        .collect();
    inventory.scope.excluded = excluded.into_iter().collect();
    let in_scope = inventory.scope.namespaces.clone();
    inventory.restrict(&|namespace| {
        namespaces.contain(namespace)
            && in_scope
                .as_ref()
                .is_none_or(|in_scope| in_scope.contains(namespace))
    });
    Ok(())
}

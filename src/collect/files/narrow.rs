//! Keeps only the namespaces that were asked for.

use std::collections::BTreeSet;

use anyhow::anyhow;
use kready_checks::{inventory::Inventory, model::Text};

use crate::{
    collect::scope::{NamespaceGlobs, ScopeRequest},
    failure::Failure,
};

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

//! Saves an audit's input to a file: what was read, and why the rest is missing.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use flate2::{Compression, write::GzEncoder};
use kready_checks::{
    frame::Check,
    inventory::snapshot::{self, ScopeHeader, SnapshotHeader},
};

use super::{Collected, Unread};

/// Writes a snapshot: gzipped JSON Lines, the header first, the same bytes for the same input.
///
/// `checks` are those that the input was collected for; a replay runs the same ones.
///
/// # Errors
/// `to` cannot be written.
pub(crate) fn write<W: Write>(collected: &Collected, checks: &[&Check], to: W) -> io::Result<W> {
    let selection = checks.iter().map(|check| check.id.to_owned()).collect();
    write_with(collected, Some(selection), to)
}

/// The same, with the ids of the checks; without them, a replay runs all checks.
pub(crate) fn write_with<W: Write>(
    collected: &Collected,
    selection: Option<Vec<String>>,
    to: W,
) -> io::Result<W> {
    // The gzip header has no name and no time, so that equal input gives equal bytes.
    let mut encoder = GzEncoder::new(to, Compression::default());
    serde_json::to_writer(&mut encoder, &header(collected, selection))?;
    encoder.write_all(b"\n")?;
    snapshot::write_objects::<io::Error>(&collected.inventory, |line| encoder.write_all(line))?;
    let mut to = encoder.finish()?;
    to.flush()?;
    Ok(to)
}

/// The JSON schema of a snapshot's header.
///
/// # Errors
/// Never: a test reads it.
pub(crate) fn schema() -> serde_json::Result<serde_json::Value> {
    serde_json::from_str(include_str!("snapshot.schema.json"))
}

fn header(collected: &Collected, selection: Option<Vec<String>>) -> SnapshotHeader {
    let inventory = &collected.inventory;
    let identity = &collected.cluster;
    let cluster: BTreeMap<String, String> = [
        ("context", &identity.context),
        ("server", &identity.server),
        ("identity", &identity.identity),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
    .collect();
    SnapshotHeader {
        api_version: snapshot::API_VERSION.to_owned(),
        kind: snapshot::KIND.to_owned(),
        schema: snapshot::SCHEMA,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        time: inventory.now,
        origin: inventory.origin,
        cluster,
        scope: ScopeHeader {
            namespaces: inventory.scope.namespaces.clone(),
            excluded: inventory.scope.excluded.clone(),
        },
        read: inventory.read,
        readable_namespaces: collected.readable_namespaces.clone(),
        selection,
        warnings: collected
            .warnings
            .iter()
            .map(|warning| (warning.code().to_owned(), warning.message.clone()))
            .collect(),
        facts: Some(inventory.facts.clone()),
        listings: Some(snapshot::listings(inventory)),
        misnamed: snapshot::misnamed(inventory),
        unjudged: snapshot::unjudged(inventory),
        unread: collected.unread.iter().map(Unread::header).collect(),
    }
}

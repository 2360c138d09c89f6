//! Tables of keys: one table reads a mapping and describes it in the schema.

use serde_json::{Map, Value as Schema};

use super::{
    located::Node,
    read::ConfigReader,
    schema::{Vocabulary, mapping},
};

/// A key of a mapping; `T` takes what it says.
pub(super) struct Key<T> {
    pub(super) name: &'static str,
    /// What may stand behind it.
    pub(super) schema: fn(&Vocabulary) -> Schema,
    /// Reads what stands behind it; the text is its name.
    pub(super) read: fn(&mut ConfigReader<'_>, &'static str, &Node, &mut T),
}

/// Reads a mapping by its table; `name` is the mapping's, and `what` one of its keys is called.
pub(super) fn read_by<T>(
    keys: &[Key<T>],
    reader: &mut ConfigReader<'_>,
    (name, what): (&str, &str),
    node: &Node,
    into: &mut T,
) {
    for (key, node) in reader.entries(node, name) {
        match keys.iter().find(|known| known.name == key.name) {
            Some(known) => (known.read)(reader, known.name, node, into),
            None => reader.unknown_key(key, what, keys.iter().map(|known| known.name)),
        }
    }
}

/// What may stand behind each key of a table.
pub(super) fn properties<T>(vocabulary: &Vocabulary, keys: &[Key<T>]) -> Map<String, Schema> {
    keys.iter()
        .map(|key| (key.name.to_owned(), (key.schema)(vocabulary)))
        .collect()
}

/// A mapping with a table of keys.
pub(super) fn section<T>(description: &str, vocabulary: &Vocabulary, keys: &[Key<T>]) -> Schema {
    mapping(description, &properties(vocabulary, keys))
}

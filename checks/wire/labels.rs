//! Sorted pairs of texts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    decode::{Decode, Pairs},
    protobuf::{Layout, Reader, Wire, WireError, WireType},
    shared::{Shared, pooled},
};
use crate::model::Text;

/// Sorted pairs of texts: labels, selectors, parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Shared<Vec<(Text, Text)>>);

pooled! {
    Vec<(Text, Text)> {
        fn normalise(&mut self) -> bool {
            last_of_each(self);
            true
        }
    };
}

impl Labels {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0
            .binary_search_by(|(k, _)| k.as_str().cmp(key))
            .ok()
            .map(|at| &self.0[at].1)
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether a key has this value.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|v| v == value)
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The last of several values of a key counts.
impl FromIterator<(Text, Text)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(pairs: I) -> Self {
        Self(Shared::new(pairs.into_iter().collect()))
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Decode for Labels {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Pairs::<Text>::deserialize(deserializer)?;
        Ok(pairs.0.into_iter().collect())
    }
}

impl Wire for Labels {
    const REPEATED: bool = true;

    fn merge(
        &mut self,
        layout: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        self.0.merge(layout, wire, reader)
    }
}

/// Sorts by key; of several with the same key the last one stays.
pub(super) fn last_of_each<V>(pairs: &mut Vec<(Text, V)>) {
    // The sort is stable, and the last of equals comes first once the order is reversed.
    pairs.reverse();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs.dedup_by(|later, first| later.0 == first.0);
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::Value;

    use crate::{
        inventory::{decode_json, kinds::Pod},
        wire::{Interner, Time},
    };

    /// Every value below `value`, as the path to it.
    fn leaves(value: &Value, path: &str, all: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, field)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(field, &format!("{path}/{name}"), all);
            }),
            Value::Array(items) => {
                (0..items.len()).for_each(|at| leaves(&items[at], &format!("{path}/{at}"), all));
            }
            _ => {}
        }
        all.push(path.to_owned());
    }

    /// Another value of the same type.
    fn flip(value: &mut Value) {
        *value = match value.take() {
            Value::Bool(flag) => (!flag).into(),
            Value::Number(number) => (number.as_i64().unwrap_or_default() ^ 1).into(),
            Value::String(text) if text == "empty" => "other".into(),
            Value::String(text) if text.parse::<Time>().is_ok() => "2001-01-01T00:00:01Z".into(),
            Value::String(text) => format!("{text}x").into(),
            Value::Array(mut items) => {
                items.pop();
                items.into()
            }
            // An empty one and none differ where the field may be absent.
            Value::Object(fields) if fields.is_empty() => Value::Null,
            Value::Object(_) => Value::Object(serde_json::Map::new()),
            Value::Null => Value::Null,
        };
    }

    fn pods() -> Vec<Value> {
        let packed = include_bytes!("../tests/oracles/wire.jsonl.gz");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_string(&mut text)
            .unwrap();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|row| row["kind"] == "Pod")
            .map(|row| row["json"].clone())
            .collect()
    }

    #[test]
    fn specs_are_shared_when_equal_and_only_then() {
        let mut flipped = 0;
        for pod in pods() {
            // What was reduced once is all that a check can read.
            let pod: Pod = decode_json(&pod.to_string()).unwrap();
            let spec = serde_json::to_value(&pod.spec).unwrap();
            let mut interner = Interner::new();
            let mut read = |spec: &Value| -> Option<Pod> {
                let json = serde_json::json!({ "spec": spec }).to_string();
                interner.within(|| decode_json(&json)).ok()
            };
            let first = read(&spec).unwrap();
            assert!(first.spec.same(&read(&spec).unwrap().spec));
            let mut all = Vec::new();
            leaves(&spec, "", &mut all);
            for path in all {
                let mut other = spec.clone();
                flip(other.pointer_mut(&path).unwrap());
                // A value of another kind than the field's is refused, and hides nothing either.
                let Some(other) = read(&other) else { continue };
                let equal = serde_json::to_value(&other.spec).unwrap() == spec;
                assert_eq!(other.spec.same(&first.spec), equal, "{path}");
                assert!(!equal || path.is_empty(), "{path} is not read");
                flipped += 1;
            }
        }
        assert!(flipped > 500, "{flipped}");
    }

    #[test]
    fn equal_texts_labels_and_owners_are_stored_once() {
        let json = r#"{"metadata":{"labels":{"b":"2","a":"1","b":"3"},"ownerReferences":[{"kind":"ReplicaSet","name":"a"}]}}"#;
        let mut interner = Interner::new();
        let mut read = || -> Pod { interner.within(|| decode_json(json)).unwrap() };
        let (one, other) = (read().metadata.clone(), read().metadata.clone());
        assert!(one.labels.is("a", "1") && one.labels.is("b", "3"));
        assert!(one.labels.0.same(&other.labels.0));
        assert!(one.owner_references.same(&other.owner_references));
    }
}

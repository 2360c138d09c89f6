//! JSON texts become values, within the bounds of YAML documents.

use std::fmt;

use serde::{
    Deserializer,
    de::{self, DeserializeSeed},
};
use serde_json::{Map, Value};

use super::{
    super::path::without_place,
    bad::{BadYaml, Room, TWICE, too_deep},
    compose::Composed,
    resolve::as_sent,
    value::{ENTRY, MAPPING},
};

/// Reads one JSON text, the way a YAML document is read.
///
/// # Errors
/// The text is no JSON, a key occurs twice in one mapping, or it is beyond a bound.
pub fn json_document(text: &str) -> Result<Value, BadYaml> {
    let mut room = Room::of(text);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Bounded { room: &mut room };
    let read = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let mut message = without_place(&error);
        if message.contains(TWICE)
            && let Err(bad) = Composed::of(text).and_then(Composed::into_value)
            && bad.twice.is_some()
        {
            return bad;
        }
        if message == "recursion limit exceeded" {
            message = too_deep();
        }
        BadYaml::new(error.line(), error.column(), message)
    })
}

/// What stands at one place of a JSON text, within what is left of the room.
struct Bounded<'r> {
    room: &'r mut Room,
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for Bounded<'_> {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(as_sent(value))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Bounded { room: self.room })? {
            self.room
                .take(size_of::<Value>() * 2)
                .map_err(de::Error::custom)?;
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.room.take(MAPPING).map_err(de::Error::custom)?;
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if fields.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key {key} {TWICE}")));
            }
            self.room
                .take(ENTRY + key.len())
                .map_err(de::Error::custom)?;
            let value = map.next_value_seed(Bounded { room: self.room })?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

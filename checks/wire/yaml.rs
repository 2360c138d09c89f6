//! YAML becomes JSON, the way kubectl does it.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// Reads the documents of a YAML text as JSON values, the way kubectl does.
///
/// # Errors
/// The text is no YAML; the message names line and column.
pub fn yaml_documents(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Yaml::deserialize(document).map(|yaml| yaml.0))
        .filter(|value| !matches!(value, Ok(Value::Null)))
        .collect()
}

/// Reads one JSON text, the way a YAML document is read.
///
/// # Errors
/// The text is no JSON, or a key stands twice in one mapping.
pub fn json_document(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Yaml(value) = Yaml::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// What the message of an error says that is about a key that stands twice in one mapping.
pub const TWICE: &str = "stands twice in one mapping";

/// A YAML node as JSON: a key stands once, merge keys are resolved, tags are dropped.
struct Yaml(Value);

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Yaml;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("YAML")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Yaml, E> {
                Ok(Yaml(Value::Null))
            }
            fn visit_none<E: de::Error>(self) -> Result<Yaml, E> {
                Ok(Yaml(Value::Null))
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
                Yaml::deserialize(deserializer)
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Yaml, E> {
                Ok(Yaml(value.into()))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Yaml, E> {
                Ok(Yaml(value.into()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Yaml, E> {
                Ok(Yaml(value.into()))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Yaml, E> {
                Ok(Yaml(value.into()))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Yaml, E> {
                Ok(Yaml(text.into()))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
                let mut list = Vec::new();
                while let Some(Yaml(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(Yaml(Value::Array(list)))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Yaml, A::Error> {
                let mut fields = serde_json::Map::new();
                let mut merged = Vec::new();
                while let Some(Yaml(key)) = map.next_key()? {
                    let key = match key {
                        Value::String(key) => key,
                        Value::Bool(key) => key.to_string(),
                        Value::Number(key) => key.to_string(),
                        Value::Null => {
                            map.next_value::<de::IgnoredAny>()?;
                            continue;
                        }
                        Value::Array(_) | Value::Object(_) => {
                            return Err(de::Error::custom("a key is no text"));
                        }
                    };
                    if fields.contains_key(&key) {
                        return Err(de::Error::custom(format_args!("the key {key} {TWICE}")));
                    }
                    let Yaml(value) = map.next_value()?;
                    match (key.as_str(), value) {
                        ("<<", Value::Object(other)) => merged.push(Value::Object(other)),
                        ("<<", Value::Array(others)) => merged.extend(others),
                        (_, value) => {
                            fields.insert(key, value);
                        }
                    }
                }
                for other in merged {
                    if let Value::Object(other) = other {
                        for (key, value) in other {
                            fields.entry(key).or_insert(value);
                        }
                    }
                }
                Ok(Yaml(Value::Object(fields)))
            }
            fn visit_enum<A: de::EnumAccess<'de>>(self, tagged: A) -> Result<Yaml, A::Error> {
                let (de::IgnoredAny, content) = tagged.variant()?;
                de::VariantAccess::newtype_variant(content)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

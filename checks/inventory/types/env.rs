//! Environment variables: their names and where they come from, and of a value only its class.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess},
    ser::SerializeStruct,
};

use crate::{
    inventory::{digests::digest_of_value, kept_flags::kept_value},
    model::{
        Text,
        credentials::{ValueClass, classify},
    },
    wire::{
        Decode, WireError,
        decode::{self, Borrowed, schema},
        protobuf::{Layout, Reader, Wire, WireType},
    },
};

schema! {
    /// Where the value of an environment variable comes from.
    struct EnvVarSource {
        config_map_key_ref: Option<KeySelector> = "configMapKeyRef" @ 3,
        secret_key_ref: Option<KeySelector> = "secretKeyRef" @ 4,
    }

    /// A key of a ConfigMap or Secret.
    struct KeySelector {
        name: Text = "name" @ 1_001,
        key: Text = "key" @ 2,
        optional: bool = "optional" @ 3,
    }
}

/// One environment variable of a container; its value does not survive decoding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnvVar {
    /// The variable's name.
    pub name: Text,
    /// What its literal value looks like.
    pub value: ValueClass,
    /// Where its value comes from instead.
    pub value_from: Option<Box<EnvVarSource>>,
    /// What is kept of an `ETCD_*` variable of a control-plane pod, which is a flag of etcd.
    pub(crate) flag: Option<Text>,
    /// The digest of a literal value that may be the name of a Secret, until all is read.
    pub(crate) digest: Option<u64>,
}

impl EnvVar {
    /// The value of an etcd flag set through the environment; only control-plane pods keep it.
    pub fn flag(&self) -> Option<&Text> {
        self.flag.as_ref()
    }
}

impl Serialize for EnvVar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("EnvVar", 4)?;
        out.serialize_field("name", &self.name)?;
        if self.value != ValueClass::Empty {
            out.serialize_field("valueClass", &self.value)?;
        }
        if let Some(from) = &self.value_from {
            out.serialize_field("valueFrom", from)?;
        }
        if let Some(flag) = &self.flag {
            out.serialize_field("value", flag)?;
        }
        out.end()
    }
}

/// A scalar: YAML lets a value be written as a number or a boolean, which kubectl reads as such.
struct Literal<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Literal<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Literal<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(text.to_owned())))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Borrowed(if value { "true" } else { "false" })))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl EnvVar {
    /// Takes the literal value: its class, and for etcd, whose flags can be variables, what checks read of it until the
    /// pod is known to be one of the control plane.
    fn take(&mut self, literal: &str) {
        self.value = classify(literal);
        self.digest = match self.value {
            ValueClass::Other => digest_of_value(&self.name, literal.trim()),
            _ => None,
        };
        self.flag = self.name.strip_prefix("ETCD_").and_then(|name| {
            let name = name.to_ascii_lowercase().replace('_', "-");
            kept_value(&name, literal)
        });
    }
}

impl Decode for EnvVar {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = EnvVar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an environment variable")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnvVar, A::Error> {
                let mut variable = EnvVar::default();
                let mut literal: Option<Literal<'de>> = None;
                let mut class: Option<ValueClass> = None;
                while let Some(Borrowed(key)) = map.next_key()? {
                    match &*key {
                        "name" => variable.name = decode::value(&mut map)?,
                        "value" => literal = map.next_value()?,
                        "valueClass" => class = map.next_value()?,
                        "valueFrom" => variable.value_from = decode::value(&mut map)?,
                        _ => decode::skip(&mut map)?,
                    }
                }
                if let Some(Literal(literal)) = literal {
                    variable.take(&literal);
                }
                // Of a snapshot, where the literal is no more than what was kept of it.
                if let Some(class) = class {
                    variable.value = class;
                }
                Ok(variable)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Wire for EnvVar {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut literal = Cow::Borrowed("");
        reader.message(wire, |field, wire, fields| {
            match field {
                1 => self.name.merge(Layout::Own, wire, fields)?,
                2 => literal = fields.text(wire)?,
                3 => self.value_from.merge(Layout::Own, wire, fields)?,
                _ => fields.skip(wire)?,
            }
            Ok(())
        })?;
        self.take(&literal);
        Ok(())
    }
}

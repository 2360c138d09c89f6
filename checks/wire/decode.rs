//! How the inventory's types are read from JSON and YAML: null is absent, scalars are coerced as kubectl does;
//! and the one declaration of their fields, for this and for protobuf.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny},
};

use super::protobuf::{Layout, Reader, Wire, WireError, WireType};
use crate::model::Text;

/// A value that can be read from JSON or YAML.
pub trait Decode: Sized {
    /// Reads it; null was handled before.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Lets serde's collections read their elements through [`Decode`].
pub(crate) struct Via<T>(pub(crate) T);

impl<'de, T: Decode> Deserialize<'de> for Via<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Self)
    }
}

/// A type of the inventory that is an object in JSON.
pub(crate) trait Object: Default {
    /// The names of its fields.
    const NAMES: &'static [&'static str];
    /// Takes one field; of several with the same name the last one counts, as in Go.
    fn take<'de, A: de::MapAccess<'de>>(&mut self, name: &str, map: &mut A)
    -> Result<(), A::Error>;
}

/// Reads the value of a field; null is the default, as in Go.
pub(crate) fn value<'de, A: de::MapAccess<'de>, T: Decode + Default>(
    map: &mut A,
) -> Result<T, A::Error> {
    let value: Option<Via<T>> = map.next_value()?;
    Ok(value.map(|via| via.0).unwrap_or_default())
}

/// Goes past the value of a field.
pub(crate) fn skip<'de, A: de::MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Reads an object field by field.
pub(crate) fn object<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Visitor<T>(PhantomData<T>);
    impl<'de, T: Object> de::Visitor<'de> for Visitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
            let mut object = T::default();
            while let Some(Borrowed(name)) = map.next_key()? {
                object.take(&name, &mut map)?;
            }
            Ok(object)
        }
    }
    deserializer.deserialize_struct("object", T::NAMES, Visitor(PhantomData))
}

/// A text, borrowed where that can be.
pub(crate) struct Borrowed<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Borrowed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Borrowed<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// Whether a field need not be written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<T: Decode> Decode for Option<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Some)
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Self::new)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Via<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|via| via.0).collect())
    }
}

/// A map as pairs, in their order in the text; null values are the default.
pub(crate) struct Pairs<V>(pub(crate) Vec<(Text, V)>);

impl<'de, V: Decode + Default> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<V>(PhantomData<V>);
        impl<'de, V: Decode + Default> de::Visitor<'de> for Visitor<V> {
            type Value = Pairs<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text, Option<Via<V>>>()? {
                    pairs.push((key, value.map(|via| via.0).unwrap_or_default()));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData))
    }
}

/// Only whether the field is there; its content is skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Present(pub bool);

impl serde::Serialize for Present {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // An empty object: the presence, and nothing of the content.
        serializer.collect_map(std::iter::empty::<(&str, &str)>())
    }
}

impl Decode for Present {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Ok(Self(true))
    }
}

impl Wire for Present {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        reader.bytes(wire)?;
        self.0 = true;
        Ok(())
    }
}

impl Decode for Text {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Decode for bool {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = bool;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
                Ok(value)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

struct Integer;

impl de::Visitor<'_> for Integer {
    type Value = i64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
        // `1e3` and `3.0` are integers to kubectl.
        #[expect(clippy::cast_possible_truncation, reason = "checked just before")]
        if value.fract() == 0.0 && value.abs() < 9e15 {
            Ok(value as i64)
        } else {
            Err(E::invalid_value(de::Unexpected::Float(value), &self))
        }
    }
}

impl Decode for i64 {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Integer)
    }
}

impl Decode for i32 {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = i64::decode(deserializer)?;
        Self::try_from(value).map_err(|_| {
            de::Error::invalid_value(de::Unexpected::Signed(value), &"a 32-bit integer")
        })
    }
}

/// The inventory's schema: each field with its Kubernetes name, once for all wire forms.
///
/// `field: Type = "jsonName" @ 3`: 3 is the number that the field has in Kubernetes' `generated.proto`. A field without
/// one has no protobuf form. `2_001` is field 1 of the message in field 2, whose fields JSON shows as the outer object's
/// own: numbers that no field can have do not compile. `@ 8 as LAYOUT` reads a message that gives the fields of the type
/// other numbers, and `@ 2 | 102 as LAYOUT` lets a layout of the outer message choose between two such ways.
macro_rules! schema {
    ($(
        $(#[$meta:meta])*
        struct $name:ident { $( $(#[$field_meta:meta])* $field:ident: $type:ty = $json:literal $(@ $($number:literal $(as $layout:ident)?)|+)? ),* $(,)? }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
        #[expect(missing_docs, reason = "the fields bear Kubernetes' own names")]
        pub struct $name { $(
            $(#[$field_meta])*
            #[serde(
                rename = $json,
                skip_serializing_if = "crate::wire::decode::is_default"
            )]
            pub $field: $type,
        )* }
        impl $crate::wire::decode::Object for $name {
            const NAMES: &'static [&'static str] = &[$($json),*];
            fn take<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                name: &str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match name {
                    $($json => self.$field = $crate::wire::decode::value(map)?,)*
                    _ => $crate::wire::decode::skip(map)?,
                }
                Ok(())
            }
        }
        impl $crate::wire::decode::Decode for $name {
            fn decode<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::decode::object(deserializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::decode::object(deserializer)
            }
        }
        impl $crate::wire::protobuf::Message for $name {
            const NUMBERS: &'static [u32] = &[$($($($number,)+)?)*];
            fn take(
                &mut self,
                number: u32,
                wire: $crate::wire::protobuf::WireType,
                reader: &mut $crate::wire::protobuf::Reader<'_>,
            ) -> Result<(), $crate::wire::protobuf::WireError> {
                match number {
                    $($($($number => $crate::wire::protobuf::Wire::merge(
                        &mut self.$field,
                        $crate::wire::decode::schema!(@layout $($layout)?),
                        wire,
                        reader,
                    )
                    .map_err(|error| error.within($json)),)+)?)*
                    _ => $crate::wire::protobuf::take_other(self, number, wire, reader),
                }
            }
        }
        impl $crate::wire::protobuf::Wire for $name {
            fn merge(
                &mut self,
                layout: $crate::wire::protobuf::Layout,
                wire: $crate::wire::protobuf::WireType,
                reader: &mut $crate::wire::protobuf::Reader<'_>,
            ) -> Result<(), $crate::wire::protobuf::WireError> {
                $crate::wire::protobuf::merge(self, layout, reader.bytes(wire)?)
            }
        }
    )* };
    (@layout) => { $crate::wire::protobuf::Layout::Own };
    (@layout $layout:ident) => { $layout };
}
pub(crate) use schema;

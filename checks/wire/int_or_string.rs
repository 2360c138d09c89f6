//! Numbers that may be written as texts: ports and percentages.

use std::fmt;

use serde::{Deserializer, Serialize, Serializer, de};

use super::{
    decode::Decode,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
};
use crate::model::Text;

/// A number, or a text such as a port's name or a percentage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A name, or a percentage such as `25%`.
    String(Text),
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl IntOrString {
    /// The number that this stands for out of `total`; none when it is neither a number nor a percentage.
    pub fn resolve(&self, total: i32, rounding: Rounding) -> Option<i32> {
        match self {
            Self::Int(number) => Some(*number),
            Self::String(text) => {
                let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
                let hundredfold = percent.checked_mul(i64::from(total))?;
                let whole = match rounding {
                    Rounding::Up => {
                        hundredfold.div_euclid(100) + i64::from(hundredfold.rem_euclid(100) != 0)
                    }
                    Rounding::Down => hundredfold.div_euclid(100),
                };
                i32::try_from(whole).ok()
            }
        }
    }
}

/// Which way a percentage of replicas is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Rounding {
    Up,
    Down,
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::String(text) => f.write_str(text),
        }
    }
}

impl Serialize for IntOrString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(number) => serializer.serialize_i32(*number),
            Self::String(text) => text.serialize(serializer),
        }
    }
}

impl Decode for IntOrString {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = IntOrString;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 32-bit integer or a string")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<IntOrString, E> {
                i32::try_from(value)
                    .map(IntOrString::Int)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<IntOrString, E> {
                i32::try_from(value)
                    .map(IntOrString::Int)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<IntOrString, E> {
                Ok(IntOrString::String(text.into()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Wire for IntOrString {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let (mut is_text, mut number, mut text) = (false, 0_i32, std::borrow::Cow::Borrowed(""));
        reader.message(wire, |field, wire, fields| {
            match field {
                1 => is_text = fields.number(wire)? == 1,
                2 => number.merge(Layout::Own, wire, fields)?,
                3 => text = fields.text(wire)?,
                _ => fields.skip(wire)?,
            }
            Ok(())
        })?;
        *self = if is_text {
            Self::String((&*text).into())
        } else {
            Self::Int(number)
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{IntOrString, Rounding};

    proptest! {
        #[test]
        fn percentages_round_as_asked(percent in 0_i32..200, total in 0_i32..10_000) {
            let value = IntOrString::String(format!("{percent}%").into());
            let exact = f64::from(percent) * f64::from(total) / 100.0;
            let up = value.resolve(total, Rounding::Up).map(f64::from);
            let down = value.resolve(total, Rounding::Down).map(f64::from);
            prop_assert!(up.is_some_and(|up| up >= exact && up - exact < 1.0));
            prop_assert!(down.is_some_and(|down| down <= exact && exact - down < 1.0));
        }
    }
}

//! Identities of objects.

use std::fmt;

use serde::{Deserializer, Serialize, Serializer, de};

use super::{
    decode::Decode,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
};

/// An object's identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(u128);

impl Uid {
    /// Whether the object has none: manifests that no API server has seen.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<&str> for Uid {
    fn from(text: &str) -> Self {
        let hex = || text.bytes().filter(|byte| *byte != b'-');
        if text.len() <= 36 && hex().count() == 32 && hex().all(|byte| byte.is_ascii_hexdigit()) {
            let digit = |byte: u8| u128::from((byte as char).to_digit(16).unwrap_or_default());
            return Self(hex().fold(0, |value, byte| value << 4 | digit(byte)));
        }
        // Not a UUID: any text that is unique serves; FNV-1a keeps it so.
        Self(
            text.bytes()
                .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
                    (hash ^ u128::from(byte))
                        .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
                }),
        )
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(
            f,
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Wire for Uid {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let text = reader.text(wire)?;
        *self = if text.is_empty() {
            Self::default()
        } else {
            (&*text).into()
        };
        Ok(())
    }
}

impl Decode for Uid {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Uid;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Uid, E> {
                Ok(if text.is_empty() {
                    Uid::default()
                } else {
                    text.into()
                })
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Uid;

    #[test]
    fn a_uuid_is_written_as_it_was_read() {
        let text = "0d9f3e5c-7a51-4a0b-9a4e-0f1f1f3b2c10";
        assert_eq!(Uid::from(text).to_string(), text);
        assert_ne!(Uid::from("a"), Uid::from("b"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*") {
            let _ = Uid::from(text.as_str());
        }
    }
}

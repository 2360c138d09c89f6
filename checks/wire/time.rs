//! Points in time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    decode::Decode,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
};

/// One minute, in seconds.
pub const MINUTE: i64 = 60;

/// One hour, in seconds.
pub const HOUR: i64 = 60 * MINUTE;

/// One day, in seconds.
pub const DAY: i64 = 24 * HOUR;

/// A point in time, in whole seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Seconds from `earlier` to this time; negative when it is later. A server may name any times: what is further apart than
    /// can be counted is as far apart as can be.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time, so many seconds later; no later than there are times.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl FromStr for Time {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        let time = text.parse::<jiff::Timestamp>()?;
        // Fractions point to the future, before 1970 too: a started second counts as its beginning.
        let begun = i64::from(time.subsec_nanosecond() < 0);
        Ok(Self(time.as_second() - begun))
    }
}

/// RFC 3339: `2026-11-25T03:00:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

impl Decode for Time {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time (RFC 3339)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// A time that is there without a content is none, as null is in JSON.
impl Wire for Option<Time> {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let message = reader.bytes(wire)?;
        let mut fields = Reader::new(message);
        let mut seconds = 0;
        while let Some((field, wire)) = fields.field()? {
            match field {
                1 => i64::merge(&mut seconds, Layout::Own, wire, &mut fields)?,
                _ => fields.skip(wire)?,
            }
        }
        // Go cannot write the others as JSON either.
        if jiff::Timestamp::from_second(seconds).is_err() {
            return Err(WireError::new("the time is out of range"));
        }
        *self = (!message.is_empty()).then_some(Time(seconds));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Time;

    #[test]
    fn times_at_both_ends_are_counted_as_far_as_can_be() {
        let (first, last) = (Time(i64::MIN), Time(i64::MAX));
        assert_eq!(last.since(first), i64::MAX);
        assert_eq!(first.since(last), i64::MIN);
        assert_eq!(Time(1).plus(i64::MAX), last);
        assert_eq!(Time(-1).plus(i64::MIN), first);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*") {
            let _ = text.parse::<Time>();
        }
    }
}

//! Scalars with a grammar of their own: times, quantities, percentages, identities.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    decode::Decode,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
    shared::{Shared, pooled},
};
use crate::model::Text;

/// A point in time, in whole seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Seconds from `earlier` to this time; negative when it is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// This time, so many seconds later.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
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

/// An amount of a resource, compared by its value: `0.1`, `100m` and `1e-1` are equal amounts.
///
/// Grammar: Kubernetes' `resource.Quantity` (decimal and binary suffixes, exponents), in billionths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quantity {
    text: Text,
    nanos: Option<i128>,
}

impl Quantity {
    /// The amount in billionths; none when the text isn't a quantity.
    pub const fn nanos(&self) -> Option<i128> {
        self.nanos
    }

    /// The amount as a plain number (bytes, cores, pieces); none when the text isn't a quantity.
    pub fn value(&self) -> Option<f64> {
        self.nanos.map(|nanos| nanos as f64 / 1e9)
    }

    /// Whether an amount is set: `0` equals unset (rule 9 of RULES.md).
    pub fn is_set(&self) -> bool {
        self.nanos.is_some_and(|nanos| nanos > 0)
    }

    /// The text as it was written.
    pub const fn text(&self) -> &Text {
        &self.text
    }
}

/// Billionths of one unit.
const NANO: i128 = 1_000_000_000;

fn nanos(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Without any digit it is zero: Kubernetes takes `m` and `+.G`, and of the suffixes only these two not.
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    if fraction.contains('.') || !has_digits && matches!(suffix, "Pi" | "Ei") {
        return None;
    }
    let (multiplier, divisor): (i128, i128) = match suffix {
        "n" => (1, NANO),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "" => (1, 1),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let scale = 10_i128.checked_pow(power.unsigned_abs().min(30))?;
            if power < 0 { (1, scale) } else { (scale, 1) }
        }
    };
    // Kubernetes caps at 2^63-1 and rounds what is finer than a billionth up, away from zero.
    let cap = i128::from(i64::MAX) * NANO;
    let mut value: i128 = 0;
    for digit in whole.bytes() {
        value = (value.saturating_mul(10)).saturating_add(i128::from(digit - b'0') * NANO);
        if value > cap.saturating_mul(NANO) {
            break;
        }
    }
    let mut scaled = value.checked_mul(multiplier).unwrap_or(i128::MAX) / divisor;
    let mut remainder = value.checked_mul(multiplier).unwrap_or(0) % divisor != 0;
    let mut place: i128 = NANO * NANO;
    let mut fine: i128 = 0;
    for digit in fraction.bytes().take(18) {
        place /= 10;
        fine += i128::from(digit - b'0') * place;
    }
    if fraction.bytes().skip(18).any(|digit| digit != b'0') {
        remainder = true;
    }
    // `fine` counts 10^-18; bring it to billionths with the suffix applied.
    let fine = fine.checked_mul(multiplier).unwrap_or(i128::MAX);
    scaled = scaled.saturating_add(fine / NANO / divisor);
    if remainder || fine % (NANO.saturating_mul(divisor)) != 0 {
        scaled = scaled.saturating_add(1);
    }
    let capped = scaled.min(cap);
    Some(if negative { -capped } else { capped })
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Self {
            nanos: nanos(text),
            text: text.into(),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

struct Scalar;

impl de::Visitor<'_> for Scalar {
    type Value = Text;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a number")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(text.into())
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Ok(value.to_string().into())
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Ok(value.to_string().into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text, E> {
        Ok(value.to_string().into())
    }
}

impl Decode for Quantity {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(Scalar)?;
        Ok(text.as_str().into())
    }
}

impl Wire for Quantity {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut text = std::borrow::Cow::Borrowed("0");
        reader.message(wire, |field, wire, fields| {
            match field {
                1 => text = fields.text(wire)?,
                _ => fields.skip(wire)?,
            }
            Ok(())
        })?;
        *self = (&*text).into();
        Ok(())
    }
}

/// Amounts by resource name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quantities(Shared<Vec<(Text, Quantity)>>);

pooled! {
    Vec<(Text, Quantity)> {
        fn normalise(&mut self) -> bool {
            last_of_each(self);
            true
        }
    };
}

impl Quantities {
    /// The amount of a resource, when it is there at all.
    pub fn get(&self, resource: &str) -> Option<&Quantity> {
        self.0
            .iter()
            .find(|(name, _)| name == resource)
            .map(|(_, quantity)| quantity)
    }

    /// Whether a resource has an amount above zero.
    pub fn has(&self, resource: &str) -> bool {
        self.get(resource).is_some_and(Quantity::is_set)
    }

    /// All amounts, sorted by resource.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Quantity)> {
        self.0.iter().map(|(name, quantity)| (name, quantity))
    }
}

impl Serialize for Quantities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Decode for Quantities {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = super::decode::Pairs::<Quantity>::deserialize(deserializer)?.0;
        Ok(pairs.into_iter().collect())
    }
}

impl FromIterator<(Text, Quantity)> for Quantities {
    fn from_iter<I: IntoIterator<Item = (Text, Quantity)>>(pairs: I) -> Self {
        Self(Shared::new(pairs.into_iter().collect()))
    }
}

/// Sorts by key; of several with the same key the last one stays.
pub(crate) fn last_of_each<V>(pairs: &mut Vec<(Text, V)>) {
    // The sort is stable, and the last of equals comes first once the order is reversed.
    pairs.reverse();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs.dedup_by(|later, first| later.0 == first.0);
}

impl Wire for Quantities {
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

    use super::{IntOrString, Quantity, Rounding, Time, Uid};

    fn nanos(text: &str) -> Option<i128> {
        Quantity::from(text).nanos()
    }

    #[test]
    fn quantities_of_equal_amount_are_equal() {
        for (a, b) in [
            ("0.1", "100m"),
            ("1", "1000m"),
            ("1Gi", "1073741824"),
            ("1e3", "1k"),
            ("1E3", "1k"),
            ("1E", "1000000000000000000"),
            ("0.5Gi", "512Mi"),
            ("12e-1", "1200m"),
            (".5", "500m"),
            ("+1", "1."),
            ("100n", "0.0000001"),
            ("0.1n", "1n"),
            ("m", "0"),
            (" 1 ", "1"),
        ] {
            assert!(nanos(a).is_some(), "{a}");
            assert_eq!(nanos(a), nanos(b), "{a} {b}");
        }
        assert_eq!(nanos("-1"), Some(-1_000_000_000));
    }

    #[test]
    fn what_is_no_quantity_has_no_amount() {
        for text in [
            "", "Ei", "1GB", "1 Gi", "one", "1..2", "0x10", "1e", "--1", "1Kib",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn milli_is_a_thousandth(n in 0_i64..1_000_000_000) {
            prop_assert_eq!(nanos(&format!("{n}m")), Some(i128::from(n) * 1_000_000));
            prop_assert_eq!(nanos(&n.to_string()), Some(i128::from(n) * 1_000_000_000));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*") {
            let _ = nanos(&text);
            let _ = Uid::from(text.as_str());
            let _ = text.parse::<Time>();
        }

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

    #[test]
    fn a_uuid_is_written_as_it_was_read() {
        let text = "0d9f3e5c-7a51-4a0b-9a4e-0f1f1f3b2c10";
        assert_eq!(Uid::from(text).to_string(), text);
        assert_ne!(Uid::from("a"), Uid::from("b"));
    }
}

//! Amounts of resources.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    decode::Decode,
    labels::last_of_each,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
    shared::{Shared, pooled},
};
use crate::model::Text;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Quantity;

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
        }
    }
}

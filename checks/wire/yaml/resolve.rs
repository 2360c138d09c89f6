//! What a scalar says, after `resolve.go` of go-yaml v2.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

/// What a scalar says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number beyond the others.
    Large(u64),
    Float(f64),
    Text(Cow<'t, str>),
}

const TAGS: &str = "tag:yaml.org,2002:";

/// Standard base64, whose last bits may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// What a scalar of a tag says; `plain` is one that is neither quoted nor a block, nor tagged.
pub(super) fn resolve<'t>(
    tag: Option<&str>,
    text: &'t str,
    plain: bool,
) -> Result<Scalar<'t>, String> {
    let Some(tag) = tag else {
        return Ok(if plain {
            implied(text)
        } else {
            Scalar::Text(text.into())
        });
    };
    let Some(tag) = tag.strip_prefix(TAGS) else {
        return Ok(Scalar::Text(text.into()));
    };
    let scalar = match tag {
        "binary" => return binary(text).map(Scalar::Text),
        "bool" | "int" | "float" | "null" => implied(text),
        "timestamp" if is_timestamp(text) => return Ok(Scalar::Text(text.into())),
        "timestamp" => return Err("a value with the tag !!timestamp is not a time".to_owned()),
        _ => return Ok(Scalar::Text(text.into())),
    };
    match (tag, scalar) {
        ("bool", scalar @ Scalar::Bool(_))
        | ("int", scalar @ (Scalar::Int(_) | Scalar::Large(_)))
        | ("float", scalar @ Scalar::Float(_))
        | ("null", scalar @ Scalar::Null) => Ok(scalar),
        #[expect(clippy::cast_precision_loss, reason = "it is what the tag asks for")]
        ("float", Scalar::Int(int)) => Ok(Scalar::Float(int as f64)),
        _ => Err(format!("a value does not fit its tag !!{tag}")),
    }
}

/// What an untagged plain scalar says.
fn implied(text: &str) -> Scalar<'_> {
    let as_text = Scalar::Text(text.into());
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Scalar::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Scalar::Bool(false),
            "~" | "null" | "Null" | "NULL" => Scalar::Null,
            _ => as_text,
        },
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            _ => float(text).map_or(as_text, Scalar::Float),
        },
        b'+' | b'-' | b'0'..=b'9' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ => number(text).unwrap_or(as_text),
        },
        _ => as_text,
    }
}

fn number<'t>(text: &str) -> Option<Scalar<'t>> {
    let plain: Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    let (negative, magnitude) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, &*plain),
    };
    if let Some(value) = whole(magnitude) {
        let signed = i128::from(value) * if negative { -1 } else { 1 };
        if let Ok(int) = i64::try_from(signed) {
            return Some(Scalar::Int(int));
        }
        // A sign makes it none of the larger ones.
        if magnitude.len() == plain.len() {
            return Some(Scalar::Large(value));
        }
    }
    if let Some(float) = float(&plain) {
        return Some(Scalar::Float(float));
    }
    // Behind its prefix a binary number may have one more sign.
    let signed = plain.strip_prefix("0b")?;
    if !signed.starts_with(['+', '-']) || signed[1..].starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(signed, 2).ok().map(Scalar::Int)
}

/// A whole number without a sign: decimal, or in the base that its prefix tells.
fn whole(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (base, digits) = match bytes {
        [b'0', b'b' | b'B', _, ..] => (2, &text[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &text[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &text[2..]),
        [b'0'] => return Some(0),
        [b'0', ..] => (8, &text[1..]),
        _ => (10, text),
    };
    // Rust takes a sign here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// A decimal number with a fraction or an exponent, within the range.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        if count == 0 {
            return None;
        }
        rest = &exponent[count..];
    }
    if !rest.is_empty() {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

/// The text behind base64; a byte that is no UTF-8 is the sign for what can't be shown, as in JSON from Go.
fn binary(text: &str) -> Result<Cow<'static, str>, String> {
    let packed: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let bytes = BASE64
        .decode(packed)
        .map_err(|_| "a value with the tag !!binary is not base64".to_owned())?;
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    Ok(decoded.into())
}

/// Whether a text is a date, or a date and a time, in one of the forms that go-yaml takes.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    let Some((month, rest)) = rest.split_once('-') else {
        return false;
    };
    let day_end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (day, time) = rest.split_at(day_end);
    let within = |text: &str, most: usize, low: i8, high: i8| {
        (1..=most).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text
                .parse()
                .is_ok_and(|number: i8| (low..=high).contains(&number))
    };
    let is_date = year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && within(month, 2, 1, 12)
        && within(day, 2, 1, 31)
        && matches!(
            (year.parse(), month.parse(), day.parse()),
            (Ok(year), Ok(month), Ok(day)) if jiff::civil::Date::new(year, month, day).is_ok()
        );
    let is_time = |clock: &str| {
        let mut parts = clock.splitn(3, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (hour, minute, second) = (next(), next(), next());
        let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
        within(hour, 2, 0, 23)
            && within(minute, 2, 0, 59)
            && within(second, 2, 0, 59)
            && !fraction.is_empty()
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_zone = |zone: &str| match zone.as_bytes() {
        [b'+' | b'-', ..] => zone[1..].split_once(':').is_some_and(|(hours, minutes)| {
            hours.len() == 2
                && minutes.len() == 2
                && within(hours, 2, 0, 24)
                && within(minutes, 2, 0, 59)
        }),
        _ => zone == "Z",
    };
    is_date
        && (time.is_empty()
            || time.strip_prefix(' ').is_some_and(is_time)
            || time.strip_prefix(['T', 't']).is_some_and(|clock| {
                clock.find(['Z', '+', '-']).is_some_and(|end| {
                    let (clock, zone) = clock.split_at(end);
                    is_time(clock) && is_zone(zone)
                })
            }))
}

/// A number as the API server sees it, to which kubectl writes a whole one without a fraction, however it was written.
pub(super) fn as_sent(float: f64) -> Value {
    /// From here on with an exponent.
    const EXPONENT: f64 = 1e21;
    if float.fract() == 0.0
        && float.abs() < EXPONENT
        && let Ok(int) = float.to_string().parse::<i64>()
    {
        return Value::from(int);
    }
    Value::from(float)
}

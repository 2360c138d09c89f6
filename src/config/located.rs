//! A YAML document in which every value knows its line.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess},
};
use serde_saphyr::Spanned;

/// Where a value begins: line and column, counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Position {
    fn of(location: serde_saphyr::Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

/// Which bytes a location is about; none at the start where that is not known.
fn bytes(location: serde_saphyr::Location) -> Range<usize> {
    let span = location.span();
    let number = |it: Option<u64>| it.and_then(|it| usize::try_from(it).ok());
    let start = number(span.byte_offset()).unwrap_or_default();
    start..start.saturating_add(number(span.byte_len()).unwrap_or_default())
}

/// `12:3`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) position: Position,
    /// The bytes that a scalar is written with, or the bracket that opens a list or a mapping; else no more than a place.
    pub(super) bytes: Range<usize>,
    pub(super) value: Value,
    /// How a boolean or a number is written: where text is meant, it is that text.
    pub(super) written: Option<String>,
}

/// A key of a mapping and its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapKey {
    pub(super) position: Position,
    pub(super) bytes: Range<usize>,
    pub(super) name: String,
}

/// What YAML can say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(MapKey, Node)>),
}

impl Value {
    /// What it is, for messages.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Reads one document; an empty one is a null.
///
/// # Errors
/// The text is not YAML: where, if that is known, and why.
pub(super) fn parse(text: &str) -> Result<Node, (Option<Position>, String)> {
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Node {
            position: Position { line: 1, column: 1 },
            bytes: 0..0,
            value: Value::Null,
            written: None,
        });
    }
    let options = serde_saphyr::options! { with_snippet: false };
    let parsed = serde_saphyr::from_str_with_options(text, options);
    let mut root: Node = parsed.map_err(|error| {
        let error = error.without_snippet();
        let position = error.location().map(Position::of);
        let message = error.to_string();
        // The position is already told in front of the message.
        let message = message.lines().next().unwrap_or_default();
        let message = position.map_or(message, |position| {
            let told = format!(" at line {}, column {}", position.line, position.column);
            message.strip_suffix(told.as_str()).unwrap_or(message)
        });
        if let Some(position) = position
            && let Some(key) = twice(message)
        {
            return (Some(position), duplicate(text, key, position));
        }
        let message =
            if message.starts_with("budget breached") || message == "recursion limit exceeded" {
                "it is larger, deeper, or through its aliases more than a configuration may be"
            } else {
                message
            };
        (position, message.to_owned())
    })?;
    let lines: Vec<&str> = text.lines().collect();
    spell(&mut root, &lines);
    Ok(root)
}

/// The key that a message calls a duplicate.
fn twice(message: &str) -> Option<&str> {
    let key = message.strip_prefix("duplicate mapping key: ")?;
    Some(key.split_once(", set ").map_or(key, |(key, _)| key))
}

/// Says where both are, as far as they can be found, and what to do.
fn duplicate(text: &str, key: &str, second: Position) -> String {
    let column = usize::try_from(second.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let before = usize::try_from(second.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let indented = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let lines: Vec<&str> = text.lines().take(before).collect();
    let first = lines
        .iter()
        .enumerate()
        .rev()
        .take_while(|(_, line)| {
            line.trim().is_empty() || line.trim_start().starts_with('#') || indented(line) >= column
        })
        .find(|(_, line)| {
            let said = line.trim_start_matches([' ', '-']);
            let rest = said.trim_start_matches(['"', '\'']).strip_prefix(key);
            indented(line) == column
                && rest
                    .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        });
    let places = match first {
        Some((line, _)) => format!(" (lines {} and {})", line + 1, second.line),
        None => String::new(),
    };
    let what = match key {
        "waivers" | "declarations" => "put both lists under one key",
        _ => "keep one of the two",
    };
    format!("`{key}` appears twice{places}: {what}")
}

/// Notes how booleans and numbers are written.
fn spell(node: &mut Node, lines: &[&str]) {
    match &mut node.value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            node.written = written(node.position, lines);
        }
        Value::List(items) => items.iter_mut().for_each(|item| spell(item, lines)),
        Value::Map(entries) => entries
            .iter_mut()
            .for_each(|(_, value)| spell(value, lines)),
        Value::Null | Value::Text(_) => {}
    }
}

/// The word at a place; none where an anchor, an alias or a tag is.
fn written(position: Position, lines: &[&str]) -> Option<String> {
    let line = usize::try_from(position.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
    let word: String = lines
        .get(line)?
        .chars()
        .skip(column)
        .take_while(|c| !c.is_whitespace() && !matches!(c, ',' | ']' | '}'))
        .collect();
    let plain = !word.is_empty() && !word.starts_with(['&', '*', '!', '"', '\'']);
    plain.then_some(word)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self {
            position: Position::of(spanned.referenced),
            bytes: bytes(spanned.referenced),
            value: spanned.value,
            written: None,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a YAML value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
                inner.deserialize_any(self)
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Int(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
                i64::try_from(value)
                    .map(Value::Int)
                    .map_err(|_| E::custom("a number is too large"))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Float(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let key = MapKey {
                        position: Position::of(key.referenced),
                        bytes: bytes(key.referenced),
                        name: key.value,
                    };
                    entries.push((key, map.next_value()?));
                }
                Ok(Value::Map(entries))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_value_knows_its_place() {
        let node = parse("a:\n  - x: 1\n    y: yes it is\n\nb: 2026-12-31\n").unwrap();
        let Value::Map(entries) = node.value else {
            panic!("no mapping");
        };
        assert_eq!(entries[0].0.position.line, 1);
        assert_eq!(entries[1].0.position.to_string(), "5:1");
        assert_eq!(entries[1].1.position.to_string(), "5:4");
        assert_eq!(entries[1].1.value, Value::Text("2026-12-31".into()));
        let Value::List(items) = &entries[0].1.value else {
            panic!("no list");
        };
        let Value::Map(inner) = &items[0].value else {
            panic!("no mapping");
        };
        assert_eq!(inner[1].0.position.to_string(), "3:5");
        assert_eq!(inner[0].1.value, Value::Int(1));
    }

    #[test]
    fn a_key_that_appears_twice_is_named_with_both_lines() {
        for (text, said) in [
            (
                "gate: {}\nwaivers:\n- check: a\n  owner: b\n# more\n\nwaivers:\n- check: c\n",
                "`waivers` appears twice (lines 2 and 7): put both lists under one key",
            ),
            (
                "waivers:\n- check: a\n  owner: b\n- check: a\n  owner: c\n  owner: d\n",
                "`owner` appears twice (lines 5 and 6): keep one of the two",
            ),
            (
                "gate: {failOn: low, failOn: high}\n",
                "`failOn` appears twice: keep one of the two",
            ),
        ] {
            let (position, message) = parse(text).unwrap_err();
            assert_eq!(message, said);
            assert!(position.is_some());
        }
    }

    fn walk(node: &Node, words: &mut Vec<String>) {
        words.extend(node.written.clone());
        match &node.value {
            Value::Text(text) => words.push(text.clone()),
            Value::List(items) => items.iter().for_each(|item| walk(item, words)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| walk(value, words)),
            _ => {}
        }
    }

    #[test]
    fn booleans_and_numbers_know_how_they_are_written() {
        let root = parse("a: y\nb: [no, On, 0x1F, 1_0, ~]\nc: {d: off}  # on\ne: 3.50\n").unwrap();
        let mut words = Vec::new();
        walk(&root, &mut words);
        assert_eq!(words, ["y", "no", "On", "0x1F", "1_0", "off", "3.50"]);
    }

    #[test]
    fn what_is_too_much_says_so() {
        let alias = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1 << 20),
            "*a, ".repeat(3000)
        );
        for text in ["[".repeat(1 << 20), "{a: ".repeat(1 << 17), alias] {
            let (position, message) = parse(&text).unwrap_err();
            assert!(
                position.is_some() && message.contains("may be"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        for (text, line) in [
            ("a: [1, 2", 1),
            ("a: 1\nb: {", 2),
            ("a: 1\na: 2\n", 2),
            ("a: 1\n b: 2\n", 2),
        ] {
            let (position, message) = parse(text).unwrap_err();
            assert!(
                position.is_some_and(|position| position.line >= line),
                "{text:?} {position:?} {message}"
            );
            assert!(!message.is_empty() && !message.contains('\n'), "{message}");
        }
        assert_eq!(parse("# nothing yet\n").unwrap().value, Value::Null);
        assert_eq!(parse("").unwrap().value, Value::Null);
    }
}

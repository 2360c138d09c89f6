//! A list in JSON, step by step.

use serde::de::IgnoredAny;

use super::parts::{ListError, ListMeta, Part, Step};

/// Where in a JSON answer the next bytes stand.
#[derive(Debug, Default)]
pub(super) struct JsonList {
    position: Position,
    /// How far the value that stands next was looked through already.
    scan: Scan,
    /// Whether there was a field `items`.
    seen: bool,
}

#[derive(Debug, Default)]
enum Position {
    /// Before everything.
    #[default]
    Start,
    /// Before a field's name; after `{` the object may end as well.
    Name { first: bool },
    /// After a field's name.
    Colon(String),
    /// Before the value of a field.
    Value(String),
    /// After a field.
    AfterField,
    /// Before an object of the list; after `[` the list may end as well.
    Object { first: bool },
    /// After an object of the list.
    AfterObject,
    /// After everything.
    End,
}

impl JsonList {
    pub(super) fn is_complete(&self) -> Result<bool, ListError> {
        match (&self.position, self.seen) {
            (Position::End, true) => Ok(true),
            // Complete, and without the field that a list has.
            (Position::End, false) => Err(ListError::NotAList),
            _ => Ok(false),
        }
    }

    pub(super) fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        let blank = if self.scan.at == 0 {
            bytes
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count()
        } else {
            0
        };
        if blank > 0 {
            return Ok(Step::On(blank));
        }
        let Some(&next) = bytes.first() else {
            return Ok(Step::More);
        };
        let position = std::mem::take(&mut self.position);
        match (position, next) {
            (Position::Start, b'{') => self.go(Position::Name { first: true }),
            (Position::Name { first: true } | Position::AfterField, b'}') => self.go(Position::End),
            (Position::AfterField, b',') => self.go(Position::Name { first: false }),
            (Position::Name { first }, b'"') => {
                let Some(end) = self.scan.end(bytes)? else {
                    self.position = Position::Name { first };
                    return Ok(Step::More);
                };
                let name = parse(&bytes[..end])?;
                self.position = Position::Colon(name);
                Ok(Step::On(end))
            }
            (Position::Colon(name), b':') => self.go(Position::Value(name)),
            (Position::Value(name), b'[') if name == "items" => {
                self.seen = true;
                self.go(Position::Object { first: true })
            }
            (Position::Value(name), _) => self.field(name, bytes),
            (Position::Object { first: true } | Position::AfterObject, b']') => {
                self.go(Position::AfterField)
            }
            (Position::AfterObject, b',') => self.go(Position::Object { first: false }),
            (Position::Object { first }, b'{') => {
                let Some(end) = self.scan.end(bytes)? else {
                    self.position = Position::Object { first };
                    return Ok(Step::More);
                };
                self.position = Position::AfterObject;
                Ok(Step::Found(end, Part::Object(&bytes[..end])))
            }
            _ => Err(ListError::NotAList),
        }
    }

    fn go<'a>(&mut self, position: Position) -> Result<Step<'a>, ListError> {
        self.position = position;
        Ok(Step::On(1))
    }

    fn field<'a>(&mut self, name: String, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        let Some(end) = self.scan.end(bytes)? else {
            self.position = Position::Value(name);
            return Ok(Step::More);
        };
        self.position = Position::AfterField;
        let value = &bytes[..end];
        match name.as_str() {
            "kind" => Ok(Step::Kind(end, parse(value)?)),
            "apiVersion" => Ok(Step::ApiVersion(end, parse(value)?)),
            "metadata" => {
                let meta: Option<ListMeta> = parse(value)?;
                Ok(Step::Found(end, Part::Meta(meta.unwrap_or_default())))
            }
            // Go writes an empty list as null.
            "items" if value == b"null" => {
                self.seen = true;
                Ok(Step::On(end))
            }
            "items" => Err(ListError::NotAList),
            _ => parse::<IgnoredAny>(value).map(|_| Step::On(end)),
        }
    }
}

fn parse<'de, T: serde::Deserialize<'de>>(json: &'de [u8]) -> Result<T, ListError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|_| ListError::NotAList)
}

/// Looks for the end of a JSON value, and goes on where it stopped when more bytes have come.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Where the value that begins the bytes ends, when it does.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, ListError> {
        while let Some(&byte) = bytes.get(self.at) {
            let ends_before = !self.in_text
                && self.depth == 0
                && self.at > 0
                && (byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']'));
            if ends_before {
                return Ok(Some(self.found(0)));
            }
            if self.in_text {
                let rest = &bytes[self.at..];
                let plain = if self.escaped {
                    0
                } else {
                    memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len())
                };
                if plain > 0 {
                    self.at += plain;
                    continue;
                }
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return Ok(Some(self.found(1)));
                        }
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_text = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        // Whether brackets match is told when the value is read.
                        self.depth = self.depth.checked_sub(1).ok_or(ListError::NotAList)?;
                        if self.depth == 0 {
                            return Ok(Some(self.found(1)));
                        }
                    }
                    _ => {}
                }
            }
            self.at += 1;
        }
        Ok(None)
    }

    fn found(&mut self, more: usize) -> usize {
        let end = self.at + more;
        *self = Self::default();
        end
    }
}

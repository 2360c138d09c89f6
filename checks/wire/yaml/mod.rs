//! YAML and JSON become values, the way kubectl reads them: by go-yaml's rules, and within bounds.
//!
//! kubectl splits a file at lines that begin with `---`, has each document composed by go-yaml (a port of libyaml), resolves
//! scalars by YAML 1.1 and a few rules of go-yaml's own, and makes JSON of the result. What it refuses is refused here;
//! so is what only some readers understand: a key that stands twice in one mapping, and a second document after `...`.

mod compose;
mod json;
mod read;
mod resolve;
mod split;
mod strange;
mod value;

use std::fmt;

use serde_json::Value;

pub use compose::{Composed, Step};
pub use json::json_document;
pub use read::{Read, opened, read};
use split::chunks;

/// How deep collections may lie in each other.
const DEEPEST: usize = 127;

/// How many bytes of memory a text of no length may ask for, and how many more for each of its bytes.
const ROOM: usize = 64 << 20;
const ROOM_PER_BYTE: usize = 32;

/// A document that is not understood: where, counted from one in its text, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadYaml {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The key that stands twice in one mapping, when that is what is wrong.
    pub twice: Option<Twice>,
}

/// A key that stands twice in one mapping, and on which lines, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The key.
    pub key: String,
    /// Both lines.
    pub lines: [usize; 2],
    /// Whether it is a key of the document itself.
    pub is_outermost: bool,
}

impl BadYaml {
    fn new(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
            twice: None,
        }
    }

    /// Whether nothing is wrong but that it is more than is read.
    pub fn is_beyond(&self) -> bool {
        self.message.ends_with(TOO_LARGE) || self.message.starts_with(TOO_DEEP)
    }

    /// The same, of a text that stands so many lines further down.
    #[must_use]
    pub fn below(mut self, lines: usize) -> Self {
        self.line += lines;
        if let Some(twice) = &mut self.twice {
            twice.lines = twice.lines.map(|line| line + lines);
            self.message = twice.to_string();
        }
        self
    }
}

impl fmt::Display for BadYaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{message} at line {line} column {column}")
    }
}

impl std::error::Error for BadYaml {}

impl fmt::Display for Twice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.lines;
        write!(
            f,
            "the key {} {TWICE}, on lines {first} and {second}",
            self.key
        )
    }
}

/// What the message of an error says that is about a key that stands twice in one mapping.
pub(crate) const TWICE: &str = "stands twice in one mapping";

/// How much memory what is read may still take.
struct Room {
    left: usize,
    whole: usize,
}

impl Room {
    const fn of(text: &str) -> Self {
        let whole = text
            .len()
            .saturating_mul(ROOM_PER_BYTE)
            .saturating_add(ROOM);
        Self { left: whole, whole }
    }

    /// Takes so many bytes; what is wrong when there are not as many.
    fn take(&mut self, bytes: usize) -> Result<(), String> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!(
                "it would take more than {} MiB {TOO_LARGE}",
                self.whole >> 20
            )),
        }
    }
}

const TOO_LARGE: &str = "of memory once its collections and aliases are opened";
const TOO_DEEP: &str = "its collections lie more than";

fn too_deep() -> String {
    format!("{TOO_DEEP} {DEEPEST} deep in each other")
}

/// A number as the API server sees it, to which kubectl writes a whole one without a fraction, however it was written.
fn number(float: f64) -> Value {
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

/// Reads the documents of a YAML text as JSON values, the way kubectl does; those that hold nothing are left out.
///
/// # Errors
/// The text is no YAML, or none that kubectl reads.
pub fn yaml_documents(text: &str) -> Result<Vec<Value>, BadYaml> {
    let mut documents = Vec::new();
    for chunk in chunks(text) {
        let value = chunk.compose().and_then(Composed::into_value);
        match value.map_err(|bad| bad.below(chunk.first - 1))? {
            Value::Null => {}
            value => documents.push(value),
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests;

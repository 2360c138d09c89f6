//! What is wrong with a text, and how much of one is read.

use std::fmt;

/// How deep collections may lie in each other.
pub(super) const DEEPEST: usize = 127;

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
    /// The key that occurs twice in one mapping, when that is what is wrong.
    pub twice: Option<Twice>,
}

/// A key that occurs twice in one mapping, and on which lines, counted from one.
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
    pub(super) fn new(line: usize, column: usize, message: impl Into<String>) -> Self {
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

/// What the message of an error says that is about a key that occurs twice in one mapping.
pub(super) const TWICE: &str = "occurs twice in one mapping";

/// How much memory what is read may still take.
pub(super) struct Room {
    left: usize,
    whole: usize,
}

impl Room {
    pub(super) const fn of(text: &str) -> Self {
        let whole = text
            .len()
            .saturating_mul(ROOM_PER_BYTE)
            .saturating_add(ROOM);
        Self { left: whole, whole }
    }

    /// Takes so many bytes; what is wrong when there are not as many.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), String> {
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

const TOO_LARGE: &str = "of memory with its collections and aliases expanded";
const TOO_DEEP: &str = "its collections are nested more than";

pub(super) fn too_deep() -> String {
    format!("{TOO_DEEP} {DEEPEST} deep")
}

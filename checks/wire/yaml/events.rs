//! The events of a text, from libyaml's grammar.

use std::io::{BufReader, Read as _};

use libyaml_safer::{Event, EventData, Mark, Parser};

use super::bad::BadYaml;

/// How much of a text the parser holds at a time.
const WINDOW: usize = 1 << 14;

/// Hands on the events of the first document of a text, and tells where that ends.
pub(super) fn events(
    text: &str,
    mut take: impl FnMut(Event) -> Result<(), BadYaml>,
) -> Result<Mark, BadYaml> {
    // As in kubectl, the last line has an end as well.
    let end: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
    let input = BufReader::with_capacity(WINDOW, text.as_bytes().chain(end));
    let mut parser = Parser::new();
    parser.set_input(input);
    loop {
        let event = parser.parse().map_err(|error| syntax(&error, text))?;
        if let EventData::StreamEnd | EventData::DocumentEnd { .. } = event.data {
            return Ok(event.end_mark);
        }
        take(event)?;
    }
}

pub(super) fn number(mark: u64) -> usize {
    usize::try_from(mark).unwrap_or(usize::MAX - 1)
}

fn syntax(error: &libyaml_safer::Error, text: &str) -> BadYaml {
    let (line, column) = match error.problem_mark() {
        Some(mark) => (number(mark.line) + 1, number(mark.column) + 1),
        // What can't be a character of YAML has no mark of its own.
        None => control(text),
    };
    let message = match error.context() {
        Some(context) => format!("{}, {context}", error.problem()),
        None => error.problem().to_owned(),
    };
    BadYaml::new(line, column, message)
}

/// Where the first character stands that YAML does not allow.
fn control(text: &str) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for character in text.chars() {
        match character {
            '\n' => {
                line += 1;
                column = 0;
            }
            '\t' | '\r' | '\u{85}' => {}
            '\u{fffe}' | '\u{ffff}' => break,
            character if character.is_control() => break,
            _ => {}
        }
        column += 1;
    }
    (line, column)
}

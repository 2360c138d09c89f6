//! What libyaml reads, and go-yaml, an older port of it, does not.

use std::borrow::Cow;

use libyaml_safer::{EventData, ScalarStyle};

use super::{
    bad::BadYaml,
    events::{events, number},
};

/// Why kubectl does not read a scalar, if it doesn't.
pub(super) fn scalar(
    source: &str,
    text: &str,
    style: ScalarStyle,
    in_flow: bool,
) -> Option<&'static str> {
    match style {
        ScalarStyle::Plain if in_flow && text.contains('?') => Some(
            "kubectl does not accept ? in an unquoted value between brackets or braces: quote it",
        ),
        ScalarStyle::DoubleQuoted if source.contains('\\') => escape(source),
        _ => None,
    }
}

fn escape(source: &str) -> Option<&'static str> {
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        rest = &rest[at + 1..];
        match rest.as_bytes() {
            [b'/', ..] => return Some("kubectl does not know the escape \\/"),
            [
                b'u',
                b'd' | b'D',
                b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F',
                ..,
            ] => {
                return Some("kubectl does not accept surrogates: write the character itself");
            }
            _ => {}
        }
        let mut characters = rest.chars();
        characters.next();
        rest = characters.as_str();
    }
    None
}

/// The text without a comma directly behind a tag, at which the parser would break.
pub(super) fn without_tags_before_commas(text: &str) -> Result<Cow<'_, str>, BadYaml> {
    let Some((spaced, blanks)) = apart(text) else {
        return Ok(Cow::Borrowed(text));
    };
    let mut within = vec![false; blanks.len()];
    let mut passed = 0;
    events(&spaced, |event| {
        let EventData::Scalar { tag, .. } = event.data else {
            return Ok(());
        };
        let (start, end) = (event.start_mark, event.end_mark);
        if tag.is_some() && blanks.binary_search(&number(end.index)).is_ok() {
            return Err(BadYaml::new(
                number(end.line) + 1,
                number(end.column) + 1,
                "kubectl does not accept a comma directly after a tag",
            ));
        }
        while let Some(blank) = blanks.get(passed) {
            if *blank >= number(end.index) {
                break;
            }
            within[passed] = *blank >= number(start.index);
            passed += 1;
        }
        Ok(())
    })?;
    // A blank in a comment, or behind the end of the document, changes nothing; one within a value would.
    let mut text = String::with_capacity(spaced.len());
    let mut copied = 0;
    for (blank, _) in blanks.iter().zip(within).filter(|(_, within)| *within) {
        text.push_str(&spaced[copied..*blank]);
        copied = blank + 1;
    }
    text.push_str(&spaced[copied..]);
    Ok(Cow::Owned(text))
}

/// The text with a blank before every comma that might stand directly behind a tag, and where those blanks are.
fn apart(text: &str) -> Option<(String, Vec<usize>)> {
    let mut spaced = String::new();
    let mut blanks = Vec::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'!', &text.as_bytes()[from..]) {
        let tag = from + at;
        let rest = &text[tag..];
        let mut length = rest.find(|c: char| !is_of_tag(c)).unwrap_or(rest.len());
        if let Some(verbatim) = rest.strip_prefix("!<") {
            let inner = verbatim
                .find(|c: char| !is_of_tag(c) && !matches!(c, ',' | '[' | ']'))
                .unwrap_or(verbatim.len());
            length = 2 + inner + usize::from(verbatim[inner..].starts_with('>'));
        }
        from = tag + length;
        if text.as_bytes().get(from) == Some(&b',') {
            spaced.push_str(&text[copied..from]);
            blanks.push(spaced.len());
            spaced.push(' ');
            copied = from;
        }
    }
    if blanks.is_empty() {
        return None;
    }
    spaced.push_str(&text[copied..]);
    Some((spaced, blanks))
}

/// Whether a character may be one of a tag.
fn is_of_tag(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_;/?:@&=+$.%!~*'()".contains(character)
}

//! Makes text from a cluster safe for a terminal, a log or a table: it is shown, and has no effect.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character can move a cursor, break a line, turn the direction of text, or hide.
pub(crate) const fn is_unsafe(c: char) -> bool {
    matches!(c,
        // Control characters, the escape among them.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Line and paragraph separators.
        | '\u{2028}' | '\u{2029}'
        // Marks of direction.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Characters without a width, and letters without a shape.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The text with every unsafe character replaced by its escape: `\n`, `\t`, `\u{1b}`.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_shows_and_does_nothing() {
        for (hostile, shown) in [
            ("nginx\nPASS all is well", "nginx\\nPASS all is well"),
            ("\u{1b}[2Ja", "\\u{1b}[2Ja"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\r\u{8}b", "a\\r\\u{8}b"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("in\u{200b}visible", "in\\u{200b}visible"),
            ("\u{1b}]8;;http://x\u{7}", "\\u{1b}]8;;http://x\\u{7}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(text(hostile), shown);
        }
        assert!(matches!(text("größe 大 é C:\\temp"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left_and_nothing_safe_is_touched(input in ".*") {
            let safe = text(&input);
            prop_assert!(!safe.contains(is_unsafe));
            prop_assert!(!safe.chars().any(char::is_control));
            let kept: String = input.chars().filter(|c| !is_unsafe(*c)).collect();
            if kept == input {
                prop_assert_eq!(&safe, &input);
            }
        }
    }
}

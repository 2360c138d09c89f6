//! Text in HTML and XML.

use std::borrow::Cow;

/// The text with everything escaped that could be markup, in content as in attributes.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    const MARKUP: [char; 5] = ['&', '<', '>', '"', '\''];
    if !text.contains(MARKUP) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

//! A text becomes the texts of its documents.

use super::{bad::BadYaml, compose::Composed};

/// The text of one document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'t> {
    /// What stands between two separators.
    pub(super) text: &'t str,
    /// The line on which that begins, counted from one.
    pub(super) first: usize,
    /// What follows the dashes of the separator in front, which must be nothing.
    beside: &'t str,
}

impl<'t> Chunk<'t> {
    /// A text without separators, whatever it looks like.
    const fn whole(text: &'t str, first: usize) -> Self {
        Self {
            text,
            first,
            beside: "",
        }
    }

    /// The first line that is neither blank nor a comment, counted from one in the whole text.
    pub(super) fn begins(&self) -> Option<usize> {
        if !self.beside.is_empty() {
            return Some(self.first - 1);
        }
        let at = self.text.lines().position(|line| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with('#')
        });
        at.map(|at| self.first + at)
    }

    /// The tree of the document.
    ///
    /// # Errors
    /// It is no YAML, none that kubectl reads, or beyond a bound.
    pub(super) fn compose(&self) -> Result<Composed, BadYaml> {
        if !self.beside.is_empty() {
            // The separator stands on the line in front of the text.
            let message = "kubectl accepts only a comment after --- on the same line";
            return Err(BadYaml::new(0, 4, message));
        }
        Composed::of(self.text)
    }
}

/// Splits a text as kubectl does: at every line that begins with three dashes, whatever stands around it.
pub(super) fn chunks(text: &str) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = Some(Chunk::whole(text, 1));
    std::iter::from_fn(move || {
        let mut chunk = rest.take()?;
        let (mut at, mut lines) = (0, 0);
        for line in chunk.text.split_inclusive('\n') {
            lines += 1;
            if let Some(beside) = line.strip_prefix("---") {
                let is_comment =
                    beside.starts_with([' ', '\t', '\r']) && beside.trim_start().starts_with('#');
                rest = Some(Chunk {
                    text: &chunk.text[at + line.len()..],
                    first: chunk.first + lines,
                    beside: if is_comment { "" } else { beside.trim() },
                });
                chunk.text = &chunk.text[..at];
                break;
            }
            at += line.len();
        }
        Some(chunk)
    })
}

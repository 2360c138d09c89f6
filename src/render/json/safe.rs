//! JSON in which no character of a text can act on a terminal.

use std::io;

use serde_json::ser::Formatter;

use crate::render::escape;

/// Writes JSON in the form that another formatter gives it; what a terminal would obey is written as `\u` escapes.
#[derive(Default)]
pub(super) struct Safe<F>(pub(super) F);

macro_rules! pass_on {
    ($($name:ident($($arg:ident: $type:ty),*);)+) => { $(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        }
    )+ };
}

impl<F: Formatter> Formatter for Safe<F> {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        fragment_in(writer, fragment, escape::is_unsafe, |writer, c| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            Ok(())
        })
    }
}

/// Writes a part of a text with its unsafe characters escaped.
pub(in crate::render) fn fragment_in<W: ?Sized + io::Write>(
    writer: &mut W,
    fragment: &str,
    is_unsafe: impl Fn(char) -> bool,
    escaped: impl Fn(&mut W, char) -> io::Result<()>,
) -> io::Result<()> {
    // Most texts are plain.
    if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return writer.write_all(fragment.as_bytes());
    }
    let mut rest = fragment;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
        writer.write_all(&rest.as_bytes()[..at])?;
        escaped(writer, c)?;
        rest = &rest[at + c.len_utf8()..];
    }
    writer.write_all(rest.as_bytes())
}

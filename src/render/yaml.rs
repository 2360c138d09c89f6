//! YAML: the report as in JSON, for those who read it or keep it beside their manifests.
//!
//! Every text stands in double quotes, so that no reader takes `no`, `1:30`, `2026-11-24` or `0o7` for anything else, whichever
//! version of YAML it knows.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use super::{escape, json};
use crate::report::Report;

/// The report as one document of YAML.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    write(&json::document(report), out)
}

/// Writes a value as YAML, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(super) fn write(value: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Yaml::default());
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Writes what serde_json would write as JSON in blocks of YAML: a text of JSON is a double-quoted one of YAML.
#[derive(Default)]
struct Yaml {
    /// How many lists and maps are open.
    depth: usize,
    /// What the next value comes after.
    after: After,
    /// Whether the innermost list or map is empty so far.
    is_empty: bool,
    /// Keys are the names of our own fields, and need no quotes.
    in_key: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum After {
    #[default]
    Nothing,
    Key,
    Dash,
}

impl Yaml {
    fn space<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        match self.after {
            After::Nothing => Ok(()),
            After::Key | After::Dash => writer.write_all(b" "),
        }
    }

    /// Begins an entry of the innermost list or map: on a line of its own, unless it is the first one after a dash.
    fn entry<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        match self.after {
            After::Nothing if first => Ok(()),
            After::Dash if first => writer.write_all(b" "),
            _ => {
                writer.write_all(b"\n")?;
                for _ in 1..self.depth {
                    writer.write_all(b"  ")?;
                }
                Ok(())
            }
        }
    }

    fn open(&mut self) {
        self.depth += 1;
        self.is_empty = true;
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, empty: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.is_empty {
            self.space(writer)?;
            writer.write_all(empty)?;
        }
        self.is_empty = false;
        Ok(())
    }
}

macro_rules! scalars {
    ($($name:ident($($arg:ident: $type:ty)?);)+) => { $(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $arg: $type)?) -> io::Result<()> {
            self.space(writer)?;
            CompactFormatter.$name(writer $(, $arg)?)
        }
    )+ };
}

impl Formatter for Yaml {
    scalars! {
        write_null();
        write_bool(value: bool);
        write_i8(value: i8);
        write_i16(value: i16);
        write_i32(value: i32);
        write_i64(value: i64);
        write_i128(value: i128);
        write_u8(value: u8);
        write_u16(value: u16);
        write_u32(value: u32);
        write_u64(value: u64);
        write_u128(value: u128);
        write_f32(value: f32);
        write_f64(value: f64);
        write_number_str(value: &str);
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.in_key {
            return Ok(());
        }
        self.space(writer)?;
        writer.write_all(b"\"")
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.in_key {
            return Ok(());
        }
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // The last two are no characters of YAML.
        let is_unsafe = |c| escape::is_unsafe(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
        json::safe::fragment_in(writer, fragment, is_unsafe, |writer, c| {
            match u32::from(c) {
                short @ ..=0xffff => write!(writer, "\\u{short:04x}"),
                // A pair of surrogates, as JSON has it, is none in YAML.
                long => write!(writer, "\\U{long:08x}"),
            }
        })
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open();
        Ok(())
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"[]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.entry(writer, first)?;
        self.after = After::Dash;
        writer.write_all(b"-")
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open();
        Ok(())
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"{}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.entry(writer, first)?;
        self.in_key = true;
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.after = After::Key;
        writer.write_all(b":")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::render::samples;

    #[test]
    fn a_report_says_the_same_in_both() {
        for (name, report) in samples::all() {
            let (mut yaml, mut json) = (Vec::new(), Vec::new());
            render(&report, &mut yaml).unwrap();
            json::render(&report, &mut json).unwrap();
            let yaml: Value = serde_yaml::from_slice(&yaml).unwrap();
            assert_eq!(
                yaml,
                serde_json::from_slice::<Value>(&json).unwrap(),
                "{name}"
            );
        }
    }

    /// Keys have no quotes: none may be a word that a reader takes for something else.
    #[test]
    fn every_key_is_a_plain_word() {
        let (schema, lines) = (json::schema(), json::lines_schema());
        let mut names = Vec::new();
        collect(&schema, &mut names);
        collect(&lines, &mut names);
        assert!(names.len() > 100);
        let words = ["yes", "no", "on", "off", "true", "false", "null", "y", "n"];
        for name in names {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{name}"
            );
            assert!(!words.contains(&&*name.to_lowercase()), "{name}");
        }
    }

    fn collect<'a>(schema: &'a Value, names: &mut Vec<&'a String>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    names.extend(properties.keys());
                }
                map.values().for_each(|value| collect(value, names));
            }
            Value::Array(list) => list.iter().for_each(|value| collect(value, names)),
            _ => {}
        }
    }

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lists_and_maps_are_blocks() {
        let value = serde_json::json!({
            "a": [], "b": {}, "c": null, "d": [1, {"e": [{}, [2.5, []]], "f": true}],
            "g": {"h": {"i": "no"}},
        });
        assert_eq!(
            written(&value),
            "\
a: []
b: {}
c: null
d:
  - 1
  - e:
      - {}
      - - 2.5
        - []
    f: true
g:
  h:
    i: \"no\"
"
        );
        for empty in [
            Value::Array(Vec::new()),
            serde_json::json!({}),
            Value::from(""),
        ] {
            assert_eq!(
                serde_yaml::from_str::<Value>(&written(&empty)).unwrap(),
                empty
            );
        }
    }

    /// What readers of YAML 1.1 take for something else.
    #[test]
    fn every_text_is_quoted() {
        for text in [
            "no",
            "Yes",
            "on",
            "y",
            "~",
            "null",
            "1:30",
            "012",
            "0o7",
            "1_000",
            "2026-11-24",
            "=",
            "<<",
            ".inf",
            "- a",
            "a: b",
            "# a",
            "!x",
            "&a",
            "*a",
            "%TAG",
            "@a",
            "`a",
            "",
            " a ",
        ] {
            assert_eq!(written(&text.into()), format!("\"{text}\"\n"));
        }
    }

    /// Any value whose keys are plain words, as ours are.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC*".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-m]{2,5}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_back(value in value()) {
            let yaml = written(&value);
            prop_assert!(!yaml.contains(|c| c != '\n' && escape::is_unsafe(c)), "{yaml}");
            prop_assert_eq!(&serde_yaml::from_str::<Value>(&yaml).unwrap(), &value, "{}", yaml);
        }
    }
}

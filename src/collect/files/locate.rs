//! Documents of a text, and the lines on which their objects begin.

use serde_json::{Value, value::RawValue};

use kready_checks::inventory::{TWICE, json_document, yaml_documents};

use super::twice::{self, Twice};

/// A document, and where it and the items of its list begin.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) value: Value,
    /// The template that Helm names in front of the document.
    pub(super) source: Option<HelmSource>,
    /// The line on which the object begins, counted from one.
    pub(super) line: u32,
    /// The lines on which the items of a list begin; none when they are not known.
    pub(super) items: Vec<u32>,
}

/// Helm's `# Source:` comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HelmSource {
    pub(super) file: String,
    /// The line of the comment, counted from one.
    pub(super) line: u32,
}

/// A text that is neither YAML nor JSON, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadText {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    /// The key that stands twice in one mapping, when that is what is wrong.
    pub(super) twice: Option<Twice>,
}

/// Takes a text apart: JSON values in a row, or YAML documents, each by itself.
pub(super) fn documents(text: &str, maybe_yaml: bool) -> Vec<Result<Located, BadText>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml(text);
    }
    let values = json(text);
    let Some(bad) = values.iter().find_map(|value| value.as_ref().err()) else {
        return values;
    };
    if !maybe_yaml {
        return values;
    }
    // YAML's own braces look like JSON at first.
    let documents = yaml(text);
    match documents
        .iter()
        .find_map(|document| document.as_ref().err())
    {
        Some(worse) if worse.line <= bad.line => values,
        _ => documents,
    }
}

#[derive(serde::Deserialize)]
struct RawList<'a> {
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

fn json(text: &str) -> Vec<Result<Located, BadText>> {
    let mut documents = Vec::new();
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut lines = Lines::new(text);
    for raw in values {
        let bad = |error: &serde_json::Error, before: usize| BadText {
            line: before + error.line(),
            column: error.column(),
            message: without_place(&error.to_string()),
            twice: None,
        };
        let raw = match raw {
            Ok(raw) => raw.get(),
            Err(error) => {
                documents.push(Err(bad(&error, 0)));
                break;
            }
        };
        let start = offset(text, raw);
        let line = lines.at(start);
        let value = match json_document(raw) {
            Ok(value) => value,
            Err(error) => {
                let before = line as usize - 1;
                documents.push(Err(told(bad(&error, before), raw, before)));
                continue;
            }
        };
        let listed: Vec<&RawValue> = match &value {
            Value::Object(fields) if fields.get("items").is_some_and(Value::is_array) => {
                serde_json::from_str::<RawList<'_>>(raw)
                    .map_or_else(|_| Vec::new(), |list| list.items)
            }
            Value::Array(_) => serde_json::from_str(raw).unwrap_or_default(),
            _ => Vec::new(),
        };
        let items = listed
            .iter()
            .map(|item| lines.at(offset(text, item.get())))
            .collect();
        documents.push(Ok(Located {
            value,
            source: None,
            line,
            items,
        }));
    }
    documents
}

/// An error about a key that stands twice, with both lines of it; `before` lines stand in front of the text.
fn told(mut bad: BadText, text: &str, before: usize) -> BadText {
    if !bad.message.contains(TWICE) {
        return bad;
    }
    if let Some(mut twice) = twice::find(text) {
        twice.lines = twice.lines.map(|line| line + before);
        let [first, second] = twice.lines;
        bad.line = second;
        bad.column = 1;
        bad.message = format!(
            "the key {} {TWICE}, on lines {first} and {second}",
            twice.key
        );
        bad.twice = Some(twice);
    }
    bad
}

/// Where a part of a text begins.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Lines by offset; offsets come in ascending order.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
        }
    }

    fn at(&mut self, offset: usize) -> u32 {
        if let Some(passed) = self.text.get(self.offset..offset) {
            let breaks = passed.split(|byte| *byte == b'\n').count() - 1;
            self.line += u32::try_from(breaks).unwrap_or(u32::MAX);
            self.offset = offset;
        }
        self.line
    }
}

/// The message without the place at its end, which counts from the document's start, not the file's.
fn without_place(message: &str) -> String {
    let cut = message.rfind(" at line ").unwrap_or(message.len());
    message[..cut].to_owned()
}

/// The lines of one YAML document.
#[derive(Default)]
struct Chunk {
    text: String,
    /// Its first line in the file, counted from one.
    first: usize,
    source: Option<HelmSource>,
    /// The first line that is neither blank nor a comment, counted from one in the file.
    begins: Option<usize>,
}

fn yaml(text: &str) -> Vec<Result<Located, BadText>> {
    let mut documents = Vec::new();
    for chunk in chunks(text) {
        let Some(begins) = chunk.begins else { continue };
        let values = match yaml_documents(&chunk.text) {
            Ok(values) => values,
            Err(error) => {
                let place = error.location();
                let bad = BadText {
                    line: place
                        .as_ref()
                        .map_or(begins, |place| chunk.first + place.line().max(1) - 1),
                    column: place.as_ref().map_or(1, serde_yaml::Location::column),
                    message: without_place(&error.to_string()),
                    twice: None,
                };
                documents.push(Err(told(bad, &chunk.text, chunk.first - 1)));
                continue;
            }
        };
        for value in values {
            let count = match &value {
                Value::Array(items) => Some(items.len()),
                value => value.get("items").and_then(Value::as_array).map(Vec::len),
            };
            let items = count
                .map(|_| item_lines(&chunk, value.is_array()))
                .filter(|lines| Some(lines.len()) == count)
                .unwrap_or_default();
            documents.push(Ok(Located {
                value,
                source: chunk.source.clone(),
                line: u32::try_from(begins).unwrap_or(u32::MAX),
                items,
            }));
        }
    }
    documents
}

/// Splits a text where YAML's document markers stand: they begin a line, and nothing else may look like them there.
fn chunks(text: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk {
        first: 1,
        ..Chunk::default()
    };
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let number = at + 1;
        let marker = ["---", "..."].into_iter().find(|marker| {
            line.strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        });
        let rest = if marker.is_some() {
            chunks.push(std::mem::take(&mut chunk));
            chunk.first = number;
            // What follows a marker on its line belongs to the document; blanks keep its columns.
            chunk.text.push_str("   ");
            &line[3..]
        } else {
            line
        };
        let content = rest.trim();
        if let Some(comment) = content.strip_prefix('#') {
            if let (Some(file), None) = (comment.trim().strip_prefix("Source: "), chunk.begins) {
                chunk.source = Some(HelmSource {
                    file: file.trim().to_owned(),
                    line: u32::try_from(number).unwrap_or(u32::MAX),
                });
            }
        } else if content.starts_with('%') && chunk.begins.is_none() {
            // A directive is for the parser and no part of the document.
            chunk.text.push('\n');
            continue;
        } else if !content.is_empty() && chunk.begins.is_none() {
            chunk.begins = Some(number);
        }
        chunk.text.push_str(rest);
    }
    chunks.push(chunk);
    chunks
}

/// The lines on which the items of a list in block style begin.
fn item_lines(chunk: &Chunk, is_sequence: bool) -> Vec<u32> {
    let mut indent = None;
    let mut inside = is_sequence;
    let mut lines = Vec::new();
    for (at, line) in chunk.text.lines().enumerate() {
        let content = line.trim_start();
        if content.trim_end().is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - content.len();
        if !inside {
            inside = depth == 0
                && content
                    .strip_prefix("items:")
                    .is_some_and(|rest| rest.trim().is_empty() || rest.trim().starts_with('#'));
            continue;
        }
        let dash = content == "-" || content.starts_with("- ");
        match indent {
            None if dash => indent = Some(depth),
            None => break,
            Some(indent) if depth > indent => continue,
            Some(indent) if depth < indent || !dash => break,
            Some(_) => {}
        }
        lines.push(u32::try_from(chunk.first + at).unwrap_or(u32::MAX));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::documents;

    fn lines(text: &str) -> Vec<(u32, Vec<u32>)> {
        documents(text, true)
            .into_iter()
            .map(|document| document.unwrap())
            .map(|document| (document.line, document.items))
            .collect()
    }

    #[test]
    fn documents_begin_where_their_first_field_stands() {
        let text = "# a comment\n\n---\n# another\nkind: A\n---\n\n---\nkind: B\ntext: |\n  ---\n  x\n...\n---  {kind: C}\n";
        assert_eq!(lines(text), [(5, vec![]), (9, vec![]), (14, vec![])]);
        let directive = "%YAML 1.1\n---\nkind: A\n";
        assert_eq!(lines(directive), [(3, vec![])]);
    }

    #[test]
    fn items_of_a_list_have_lines_of_their_own() {
        let text = "apiVersion: v1\nitems:\n# first\n- kind: A\n  items:\n  - x\n-\n  kind: B\n  text: |\n    - no\nkind: List\n";
        assert_eq!(lines(text), [(1, vec![4, 7])]);
        let indented = "kind: List\nitems:\n  - kind: A\n    x:\n    - y\n  - kind: B\n";
        assert_eq!(lines(indented), [(1, vec![3, 6])]);
        let flow = "kind: List\nitems: [{kind: A}, {kind: B}]\n";
        assert_eq!(lines(flow), [(1, vec![])]);
        let json = "{\"kind\": \"List\",\n\"items\": [\n{\"kind\": \"A\"},\n\n{\"kind\": \"B\"}]}\n{\"kind\":\"C\"}{\"kind\":\"D\"}";
        assert_eq!(lines(json), [(1, vec![3, 5]), (6, vec![]), (6, vec![])]);
    }

    #[test]
    fn errors_name_the_place_in_the_file() {
        let first = |text: &str, maybe_yaml| {
            let documents = documents(text, maybe_yaml);
            documents.into_iter().find_map(Result::err).unwrap()
        };
        let error = first("a: 1\n---\nb: 2\nc: [1,\n---\n", true);
        assert!(error.line >= 4, "{error:?}");
        let error = first("a: 1\n---\nb: 2\n x: 3\n", true);
        assert_eq!(error.line, 4, "{error:?}");
        assert!(!error.message.contains("line"), "{error:?}");
        let error = first("{\"a\": 1}\n{\"b\": }\n", false);
        assert_eq!((error.line, error.column), (2, 7), "{error:?}");
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_both_lines() {
        for (text, maybe_yaml, lines) in [
            ("a: 1\n---\nkind: A\nx: {}\nkind: B\n", true, [3, 5]),
            ("--- {kind: A,\n  kind: B}\n", true, [1, 2]),
            (
                "{\"a\": 1}\n{\"b\": 1,\n\"c\": {},\n\"b\": 2}\n",
                false,
                [2, 4],
            ),
            (
                "{\"a\": 1}\n{\"b\": 1,\n\"c\": {},\n\"b\": 2}\n",
                true,
                [2, 4],
            ),
        ] {
            let documents = documents(text, maybe_yaml);
            let error = documents.into_iter().find_map(Result::err).unwrap();
            assert_eq!(
                error.twice.as_ref().map(|twice| twice.lines),
                Some(lines),
                "{text}"
            );
            let told = format!("on lines {} and {}", lines[0], lines[1]);
            assert!(error.message.ends_with(&told), "{error:?}");
        }
    }

    #[test]
    fn what_is_beside_a_broken_document_is_read() {
        let documents = documents("kind: A\n---\nkind: [\n---\nkind: C\n", true);
        let read: Vec<bool> = documents.iter().map(Result::is_ok).collect();
        assert_eq!(read, [true, false, true]);
    }

    #[test]
    fn helm_names_the_template_before_a_document() {
        let text = "---\n# Source: shop/templates/cart.yaml\n# note\nkind: A\n---\nkind: B\n";
        let documents: Vec<_> = documents(text, true)
            .into_iter()
            .map(|document| document.unwrap())
            .collect();
        let source = documents[0].source.as_ref().unwrap();
        assert_eq!(
            (source.file.as_str(), source.line),
            ("shop/templates/cart.yaml", 2)
        );
        assert_eq!(documents[0].line, 4);
        assert_eq!(documents[1].source, None);
    }
}

//! A text becomes its documents: JSON values in a row, or YAML documents, each by itself and with its place.

use serde_json::{Value, value::RawValue};

use super::{
    super::path::without_place,
    bad::BadYaml,
    compose::{Composed, Content, Step},
    json::json_document,
    split::chunks,
};

/// A document that was read.
#[derive(Debug)]
pub struct Read<'t> {
    /// What it says.
    pub value: Value,
    /// Its text.
    pub text: &'t str,
    /// The line on which its text begins, counted from one.
    pub first: usize,
    /// The line on which what it says begins.
    pub line: u32,
    /// The lines of the objects in it, as [`opened`] opens them; none when they are not known.
    pub items: Vec<u32>,
}

impl Read<'_> {
    /// The tree of a document's text, which knows the line of every field; none of what only a reader of JSON understands.
    pub fn fields(text: &str) -> Option<Composed> {
        Composed::of(text).ok()
    }
}

/// Reads a text as kubectl does: as JSON where it begins like that, as YAML from where that goes wrong.
pub fn read(text: &str, maybe_yaml: bool) -> Vec<Result<Read<'_>, BadYaml>> {
    let begins = text.trim_start();
    if !begins.starts_with('{') && (maybe_yaml || !begins.starts_with('[')) {
        return yaml(text, 1).collect();
    }
    let (mut values, rest) = json(text);
    let Some((bad, rest)) = rest else {
        return values;
    };
    let Some(rest) = rest else {
        values.push(Err(bad));
        return values;
    };
    // Behind two values or more, what follows is no YAML for kubectl either.
    if !maybe_yaml || values.len() > 1 {
        values.push(Err(bad));
        return values;
    }
    // YAML's own braces look like JSON at first.
    let begins = text.len() - rest.len();
    let first = text[..begins].matches('\n').count() + 1;
    let documents: Vec<_> = yaml(rest, first).collect();
    let worse = documents
        .iter()
        .find_map(|document| document.as_ref().err());
    match worse {
        Some(worse)
            if worse.twice.is_none() && (worse.line, worse.column) < (bad.line, bad.column) =>
        {
            values.push(Err(bad));
        }
        _ => values.extend(documents),
    }
    values
}

type Reads<'t> = Vec<Result<Read<'t>, BadYaml>>;

/// The JSON values in a row; what is wrong behind the last one, and what stands there.
fn json(text: &str) -> (Reads<'_>, Option<(BadYaml, Option<&str>)>) {
    let mut reads = Vec::new();
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut lines = Lines::new(text);
    let mut end = 0;
    for raw in values {
        let raw = match raw {
            Ok(raw) => raw.get(),
            Err(error) => {
                let bad = BadYaml::new(error.line(), error.column(), without_place(&error));
                let rest = behind_blanks(&text[end..]);
                return (reads, Some((bad, rest)));
            }
        };
        let start = offset(text, raw);
        end = start + raw.len();
        let line = lines.at(start);
        let first = line as usize;
        reads.push(match json_document(raw) {
            Ok(value) => {
                let items = items_of_json(&value, raw, text, &mut lines);
                Ok(Read {
                    value,
                    text: raw,
                    first,
                    line,
                    items,
                })
            }
            Err(bad) => Err(bad.below(first - 1)),
        });
    }
    (reads, None)
}

/// What kubectl goes on with as YAML: blanks up to the end of their line are passed, and of less than four bytes nothing is.
fn behind_blanks(text: &str) -> Option<&str> {
    for (at, character) in text.char_indices() {
        if text.len() - at < 4 {
            return None;
        }
        if character == '\n' {
            return Some(&text[at + 1..]);
        }
        if !character.is_whitespace() {
            return Some(&text[at..]);
        }
    }
    None
}

#[derive(serde::Deserialize)]
pub(super) struct RawList<'a> {
    #[serde(borrow, default)]
    pub(super) items: Vec<&'a RawValue>,
}

/// The lines of what a list in JSON holds; those within a list of lists are as their list's.
fn items_of_json(value: &Value, raw: &str, text: &str, lines: &mut Lines<'_>) -> Vec<u32> {
    let (items, listed) = match value {
        Value::Array(items) => (items, serde_json::from_str(raw).unwrap_or_default()),
        Value::Object(fields) => match fields.get("items") {
            Some(Value::Array(items)) => {
                let list = serde_json::from_str::<RawList<'_>>(raw);
                (items, list.map(|list| list.items).unwrap_or_default())
            }
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for (item, raw) in items.iter().zip(listed) {
        let line = lines.at(offset(text, raw.get()));
        let mut within = vec![item];
        while let Some(item) = within.pop() {
            match list_of(item) {
                Some(items) => within.extend(items),
                None => found.push(line),
            }
        }
    }
    found
}

fn yaml(text: &str, first: usize) -> impl Iterator<Item = Result<Read<'_>, BadYaml>> {
    let below = first - 1;
    chunks(text).filter_map(move |chunk| {
        let begins = chunk.begins()?;
        let read = chunk.compose().and_then(|composed| {
            let items = composed.items();
            composed.into_value().map(|value| Read {
                value,
                text: chunk.text,
                first: chunk.first + below,
                line: u32::try_from(begins + below).unwrap_or(u32::MAX),
                items,
            })
        });
        let below = chunk.first - 1 + below;
        let at = |line: u32| line.saturating_add(u32::try_from(below).unwrap_or(u32::MAX));
        match read {
            Ok(mut read) => {
                read.items.iter_mut().for_each(|line| *line = at(*line));
                Some(Ok(read))
            }
            Err(bad) => Some(Err(bad.below(below))),
        }
    })
}

/// What a value holds that is a list to kubectl: an object with items, whatever its kind.
fn list_of(value: &Value) -> Option<&Vec<Value>> {
    let is_named = |field: &str| {
        let text = value.get(field).and_then(Value::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    match value.get("items") {
        Some(Value::Array(items)) if is_named("kind") && is_named("apiVersion") => Some(items),
        _ => None,
    }
}

/// The objects of a document, each with the way to it: lists are opened as kubectl does, and arrays as well.
pub fn opened(document: Value) -> Vec<(Vec<Step>, Value)> {
    let mut objects = Vec::new();
    // What is still to be opened, the last first.
    let mut within = vec![(Vec::new(), document)];
    while let Some((path, mut value)) = within.pop() {
        let typed = list_of(&value).is_some();
        let list = match &mut value {
            Value::Object(fields) if typed => fields.remove("items"),
            Value::Array(_) if path.is_empty() => Some(value.take()),
            _ => None,
        };
        let Some(Value::Array(items)) = list else {
            objects.push((path, value));
            continue;
        };
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        let (kind, api_version) = (text("kind"), text("apiVersion"));
        let kind = kind.strip_suffix("List").unwrap_or(kind);
        let items = items.into_iter().enumerate().map(|(number, mut item)| {
            if typed {
                complete(&mut item, kind, api_version);
            }
            let mut path = path.clone();
            if typed {
                path.push(Step::Key("items".to_owned()));
            }
            path.push(Step::Item(number));
            (path, item)
        });
        let from = within.len();
        within.extend(items);
        within[from..].reverse();
    }
    objects
}

/// The items of a typed list need not repeat its kind.
fn complete(item: &mut Value, kind: &str, api_version: &str) {
    let Value::Object(fields) = item else { return };
    if kind.is_empty() {
        return;
    }
    for (field, said) in [("kind", kind), ("apiVersion", api_version)] {
        let is_missing = match fields.get(field) {
            None | Some(Value::Null) => true,
            Some(written) => written == "",
        };
        if is_missing {
            fields.insert(field.to_owned(), said.into());
        }
    }
}

impl Composed {
    /// The lines of the objects in it, in the order of [`opened`]; none unless it is a list.
    fn items(&self) -> Vec<u32> {
        let objects = match self.root {
            Some(root) if self.holds_objects(root) => self.objects(),
            _ => Vec::new(),
        };
        let lines = objects.into_iter().map(|object| self.nodes[object].line);
        lines.collect()
    }

    fn holds_objects(&self, root: usize) -> bool {
        matches!(self.nodes[root].content, Content::Sequence(_)) || self.list_of(root).is_some()
    }

    /// The nodes of the objects in it, in the order of [`opened`].
    pub(super) fn objects(&self) -> Vec<usize> {
        let mut objects = Vec::new();
        let Some(root) = self.root else {
            return objects;
        };
        // Aliases of lists in lists are not worth following for ever.
        let mut left = self.nodes.len();
        let mut within = match &self.nodes[root].content {
            Content::Sequence(items) => items.clone(),
            _ => match self.list_of(root) {
                Some(items) => items.to_vec(),
                None => return vec![root],
            },
        };
        within.reverse();
        while let Some(item) = within.pop() {
            let Some(next) = left.checked_sub(1) else {
                return Vec::new();
            };
            left = next;
            match self.list_of(item) {
                Some(items) => within.extend(items.iter().rev()),
                None => objects.push(item),
            }
        }
        objects
    }

    fn list_of(&self, node: usize) -> Option<&[usize]> {
        let Content::Mapping(pairs) = &self.nodes[self.target(node)].content else {
            return None;
        };
        let named = |field: &str| {
            let (_, value) = self.entry(pairs, field)?;
            match &self.nodes[self.target(value)].content {
                Content::Scalar { text, .. } if !text.is_empty() => Some(()),
                _ => None,
            }
        };
        let (_, items) = self.entry(pairs, "items")?;
        let Content::Sequence(items) = &self.nodes[self.target(items)].content else {
            return None;
        };
        named("kind")
            .and(named("apiVersion"))
            .map(|()| items.as_slice())
    }
}

/// Where a part of a text begins.
pub(super) fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Lines by offset; offsets come in ascending order.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
        }
    }

    pub(super) fn at(&mut self, offset: usize) -> u32 {
        if let Some(passed) = self.text.get(self.offset..offset) {
            let breaks = memchr::memchr_iter(b'\n', passed).count();
            self.line += u32::try_from(breaks).unwrap_or(u32::MAX);
            self.offset = offset;
        }
        self.line
    }
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

//! Puts waivers into a file that a person wrote, and leaves every other byte of it alone.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range, path::Path};

use jiff::civil::Date;
use serde_json::Value as Plain;

use super::{
    folder::FOLDER,
    keys::Purpose,
    located::{self, MapKey, Node, Position, Value},
    read::{Lacking, is_filled_in, unfilled},
};
use crate::{
    escape,
    render::waive::{Entry, quoted},
};

/// A waiver as a file has it, right or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The line on which it begins.
    pub(crate) line: u64,
    pub(crate) check: String,
    pub(crate) objects: Vec<String>,
    /// Whether labels say what it is about.
    pub(crate) selects: bool,
    pub(crate) expires: Option<Date>,
    pub(crate) lacks_reason: bool,
    pub(crate) lacks_owner: bool,
}

/// A file of waivers, or a configuration, that is read to be changed.
pub(crate) struct Draftable<'t> {
    text: &'t str,
    root: Node,
    purpose: Purpose,
}

/// What a person says of drafts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filling<'f> {
    pub(crate) reason: Option<&'f str>,
    pub(crate) owner: Option<&'f str>,
}

/// A replacement of bytes; of none, it is an insertion.
type Change = (Range<usize>, String);

/// Whether a path is that of a file of waivers beside a configuration.
pub(crate) fn is_of_folder(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    folder.is_some_and(|name| name == FOLDER)
}

impl<'t> Draftable<'t> {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no YAML: where, and why.
    pub(crate) fn read(text: &'t str, of_folder: bool) -> Result<Self, String> {
        let root = located::parse(text).map_err(|(position, message)| {
            let message = escape::text(&message);
            position.map_or_else(
                || message.to_string(),
                |position| format!("line {}: {message}", position.line),
            )
        })?;
        let purpose = if of_folder {
            Purpose::Waivers
        } else {
            Purpose::Configuration
        };
        Ok(Self {
            text,
            root,
            purpose,
        })
    }

    /// The waivers that it has.
    pub(crate) fn waivers(&self) -> Vec<Written> {
        self.items().iter().filter_map(written).collect()
    }

    /// Which drafts somebody still has to fill in, in sentences.
    pub(crate) fn unfilled(&self) -> Vec<String> {
        let mut drafts: BTreeMap<Lacking, Vec<Position>> = BTreeMap::new();
        for item in self.items() {
            let Some(written) = written(item) else {
                continue;
            };
            let lacking = Lacking {
                what: "waiver",
                reason: written.lacks_reason,
                owner: written.lacks_owner,
            };
            if lacking.reason || lacking.owner {
                drafts.entry(lacking).or_default().push(item.position);
            }
        }
        drafts
            .iter()
            .map(|(lacking, places)| unfilled(*lacking, places))
            .collect()
    }

    fn items(&self) -> &[Node] {
        match self.list().map(|node| &node.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The node that is, or should be, the list.
    fn list(&self) -> Option<&Node> {
        if self.purpose == Purpose::Waivers && matches!(self.root.value, Value::List(_)) {
            return Some(&self.root);
        }
        let (_, waivers) = entry(&self.root, "waivers")?;
        match &waivers.value {
            Value::Map(_) => entry(waivers, "list").map(|(_, list)| list),
            _ => Some(waivers),
        }
    }

    /// The text with further waivers, and with the drafts that `chosen` names filled in; none when nothing changes.
    ///
    /// # Errors
    /// It is written in a way in which nothing can be added safely.
    pub(crate) fn with(
        &self,
        entries: &[Entry],
        filling: Filling<'_>,
        chosen: &dyn Fn(&Written) -> bool,
    ) -> Result<Option<String>, String> {
        let mut changes: Vec<Change> = Vec::new();
        let mut expected = self.root.clone();
        for (place, item) in self.items().iter().enumerate() {
            let Some(written) = written(item).filter(|written| chosen(written)) else {
                continue;
            };
            for (name, lacks, given) in [
                ("reason", written.lacks_reason, filling.reason),
                ("owner", written.lacks_owner, filling.owner),
            ] {
                let Some(given) = given.filter(|_| lacks) else {
                    continue;
                };
                changes.push(fill(item, name, given));
                if let Some(item) =
                    items_of(&mut expected, self.purpose).and_then(|items| items.get_mut(place))
                {
                    set(item, name, Value::Text(given.to_owned()));
                }
            }
        }
        if !entries.is_empty() {
            changes.extend(self.addition(entries)?);
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let newline = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let new = applied(self.text, changes, newline);
        // Whatever the text looks like: nothing else may mean anything else afterwards.
        let sorted = |mut root: Plain| {
            // In brackets new ones come first.
            if let Some(list) = list_of(&mut root, self.purpose).and_then(Plain::as_array_mut) {
                list.sort_by_key(ToString::to_string);
            }
            root
        };
        let wanted = with_entries(plain(&expected), entries, self.purpose).map(sorted);
        let got = located::parse(&new).ok().map(|root| sorted(plain(&root)));
        if wanted.is_none() || got != wanted {
            return Err(unsafe_place());
        }
        Ok(Some(new))
    }

    /// Where further waivers go, and as which text.
    fn addition(&self, entries: &[Entry]) -> Result<Vec<Change>, String> {
        if self.purpose == Purpose::Waivers && matches!(self.root.value, Value::List(_)) {
            return self.added_to_list(&self.root, self.text.len(), entries);
        }
        let Value::Map(root) = &self.root.value else {
            return match self.root.value {
                Value::Null => Ok(vec![self.at_the_end(entries)]),
                _ => Err(unsafe_place()),
            };
        };
        let Some((key, waivers)) = entry(&self.root, "waivers") else {
            return Ok(vec![match self.opening(&self.root) {
                Some(place) => (place..place, format!("waivers: {}, ", in_brackets(entries))),
                None => self.at_the_end(entries),
            }]);
        };
        let bound = self.next_key(root, key);
        let Value::Map(inner) = &waivers.value else {
            return self.added_to_value(key, waivers, bound, entries);
        };
        let Some((key, list)) = entry(waivers, "list") else {
            if let Some(place) = self.opening(waivers) {
                return Ok(vec![(
                    place..place,
                    format!("list: {}, ", in_brackets(entries)),
                )]);
            }
            let column = inner.first().map_or(2, |(key, _)| indent(key));
            let place = self.end_of_block(waivers.bytes.start, bound, column);
            let mut text = format!("{:column$}list:\n", "");
            push_blocks(&mut text, entries, column + 2);
            return Ok(vec![(place..place, self.on_own_lines(place, text))]);
        };
        let is_last = inner
            .iter()
            .all(|(other, _)| other.bytes.start <= key.bytes.start);
        let bound = if is_last {
            bound
        } else {
            self.next_key(inner, key)
        };
        self.added_to_value(key, list, bound, entries)
    }

    /// Adds to what stands behind a key: a list, or nothing.
    fn added_to_value(
        &self,
        key: &MapKey,
        node: &Node,
        bound: usize,
        entries: &[Entry],
    ) -> Result<Vec<Change>, String> {
        if node.value != Value::Null {
            return self.added_to_list(node, bound, entries);
        }
        let place = self.end_of_line(key.bytes.end.max(node.bytes.end));
        let mut text = String::new();
        push_blocks(&mut text, entries, indent(key) + 2);
        let mut changes = vec![(place..place, self.on_own_lines(place, text))];
        if !node.bytes.is_empty() {
            // `~` and `null`.
            changes.push((node.bytes.clone(), String::new()));
        }
        Ok(changes)
    }

    fn added_to_list(
        &self,
        list: &Node,
        bound: usize,
        entries: &[Entry],
    ) -> Result<Vec<Change>, String> {
        if !matches!(list.value, Value::List(_)) {
            return Err(unsafe_place());
        }
        if let Some(place) = self.opening(list) {
            return Ok(vec![(place..place, on_lines(entries))]);
        }
        let start = list.bytes.start;
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let head = &self.text[line..];
        let column = head.len() - head.trim_start_matches(' ').len();
        if !head[column..].starts_with("- ")
            && head[column..].trim_end() != "-"
            && !head[column..].starts_with("-\n")
            && !head[column..].starts_with("-\r\n")
        {
            return Err(unsafe_place());
        }
        let place = self.end_of_block(start, bound, column);
        let mut text = String::new();
        push_blocks(&mut text, entries, column);
        Ok(vec![(place..place, self.on_own_lines(place, text))])
    }

    /// Right behind the bracket that opens a list or a mapping, if one does.
    fn opening(&self, node: &Node) -> Option<usize> {
        let text = self.text.get(node.bytes.clone())?;
        matches!(text, "[" | "{").then_some(node.bytes.end)
    }

    /// `waivers:` as a new key behind everything else.
    fn at_the_end(&self, entries: &[Entry]) -> Change {
        let start = self.root.bytes.start;
        let mut place = self.text.len();
        let mut from = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim_end() == "..." || from > start && line.trim_end() == "---" {
                place = from;
                break;
            }
            from += line.len();
        }
        let before = &self.text[..place];
        let blank = before.is_empty()
            || before.ends_with("\n\n")
            || before.ends_with("\r\n\r\n")
            || before.trim() == "---";
        let mut text = String::from(if blank { "" } else { "\n" });
        text.push_str("waivers:\n");
        push_blocks(&mut text, entries, 2);
        (place..place, self.on_own_lines(place, text))
    }

    /// The start of the line on which the next key of a mapping stands, or the end of the text.
    fn next_key(&self, entries: &[(MapKey, Node)], key: &MapKey) -> usize {
        entries
            .iter()
            .map(|(other, _)| other.bytes.start)
            .filter(|start| *start > key.bytes.start)
            .min()
            .map_or(self.text.len(), |start| {
                self.text[..start].rfind('\n').map_or(0, |at| at + 1)
            })
    }

    /// Behind the last line of a block whose entries begin in a column: what is about the next key stays with that.
    fn end_of_block(&self, start: usize, bound: usize, column: usize) -> usize {
        let mut place = start;
        let mut from = start;
        for line in self
            .text
            .get(start..bound)
            .unwrap_or_default()
            .split_inclusive('\n')
        {
            let first = from == start;
            from += line.len();
            let bare = line.trim_start_matches(' ');
            let depth = line.len() - bare.len();
            let is_outside = bare.trim().is_empty() || bare.starts_with('#') && depth <= column;
            if !first && depth == 0 && matches!(line.trim_end(), "..." | "---") {
                break;
            }
            if first || !is_outside {
                place = from;
            }
        }
        place
    }

    fn end_of_line(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |at| from + at + 1)
    }

    /// Lines that begin where a line may not have ended yet.
    fn on_own_lines(&self, place: usize, text: String) -> String {
        let before = &self.text[..place];
        if before.is_empty() || before.ends_with('\n') {
            text
        } else {
            format!("\n{text}")
        }
    }
}

fn unsafe_place() -> String {
    "it is written in a way in which kready can add nothing without touching the rest".to_owned()
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<(&'n MapKey, &'n Node)> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    let found = entries.iter().find(|(key, _)| key.name == name);
    found.map(|(key, node)| (key, node))
}

/// In which column a key stands, counted from zero.
fn indent(key: &MapKey) -> usize {
    usize::try_from(key.position.column.saturating_sub(1)).unwrap_or_default()
}

fn written(item: &Node) -> Option<Written> {
    let text = |name: &str| match entry(item, name).map(|(_, node)| &node.value) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let lacks = |name: &str| match entry(item, name).map(|(_, node)| &node.value) {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => !is_filled_in(text),
        Some(_) => false,
    };
    let objects = match entry(item, "objects").map(|(_, node)| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some(Written {
        line: item.position.line,
        check: text("check")?.to_owned(),
        objects,
        selects: entry(item, "selector").is_some() || entry(item, "namespaceSelector").is_some(),
        expires: text("expires").and_then(|day| day.parse().ok()),
        lacks_reason: lacks("reason"),
        lacks_owner: lacks("owner"),
    })
}

/// What writes a reason or an owner into a waiver.
fn fill(item: &Node, name: &str, given: &str) -> Change {
    let text = quoted(given);
    match entry(item, name) {
        Some((_, node)) if !node.bytes.is_empty() => (node.bytes.clone(), text),
        Some((key, _)) => {
            // Behind the colon.
            let place = key.bytes.end + 1;
            (place..place, format!(" {text}"))
        }
        None if item.bytes.is_empty() => {
            let place = item.bytes.start;
            let column = item.position.column.saturating_sub(1);
            let column = usize::try_from(column).unwrap_or_default();
            (place..place, format!("{name}: {text}\n{:column$}", ""))
        }
        None => {
            let place = item.bytes.end;
            (place..place, format!("{name}: {text}, "))
        }
    }
}

fn push_blocks(text: &mut String, entries: &[Entry], indent: usize) {
    for entry in entries {
        entry.block(text, indent);
    }
}

fn in_brackets(entries: &[Entry]) -> String {
    format!("[{}\n  ]", on_lines(entries))
}

/// In braces, each on a line of its own.
fn on_lines(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n    {},", entry.flow());
    }
    text
}

/// The text with all changes, of which none touches another.
fn applied(text: &str, mut changes: Vec<Change>, newline: &str) -> String {
    changes.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len() + 4096);
    let mut from = 0;
    for (range, new) in changes {
        out.push_str(text.get(from..range.start).unwrap_or_default());
        out.push_str(&new.replace('\n', newline));
        from = range.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The items of the list, to change.
fn items_of(root: &mut Node, purpose: Purpose) -> Option<&mut Vec<Node>> {
    if purpose == Purpose::Waivers && matches!(root.value, Value::List(_)) {
        let Value::List(items) = &mut root.value else {
            return None;
        };
        return Some(items);
    }
    let waivers = child(root, "waivers")?;
    let list = if matches!(waivers.value, Value::Map(_)) {
        child(waivers, "list")?
    } else {
        waivers
    };
    match &mut list.value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn child<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.value else {
        return None;
    };
    let found = entries.iter_mut().find(|(key, _)| key.name == name);
    found.map(|(_, node)| node)
}

fn set(item: &mut Node, name: &str, value: Value) {
    let node = Node {
        written: None,
        position: item.position,
        bytes: 0..0,
        value,
    };
    let Value::Map(entries) = &mut item.value else {
        return;
    };
    match entries.iter_mut().find(|(key, _)| key.name == name) {
        Some((_, old)) => *old = node,
        None => entries.push((
            MapKey {
                position: item.position,
                bytes: 0..0,
                name: name.to_owned(),
            },
            node,
        )),
    }
}

/// What a document means, wherever it stands.
fn plain(node: &Node) -> Plain {
    match &node.value {
        Value::Null => Plain::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => Plain::String(format!("float {value:?}")),
        Value::Text(text) => Plain::String(format!("text {text}")),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.name.clone(), plain(node)))
            .collect(),
    }
}

/// What a document means once it has further waivers.
fn with_entries(mut root: Plain, entries: &[Entry], purpose: Purpose) -> Option<Plain> {
    if entries.is_empty() {
        return Some(root);
    }
    let mut text = String::new();
    push_blocks(&mut text, entries, 0);
    let new = plain(&located::parse(&text).ok()?);
    let new = new.as_array()?.clone();
    if root.is_null() {
        root = Plain::Object(serde_json::Map::new());
    }
    let list = list_of(&mut root, purpose)?;
    if list.is_null() {
        *list = Plain::Array(Vec::new());
    }
    list.as_array_mut()?.extend(new);
    Some(root)
}

/// Where the list is, or belongs.
fn list_of(root: &mut Plain, purpose: Purpose) -> Option<&mut Plain> {
    if purpose == Purpose::Waivers && root.is_array() {
        return Some(root);
    }
    let waivers = root
        .as_object_mut()?
        .entry("waivers")
        .or_insert(Plain::Null);
    if waivers.is_object() {
        let list = waivers.as_object_mut()?.entry("list");
        return Some(list.or_insert(Plain::Null));
    }
    Some(waivers)
}

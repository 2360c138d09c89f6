//! Lists of the API server, taken apart as their bytes arrive: no more than one object is held at a time.

use serde::de::IgnoredAny;

use super::{
    decode::schema,
    protobuf::{self, Layout, Reader, WireType},
};
use crate::model::Text;

/// The largest object, or part of a list, that is held: ten times what etcd stores of one.
const LARGEST: usize = 16 << 20;

/// The forms in which an API server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// Kubernetes' protobuf.
    Protobuf,
}

impl Form {
    /// The form of an answer, by its Content-Type.
    pub fn of(content_type: &str) -> Option<Self> {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        if media.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else if media.eq_ignore_ascii_case("application/vnd.kubernetes.protobuf") {
            Some(Self::Protobuf)
        } else {
            None
        }
    }
}

schema! {
    /// What a list says of itself: where the rest of it is to be had, and how many objects follow, when they are counted.
    struct ListMeta {
        continue_token: Text = "continue" @ 3,
        remaining_item_count: Option<i64> = "remainingItemCount" @ 4,
    }

    /// An error of the API server.
    struct Status {
        metadata: ListMeta = "metadata" @ 1,
        message: Text = "message" @ 3,
        reason: Text = "reason" @ 4,
    }

    /// What a message says of its type.
    struct TypeMeta {
        kind: Text = "kind" @ 2,
    }
}

impl Status {
    /// Reads an error, whatever its form; none when it is no `Status`.
    pub fn read(body: &[u8]) -> Option<Self> {
        let Some(message) = body.strip_prefix(MAGIC) else {
            return serde_json::from_slice(body).ok();
        };
        let mut unknown = Reader::new(message);
        while let Ok(Some((field, wire))) = unknown.field() {
            match field {
                2 => return protobuf::decode(Layout::Own, unknown.bytes(wire).ok()?).ok(),
                _ => unknown.skip(wire).ok()?,
            }
        }
        None
    }
}

/// Why bytes are no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListError {
    /// They end too early, and what came so far is no list but its beginning.
    EndsEarly,
    /// They are something else.
    NotAList,
    /// One object is too large to be one.
    TooLarge,
}

/// What a list consists of, in the order in which it arrives: as a rule its metadata before its objects.
#[derive(Debug)]
pub enum Part<'a> {
    /// What the list says of itself.
    Meta(ListMeta),
    /// One object, complete, in the form of the list.
    Object(&'a [u8]),
}

/// Takes a list apart.
#[derive(Debug)]
pub struct ListReader {
    /// What has arrived of the part that isn't complete yet.
    held: Vec<u8>,
    kind: Text,
    course: Course,
}

#[derive(Debug)]
enum Course {
    Json(Json),
    Protobuf(Protobuf),
}

/// How far one step got.
enum Step<'a> {
    /// So many bytes are done with.
    On(usize),
    /// So many bytes are done with, and they brought something.
    Found(usize, Part<'a>),
    /// So many bytes are done with, and they told the kind.
    Kind(usize, Text),
    /// More bytes are needed.
    More,
}

impl ListReader {
    /// At the beginning of a list.
    pub fn new(form: Form) -> Self {
        Self {
            held: Vec::new(),
            kind: Text::default(),
            course: match form {
                Form::Json => Course::Json(Json::default()),
                Form::Protobuf => Course::Protobuf(Protobuf::Magic),
            },
        }
    }

    /// The list's kind, once it was told: `PodList`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The list's form.
    pub fn form(&self) -> Form {
        match self.course {
            Course::Json(_) => Form::Json,
            Course::Protobuf(_) => Form::Protobuf,
        }
    }

    /// Takes the next bytes; hands out each part that is complete.
    ///
    /// # Errors
    /// They belong to no list.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        mut part: impl FnMut(Part<'_>),
    ) -> Result<(), ListError> {
        // A part that is held is completed first, so that the others can be read where they are.
        while !self.held.is_empty() && !bytes.is_empty() {
            let wanted = self.course.wanted(self.held.len());
            let (more, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.held.extend_from_slice(more);
            bytes = rest;
            let mut held = std::mem::take(&mut self.held);
            let done = self.run(&held, &mut part)?;
            held.drain(..done);
            self.held = held;
            self.fits()?;
        }
        let done = self.run(bytes, &mut part)?;
        self.held.extend_from_slice(&bytes[done..]);
        self.fits()
    }

    fn fits(&self) -> Result<(), ListError> {
        if self.held.len() > LARGEST {
            return Err(ListError::TooLarge);
        }
        Ok(())
    }

    /// Goes through `bytes` as far as their parts are complete, and tells how far that is.
    fn run(&mut self, bytes: &[u8], part: &mut impl FnMut(Part<'_>)) -> Result<usize, ListError> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let step = match &mut self.course {
                Course::Json(json) => json.step(rest)?,
                Course::Protobuf(protobuf) => protobuf.step(rest)?,
            };
            match step {
                Step::On(size) => at += size,
                Step::Found(size, found) => {
                    part(found);
                    at += size;
                }
                Step::Kind(size, kind) => {
                    self.kind = kind;
                    at += size;
                }
                Step::More => return Ok(at),
            }
        }
    }

    /// Whether the list is complete.
    ///
    /// # Errors
    /// It ends early.
    pub fn finish(&self) -> Result<(), ListError> {
        let complete = self.held.iter().all(u8::is_ascii_whitespace)
            && match &self.course {
                Course::Json(json) => json.is_complete()?,
                Course::Protobuf(protobuf) => self.held.is_empty() && protobuf.is_complete(),
            };
        if complete {
            Ok(())
        } else {
            Err(ListError::EndsEarly)
        }
    }
}

impl Course {
    /// How many bytes are to be added to those that are held, so that they are a whole part, or may be.
    fn wanted(&self, held: usize) -> usize {
        match self {
            // What follows the part is copied with it: enough to get ahead, and no more than little.
            Self::Json(_) => (held / 2).clamp(4 << 10, 1 << 20),
            Self::Protobuf(protobuf) => protobuf.wanted(held),
        }
    }
}

/// `k8s` and a zero byte stand before every protobuf message of an API server.
const MAGIC: &[u8] = b"k8s\0";

/// Where in a protobuf answer the next bytes stand: `runtime.Unknown` around a list.
#[derive(Debug)]
enum Protobuf {
    /// Before everything.
    Magic,
    /// In `runtime.Unknown {1 typeMeta, 2 raw, …}`; `raw` was seen or not. The next field needs so many bytes.
    Outside { seen: bool, need: usize },
    /// In the list `{1 ListMeta, 2 items}`, so many bytes before its end. The next field needs so many bytes.
    Inside { left: usize, need: usize },
}

/// The longest key and length in front of a value.
const LONGEST_HEAD: usize = 20;

/// What stands at the beginning of some bytes of a message.
enum Head {
    /// A value: its field, its type, how many bytes its key and length have, and how many the value has.
    Value(u32, WireType, usize, usize),
    /// Too few bytes to tell.
    More,
}

fn head(bytes: &[u8]) -> Result<Head, ListError> {
    let mut reader = Reader::new(bytes);
    // What cannot be read may be cut off, unless there are more bytes than it can have.
    let short = || {
        if bytes.len() < LONGEST_HEAD {
            Ok(Head::More)
        } else {
            Err(ListError::NotAList)
        }
    };
    let (field, wire) = match reader.field() {
        Ok(Some(field)) => field,
        Ok(None) => return Ok(Head::More),
        Err(_) => return short(),
    };
    let size = match wire {
        WireType::Fixed64 => 8,
        WireType::Fixed32 => 4,
        WireType::Varint => match reader.varint() {
            Ok(_) => 0,
            Err(_) => return short(),
        },
        WireType::Bytes => match reader.varint() {
            Ok(length) => usize::try_from(length).map_err(|_| ListError::TooLarge)?,
            Err(_) => return short(),
        },
    };
    Ok(Head::Value(field, wire, bytes.len() - reader.left(), size))
}

impl Protobuf {
    const fn is_complete(&self) -> bool {
        matches!(self, Self::Outside { seen: true, .. })
    }

    fn wanted(&self, held: usize) -> usize {
        let need = match self {
            Self::Magic => MAGIC.len(),
            Self::Outside { need, .. } | Self::Inside { need, .. } => *need,
        };
        need.saturating_sub(held).max(1)
    }

    fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        match self {
            Self::Magic => {
                let known = bytes.len().min(MAGIC.len());
                if bytes[..known] != MAGIC[..known] {
                    return Err(ListError::NotAList);
                }
                if known < MAGIC.len() {
                    return Ok(Step::More);
                }
                *self = Self::Outside {
                    seen: false,
                    need: 1,
                };
                Ok(Step::On(known))
            }
            Self::Outside { seen, need } => {
                let Head::Value(field, wire, start, size) = head(bytes)? else {
                    *need = bytes.len() + 1;
                    return Ok(Step::More);
                };
                if field == 2 {
                    if *seen || wire != WireType::Bytes {
                        return Err(ListError::NotAList);
                    }
                    *self = Self::Inside {
                        left: size,
                        need: 1,
                    };
                    return Ok(Step::On(start));
                }
                let end = end(start, size)?;
                let Some(value) = bytes.get(start..end) else {
                    *need = end;
                    return Ok(Step::More);
                };
                if field == 1 && wire == WireType::Bytes {
                    let meta: TypeMeta =
                        protobuf::decode(Layout::Own, value).map_err(|_| ListError::NotAList)?;
                    return if meta.kind.ends_with("List") {
                        Ok(Step::Kind(end, meta.kind))
                    } else {
                        Err(ListError::NotAList)
                    };
                }
                Ok(Step::On(end))
            }
            Self::Inside { left: 0, .. } => {
                *self = Self::Outside {
                    seen: true,
                    need: 1,
                };
                Ok(Step::On(0))
            }
            Self::Inside { left, need } => {
                let bytes = &bytes[..bytes.len().min(*left)];
                let Head::Value(field, wire, start, size) = head(bytes)? else {
                    if bytes.len() == *left {
                        return Err(ListError::NotAList);
                    }
                    *need = bytes.len() + 1;
                    return Ok(Step::More);
                };
                let end = end(start, size)?;
                if end > *left {
                    return Err(ListError::NotAList);
                }
                let Some(value) = bytes.get(start..end) else {
                    *need = end;
                    return Ok(Step::More);
                };
                *left -= end;
                *need = 1;
                match (field, wire) {
                    (1, WireType::Bytes) => {
                        let meta = protobuf::decode(Layout::Own, value)
                            .map_err(|_| ListError::NotAList)?;
                        Ok(Step::Found(end, Part::Meta(meta)))
                    }
                    (2, WireType::Bytes) => Ok(Step::Found(end, Part::Object(value))),
                    (1 | 2, _) => Err(ListError::NotAList),
                    _ => Ok(Step::On(end)),
                }
            }
        }
    }
}

fn end(start: usize, size: usize) -> Result<usize, ListError> {
    match start.checked_add(size) {
        Some(end) if end <= LARGEST => Ok(end),
        _ => Err(ListError::TooLarge),
    }
}

/// Where in a JSON answer the next bytes stand.
#[derive(Debug, Default)]
struct Json {
    place: Place,
    /// How far the value that stands next was looked through already.
    scan: Scan,
    /// Whether there was a field `items`.
    seen: bool,
}

#[derive(Debug, Default)]
enum Place {
    /// Before everything.
    #[default]
    Start,
    /// Before a field's name; after `{` the object may end as well.
    Name { first: bool },
    /// After a field's name.
    Colon(String),
    /// Before the value of a field.
    Value(String),
    /// After a field.
    AfterField,
    /// Before an object of the list; after `[` the list may end as well.
    Object { first: bool },
    /// After an object of the list.
    AfterObject,
    /// After everything.
    End,
}

impl Json {
    fn is_complete(&self) -> Result<bool, ListError> {
        match (&self.place, self.seen) {
            (Place::End, true) => Ok(true),
            // Complete, and without the field that a list has.
            (Place::End, false) => Err(ListError::NotAList),
            _ => Ok(false),
        }
    }

    fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        let blank = if self.scan.at == 0 {
            bytes
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count()
        } else {
            0
        };
        if blank > 0 {
            return Ok(Step::On(blank));
        }
        let Some(&next) = bytes.first() else {
            return Ok(Step::More);
        };
        let place = std::mem::take(&mut self.place);
        match (place, next) {
            (Place::Start, b'{') => self.go(Place::Name { first: true }),
            (Place::Name { first: true } | Place::AfterField, b'}') => self.go(Place::End),
            (Place::AfterField, b',') => self.go(Place::Name { first: false }),
            (Place::Name { first }, b'"') => {
                let Some(end) = self.scan.end(bytes)? else {
                    self.place = Place::Name { first };
                    return Ok(Step::More);
                };
                let name = parse(&bytes[..end])?;
                self.place = Place::Colon(name);
                Ok(Step::On(end))
            }
            (Place::Colon(name), b':') => self.go(Place::Value(name)),
            (Place::Value(name), b'[') if name == "items" => {
                self.seen = true;
                self.go(Place::Object { first: true })
            }
            (Place::Value(name), _) => self.field(name, bytes),
            (Place::Object { first: true } | Place::AfterObject, b']') => {
                self.go(Place::AfterField)
            }
            (Place::AfterObject, b',') => self.go(Place::Object { first: false }),
            (Place::Object { first }, b'{') => {
                let Some(end) = self.scan.end(bytes)? else {
                    self.place = Place::Object { first };
                    return Ok(Step::More);
                };
                self.place = Place::AfterObject;
                Ok(Step::Found(end, Part::Object(&bytes[..end])))
            }
            _ => Err(ListError::NotAList),
        }
    }

    fn go<'a>(&mut self, place: Place) -> Result<Step<'a>, ListError> {
        self.place = place;
        Ok(Step::On(1))
    }

    fn field<'a>(&mut self, name: String, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        let Some(end) = self.scan.end(bytes)? else {
            self.place = Place::Value(name);
            return Ok(Step::More);
        };
        self.place = Place::AfterField;
        let value = &bytes[..end];
        match name.as_str() {
            "kind" => Ok(Step::Kind(end, parse(value)?)),
            "metadata" => {
                let meta: Option<ListMeta> = parse(value)?;
                Ok(Step::Found(end, Part::Meta(meta.unwrap_or_default())))
            }
            // Go writes an empty list as null.
            "items" if value == b"null" => {
                self.seen = true;
                Ok(Step::On(end))
            }
            "items" => Err(ListError::NotAList),
            _ => parse::<IgnoredAny>(value).map(|_| Step::On(end)),
        }
    }
}

fn parse<'de, T: serde::Deserialize<'de>>(json: &'de [u8]) -> Result<T, ListError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|_| ListError::NotAList)
}

/// Looks for the end of a JSON value, and goes on where it stopped when more bytes have come.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Where the value that begins the bytes ends, when it does.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, ListError> {
        while let Some(&byte) = bytes.get(self.at) {
            let ends_before = !self.in_text
                && self.depth == 0
                && self.at > 0
                && (byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']'));
            if ends_before {
                return Ok(Some(self.found(0)));
            }
            if self.in_text {
                let rest = &bytes[self.at..];
                let plain = if self.escaped {
                    0
                } else {
                    memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len())
                };
                if plain > 0 {
                    self.at += plain;
                    continue;
                }
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return Ok(Some(self.found(1)));
                        }
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_text = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        // Whether brackets match is told when the value is read.
                        self.depth = self.depth.checked_sub(1).ok_or(ListError::NotAList)?;
                        if self.depth == 0 {
                            return Ok(Some(self.found(1)));
                        }
                    }
                    _ => {}
                }
            }
            self.at += 1;
        }
        Ok(None)
    }

    fn found(&mut self, more: usize) -> usize {
        let end = self.at + more;
        *self = Self::default();
        end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    struct Read {
        kind: String,
        metas: Vec<ListMeta>,
        objects: Vec<Vec<u8>>,
    }

    /// What a list reads as when it arrives in pieces that end at `cuts`.
    fn read(form: Form, bytes: &[u8], cuts: &[usize]) -> Result<Read, ListError> {
        let mut reader = ListReader::new(form);
        let mut read = Read::default();
        let mut start = 0;
        for cut in cuts.iter().copied().chain([bytes.len()]) {
            let cut = cut.clamp(start, bytes.len());
            reader.feed(&bytes[start..cut], |part| match part {
                Part::Meta(meta) => read.metas.push(meta),
                Part::Object(object) => read.objects.push(object.to_vec()),
            })?;
            start = cut;
        }
        reader.finish()?;
        reader.kind().clone_into(&mut read.kind);
        Ok(read)
    }

    fn varint(mut value: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.extend(u8::try_from(value & 0x7f | 0x80));
            value >>= 7;
        }
        bytes.extend(u8::try_from(value));
        bytes
    }

    fn field(number: usize, value: &[u8]) -> Vec<u8> {
        [varint(number << 3 | 2), varint(value.len()), value.to_vec()].concat()
    }

    fn protobuf(objects: &[Vec<u8>]) -> Vec<u8> {
        let meta = [field(2, b"77"), field(3, b"next"), vec![0x20, 9]].concat();
        let items = objects.iter().flat_map(|object| field(2, object));
        let raw: Vec<u8> = field(1, &meta).into_iter().chain(items).collect();
        let kind = [field(1, b"v1"), field(2, b"PodList")].concat();
        [
            MAGIC.to_vec(),
            field(1, &kind),
            field(2, &raw),
            field(3, b""),
            field(4, b""),
        ]
        .concat()
    }

    fn json(objects: &[serde_json::Value], pretty: bool) -> Vec<u8> {
        let list = serde_json::json!({
            "kind": "PodList", "apiVersion": "v1",
            "metadata": { "resourceVersion": "77", "continue": "next", "remainingItemCount": 9 },
            "items": objects,
        });
        if pretty {
            serde_json::to_vec_pretty(&list).unwrap()
        } else {
            serde_json::to_vec(&list).unwrap()
        }
    }

    fn objects() -> Vec<serde_json::Value> {
        vec![
            serde_json::json!({}),
            serde_json::json!({ "a": "} ] \" \\", "b": [{ "c": null }, 1.5e3, true], "d": {} }),
            serde_json::json!({ "metadata": { "name": "日本\u{202e}" }, "items": [] }),
        ]
    }

    #[test]
    fn a_list_reads_the_same_wherever_it_is_cut() {
        let messages = [
            Vec::new(),
            field(1, b"a longer message than the others have"),
            field(9, &[7; 300]),
        ];
        let wires = [
            (Form::Protobuf, protobuf(&messages)),
            (Form::Json, json(&objects(), false)),
            (Form::Json, json(&objects(), true)),
        ];
        for (form, bytes) in wires {
            let whole = read(form, &bytes, &[]).unwrap();
            assert_eq!(whole.kind, "PodList");
            assert_eq!(whole.objects.len(), 3);
            assert_eq!(whole.metas.len(), 1);
            assert_eq!(whole.metas[0].continue_token, "next");
            assert_eq!(whole.metas[0].remaining_item_count, Some(9));
            let each: Vec<usize> = (0..bytes.len()).collect();
            assert_eq!(read(form, &bytes, &each).unwrap(), whole, "byte by byte");
            for cut in each {
                assert_eq!(read(form, &bytes, &[cut]).unwrap(), whole, "cut at {cut}");
                assert!(
                    read(form, &bytes[..cut], &[]).is_err()
                        // After the list itself, nothing that matters may be missing.
                        || form == Form::Protobuf && cut >= bytes.len() - 4,
                    "{form:?} ends at {cut}"
                );
            }
        }
    }

    #[test]
    fn what_ends_early_is_told_from_what_is_no_list() {
        let list = json(&objects(), false);
        for (form, bytes, error) in [
            (Form::Json, &b""[..], ListError::EndsEarly),
            (Form::Json, &list[..list.len() - 1], ListError::EndsEarly),
            (Form::Json, br#"{"kind":"Status"}"#, ListError::NotAList),
            (Form::Json, b"<html>", ListError::NotAList),
            (Form::Json, br#"{"items":{}}"#, ListError::NotAList),
            (Form::Json, br#"{"items":[{} {}]}"#, ListError::NotAList),
            (Form::Json, br#"{"items":[{},]}"#, ListError::NotAList),
            (Form::Json, br#"{"items":[],"x":,}"#, ListError::NotAList),
            (Form::Json, br#"{"items":[]} more"#, ListError::NotAList),
            (Form::Protobuf, b"k8s", ListError::EndsEarly),
            (Form::Protobuf, b"k8s\0", ListError::EndsEarly),
            (Form::Protobuf, b"{\"items\":[]}", ListError::NotAList),
            (
                Form::Protobuf,
                b"k8s\0\x0a\x08\x12\x06Status",
                ListError::NotAList,
            ),
            // An object that promises more bytes than the list has, and one that promises four gigabytes.
            (
                Form::Protobuf,
                b"k8s\0\x12\x04\x12\x09ab",
                ListError::NotAList,
            ),
            (
                Form::Protobuf,
                b"k8s\0\x12\xff\xff\xff\xff\x0f\x12\xf0\xff\xff\xff\x0f",
                ListError::TooLarge,
            ),
        ] {
            assert_eq!(
                read(form, bytes, &[]),
                Err(error),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
        assert_eq!(
            read(Form::Json, br#"{"items":null}"#, &[])
                .unwrap()
                .objects
                .len(),
            0
        );
        assert_eq!(
            read(Form::Protobuf, b"k8s\0\x12\0", &[]).unwrap(),
            Read::default()
        );
    }

    #[test]
    fn errors_are_read_in_both_forms() {
        let json = br#"{"kind":"Status","metadata":{"continue":"t"},"message":"too old","reason":"Expired","code":410}"#;
        let message = [
            field(1, &field(3, b"t")),
            field(2, b"Failure"),
            field(3, b"too old"),
            field(4, b"Expired"),
        ]
        .concat();
        let kind = [field(1, b"v1"), field(2, b"Status")].concat();
        let protobuf = [MAGIC.to_vec(), field(1, &kind), field(2, &message)].concat();
        for body in [&json[..], &protobuf] {
            let status = Status::read(body).unwrap();
            assert_eq!(status.message, "too old");
            assert_eq!(status.reason, "Expired");
            assert_eq!(status.metadata.continue_token, "t");
        }
        assert_eq!(Status::read(b"no such page"), None);
        assert_eq!(Status::read(b"k8s\0\x12\x7f"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(
            mut bytes in prop::collection::vec(any::<u8>(), 0..400),
            cuts in prop::collection::vec(0_usize..400, 0..6),
            magic in any::<bool>(),
        ) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            if magic {
                bytes.splice(0..0, MAGIC.iter().copied());
            }
            for form in [Form::Json, Form::Protobuf] {
                prop_assert_eq!(read(form, &bytes, &cuts), read(form, &bytes, &[]));
            }
        }
    }
}

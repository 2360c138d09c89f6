//! What lists and errors of the API server consist of.

use crate::{
    model::Text,
    wire::{
        decode::schema,
        protobuf::{Layout, Reader, decode as decode_protobuf},
    },
};

/// The largest object, or part of a list, that is held: ten times what etcd stores of one.
pub(super) const LARGEST: usize = 16 << 20;

/// `k8s` and a zero byte stand before every protobuf message of an API server.
pub(super) const MAGIC: &[u8] = b"k8s\0";

/// The forms of an answer of an API server.
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
    /// What a list says of itself: the token for the rest of it, and how many objects follow, when they are counted.
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
        api_version: Text = "apiVersion" @ 1,
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
                2 => return decode_protobuf(Layout::Own, unknown.bytes(wire).ok()?).ok(),
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

/// What a list consists of, in its order of arrival: as a rule its metadata before its objects.
#[derive(Debug)]
pub enum Part<'a> {
    /// What the list says of itself.
    Meta(ListMeta),
    /// One object, complete, in the form of the list.
    Object(&'a [u8]),
}

/// How far one step got.
pub(super) enum Step<'a> {
    /// So many bytes are done with.
    On(usize),
    /// So many bytes are done with, and they brought something.
    Found(usize, Part<'a>),
    /// So many bytes are done with, and they told the group and version of the kind.
    ApiVersion(usize, Text),
    /// So many bytes are done with, and they told the kind.
    Kind(usize, Text),
    /// So many bytes are done with, and they told both.
    Type(usize, TypeMeta),
    /// More bytes are needed.
    More,
}

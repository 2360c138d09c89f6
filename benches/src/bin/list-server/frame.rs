//! What stands around the items of a list, in both wire forms, as upstream's encoders write it.

use serde::Serialize;
use serde_json::json;

/// The first bytes of every protobuf answer.
const MAGIC: &[u8] = b"k8s\0";

/// The end of `runtime.Unknown`: no content encoding and no content type.
const UNKNOWN_END: &[u8] = b"\x1a\0\x22\0";

/// A list's own metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListMeta {
    pub(crate) resource_version: String,
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    pub(crate) continue_token: Option<String>,
    #[serde(rename = "remainingItemCount", skip_serializing_if = "Option::is_none")]
    pub(crate) remaining: Option<usize>,
}

/// What comes before and after something.
pub(crate) type Around = (Vec<u8>, Vec<u8>);

fn varint(into: &mut Vec<u8>, mut value: usize) {
    loop {
        let [byte, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 && byte < 0x80 {
            into.push(byte);
            return;
        }
        into.push(byte | 0x80);
    }
}

/// Begins a field that has a length.
pub(crate) fn tag(into: &mut Vec<u8>, field: u8, length: usize) {
    into.push(field << 3 | 2);
    varint(into, length);
}

fn field(into: &mut Vec<u8>, number: u8, value: &[u8]) {
    tag(into, number, value.len());
    into.extend_from_slice(value);
}

/// `runtime.Unknown` around a message of which `start` is the beginning and `rest` bytes more are to come.
pub(crate) fn unknown(api_version: &str, kind: &str, start: &[u8], rest: usize) -> Around {
    let mut type_meta = Vec::new();
    field(&mut type_meta, 1, api_version.as_bytes());
    field(&mut type_meta, 2, kind.as_bytes());
    let mut head = MAGIC.to_vec();
    field(&mut head, 1, &type_meta);
    tag(&mut head, 2, start.len() + rest);
    head.extend_from_slice(start);
    (head, UNKNOWN_END.to_vec())
}

/// A protobuf list whose items take `length` bytes.
pub(crate) fn protobuf(api_version: &str, kind: &str, meta: &ListMeta, length: usize) -> Around {
    let token = meta.continue_token.as_deref().unwrap_or_default();
    let mut wire = Vec::new();
    field(&mut wire, 1, b"");
    field(&mut wire, 2, meta.resource_version.as_bytes());
    field(&mut wire, 3, token.as_bytes());
    if let Some(remaining) = meta.remaining {
        wire.push(4 << 3);
        varint(&mut wire, remaining);
    }
    let mut start = Vec::new();
    field(&mut start, 1, &wire);
    unknown(api_version, kind, &start, length)
}

/// A JSON list, or one whose items are null.
pub(crate) fn json(
    api_version: &str,
    kind: &str,
    meta: &ListMeta,
    none: bool,
) -> serde_json::Result<Around> {
    let head = format!(
        "{{\"kind\":{},\"apiVersion\":{},\"metadata\":{},\"items\":{}",
        json!(kind),
        json!(api_version),
        serde_json::to_string(meta)?,
        if none { "null" } else { "[" },
    );
    let tail = if none { "}\n" } else { "]}\n" };
    Ok((head.into_bytes(), tail.as_bytes().to_vec()))
}

/// A `Status` of a failure as a protobuf message.
pub(crate) fn status(message: &str, reason: &str, code: u16) -> Vec<u8> {
    let mut wire = Vec::new();
    field(&mut wire, 1, b"\x0a\0\x12\0\x1a\0");
    field(&mut wire, 2, b"Failure");
    field(&mut wire, 3, message.as_bytes());
    field(&mut wire, 4, reason.as_bytes());
    wire.push(6 << 3);
    varint(&mut wire, code.into());
    wire
}

/// The metadata of an object in protobuf, as the field that it is: the first one of every kind.
pub(crate) fn metadata(item: &[u8]) -> Option<&[u8]> {
    let (end, length) = length_at(item, 1)?;
    (item.first() == Some(&0x0a)).then(|| item.get(..end + length))?
}

/// The message of an item that stands in a list, without its tag and length.
pub(crate) fn message(item: &[u8]) -> Option<&[u8]> {
    let (start, length) = length_at(item, 1)?;
    item.get(start..start + length)
}

/// The length written at a place, and where it ends.
fn length_at(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.get(at..)?.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((at + index + 1, value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{ListMeta, json, metadata, protobuf};

    fn meta() -> ListMeta {
        ListMeta {
            resource_version: "7".to_owned(),
            continue_token: Some("a\"b".to_owned()),
            remaining: Some(300),
        }
    }

    #[test]
    fn a_protobuf_list_is_framed_as_upstream_frames_it() {
        let (head, tail) = protobuf("v1", "PodList", &meta(), 200);
        assert_eq!(
            head,
            b"k8s\0\x0a\x0d\x0a\x02v1\x12\x07PodList\x12\xd7\x01\x0a\x0d\x0a\x00\x12\x017\x1a\x03a\"b\x20\xac\x02"
        );
        assert_eq!(tail, b"\x1a\x00\x22\x00");
    }

    #[test]
    fn a_json_list_says_the_same() {
        let (head, tail) = json("v1", "PodList", &meta(), false).unwrap();
        assert_eq!(
            String::from_utf8([head, tail].concat()).unwrap(),
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"a\"b","remainingItemCount":300},"items":[]}"#.to_owned() + "\n"
        );
        let (head, tail) = json("v1", "PodList", &ListMeta::default(), true).unwrap();
        assert_eq!(
            String::from_utf8([head, tail].concat()).unwrap(),
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":""},"items":null}"#
                .to_owned() + "\n"
        );
    }

    #[test]
    fn metadata_is_the_first_field() {
        assert_eq!(metadata(b"\x0a\x02ab\x12\x01c"), Some(&b"\x0a\x02ab"[..]));
        assert_eq!(metadata(b"\x12\x02ab"), None);
        assert_eq!(metadata(b"\x0a\x09ab"), None);
    }
}

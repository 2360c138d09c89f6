//! The head of a list in either wire form, read from as many bytes as have come: nothing but its `continue` token.

use anyhow::{Result, bail};
use serde::Deserialize;

/// What the bytes so far tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// More bytes are needed.
    Partial,
    /// The head has come, with the token of the next page if there is one.
    Whole(Option<String>),
}

#[derive(Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    token: Option<String>,
}

/// Reads the head of a list.
pub(crate) fn read(bytes: &[u8], protobuf: bool) -> Result<Head> {
    if protobuf {
        let mut bytes = bytes;
        Ok(read_protobuf(&mut bytes)?.unwrap_or(Head::Partial))
    } else {
        read_json(bytes)
    }
}

fn read_json(bytes: &[u8]) -> Result<Head> {
    const NAME: &[u8] = b"\"metadata\":";
    let Some(at) = bytes.windows(NAME.len()).position(|window| window == NAME) else {
        return Ok(Head::Partial);
    };
    let rest = &bytes[at + NAME.len()..];
    match serde_json::Deserializer::from_slice(rest)
        .into_iter::<ListMeta>()
        .next()
    {
        Some(Ok(meta)) => Ok(whole(meta.token)),
        Some(Err(error)) if !error.is_eof() => bail!("not a list: {error}"),
        _ => Ok(Head::Partial),
    }
}

fn whole(token: Option<String>) -> Head {
    Head::Whole(token.filter(|token| !token.is_empty()))
}

/// `k8s\0`, Unknown {1 typeMeta, 2 raw}, raw = list {1 ListMeta {3 continue}, …}; none when more bytes are needed.
fn read_protobuf(bytes: &mut &[u8]) -> Result<Option<Head>> {
    let Some(magic) = take(bytes, 4) else {
        return Ok(None);
    };
    if magic != b"k8s\0" {
        bail!("not protobuf");
    }
    loop {
        let Some((field, length)) = field(bytes)? else {
            return Ok(None);
        };
        if field == 2 {
            break;
        }
        if take(bytes, length).is_none() {
            return Ok(None);
        }
    }
    let Some((number, length)) = field(bytes)? else {
        return Ok(None);
    };
    if number != 1 {
        bail!("the list does not begin with its metadata");
    }
    let Some(mut meta) = take(bytes, length) else {
        return Ok(None);
    };
    let mut token = None;
    while !meta.is_empty() {
        let tag = varint(&mut meta)?.unwrap_or_default();
        let value = varint(&mut meta)?.unwrap_or_default();
        if tag & 7 == 2 {
            let Some(text) = take(&mut meta, usize::try_from(value)?) else {
                bail!("the list's metadata is cut short");
            };
            if tag >> 3 == 3 {
                token = Some(String::from_utf8(text.to_vec())?);
            }
        }
    }
    Ok(Some(whole(token)))
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// The number and length of a field that has a length.
fn field(bytes: &mut &[u8]) -> Result<Option<(u64, usize)>> {
    let Some(tag) = varint(bytes)? else {
        return Ok(None);
    };
    if tag & 7 != 2 {
        bail!("not a list");
    }
    match varint(bytes)? {
        Some(length) => Ok(Some((tag >> 3, usize::try_from(length)?))),
        None => Ok(None),
    }
}

fn varint(bytes: &mut &[u8]) -> Result<Option<u64>> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let Some(byte) = take(bytes, 1) else {
            return Ok(None);
        };
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            return Ok(Some(value));
        }
    }
    bail!("not a number")
}

#[cfg(test)]
mod tests {
    use super::{Head, read};

    const PROTOBUF: &[u8] = b"k8s\0\x0a\x0d\x0a\x02v1\x12\x07PodList\x12\xff\x01\x0a\x0d\x0a\x00\x12\x027x\x1a\x03a.b \x05\x12\x07an item";
    const JSON: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"a.b","remainingItemCount":5},"items":[{"metadata":{"continue":"x"}}]}"#;

    fn head_at_every_length(bytes: &[u8], protobuf: bool, end: usize) {
        for length in 0..=bytes.len() {
            let expected = if length < end {
                Head::Partial
            } else {
                Head::Whole(Some("a.b".to_owned()))
            };
            assert_eq!(
                read(&bytes[..length], protobuf).unwrap(),
                expected,
                "{length}"
            );
        }
    }

    #[test]
    fn the_token_is_known_as_soon_as_the_metadata_has_come() {
        head_at_every_length(PROTOBUF, true, 37);
        let end = JSON.windows(2).position(|pair| pair == b"},").unwrap() + 1;
        head_at_every_length(JSON, false, end);
    }

    #[test]
    fn the_last_page_has_no_token_and_other_answers_are_no_lists() {
        let last = br#"{"kind":"PodList","metadata":{"continue":""},"items":null}"#;
        assert_eq!(read(last, false).unwrap(), Head::Whole(None));
        assert!(read(b"{\"kind\":\"Status\"", true).is_err());
        assert!(read(br#"{"metadata":7}"#, false).is_err());
    }
}

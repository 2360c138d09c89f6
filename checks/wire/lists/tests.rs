//! Lists in both forms, wherever they are cut.

use proptest::prelude::*;

use super::{parts::MAGIC, *};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Read {
    api_version: String,
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
    reader.api_version().clone_into(&mut read.api_version);
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

//! Lists are whole and framed alike in both forms, whatever the size of their pages.

use std::{collections::BTreeMap, fs};

use http::Method;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Asked, answer},
    store::Store,
};

#[path = "../floor/head.rs"]
mod head;

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const JSON_NAMES: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const PROTOBUF_NAMES: &str =
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// `{1 metadata {1 name}, 2 spec}`, as short as it may be.
fn message(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    let metadata = [&[0x0a, length], name.as_bytes()].concat();
    [&[0x0a, length + 2], &metadata[..], &[0x12, 1, b's']].concat()
}

/// Pods `pod-0` … in namespaces that take turns, in no order, and a Namespace.
fn store(pods: usize) -> Store {
    let mut file = Vec::new();
    let mut add = |api_version: &str, kind: &str, namespace: &str, name: &str| {
        let object = json!({"metadata": {"name": name, "namespace": namespace}, "spec": "s"});
        let (json, wire) = (object.to_string(), message(name));
        let parts = [
            api_version.as_bytes(),
            kind.as_bytes(),
            namespace.as_bytes(),
            name.as_bytes(),
            json.as_bytes(),
            &wire,
        ];
        for part in parts {
            file.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        }
        file.extend(parts.concat());
    };
    for number in (0..pods).rev() {
        add(
            "v1",
            "Pod",
            ["a", "a-b", "b"][number % 3],
            &format!("pod-{number}"),
        );
    }
    add("v1", "Namespace", "", "a");
    add("example.com/v1", "Unknown", "", "nobody asks for it");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("objects");
    fs::write(&path, file).unwrap();
    Store::load(&[path]).unwrap()
}

fn get(store: &Store, uri: &str, accept: &str) -> Answer {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let asked = Asked {
        method: &Method::GET,
        path,
        query,
        accept,
    };
    answer(store, &BTreeMap::new(), asked)
}

fn bytes(answer: &Answer) -> Vec<u8> {
    answer.parts.concat()
}

fn varint(bytes: &mut &[u8]) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// The fields of a message: their numbers, and their bytes or value.
fn fields(mut bytes: &[u8]) -> Vec<(usize, Vec<u8>, usize)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let value = varint(&mut bytes);
        let data = if tag & 7 == 2 {
            let (data, rest) = bytes.split_at(value);
            bytes = rest;
            data.to_vec()
        } else {
            assert_eq!(tag & 7, 0);
            Vec::new()
        };
        fields.push((tag >> 3, data, value));
    }
    fields
}

/// What a page says: apiVersion and kind, token, remaining, and the items' names.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    type_meta: (String, String),
    token: Option<String>,
    remaining: Option<usize>,
    names: Vec<String>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn page(answer: &Answer) -> Page {
    assert_eq!(answer.status, 200);
    let body = bytes(answer);
    if answer.content_type == JSON {
        let list: Value = serde_json::from_slice(&body).unwrap();
        let of = |value: &Value| value.as_str().map(str::to_owned);
        return Page {
            type_meta: (of(&list["apiVersion"]).unwrap(), of(&list["kind"]).unwrap()),
            token: of(&list["metadata"]["continue"]),
            remaining: list["metadata"]["remainingItemCount"]
                .as_u64()
                .map(|remaining| usize::try_from(remaining).unwrap()),
            names: list["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| of(&item["metadata"]["name"]).unwrap())
                .collect(),
        };
    }
    assert_eq!(answer.content_type, PROTOBUF);
    let unknown = fields(body.strip_prefix(b"k8s\0").unwrap());
    let numbers: Vec<usize> = unknown.iter().map(|field| field.0).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!((&unknown[2].1[..], &unknown[3].1[..]), (&b""[..], &b""[..]));
    let type_meta = fields(&unknown[0].1);
    let list = fields(&unknown[1].1);
    let meta = fields(&list[0].1);
    let token = text(&meta[2].1);
    assert!(list[1..].iter().all(|field| field.0 == 2));
    let name = |item: &[u8]| text(&fields(&fields(item)[0].1)[0].1);
    Page {
        type_meta: (text(&type_meta[0].1), text(&type_meta[1].1)),
        remaining: meta.iter().find(|field| field.0 == 4).map(|field| field.2),
        names: list[1..].iter().map(|field| name(&field.1)).collect(),
        token: (!token.is_empty()).then_some(token),
    }
}

/// Pages of a list to its end.
fn pages(store: &Store, path: &str, limit: usize, accept: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let answer = get(store, &format!("{path}?limit={limit}{token}"), accept);
        assert_eq!(
            answer.pods,
            if path.ends_with("pods") {
                page(&answer).names.len()
            } else {
                0
            }
        );
        let read = page(&answer);
        let head = head::read(&bytes(&answer), accept.starts_with(PROTOBUF)).unwrap();
        assert_eq!(head, head::Head::Whole(read.token.clone()));
        let next = read.token.clone();
        pages.push(read);
        match next {
            Some(next) => token = format!("&continue={next}"),
            None => return pages,
        }
    }
}

#[test]
fn pages_of_any_size_make_the_same_list_in_both_forms() {
    const PODS: usize = 200;
    let store = store(PODS);
    let mut keys: Vec<String> = (0..PODS)
        .map(|number| format!("{}/pod-{number}", ["a", "a-b", "b"][number % 3]))
        .collect();
    keys.sort();
    let names: Vec<&str> = keys
        .iter()
        .map(|key| key.split_once('/').unwrap().1)
        .collect();
    for limit in [1, 7, 66, 199, 200, 201] {
        for accept in [JSON, PROTOBUF, JSON_NAMES, PROTOBUF_NAMES] {
            let pages = pages(&store, "/api/v1/pods", limit, accept);
            let all: Vec<&str> = pages
                .iter()
                .flat_map(|page| &page.names)
                .map(String::as_str)
                .collect();
            assert_eq!(all, names, "{limit} {accept}");
            assert_eq!(pages.len(), PODS.div_ceil(limit));
            let mut left = PODS;
            for page in &pages {
                left -= page.names.len();
                assert_eq!(page.remaining, (left > 0).then_some(left));
                let (api_version, kind) = &page.type_meta;
                let expected = if accept.contains("as=") {
                    ("meta.k8s.io/v1", "PartialObjectMetadataList")
                } else {
                    ("v1", "PodList")
                };
                assert_eq!((api_version.as_str(), kind.as_str()), expected);
            }
        }
    }
    let whole = page(&get(&store, "/api/v1/pods", PROTOBUF));
    assert_eq!((whole.names.len(), whole.token), (PODS, None));
}

#[test]
fn a_namespace_has_its_own_objects_and_empty_lists_are_lists() {
    let store = store(20);
    for accept in [JSON, PROTOBUF] {
        for (namespace, first) in [("a", 0), ("a-b", 1), ("b", 2)] {
            let path = format!("/api/v1/namespaces/{namespace}/pods");
            let mut names: Vec<String> = pages(&store, &path, 2, accept)
                .into_iter()
                .flat_map(|page| page.names)
                .collect();
            let mut expected: Vec<String> = (first..20)
                .step_by(3)
                .map(|number| format!("pod-{number}"))
                .collect();
            names.sort();
            expected.sort();
            assert_eq!(names, expected);
        }
        let none = pages(&store, "/api/v1/namespaces/c/pods", 500, accept);
        assert_eq!((none.len(), none[0].names.len()), (1, 0));
        let none = pages(&store, "/apis/apps/v1/deployments", 500, accept);
        assert_eq!(none[0].type_meta.1, "DeploymentList");
        assert!(none[0].names.is_empty());
    }
}

#[test]
fn a_metadata_only_answer_has_nothing_else() {
    // A hyphen sorts before a slash: the first namespace is a-b.
    let store = store(3);
    let json: Value =
        serde_json::from_slice(&bytes(&get(&store, "/api/v1/pods?limit=1", JSON_NAMES))).unwrap();
    assert_eq!(
        json["items"],
        json!([{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"name": "pod-1", "namespace": "a-b"}}])
    );
    let body = bytes(&get(&store, "/api/v1/pods?limit=1", PROTOBUF_NAMES));
    let list = fields(&fields(&body[4..])[1].1);
    assert_eq!(list[1].1, b"\x0a\x07\x0a\x05pod-1");
}

#[test]
fn single_objects_carry_their_kind() {
    let store = store(3);
    let pod: Value = serde_json::from_slice(&bytes(&get(
        &store,
        "/api/v1/namespaces/a/pods/pod-0",
        JSON,
    )))
    .unwrap();
    assert_eq!(
        (&pod["kind"], &pod["metadata"]["name"]),
        (&json!("Pod"), &json!("pod-0"))
    );
    let body = bytes(&get(&store, "/api/v1/namespaces/a", PROTOBUF));
    let unknown = fields(&body[4..]);
    assert_eq!(fields(&unknown[0].1)[1].1, b"Namespace");
    assert_eq!(unknown[1].1, message("a"));
    assert_eq!(get(&store, "/api/v1/namespaces/c", JSON).status, 404);
}

#[test]
fn what_is_not_served_is_refused_in_the_form_asked_for() {
    let store = store(3);
    for uri in [
        "/",
        "/flagz",
        "/api/v2/pods",
        "/apis/example.com/v1/unknowns?limit=500",
        "/api/v1/namespaces/a/nodes",
        "/apis/metrics.k8s.io/v1beta1/nodes",
    ] {
        assert_eq!(get(&store, uri, JSON).status, 404, "{uri}");
    }
    let body = bytes(&get(&store, "/api/v2/pods", PROTOBUF));
    let status = fields(&fields(body.strip_prefix(b"k8s\0").unwrap())[1].1);
    assert_eq!((&status[3].1[..], status[4].2), (&b"NotFound"[..], 404));
    assert_eq!(get(&store, "/api/v1/pods", "text/html").status, 406);
    assert_eq!(
        get(&store, "/api/v1/pods", "application/json;as=Table").status,
        406
    );
    let fallback = "application/vnd.kubernetes.protobuf;as=Table,application/json";
    assert_eq!(get(&store, "/api/v1/pods", fallback).content_type, JSON);
    for query in ["continue=9", "continue=1000000.3", "fieldSelector=a%3Db"] {
        assert_eq!(
            get(&store, &format!("/api/v1/pods?{query}"), JSON).status,
            400,
            "{query}"
        );
    }
}

#[test]
fn discovery_names_the_same_resources_at_once_and_one_by_one() {
    let store = store(0);
    let json = |uri: &str, accept: &str| -> Value {
        serde_json::from_slice(&bytes(&get(&store, uri, accept))).unwrap()
    };
    let mut at_once = Vec::new();
    let mut one_by_one = Vec::new();
    for root in ["/api", "/apis"] {
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        for group in json(root, accept)["items"].as_array().unwrap() {
            let prefix = match group["metadata"]["name"].as_str().unwrap() {
                "" => root.to_owned(),
                name => format!("{root}/{name}"),
            };
            for version in group["versions"].as_array().unwrap() {
                let prefix = format!("{prefix}/{}", version["version"].as_str().unwrap());
                for resource in version["resources"].as_array().unwrap() {
                    at_once.push((prefix.clone(), resource["resource"].clone()));
                }
                for resource in json(&prefix, JSON)["resources"].as_array().unwrap() {
                    if !resource["name"].as_str().unwrap().contains('/') {
                        one_by_one.push((prefix.clone(), resource["name"].clone()));
                    }
                }
            }
        }
    }
    assert_eq!(at_once, one_by_one);
    assert_eq!(at_once.len(), store.listings.len());
    assert_eq!(json("/api", JSON)["versions"], json!(["v1"]));
    assert_eq!(
        json("/apis/apps", JSON)["preferredVersion"]["version"],
        "v1"
    );
}

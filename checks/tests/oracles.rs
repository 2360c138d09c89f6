//! What a real Kubernetes control plane answered, question by question: kready answers the same.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its oracle has failed"
)]

use std::{collections::BTreeSet, io::Read as _};

use base64::Engine as _;
use kready_checks::inventory::{
    Interner, Inventory, Kind, Listed, Loader, Time, Visit, decode_json, decode_protobuf,
    kinds::Pod,
    pod_security::{Level, PodView, violated},
    rbac::Request,
};
use serde_json::{Value, json};

fn rows(compressed: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn inventory<'v>(documents: impl IntoIterator<Item = &'v Value>) -> Inventory {
    let mut loader = Loader::new("default");
    for document in documents {
        loader.add(document.clone(), None).unwrap();
    }
    loader.finish(Time(0))
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn request(question: &Value) -> Request<'_> {
    let text = |field: &str| question[field].as_str().unwrap_or_default();
    let verb = text("verb");
    match question["path"].as_str() {
        Some(path) => Request::Path { verb, path },
        None => Request::Resource {
            verb,
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            name: text("name"),
            namespace: text("namespace"),
        },
    }
}

#[test]
fn access_is_granted_exactly_where_the_api_server_grants_it() {
    let rows = rows(include_bytes!("oracles/rbac.jsonl.gz"));
    let header = json!({ "kind": "Snapshot", "time": "2026-11-25T03:00:00Z" });
    let builtin = list(&rows[0], "builtin");
    let mut questions = 0;
    for row in &rows[1..] {
        let objects = list(row, "objects");
        // A live cluster shows its built-in roles; of manifests they are known.
        let live = inventory([&header].into_iter().chain(builtin).chain(objects));
        let files = inventory(objects);
        for question in list(row, "questions") {
            let groups: Vec<&str> = list(question, "groups")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let user = question["user"].as_str().unwrap();
            let expected = Ok(question["allowed"].as_bool().unwrap());
            let request = request(question);
            assert_eq!(
                live.authorizes(user, &groups, &request),
                expected,
                "{question}"
            );
            assert_eq!(
                files.authorizes(user, &groups, &request),
                expected,
                "{question}"
            );
            questions += 1;
        }
    }
    assert_eq!(questions, 2400);
}

#[test]
fn pods_are_refused_for_exactly_the_controls_for_which_admission_refuses_them() {
    let rows = rows(include_bytes!("oracles/pod_security.jsonl.gz"));
    assert_eq!(rows.len(), 1500);
    let mut refused = 0;
    for row in &rows {
        let inventory = inventory([&row["pod"]]);
        let pod = &inventory.seen::<Pod>()[0];
        let view = PodView {
            metadata: &pod.metadata,
            spec: &pod.spec,
        };
        for (name, level) in [
            ("baseline", Level::Baseline),
            ("restricted", Level::Restricted),
        ] {
            // The server that answered was one of 1.36, asked for its latest policies.
            let mut judged: Vec<&str> = violated(level, 36, &view)
                .map(|control| control.reason(&view))
                .collect();
            judged.sort_unstable();
            let expected: Vec<&str> = list(row, name).iter().filter_map(Value::as_str).collect();
            assert_eq!(judged, expected, "{name}: {row}");
            refused += judged.len();
        }
    }
    assert!(refused > 2000, "{refused}");
}

/// What upstream's encoders wrote of one object, in both forms.
struct BothForms<'a> {
    json: &'a str,
    protobuf: &'a [u8],
    interner: &'a mut Interner,
}

impl Visit for BothForms<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        if K::ITS != Kind::ConfigMap {
            // Values of ConfigMaps are base64 in one form and not in the other; the reduced ones are compared below.
            let json = K::from_json(self.json).unwrap();
            same(&json, &K::from_protobuf(self.protobuf).unwrap());
        }
        let json: K = decode_json(self.json).unwrap();
        same(&json, &decode_protobuf(self.protobuf).unwrap());
        // Again where equals are shared: what is known by its bytes is still itself.
        for _ in 0..2 {
            let shared = self.interner.within(|| decode_protobuf(self.protobuf));
            same(&json, &shared.unwrap());
        }
    }
}

/// Equal in every field; what a snapshot would show is compared first, for a message that can be read.
fn same<K: Listed>(json: &K, protobuf: &K) {
    let shown = |object: &K| serde_json::to_string_pretty(object).unwrap();
    let (left, right) = (shown(json), shown(protobuf));
    let differing = left.lines().zip(right.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None, "{}", K::ITS);
    assert!(json == protobuf, "{}:\n{json:?}\n{protobuf:?}", K::ITS);
}

struct HasProtobuf;

impl Visit for HasProtobuf {
    type Output = bool;
    fn visit<K: Listed>(self) -> bool {
        K::HAS_PROTOBUF
    }
}

#[test]
fn both_wire_forms_of_an_object_are_the_same_object() {
    let mut kinds = BTreeSet::new();
    let mut interner = Interner::new();
    for row in rows(include_bytes!("oracles/wire.jsonl.gz")) {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
        // What is read of a Secret is its metadata alone, in a form of its own.
        let kind = match text("kind") {
            "PartialObjectMetadata" => Kind::Secret,
            name => match Kind::of(group, name) {
                Some(kind) => kind,
                None => continue,
            },
        };
        kinds.insert(kind);
        let protobuf = base64::engine::general_purpose::STANDARD
            .decode(text("protobuf"))
            .unwrap();
        kind.visit(BothForms {
            json: &row["json"].to_string(),
            protobuf: &protobuf,
            interner: &mut interner,
        });
    }
    let untested: Vec<&Kind> = Kind::ALL
        .iter()
        .filter(|kind| kind.visit(HasProtobuf) && !kinds.contains(kind))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

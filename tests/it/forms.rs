//! The two wire forms of a list: kready asks for protobuf, understands JSON, and sees the same in both.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kready_checks::{
    inventory::{Kind, Listed, Visit, decode_json, decode_protobuf},
    wire::{
        Interner,
        lists::{Form, ListReader, Part},
    },
};
use serde_json::Value;

use crate::{
    program::Kready,
    server::{Misbehaviour, Plan, Server},
    snapshot::unzip,
    world::World,
};

/// All that was read of the server's cluster.
fn seen(server: &Server) -> String {
    let kready = Kready::on(server);
    let run = kready.run(&["snapshot", "--output=all.json.gz"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    unzip(&kready.path("all.json.gz"))
}

fn both_forms() -> Plan {
    Plan::of(World::of_both_forms()).pages_of(3)
}

/// Without the header, which names the server's address.
fn objects(snapshot: &str) -> Vec<&str> {
    snapshot.lines().skip(1).collect()
}

#[test]
fn objects_are_asked_for_in_protobuf_and_are_the_same_in_json() {
    let server = both_forms().start();
    let protobuf = seen(&server);
    let asked: Vec<String> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path == "/api/v1/pods")
        .map(|asked| asked.accept)
        .collect();
    assert!(asked.len() > 1, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|accept| accept == "application/vnd.kubernetes.protobuf,application/json"),
        "{asked:?}"
    );

    let refusing = both_forms()
        .when(
            |asked| asked.query.contains_key("limit"),
            Misbehaviour::NoProtobuf,
        )
        .start();
    let json = seen(&refusing);
    let (protobuf, json) = (objects(&protobuf), objects(&json));
    assert!(protobuf.len() > 150, "{}", protobuf.len());
    for (one, other) in protobuf.iter().zip(&json) {
        assert_eq!(one, other);
    }
    assert_eq!(protobuf.len(), json.len());
}

#[test]
fn a_list_that_breaks_off_is_an_error_in_both_forms() {
    let json = || Plan::of(World::named("broken"));
    for plan in [both_forms(), json()] {
        let server = plan.at("/api/v1/nodes", Misbehaviour::Truncate).start();
        let report = Kready::on(&server).audit(&["--only=node-not-ready,privileged-container"]);
        let gap = report.gap("nodes");
        assert_eq!(gap["reason"], "unavailable", "{gap:#}");
        let message = gap["message"].as_str().unwrap_or_default();
        assert!(message.contains("broke off"), "{gap:#}");
        report.check("node-not-ready").is("Unknown unreadable");
    }
}

/// One object in both forms.
struct Same<'a> {
    json: &'a [u8],
    protobuf: &'a [u8],
}

impl Visit for Same<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let json = std::str::from_utf8(self.json).unwrap();
        let object: K = decode_json(json).unwrap();
        let mut interner = Interner::new();
        for _ in 0..2 {
            let again = interner.within(|| decode_protobuf::<K>(self.protobuf));
            assert_eq!(again.unwrap(), object, "{json}");
        }
    }
}

struct HasProtobuf;

impl Visit for HasProtobuf {
    type Output = bool;
    fn visit<K: Listed>(self) -> bool {
        K::HAS_PROTOBUF
    }
}

/// The kinds that an API server sends in protobuf.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.visit(HasProtobuf))
}

fn objects_of(list: &[u8], form: Form) -> Vec<Vec<u8>> {
    let mut reader = ListReader::new(form);
    let mut objects = Vec::new();
    reader
        .feed(list, |part| {
            if let Part::Object(object) = part {
                objects.push(object.to_vec());
            }
        })
        .unwrap();
    reader.finish().unwrap();
    objects
}

/// Two lists of one kind have the same objects; tells how many.
pub(crate) fn are_the_same(kind: Kind, json: &[u8], protobuf: &[u8]) -> usize {
    let json = objects_of(json, Form::Json);
    let protobuf = objects_of(protobuf, Form::Protobuf);
    assert_eq!(json.len(), protobuf.len(), "{kind}");
    for (json, protobuf) in json.iter().zip(&protobuf) {
        kind.visit(Same { json, protobuf });
    }
    json.len()
}

/// Lines of upstream's encoder: each object in both forms.
pub(crate) fn rows_are_the_same(rows: &str) -> BTreeSet<Kind> {
    let mut kinds = BTreeSet::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
        if let Some(kind) = Kind::of(group, text("kind")) {
            kinds.insert(kind);
            kind.visit(Same {
                json: row["json"].to_string().as_bytes(),
                protobuf: &STANDARD.decode(text("protobuf")).unwrap(),
            });
        }
    }
    kinds
}

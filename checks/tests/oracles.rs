//! What a real Kubernetes control plane answered, question by question: kready answers the same.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its oracle has failed"
)]

use std::io::Read as _;

use kready_checks::inventory::{
    Inventory, Loader, Time,
    kinds::Pod,
    pod_security::{HOST_NAMESPACES, NEWEST, PRIVILEGED, PodView},
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
fn controls_are_violated_exactly_where_admission_says_so() {
    let rows = rows(include_bytes!("oracles/pod_security.jsonl.gz"));
    assert_eq!(rows.len(), 1500);
    let mut violated = 0;
    for row in &rows {
        let inventory = inventory([&row["pod"]]);
        let pod = &inventory.seen::<Pod>()[0];
        let view = PodView {
            metadata: &pod.metadata,
            spec: &pod.spec,
        };
        for control in [&HOST_NAMESPACES, &PRIVILEGED] {
            let expected = list(row, "baseline")
                .iter()
                .any(|reason| reason == control.reason);
            let judged = !control.violations(NEWEST, &view).is_empty();
            assert_eq!(judged, expected, "{}: {row}", control.id);
            violated += usize::from(judged);
        }
    }
    assert!(violated > 100, "{violated}");
}

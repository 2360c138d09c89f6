//! A whole audit of some objects of the demo cluster, with values that were exchanged for strange ones: it says something, and says it cleanly.
#![no_main]

use std::{io::Read, sync::LazyLock};

use kready::parts::Audit;
use kready_checks::{
    frame::PREPARATIONS,
    inventory::{Loader, Picture},
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// The lines of the demo cluster's snapshot, its header first.
static LINES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let packed = include_bytes!("../../demo/cluster.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .expect("the demo cluster can be unpacked");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
});

/// What values are exchanged for.
static STRANGE: LazyLock<Vec<Value>> = LazyLock::new(|| {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(0.1),
        json!(""),
        json!("*"),
        json!("\u{0}\u{1b}[2J\u{202e}\n"),
        json!("0"),
        json!("-1"),
        json!("100%"),
        json!("99999999999999999999Ei"),
        json!("1e999"),
        json!("!".repeat(300) + "all()"),
        json!("@every 1h"),
        json!("1970-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("registry.example:5000/a/b:c@sha256:0"),
        json!("a".repeat(5000)),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!({"": ""}),
    ]
});

/// Hands out the fuzzer's bytes; zeros after their end.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn one_of(&mut self, count: usize) -> usize {
        let mut number = 0;
        for _ in 0..2 {
            let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
            number = number << 8 | usize::from(*first);
            self.0 = rest;
        }
        number % count.max(1)
    }
}

/// A place in a value, some way down.
fn place<'v>(value: &'v mut Value, choices: &mut Choices<'_>) -> &'v mut Value {
    let count = match &*value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    // One time in eight it stops early.
    if count == 0 || choices.one_of(8) == 7 {
        return value;
    }
    let chosen = choices.one_of(count);
    match value {
        Value::Object(fields) => {
            let key = fields.keys().nth(chosen).cloned().unwrap_or_default();
            place(fields.entry(key).or_insert(Value::Null), choices)
        }
        Value::Array(items) => place(&mut items[chosen], choices),
        _ => unreachable!("scalars have no places"),
    }
}

fn change(object: &mut Value, choices: &mut Choices<'_>) {
    let mut donor = LINES[choices.one_of(LINES.len())].clone();
    match choices.one_of(5) {
        0 => *place(object, choices) = place(&mut donor, choices).take(),
        1 => {
            if let Value::Object(fields) = place(object, choices) {
                let chosen = choices.one_of(fields.len());
                if let Some(key) = fields.keys().nth(chosen).cloned() {
                    fields.remove(&key);
                }
            }
        }
        2 => {
            if let Value::Array(items) = place(object, choices) {
                let first = items.first().cloned().unwrap_or_default();
                items.resize(choices.one_of(70), first);
            }
        }
        _ => *place(object, choices) = STRANGE[choices.one_of(STRANGE.len())].clone(),
    }
}

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let mut loader = Loader::new("default");
    let mut header = LINES[0].clone();
    if let Some(listings) = header.get_mut("listings").and_then(Value::as_object_mut) {
        for listing in listings.values_mut().filter_map(Value::as_object_mut) {
            Map::remove(listing, "objects");
        }
    }
    if choices.one_of(4) == 3 {
        change(&mut header, &mut choices);
    }
    if loader.add_line(&header.to_string()).is_err() {
        return;
    }
    for _ in 0..=choices.one_of(24) {
        let mut object = LINES[1 + choices.one_of(LINES.len() - 1)].clone();
        for _ in 0..choices.one_of(4) {
            change(&mut object, &mut choices);
        }
        // What is no object is refused, and the next one is read.
        let _ = loader.add_line(&object.to_string());
    }
    let audit = Audit::of(loader).expect("all checks can be selected");
    let picture = Picture::of(audit.inventory());
    for (_, prepare) in PREPARATIONS {
        prepare(&picture);
    }
    let settings = audit.settings();
    let results = audit
        .checks()
        .iter()
        .map(|check| (*check, check.evaluate_in(&picture, &settings)))
        .collect();
    let report = audit.report(&picture, results);
    let table = report.table();
    assert!(
        !table.chars().any(|c| c.is_control() && c != '\n'),
        "{table:?}"
    );
    let mut text = Vec::new();
    report.json(&mut text).expect("memory takes everything");
    serde_json::from_slice::<Value>(&text).expect("the report is JSON");
});

//! YAML and JSON as kubectl's own reader read them: kready reads the same, or refuses and says why.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its oracle has failed"
)]

use std::io::Read as _;

use kready_checks::{
    inventory::{BadYaml, Loader, decode_json, kinds::Deployment, opened, read},
    wire::Time,
};
use serde_json::Value;

fn rows() -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&include_bytes!("oracles/yaml.jsonl.gz")[..])
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text(row: &Value) -> &str {
    let text = row["text"].as_str().unwrap();
    // As files are read: without the mark in front.
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A value with what is no number of Rust's in the words of Go.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), canonical(value)))
            .collect(),
        // Beyond the larger of the whole numbers all are floats to Go.
        Value::Number(number) if number.as_i64().is_none() => number.as_f64().into(),
        value => value.clone(),
    }
}

/// What kready reads of a text, document by document.
fn documents(text: &str) -> Vec<Result<Value, BadYaml>> {
    read(text, true)
        .into_iter()
        .map(|read| read.map(|read| read.value))
        .filter(|value| !matches!(value, Ok(Value::Null)))
        .collect()
}

/// What of kready's reading goes against kubectl's; else why kready alone refuses it, if it does.
fn compare(row: &Value) -> Result<Option<String>, String> {
    let text = text(row);
    let expected: Vec<Value> = row["documents"]
        .as_array()
        .unwrap()
        .iter()
        // What lies too deep for the test is refused.
        .map(|document| serde_json::from_str(document.as_str().unwrap()).unwrap_or_default())
        .map(|document: Value| canonical(&document))
        .collect();
    let documents = documents(text);
    let fails = row.get("error").is_some();
    let read = documents
        .iter()
        .map_while(|document| document.as_ref().ok());
    let read: Vec<Value> = read.map(canonical).collect();
    let refusal = documents
        .iter()
        .find_map(|document| document.as_ref().err());
    // Where kubectl refuses, nothing is read; in front of a refusal, both read the same.
    let agreed = match refusal {
        None => !fails && read == expected,
        Some(bad) => expected.starts_with(&read) && bad.line > 0 && !bad.message.is_empty(),
    };
    if !agreed {
        return Err(format!(
            "{text:?}\n  kubectl: {expected:?} {:?}\n  kready: {documents:?}",
            row.get("error")
        ));
    }
    Ok(refusal.filter(|_| !fails).map(|bad| bad.message.clone()))
}

#[test]
fn what_kubectl_reads_is_read_the_same_or_refused_with_a_reason() {
    let rows = rows();
    let rows: Vec<&Value> = rows
        .iter()
        .filter(|row| row.get("typed").is_none())
        .collect();
    let crafted = rows.iter().filter(|row| row["crafted"] == true).count();
    let results: Vec<_> = rows.iter().map(|row| compare(row)).collect();
    let wrong: Vec<_> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong, among them {}",
        wrong.len(),
        wrong[0]
    );
    assert!(
        crafted >= 1500 && rows.len() - crafted == 2000,
        "{crafted} of {}",
        rows.len()
    );
    // Refused by kready alone: keys that stand twice, surrogates, what lies too deep, and the like.
    let mut refused: Vec<_> = results.into_iter().flatten().flatten().collect();
    assert!(refused.len() < 60, "{}", refused.len());
    refused.retain(|why| !why.contains("occurs twice"));
    assert!(refused.len() < 30, "{refused:#?}");
}

#[test]
fn lists_are_opened_as_kubectl_opens_them() {
    let mut lists = 0;
    for row in rows() {
        let (Some(objects), Some("")) = (row.get("objects"), row["opened"].as_str()) else {
            continue;
        };
        let documents = documents(text(&row)).into_iter().map(Result::unwrap);
        let opened: Vec<Value> = documents
            .flat_map(opened)
            .map(|(_, object)| object)
            .collect();
        let key = |object: &Value| object.to_string();
        let mut expected = objects.as_array().unwrap().clone();
        let mut found = opened;
        expected.sort_by_key(key);
        found.sort_by_key(key);
        assert_eq!(found, expected, "{row}");
        lists += 1;
    }
    assert!(lists > 10, "{lists}");
}

#[test]
fn fields_are_decoded_as_the_api_server_decodes_them_or_are_a_gap() {
    let (mut texts, mut taken, mut gaps) = (0, 0, 0);
    let mut wrong = Vec::new();
    for row in rows() {
        let Some(typed) = row.get("typed") else {
            continue;
        };
        texts += 1;
        let mut loader = Loader::new("b");
        for document in documents(text(&row)).into_iter().flatten() {
            loader.add(document, None).unwrap();
        }
        let inventory = loader.finish(Time(0));
        let listing = inventory.listing::<Deployment>();
        let Some(deployment) = listing.items().first() else {
            gaps += 1;
            // Whatever is refused is told of.
            let is_told = documents(text(&row)).iter().any(Result::is_err)
                || listing
                    .gap()
                    .is_some_and(|gap| gap.message.starts_with("Deployment a: "));
            if !is_told || !typed.is_null() {
                wrong.push(format!("{row}: {listing:?}"));
            }
            continue;
        };
        taken += 1;
        let shown = |deployment: &Deployment| serde_json::to_value(deployment).unwrap();
        let expected = (!typed.is_null())
            .then(|| shown(&decode_json::<Deployment>(&typed.to_string()).unwrap()));
        if Some(shown(deployment)) != expected {
            wrong.push(format!("{row}\n  kready: {}", shown(deployment)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {texts}:\n{}",
        wrong.len(),
        wrong.iter().take(9).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(taken > 800 && gaps > 2000, "{texts}: {taken} {gaps}");
}

//! What the oracle in `tests/yaml.rs` can't tell: words, lines and bounds.

use std::fmt::Write as _;

use serde_json::json;

use super::{Step, json_document, opened, read, yaml_documents};

fn why(text: &str) -> (usize, String) {
    let bad = read(text, true)
        .into_iter()
        .find_map(Result::err)
        .map(|bad| (bad.line, bad.message));
    bad.unwrap_or_default()
}

#[test]
fn merges_are_applied_in_the_order_of_the_text() {
    let value = |text: &str| yaml_documents(text).unwrap().remove(0);
    assert_eq!(value("{a: 1, <<: {a: 2}}"), json!({"a": 2}));
    assert_eq!(value("{<<: {a: 2}, a: 1}"), json!({"a": 1}));
    assert_eq!(
        value("{<<: [{a: 1}, {a: 2, b: 2}]}"),
        json!({"a": 1, "b": 2})
    );
}

#[test]
fn what_is_refused_is_told_with_its_line_and_without_its_value() {
    for (text, line, part) in [
        ("a: 1\nb: !!int hunter2\n", 2, "its tag !!int"),
        ("a:\n- .inf\n", 2, "finite"),
        ("a: 1\n~: 2\n", 2, "a key must not be empty"),
        ("a: 1\n---\nb: 1\nb: 2\n", 4, "on lines 3 and 4"),
        ("a: *b\n", 1, "no anchor"),
        ("a: 1\n---\nb: &b [*b]\n", 3, "a value that contains it"),
        ("a: 1\n--- {b: 1}\n", 2, "after ---"),
        ("a: 1\n...\nb: 2\n", 3, "does not read"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("a: {b: x?y}\n", 1, "quote it"),
        ("a: \"x\\/y\"\n", 1, "escape"),
        ("a: [!b, 1]\n", 1, "comma"),
        ("a: b\n<<: 1\n", 2, "only a mapping"),
        ("a: \u{7}\n", 1, "control characters"),
    ] {
        let (at, message) = why(text);
        assert!(message.contains(part), "{text:?}: {message}");
        assert_eq!(at, line, "{text:?}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_comma_behind_an_exclamation_mark_in_a_text_is_one() {
    let text = "a: \"stop !x, and go\"\nb: |\n  !x, y\nc: [!y 1, '!z, 2'] # !w,\n";
    let value = yaml_documents(text).unwrap().remove(0);
    assert_eq!(
        value,
        json!({"a": "stop !x, and go", "b": "!x, y\n", "c": ["1", "!z, 2"]})
    );
    assert!(why("\"<<!\"{: !!null,~1: 1_\n").0 > 0);
}

#[test]
fn what_takes_too_much_is_refused() {
    let alias = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a,".repeat(3000)
    );
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut chain = laughs.clone();
    for number in 1..300 {
        let before = number - 1;
        if number < 9 {
            let ten = format!("*a{before},").repeat(10);
            writeln!(laughs, "a{number}: &a{number} [{ten}]").unwrap();
        }
        writeln!(chain, "a{number}: &a{number} [*a{before}]").unwrap();
    }
    let merged = chain
        .replace("[*", "<<: [*")
        .replace("<<", "{<<")
        .replace(']', "]}");
    for (text, part) in [
        (alias, "MiB of memory"),
        (laughs, "more than kubectl accepts"),
        (chain, "127 deep"),
        (merged, ""),
        ("[".repeat(1_000_000), "127 deep"),
        ("{a: ".repeat(80_000), "127 deep"),
        ("- ".repeat(100_000), "127 deep"),
        ("? ".repeat(100_000), "127 deep"),
        (
            format!("{}1{}", "{\"a\":".repeat(9000), "}".repeat(9000)),
            "127 deep",
        ),
        (
            format!("[{}{{a}}]", "{a},".repeat(500_000)),
            "MiB of memory",
        ),
        (
            format!("{{\"a\": [{}0]}}", "{\"a\":1},".repeat(300_000)),
            "MiB of memory",
        ),
    ] {
        let (line, message) = why(&text);
        let shown: String = text.chars().take(40).collect();
        assert!(line > 0 && message.contains(part), "{shown}: {message}");
    }
}

#[test]
fn an_object_with_items_is_a_list_whatever_its_kind() {
    let open = |value| {
        let names = opened(value).into_iter();
        let names = names.map(|(path, object)| (path.len(), object["name"].to_string()));
        names.collect::<Vec<_>>()
    };
    let item = json!({"apiVersion": "v1", "kind": "Pod", "name": 1});
    let list = |kind: &str, items: &[_]| json!({"apiVersion": "v1", "kind": kind, "items": items});
    assert_eq!(
        open(list("list", std::slice::from_ref(&item))),
        [(2, "1".to_owned())]
    );
    let nested = list(
        "Pod",
        &[list("List", &[item.clone(), item.clone()]), item.clone()],
    );
    assert_eq!(
        open(nested),
        [(4, "1".into()), (4, "1".into()), (2, "1".into())]
    );
    assert_eq!(open(json!({"kind": "Pod", "items": [1]})).len(), 1);
    assert_eq!(
        open(json!([item, item])),
        [(1, "1".into()), (1, "1".into())]
    );
    let typed = opened(list("PodList", &[json!({"name": 1, "kind": ""})]));
    assert_eq!(typed[0].1["kind"], "Pod");
    assert_eq!(typed[0].0, [Step::Key("items".to_owned()), Step::Item(0)]);
}

#[test]
fn floats_are_what_their_digits_say_in_yaml_and_in_json() {
    for digits in [
        "1.3333333333333333e+32",
        "0.1",
        "5e-324",
        "1.7976931348623157e+308",
    ] {
        let expected: f64 = digits.parse().unwrap();
        let read = yaml_documents(&format!("a: {digits}\n")).unwrap();
        assert_eq!(read[0]["a"].as_f64(), Some(expected), "{digits}");
        let read = json_document(&format!("{{\"a\": {digits}}}")).unwrap();
        assert_eq!(read["a"].as_f64(), Some(expected), "{digits}");
    }
}
